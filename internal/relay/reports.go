package relay

import (
	"time"
	"unicode/utf8"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// reportAccount keeps what a person tells the operator of an account.
func (s *Session) reportAccount(m *wire.ReportAccount) (*wire.Done, error) {
	about, err := ident.IDFromBytes[ident.AccountID](m.AccountID)
	if err != nil || about == s.who.account || !wellFormedReport(m) {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := s.relay
	if wait := r.limits.reports.take(s.who.account, r.now()); wait > 0 {
		return nil, refuseUntil(wait)
	}
	report := store.Report{Reporter: s.who.account, Account: about, Created: r.now(), Note: m.Note}
	for _, one := range m.Messages {
		report.Messages = append(report.Messages, store.ReportedMessage{Sent: time.UnixMilli(one.SentMS).UTC(), Text: one.Text})
	}
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		return tx.CreateReport(report)
	})
	if err != nil {
		return nil, err
	}
	r.log.Info("a person reports an account; see parley admin reports")
	return &wire.Done{}, nil
}

func wellFormedReport(m *wire.ReportAccount) bool {
	if len(m.Note) > wire.MaxReportNote || len(m.Messages) > wire.MaxReportMessages || !utf8.ValidString(m.Note) {
		return false
	}
	for _, one := range m.Messages {
		if len(one.Text) > wire.MaxReportText || !utf8.ValidString(one.Text) {
			return false
		}
	}
	return true
}
