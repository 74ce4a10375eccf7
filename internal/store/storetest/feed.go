package storetest

import (
	"bytes"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func testFeed(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	c, _ := k.account("+32470000003", 0)
	ab, ac := k.direct(a.ID, b.ID, as[0], bs[0]), k.direct(a.ID, c.ID, as[0])
	first, places := k.appendEntry(ab, as[0])
	if first.Sequence != 1 || len(places) != 2 {
		t.Fatalf("the first entry is %d at %v", first.Sequence, places)
	}
	k.appendEntry(ac, as[0])
	second, _ := k.appendEntry(ab, bs[0])
	if second.Sequence != 2 {
		t.Errorf("the second entry of the conversation is %d", second.Sequence)
	}
	feed := k.pull(a.ID)
	for i, want := range []ident.ConversationID{ab, ac, ab} {
		if feed[i].Position != uint64(i+1) || feed[i].Conversation != want || feed[i].Kind != wire.ConversationDirect {
			t.Errorf("feed entry %d is %+v", i, feed[i])
		}
	}
	if got := feed[2]; !bytes.Equal(got.Message, second.Message) || got.SenderDevice != bs[0].ID || got.ID != second.ID {
		t.Errorf("the pulled entry is %+v, want %+v", got, second)
	}
	if n := len(k.pull(b.ID)); n != 2 {
		t.Errorf("the other account has %d entries, want 2", n)
	}
	k.view(func(r store.Reader) error {
		found, err := r.FindEntryByMessage(ab, first.ID)
		if found.Sequence != 1 || found.SenderDevice != as[0].ID || !found.Time.Equal(first.Time) {
			t.Errorf("by its message id, the entry is %+v", found)
		}
		_, missing := r.FindEntryByMessage(ac, first.ID)
		k.wantNotFound("message id of another conversation", missing)
		account, _ := r.FindAccount(a.ID)
		if account.Head != 3 {
			t.Errorf("the head is %d, want 3", account.Head)
		}
		return err
	})
	e := k.entry(ab, as[0])
	e.ID = first.ID
	if err := k.st.Update(k.Context(), func(tx store.Tx) error { _, err := tx.AppendEntry(&e); return err }); err == nil {
		t.Error("a message id was stored twice")
	}
	relays := store.Entry{Conversation: ab, Kind: wire.EntryProposal, ID: ident.MessageID(k.bytes(16)), Time: k.now, Message: []byte{1}}
	k.update(func(tx store.Tx) error { _, err := tx.AppendEntry(&relays); return err })
	if feed := k.pull(b.ID); len(feed) != 3 || !feed[2].SenderDevice.IsZero() || feed[2].Sequence != 3 {
		t.Errorf("with the relay's entry the feed is %+v", feed)
	}
}

func testFeedLimits(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	id := k.direct(a.ID, b.ID, as[0], bs[0])
	for range 5 {
		k.appendEntry(id, as[0]) // 100 bytes each
	}
	for _, c := range []struct {
		after           uint64
		limit, maxBytes int
		first, n        int
	}{
		{0, 3, 1 << 20, 1, 3},
		{3, 3, 1 << 20, 4, 2},
		{0, 5, 250, 1, 2},
		{0, 5, 200, 1, 2},
		{0, 5, 199, 1, 1},
		{0, 5, 1, 1, 1},
		{5, 5, 1 << 20, 0, 0},
	} {
		k.view(func(r store.Reader) error {
			entries, err := r.PullFeed(a.ID, c.after, c.limit, c.maxBytes)
			if len(entries) != c.n || c.n > 0 && entries[0].Position != uint64(c.first) {
				t.Errorf("%+v: got %d entries", c, len(entries))
			}
			return err
		})
	}
}

func testAck(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 1)
	id := k.direct(a.ID, b.ID, as[0], bs[0], bs[1])
	for range 3 {
		k.appendEntry(id, as[0])
	}
	if r := k.ack(bs[0], 2); len(r) != 1 || r[0] != (store.Receipt{Conversation: id, Account: b.ID, Delivered: 2, DeliveredAt: k.now.UnixMilli()}) {
		t.Errorf("the first device's acknowledgement gave %+v", r)
	}
	if r := k.ack(bs[1], 1); len(r) != 0 {
		t.Errorf("the second device's acknowledgement gave %+v", r)
	}
	if r := k.ack(as[0], 3); len(r) != 0 {
		t.Errorf("the sender's own acknowledgement gave %+v", r)
	}
	if r := k.ack(bs[1], 99); len(r) != 1 || r[0].Delivered != 3 {
		t.Errorf("the overtaking device's acknowledgement gave %+v", r)
	}
	k.ack(bs[1], 1)
	k.view(func(r store.Reader) error {
		d, err := r.FindDevice(bs[1].ID)
		if d.Cursor != 3 {
			t.Errorf("the cursor is %d: it must neither pass the head nor go back", d.Cursor)
		}
		if err != nil {
			return err
		}
		now, err := r.FindStanding(bs[0].ID)
		d, _ = r.FindDevice(bs[0].ID)
		if now.Account != b.ID || !now.Key.Equal(d.Key) || !now.LastActive.Equal(d.LastActive) || !now.PrimaryActive.Equal(d.LastActive) {
			t.Errorf("%+v stands at %+v", d, now)
		}
		if !now.Primary || now.Phone != b.Phone || now.Head != 3 || now.Cursor != 2 || len(now.KeyPackages) != 0 {
			t.Errorf("a primary without key packages stands at %+v", now)
		}
		return err
	})
	k.update(func(tx store.Tx) error { return tx.RemoveDevice(bs[1].ID, k.now, wire.LogoutRemoved) })
	err := k.st.Update(k.Context(), func(tx store.Tx) error { _, err := tx.Ack(bs[1].ID, 3, k.now); return err })
	k.wantNotFound("acknowledgement of a removed device", err)
}

