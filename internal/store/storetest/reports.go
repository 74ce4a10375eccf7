package storetest

import (
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// testReports: reports are kept as they were made until somebody, or time, removes them.
func testReports(t *testing.T, k *kit) {
	reporter, about := ident.AccountID(k.bytes(16)), ident.AccountID(k.bytes(16))
	now := time.UnixMilli(1_700_000_000_000)
	for i, note := range []string{"spam", ""} {
		r := store.Report{Reporter: reporter, Account: about, Created: now.Add(time.Duration(i) * time.Hour), Note: note}
		if i == 0 {
			r.Messages = []store.ReportedMessage{{Sent: now, Text: "buy"}, {}}
		}
		k.update(func(tx store.Tx) error { return tx.CreateReport(r) })
	}
	reports := func() (found []store.Report) {
		k.view(func(r store.Reader) (err error) {
			found, err = r.ListReports()
			return err
		})
		return found
	}
	all := reports()
	if len(all) != 2 || all[0].Reporter != reporter || all[0].Account != about || !all[0].Created.Equal(now) || all[0].Note != "spam" || all[0].ID == all[1].ID {
		t.Fatalf("reports are %+v", all)
	}
	if m := all[0].Messages; len(m) != 2 || !m[0].Sent.Equal(now) || m[0].Text != "buy" {
		t.Errorf("messages are %+v", m)
	}
	for _, want := range []bool{true, false} {
		k.update(func(tx store.Tx) error {
			found, err := tx.DeleteReport(all[1].ID)
			if found != want {
				t.Errorf("deleted: %v", found)
			}
			return err
		})
	}
	for _, c := range []struct {
		before time.Time
		left   int
	}{{now, 1}, {now.Add(time.Millisecond), 0}} {
		k.update(func(tx store.Tx) error {
			n, err := tx.CountReportsBefore(c.before)
			if n != 1-c.left {
				t.Errorf("%d would be deleted", n)
			}
			if err != nil {
				return err
			}
			return tx.DeleteReportsBefore(c.before)
		})
		if got := len(reports()); got != c.left {
			t.Errorf("%d reports are left, want %d", got, c.left)
		}
	}
}
