package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"parley/ident"
	"parley/internal/store"
)

// deviceRow is a device as the operator sees it; the relay does not know its
// name.
type deviceRow struct {
	Account    string    `json:"account"`
	Phone      string    `json:"phone"`
	Device     string    `json:"device"`
	Primary    bool      `json:"primary"`
	Platform   string    `json:"platform"`
	Created    time.Time `json:"created"`
	LastActive time.Time `json:"last_active"`
}

func newAdminDevices(std streams) *cobra.Command {
	return adminList(std, "devices", "List the devices of all accounts", "PHONE\tDEVICE\tPRIMARY\tPLATFORM\tCREATED\tLAST ACTIVE", listDeviceRows, func(table io.Writer, row deviceRow) {
		fmt.Fprintf(table, "%s\t%s\t%t\t%s\t%s\t%s\n", row.Phone, row.Device, row.Primary, row.Platform,
			row.Created.Format(time.DateTime), row.LastActive.Format(time.DateTime))
	})
}

func listDeviceRows(r store.Reader) ([]deviceRow, error) {
	accounts, err := r.ListAccounts()
	rows := []deviceRow{}
	for _, a := range accounts {
		devices, err := r.ListDevices(a.ID)
		if err != nil {
			return nil, err
		}
		for _, d := range devices {
			rows = append(rows, deviceRow{
				a.ID.String(), string(a.Phone), d.ID.String(), d.Primary, platform(d.Certificate), d.Created.UTC(), d.LastActive.UTC(),
			})
		}
	}
	return rows, err
}

// platform returns what a certificate says its device runs on.
func platform(certificate []byte) string {
	c, err := ident.ParseCertificate(certificate)
	if err != nil {
		return "unknown"
	}
	return string(c.Platform)
}
