package main

import (
	"errors"

	"github.com/spf13/cobra"

	"parley/internal/config"
	"parley/internal/store"
)

func newAdmin(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "admin",
		Short: "Tools for the operator, on the relay's machine and beside it while it runs",
	}
	c.PersistentFlags().String("data", defaultData(), "the relay's data folder")
	c.PersistentFlags().String("config", "", "the relay's configuration file (TOML); needed if it names a database or another data folder")
	c.AddCommand(newAdminInvite(std), newAdminAccounts(std), newAdminDevices(std), newAdminMaintain(std),
		newAdminResetPIN(std), newAdminReports(std), newAdminBackup(std), newAdminRestore(std), newAdminHealth(std))
	return c
}

// adminConfig returns the relay's configuration as --config and --data have it.
func adminConfig(c *cobra.Command) (config.Config, error) {
	data, errData := c.Flags().GetString("data")
	file, errFile := c.Flags().GetString("config")
	if err := errors.Join(errData, errFile); err != nil {
		panic(err) // the flags are defined above
	}
	settings, err := readConfig(file)
	if err != nil {
		return settings, err
	}
	if c.Flags().Changed("data") || settings.Data == "" {
		settings.Data = data
	}
	if err := settings.Validate(); err != nil {
		return settings, usageError("%w", err)
	}
	return settings, nil
}

// openAdminStore opens the database that the flags name, beside a relay or without one.
func openAdminStore(c *cobra.Command) (store.Store, error) {
	settings, err := adminConfig(c)
	if err != nil {
		return nil, err
	}
	return openStore(c.Context(), settings, false, false)
}