func testReceipts(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	id := k.direct(a.ID, b.ID, as[0], bs[0])
	for range 3 {
		k.appendEntry(id, as[0])
	}
	k.ack(bs[0], 1)
	list := func(account ident.AccountID, since uint64) (receipts []store.Receipt, next uint64) {
		k.view(func(r store.Reader) (err error) {
			receipts, next, err = r.ListReceipts(account, since, 1000)
			return err
		})
		return receipts, next
	}
	receipts, since := list(a.ID, 0)
	if len(receipts) != 1 || receipts[0].Delivered != 1 || receipts[0].Read != 0 {
		t.Errorf("the receipts are %+v", receipts)
	}
	if own, _ := list(b.ID, 0); len(own) != 0 {
		t.Errorf("the reader's own receipts are %+v", own)
	}
	if same, next := list(a.ID, since); len(same) != 0 || next != since {
		t.Errorf("without a change the receipts are %+v up to %d", same, next)
	}
	read := func(sequence uint64) (receipt *store.Receipt) {
		k.update(func(tx store.Tx) (err error) {
			receipt, err = tx.MarkRead(id, b.ID, sequence, k.now.Add(time.Minute))
			return err
		})
		return receipt
	}
	if r := read(99); r == nil || r.Read != 3 || r.Delivered != 3 || r.ReadAt != r.DeliveredAt || r.ReadAt != k.now.UnixMilli()+60_000 {
		t.Errorf("reading beyond the end gave %+v", r)
	}
	if r := read(2); r != nil {
		t.Errorf("reading backwards gave %+v", r)
	}
	if changed, next := list(a.ID, since); len(changed) != 1 || changed[0].Read != 3 || changed[0].ReadAt != k.now.UnixMilli()+60_000 || next <= since {
		t.Errorf("after reading the receipts are %+v up to %d", changed, next)
	}
}

