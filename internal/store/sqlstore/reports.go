package sqlstore

import (
	"encoding/json"
	"errors"
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
func (t *Tx) CreateReport(r store.Report) error {
	report, err := json.Marshal(reportText{r.Note, r.Messages})
	if err != nil {
		return err
	}
	return t.Do("createReport", r.Reporter[:], r.Account[:], r.Created.UnixMilli(), string(report))
}

// ListReports implements store.Reader.
func (t *Tx) ListReports() ([]store.Report, error) {
	return List(t, func(row Scanner) (store.Report, error) {
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
		r.Reporter, r.Account = ID[ident.AccountID](reporter), ID[ident.AccountID](account)
		r.Created, r.Note, r.Messages = time.UnixMilli(created), said.Note, said.Messages
		return r, nil
	}, "listReports")
}

// DeleteReport implements store.Tx.
func (t *Tx) DeleteReport(id int64) (bool, error) {
	err := t.Change("deleteReport", id).Scan(&id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// CountReportsBefore implements store.Reader.
func (t *Tx) CountReportsBefore(at time.Time) (n int, err error) {
	err = t.Row("countReportsBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// DeleteReportsBefore implements store.Tx.
func (t *Tx) DeleteReportsBefore(at time.Time) error {
	return t.Do("deleteReportsBefore", at.UnixMilli())
}
