package storetest

import (
	"reflect"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// testTwoStep: everything of a two-step verification comes back as it was put,
// times that are not set included (M35, M36).
func testTwoStep(t *testing.T, k *kit) {
	a, _ := k.account("+32470000001", 0)
	plain := store.TwoStep{
		Account: a.ID, PIN: store.PINHash{Salt: k.bytes(16), Hash: k.bytes(32), Passes: 3, MemoryKiB: 65536, Threads: 4},
		Tries: 5, Reminder: k.now.Add(24 * time.Hour), ResetAnnounced: true,
	}
	full := plain
	full.Tries, full.NextTry, full.Confirmed, full.Email = 2, k.now.Add(time.Minute), 3, "alice@example.org"
	full.ResetRequested, full.ResetByOperator, full.ResetAnnounced = k.now, true, false
	full.ResetCancels, full.ResetBlocked = 2, k.now.Add(time.Hour)
	find := func() (found store.TwoStep, err error) {
		k.view(func(r store.Reader) error {
			found, err = r.FindTwoStep(a.ID)
			return nil
		})
		return found, err
	}
	_, err := find()
	k.wantNotFound("two-step verification that was never set", err)
	for _, want := range []store.TwoStep{plain, full} {
		k.update(func(tx store.Tx) error { return tx.PutTwoStep(want) })
		if got, err := find(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("found %+v, %v\nwant %+v", got, err, want)
		}
	}
	k.view(func(r store.Reader) error {
		resets, err := r.ListUnannouncedResets()
		if len(resets) != 1 || resets[0].Account != a.ID {
			t.Errorf("unannounced resets are %+v", resets)
		}
		return err
	})
	k.update(func(tx store.Tx) error { return tx.PutTwoStep(plain) })
	k.view(func(r store.Reader) error {
		resets, err := r.ListUnannouncedResets()
		if len(resets) != 0 {
			t.Errorf("unannounced resets are %+v", resets)
		}
		return err
	})
	k.update(func(tx store.Tx) error { return tx.DeleteTwoStep(a.ID) })
	_, err = find()
	k.wantNotFound("two-step verification that was deleted", err)
}

func testMailCodes(t *testing.T, k *kit) {
	a, _ := k.account("+32470000001", 0)
	code := store.MailCode{
		Account: a.ID, Purpose: store.MailConfirm, Address: "alice@example.org", Salt: k.bytes(16), Hash: k.bytes(32),
		Expires: k.now.Add(time.Minute), Tries: 5,
	}
	reset := code
	reset.Purpose, reset.Expires = store.MailReset, k.now.Add(time.Hour)
	fewer := code
	fewer.Tries = 4
	k.update(func(tx store.Tx) error { return tx.PutMailCode(code) })
	k.update(func(tx store.Tx) error { return tx.PutMailCode(reset) })
	k.update(func(tx store.Tx) error { return tx.PutMailCode(fewer) })
	want := func(id ident.AccountID, purpose store.MailPurpose, want *store.MailCode) {
		t.Helper()
		k.view(func(r store.Reader) error {
			got, err := r.FindMailCode(id, purpose)
			if want == nil {
				k.wantNotFound("code", err)
			} else if err != nil || !reflect.DeepEqual(got, *want) {
				t.Errorf("found %+v, %v\nwant %+v", got, err, *want)
			}
			return nil
		})
	}
	want(a.ID, store.MailConfirm, &fewer)
	want(a.ID, store.MailReset, &reset)
	k.view(func(r store.Reader) error {
		n, err := r.CountCodesBefore(k.now.Add(2 * time.Minute))
		if n != 1 {
			t.Errorf("%d codes count as expired", n)
		}
		return err
	})
	k.update(func(tx store.Tx) error { return tx.DeleteCodesBefore(k.now.Add(2 * time.Minute)) })
	want(a.ID, store.MailConfirm, nil)
	want(a.ID, store.MailReset, &reset)
	k.update(func(tx store.Tx) error { return tx.DeleteMailCode(a.ID, store.MailReset) })
	want(a.ID, store.MailReset, nil)
	k.update(func(tx store.Tx) error { return tx.PutMailCode(code) })
	k.update(func(tx store.Tx) error { return tx.DeleteTwoStep(a.ID) })
	want(a.ID, store.MailConfirm, nil)
}
