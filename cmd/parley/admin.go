package main

import "github.com/spf13/cobra"

func newAdmin(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "admin",
		Short: "Tools for the operator, on the relay's machine and beside it while it runs",
	}
	c.PersistentFlags().String("data", defaultData(), "the relay's data folder")
	c.AddCommand(newAdminInvite(std), newAdminAccounts(std), newAdminDevices(std), newAdminMaintain(std),
		newAdminResetPIN(std), newAdminReports(std))
	return c
}

// dataFlag returns the folder that --data names.
func dataFlag(c *cobra.Command) string {
	dir, err := c.Flags().GetString("data")
	if err != nil {
		panic(err) // the flag is defined above
	}
	return dir
}
