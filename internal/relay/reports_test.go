package relay_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/store"
	"parley/wire"
)

// M55: the operator learns what a person wants reported, and no more than fits; a report
// goes when it is old.
func TestReports(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	report := &wire.ReportAccount{AccountID: bob.account[:], Note: "spam", Messages: []*wire.ReportedMessage{{SentMS: 1000, Text: "buy"}}}
	must[*wire.Done](alice.peer, report)
	reports := func() (found []store.Report) {
		err := w.store.View(t.Context(), func(r store.Reader) (err error) {
			found, err = r.ListReports()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	all := reports()
	if len(all) != 1 || all[0].Reporter != alice.account || all[0].Account != bob.account || all[0].Note != "spam" ||
		all[0].Messages[0].Text != "buy" || all[0].Messages[0].Sent.UnixMilli() != 1000 {
		t.Fatalf("reports are %+v", all)
	}
	long := func(n int) string { return strings.Repeat("x", n+1) }
	for name, bad := range map[string]*wire.ReportAccount{
		"oneself":  {AccountID: alice.account[:]},
		"nobody":   {},
		"note":     {AccountID: bob.account[:], Note: long(wire.MaxReportNote)},
		"text":     {AccountID: bob.account[:], Messages: []*wire.ReportedMessage{{Text: long(wire.MaxReportText)}}},
		"messages": {AccountID: bob.account[:], Messages: make([]*wire.ReportedMessage, wire.MaxReportMessages+1)},
	} {
		for i := range bad.Messages {
			if bad.Messages[i] == nil {
				bad.Messages[i] = new(wire.ReportedMessage)
			}
		}
		t.Log(name)
		alice.refused(wire.ErrorMalformed, bad)
	}
	for range 9 {
		must[*wire.Done](alice.peer, report)
	}
	alice.refused(wire.ErrorRateLimited, report)
	if got := len(reports()); got != 10 {
		t.Errorf("%d reports, want 10", got)
	}
	if log := w.log.String(); strings.Contains(log, "spam") || strings.Contains(log, "buy") {
		t.Errorf("the log tells what was reported:\n%s", log)
	}
	if err := w.relay.Sweep(t.Context(), time.Now().Add(wire.ReportLifetime-time.Hour)); err != nil || len(reports()) != 10 {
		t.Errorf("%d reports are left, %v", len(reports()), err)
	}
	if err := w.relay.Sweep(t.Context(), time.Now().Add(wire.ReportLifetime+time.Hour)); err != nil || len(reports()) != 0 {
		t.Errorf("%d reports are left, %v", len(reports()), err)
	}
}