// testPrune: an entry stays until every device of every account has it.
func testPrune(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 1)
	id := k.direct(a.ID, b.ID, as[0], bs[0], bs[1])
	first, _ := k.appendEntry(id, as[0])
	k.appendEntry(id, as[0])
	prune := func() {
		k.prune(a.ID, 100)
		k.prune(b.ID, 100)
	}
	exists := func() bool { return k.exists(id, first.ID) }
	k.ack(as[0], 2)
	k.ack(bs[0], 2)
	if prune(); !exists() || len(k.pull(b.ID)) != 2 {
		t.Fatal("an entry went before the last device had it")
	}
	k.ack(bs[1], 1)
	if prune(); exists() || len(k.pull(b.ID)) != 1 {
		t.Errorf("the entry that everybody has is still there: %t; the feed has %d", exists(), len(k.pull(b.ID)))
	}
	third, _ := k.appendEntry(id, as[0])
	if feed := k.pull(b.ID); third.Sequence != 3 || len(feed) != 2 || feed[1].Position != 3 {
		t.Errorf("after pruning, entry %d came to stand in %+v", third.Sequence, feed)
	}
}

// testPruneWithoutLaggard: a removed device is waited for no more.
func testPruneWithoutLaggard(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 1)
	id := k.direct(a.ID, b.ID, as[0], bs[0], bs[1])
	k.appendEntry(id, as[0])
	k.ack(as[0], 1)
	k.ack(bs[0], 1)
	k.update(func(tx store.Tx) error { return tx.RemoveDevice(bs[1].ID, k.now, wire.LogoutRemoved) })
	if n := k.prune(b.ID, 100); n != 1 {
		t.Errorf("%d places went, want 1", n)
	}
	if feed := k.pull(b.ID); len(feed) != 0 {
		t.Errorf("the feed still has %+v", feed)
	}
}

// testPruneBounded: no more goes at a time than was asked for, the oldest
// first, and nothing is left behind in the end.
func testPruneBounded(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	id := k.direct(a.ID, b.ID, as[0], bs[0])
	var entries []store.Entry
	for range 5 {
		e, _ := k.appendEntry(id, as[0])
		entries = append(entries, e)
	}
	k.ack(as[0], 5)
	k.ack(bs[0], 5)
	if n := k.prune(a.ID, 100); n != 5 {
		t.Errorf("of the sender's feed %d places went, want 5", n)
	}
	for _, want := range []struct{ removed, left int }{{2, 3}, {2, 1}, {1, 0}, {0, 0}} {
		if n := k.prune(b.ID, 2); n != want.removed {
			t.Errorf("%d places went, want %d", n, want.removed)
		}
		feed := k.pull(b.ID)
		if len(feed) != want.left {
			t.Fatalf("%d places are left, want %d", len(feed), want.left)
		}
		for i, e := range entries {
			if gone := i < len(entries)-want.left; k.exists(id, e.ID) == gone {
				t.Errorf("with %d places left, entry %d is gone: %t", want.left, i, !gone)
			}
		}
	}
}

func testExpiry(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	id := k.direct(a.ID, b.ID, as[0], bs[0])
	for range 3 {
		k.appendEntry(id, as[0])
		k.now = k.now.Add(time.Hour)
	}
	expire := func(before time.Time) (n int) {
		var counted int
		k.view(func(r store.Reader) (err error) {
			counted, err = r.CountEntriesBefore(before)
			return err
		})
		k.update(func(tx store.Tx) (err error) {
			n, err = tx.DeleteEntriesBefore(before)
			return err
		})
		if n != counted {
			t.Errorf("%d entries were counted and %d went", counted, n)
		}
		return n
	}
	if n := expire(k.now.Add(-2 * time.Hour)); n != 1 {
		t.Errorf("%d entries went, want 1", n)
	}
	if feed := k.pull(b.ID); len(feed) != 2 || feed[0].Position != 2 {
		t.Errorf("the feed is %+v", feed)
	}
	if n := expire(k.now.Add(time.Hour)); n != 2 {
		t.Errorf("%d entries went, want 2", n)
	}
	// Even from an empty log, sequences and positions go on.
	e, places := k.appendEntry(id, as[0])
	if e.Sequence != 4 || places[0].Position != 4 {
		t.Errorf("the next entry is %d at %v", e.Sequence, places)
	}
	if feed := k.pull(b.ID); len(feed) != 1 || feed[0].Sequence != 4 {
		t.Errorf("the feed is %+v", feed)
	}
}
