package postgres

import (
	"encoding/json"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// reportText is what a person wrote and chose, as it is stored.
type reportText struct {
	Note     string                  `json:"note"`
	Messages []store.ReportedMessage `json:"messages"`
}

// CreateReport implements store.Tx.
func (t *tx) CreateReport(r store.Report) error {
	report, err := json.Marshal(reportText{r.Note, r.Messages})
	if err != nil {
		return err
	}
	return t.do("createReport", r.Reporter[:], r.Account[:], r.Created.UnixMilli(), string(report))
}

// ListReports implements store.Reader.
func (t *tx) ListReports() ([]store.Report, error) {
	return list(t, func(row scanner) (store.Report, error) {
		var r store.Report
		var reporter, account, report []byte
		var created int64
		if err := row.Scan(&r.ID, &reporter, &account, &created, &report); err != nil {
			return r, err
		}
		var said reportText
		if err := json.Unmarshal(report, &said); err != nil {
			return r, err
		}
		r.Reporter, r.Account = idBytes[ident.AccountID](reporter), idBytes[ident.AccountID](account)
		r.Created, r.Note, r.Messages = time.UnixMilli(created), said.Note, said.Messages
		return r, nil
	}, "listReports")
}

// DeleteReport implements store.Tx.
func (t *tx) DeleteReport(id int64) (bool, error) {
	t.wrote = true
	gone, err := list(t, func(row scanner) (id int64, err error) { return id, row.Scan(&id) }, "deleteReport", id)
	return len(gone) > 0, err
}

// CountReportsBefore implements store.Reader.
func (t *tx) CountReportsBefore(at time.Time) (n int, err error) {
	err = t.row("countReportsBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// DeleteReportsBefore implements store.Tx.
func (t *tx) DeleteReportsBefore(at time.Time) error {
	return t.do("deleteReportsBefore", at.UnixMilli())
}
