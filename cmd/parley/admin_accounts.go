package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/store"
)

// accountRow is an account as the operator sees it.
type accountRow struct {
	Account string    `json:"account"`
	Phone   string    `json:"phone"`
	Created time.Time `json:"created"`
	Devices int       `json:"devices"`
}

func newAdminAccounts(std streams) *cobra.Command {
	return adminList(std, "accounts", "List the accounts", "ACCOUNT\tPHONE\tCREATED\tDEVICES", listAccountRows, func(table io.Writer, row accountRow) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\n", row.Account, row.Phone, row.Created.Format(time.DateTime), row.Devices)
	})
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
