package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"parley/internal/store"
)

// adminList is an operator's command that prints rows of the store as a table
// under heads, which are separated by tabs, or as JSON.
func adminList[R any](std streams, use, short, heads string, list func(store.Reader) ([]R, error), print func(table io.Writer, row R)) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var rows []R
			err := viewStore(c, func(r store.Reader) (err error) {
				rows, err = list(r)
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(std.out).Encode(rows)
			}
			table := tabwriter.NewWriter(std.out, 0, 8, 2, ' ', 0)
			fmt.Fprintln(table, heads)
			for _, row := range rows {
				print(table, row)
			}
			return table.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// viewStore reads the store of the data folder that the flags name.
func viewStore(c *cobra.Command, fn func(store.Reader) error) error {
	st, err := openAdminStore(c)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // read only
	return st.View(c.Context(), fn)
}
