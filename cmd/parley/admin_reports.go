package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/terminal"
)

// reportRow is a report as the operator sees it.
type reportRow struct {
	ID      int64     `json:"id"`
	Created time.Time `json:"created"`
	// Numbers; empty where an account is gone.
	Reporter string `json:"reporter"`
	Phone    string `json:"phone"`
	Account  string `json:"account"`
	Note     string `json:"note"`
	// What the account wrote, as the reporter says: the relay cannot tell.
	Messages []store.ReportedMessage `json:"messages"`
}

func newAdminReports(std streams) *cobra.Command {
	var asJSON bool
	var remove int64
	c := &cobra.Command{
		Use:   "reports [--delete ID]",
		Short: "Show what people have reported, with the messages they chose to show",
		Long: `Show what people have reported, with the messages they chose to show.

The relay cannot read messages, so it cannot tell whether these were really written.
Reports are deleted after 90 days.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if remove != 0 {
				return deleteReport(c, remove)
			}
			var rows []reportRow
			err := viewStore(c, func(r store.Reader) (err error) {
				rows, err = listReportRows(r)
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(std.out).Encode(rows)
			}
			writeReports(std.out, rows)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().Int64Var(&remove, "delete", 0, "delete the report with this number")
	return c
}

func deleteReport(c *cobra.Command, id int64) error {
	st, err := openAdminStore(c)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // what matters was committed
	found := false
	err = st.Update(c.Context(), func(tx store.Tx) (err error) {
		found, err = tx.DeleteReport(id)
		return err
	})
	if err == nil && !found {
		return usageError("there is no report %d", id)
	}
	return err
}

func listReportRows(r store.Reader) ([]reportRow, error) {
	reports, err := r.ListReports()
	if err != nil {
		return nil, err
	}
	phone := func(id ident.AccountID) (string, error) {
		account, err := r.FindAccount(id)
		if errors.Is(err, store.ErrNotFound) {
			return "", nil
		}
		return string(account.Phone), err
	}
	rows := make([]reportRow, 0, len(reports))
	for _, report := range reports {
		row := reportRow{ID: report.ID, Created: report.Created.UTC(), Account: report.Account.String(), Note: report.Note, Messages: report.Messages}
		if row.Reporter, err = phone(report.Reporter); err != nil {
			return nil, err
		}
		if row.Phone, err = phone(report.Account); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func writeReports(w io.Writer, rows []reportRow) {
	if len(rows) == 0 {
		fmt.Fprintln(w, "There are no reports.")
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%d  %s  %s reports %s (%s)\n", row.ID, row.Created.Format(time.DateTime), row.Reporter, row.Phone, row.Account)
		if row.Note != "" {
			fmt.Fprintf(w, "    %s\n", terminal.Line(row.Note, 1000))
		}
		for _, m := range row.Messages {
			fmt.Fprintf(w, "    [%s] %s\n", m.Sent.Format(time.DateTime), terminal.Line(m.Text, 4000))
		}
	}
}
