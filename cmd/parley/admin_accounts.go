package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/store"
	"parley/internal/store/sqlite"
)

// accountRow is an account as the operator sees it.
type accountRow struct {
	Account string    `json:"account"`
	Phone   string    `json:"phone"`
	Created time.Time `json:"created"`
	Devices int       `json:"devices"`
}

func newAdminAccounts(std streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "accounts",
		Short: "List the accounts",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var rows []accountRow
			err := viewStore(c, func(r store.Reader) (err error) {
				rows, err = listAccountRows(r)
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(std.out).Encode(rows)
			}
			table := tabwriter.NewWriter(std.out, 0, 8, 2, ' ', 0)
			fmt.Fprintln(table, "ACCOUNT\tPHONE\tCREATED\tDEVICES")
			for _, row := range rows {
				fmt.Fprintf(table, "%s\t%s\t%s\t%d\n", row.Account, row.Phone, row.Created.Format(time.DateTime), row.Devices)
			}
			return table.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// viewStore reads the store of the data folder that the flags name.
func viewStore(c *cobra.Command, fn func(store.Reader) error) error {
	st, err := openStore(c.Context(), dataFlag(c), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // read only
	return st.View(c.Context(), fn)
}

func listAccountRows(r store.Reader) ([]accountRow, error) {
	accounts, err := r.ListAccounts()
	rows := make([]accountRow, 0, len(accounts))
	for _, a := range accounts {
		devices, err := r.ListDevices(a.ID)
		if err != nil {
			return nil, err
		}
		rows = append(rows, accountRow{a.ID.String(), string(a.Phone), a.Created.UTC(), len(devices)})
	}
	return rows, err
}
