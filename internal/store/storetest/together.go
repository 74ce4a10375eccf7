package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// step is a transaction with what it says of itself. What it returns stands for all that it has seen.
type step struct {
	hint store.Hint
	run  func(store.Tx) (string, error)
}

// together has steps wait behind a transaction, so that they come to the store at the same time,
// and returns what each gave. It holds the store to the order of completion calls.
func (k *kit) together(steps ...step) []string {
	k.Helper()
	held := k.hold()
	gave := make([]string, len(steps))
	all := make(chan int, len(steps))
	for i, s := range steps {
		var said string
		k.st.SubmitHinted(s.hint, func(tx store.Tx) (err error) {
			said, err = s.run(tx)
			return err
		}, func(err error) {
			gave[i] = outcome(said, err)
			all <- i
		})
	}
	close(held.release)
	for i := range steps {
		if got := <-all; got != i {
			k.Fatalf("completion call %d was that of transaction %d", i, got)
		}
	}
	return gave
}

// oneByOne runs steps each by itself, without their hints.
func (k *kit) oneByOne(steps ...step) []string {
	var gave []string
	for _, s := range steps {
		var said string
		err := k.st.Update(k.Context(), func(tx store.Tx) (err error) {
			said, err = s.run(tx)
			return err
		})
		gave = append(gave, outcome(said, err))
	}
	return gave
}

var errRefused = errors.New("refused")

func outcome(said string, err error) string {
	switch {
	case err == nil:
		return said
	case errors.Is(err, errRefused):
		return "refused"
	case errors.Is(err, store.ErrNotFound):
		return "not found"
	}
	return "failed"
}

// send is what a relay does with a message.
func send(e store.Entry) step {
	hint := store.Hint{Kind: store.HintSend, Conversation: e.Conversation, Message: e.ID, Device: e.SenderDevice}
	return step{hint, func(tx store.Tx) (string, error) {
		c, err := tx.FindConversation(e.Conversation)
		if err != nil {
			return "", err
		}
		m, err := tx.FindMember(e.Conversation, e.SenderDevice)
		if err == nil && m.Removed {
			err = errRefused
		}
		if err != nil {
			return "", err
		}
		prior, err := tx.FindEntryByMessage(e.Conversation, e.ID)
		if err == nil {
			return fmt.Sprint("sent before as ", prior.Sequence, prior.SenderDevice == e.SenderDevice, prior.Time.UnixMilli()), nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
		mine := e
		places, err := tx.AppendEntry(&mine)
		return fmt.Sprint("behind ", c.LastSequence, " as ", mine.Sequence, " at ", places), err
	}}
}

// failing is a step that fails in the end.
func failing(one step) step {
	return step{one.hint, func(tx store.Tx) (string, error) {
		_, err := one.run(tx)
		return "", errors.Join(err, errRefused)
	}}
}

// appendTo appends without looking.
func appendTo(e store.Entry) step {
	s := send(e)
	s.run = func(tx store.Tx) (string, error) {
		mine := e
		places, err := tx.AppendEntry(&mine)
		return fmt.Sprint("as ", mine.Sequence, " at ", places), err
	}
	return s
}

// receiptText says what a receipt says, and who is told.
func receiptText(tx store.Tx, r store.Receipt) (string, error) {
	accounts, err := tx.ListConversationAccounts(r.Conversation)
	if r.Group && err == nil {
		accounts, err = tx.ListWriters(r.Conversation, r.Delivered-min(r.Delivered, 2), 2)
	} else {
		slices.SortFunc(accounts, func(a, b ident.AccountID) int { return slices.Compare(a[:], b[:]) })
	}
	return fmt.Sprintf("%+v to %v", r, accounts), err
}

func (k *kit) ackStep(d ident.DeviceID, position uint64) step {
	now := k.now
	return step{store.Hint{Kind: store.HintAck, Device: d, Position: position}, func(tx store.Tx) (string, error) {
		receipts, err := tx.Ack(d, position, now)
		var told []string
		for _, r := range receipts {
			text, more := receiptText(tx, r)
			told, err = append(told, text), errors.Join(err, more)
		}
		slices.Sort(told)
		return strings.Join(told, "\n"), err
	}}
}

func (k *kit) markStep(id ident.ConversationID, account ident.AccountID, sequence uint64) step {
	now := k.now
	return step{store.Hint{Kind: store.HintMark, Conversation: id, Account: account}, func(tx store.Tx) (string, error) {
		receipt, err := tx.MarkRead(id, account, sequence, now)
		if receipt == nil || err != nil {
			return "nothing", err
		}
		return receiptText(tx, *receipt)
	}}
}

// silently is a step that says nothing of itself.
func silently(run func(store.Tx) error) step {
	return step{run: func(tx store.Tx) (string, error) { return "done", run(tx) }}
}

// want holds what steps gave to what they should have; one that is empty is not looked at.
func (k *kit) want(gave []string, want ...string) {
	k.Helper()
	for i := range want {
		if want[i] != "" && gave[i] != want[i] {
			k.Errorf("transaction %d gave %q, want %q", i, gave[i], want[i])
		}
	}
}

// Transactions that come together see what the ones before them have done.
func testTogether(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 1)
	id := k.direct(a.ID, b.ID, as[0], bs[0], bs[1])
	first, second, third := k.entry(id, as[0]), k.entry(id, bs[0]), k.entry(id, as[0])
	at := func(position uint64) string {
		return fmt.Sprint([]store.Place{{Account: a.ID, Position: position}, {Account: b.ID, Position: position}})
	}
	receipt := func(delivered, read uint64) string {
		r := store.Receipt{Conversation: id, Account: b.ID, Delivered: delivered, Read: read, DeliveredAt: k.now.UnixMilli()}
		if read > 0 {
			r.ReadAt = k.now.UnixMilli()
		}
		return fmt.Sprintf("%+v to %v", r, []ident.AccountID{a.ID, b.ID})
	}
	gave := k.together(
		send(first), k.ackStep(bs[0].ID, 1), k.markStep(id, b.ID, 9), send(first), send(second), send(third),
		k.ackStep(bs[1].ID, 1), k.ackStep(bs[0].ID, 99), k.ackStep(bs[1].ID, 2), k.markStep(id, b.ID, 1), k.ackStep(as[0].ID, 2),
	)
	again := fmt.Sprint("sent before as ", 1, true, first.Time.UnixMilli())
	k.want(gave, "behind 0 as 1 at "+at(1), receipt(1, 0), receipt(1, 1), again, "behind 1 as 2 at "+at(2), "behind 2 as 3 at "+at(3),
		"", strings.ReplaceAll(receipt(3, 1), "ReadAt:0", fmt.Sprint("ReadAt:", k.now.UnixMilli())), "", "nothing")
	if feed := k.pull(b.ID); len(feed) != 3 || feed[2].Position != 3 || feed[2].ID != third.ID || string(feed[1].Message) != string(second.Message) {
		t.Errorf("the feed is %+v", feed)
	}
	k.view(func(r store.Reader) error {
		receipts, _, err := r.ListReceipts(a.ID, 0, 10)
		if len(receipts) != 1 || receipts[0].Delivered != 3 || receipts[0].Read != 1 {
			t.Errorf("the receipts are %+v", receipts)
		}
		d, _ := r.FindDevice(bs[1].ID)
		if d.Cursor != 2 {
			t.Errorf("the cursor is %d, want 2", d.Cursor)
		}
		return err
	})
	fourth, _ := k.appendEntry(id, as[0])
	if fourth.Sequence != 4 {
		t.Errorf("the next entry is %d, want 4", fourth.Sequence)
	}
}

// What changes who gets a message, or may send one, counts from there on.
func testTogetherChanges(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 1)
	id, group := k.direct(a.ID, b.ID, as[0], bs[0], bs[1]), k.group(as[0], bs[0], bs[1])
	entry := func(from store.Device, id ident.ConversationID) step { return send(k.entry(id, from)) }
	both := func(first, second uint64) string {
		return fmt.Sprint([]store.Place{{Account: a.ID, Position: first}, {Account: b.ID, Position: second}})
	}
	one := func(account ident.AccountID, position uint64) string {
		return fmt.Sprint([]store.Place{{Account: account, Position: position}})
	}
	block := func(blocked bool) step {
		return silently(func(tx store.Tx) error { return tx.SetBlocked(b.ID, a.ID, blocked) })
	}
	gave := k.together(entry(as[0], id), block(true), entry(as[0], id), entry(bs[0], id), block(false), entry(as[0], id),
		entry(bs[1], id), silently(func(tx store.Tx) error { return tx.RemoveDevice(bs[1].ID, k.now, wire.LogoutRemoved) }),
		entry(bs[1], id), k.ackStep(bs[1].ID, 2), entry(bs[0], id),
		entry(as[0], group), silently(func(tx store.Tx) error { return tx.RemoveConversationAccounts(group, []ident.AccountID{b.ID}) }),
		entry(bs[0], group), entry(as[0], group), k.markStep(group, b.ID, 2))
	k.want(gave, "behind 0 as 1 at "+both(1, 1), "done", "behind 1 as 2 at "+one(a.ID, 2), "behind 2 as 3 at "+both(3, 2), "done", "behind 3 as 4 at "+both(4, 3),
		"behind 4 as 5 at "+both(5, 4), "done",
		"refused", "not found", "behind 5 as 6 at "+both(6, 5),
		"behind 0 as 1 at "+both(7, 6), "done",
		"refused", "behind 1 as 2 at "+one(a.ID, 8), "nothing")
	if n := len(k.pull(b.ID)); n != 6 {
		t.Errorf("the account that blocked for a while has %d entries, want 6", n)
	}
}

// One that fails, before or after it wrote, changes nothing and harms no other; the same for one
// whose mistake shows only when it is written.
func testTogetherFailures(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	id, other := k.direct(a.ID, b.ID, as[0], bs[0]), ident.ConversationID(k.bytes(16))
	early, late := send(k.entry(id, as[0])), send(k.entry(id, as[0]))
	early.run = func(store.Tx) (string, error) { return "", errRefused }
	finish := late.run
	late.run = func(tx store.Tx) (string, error) {
		_, err := finish(tx)
		return "", errors.Join(err, errRefused)
	}
	first, second, third := k.entry(id, as[0]), k.entry(id, bs[0]), k.entry(id, as[0])
	stranger := k.entry(id, store.Device{ID: ident.DeviceID(k.bytes(16)), Account: a.ID})
	lie := send(third)
	lie.hint = store.Hint{Kind: store.HintAck, Device: bs[0].ID, Position: 1}
	gave := k.together(early, send(first), late, send(second), appendTo(first), send(stranger), send(k.entry(other, as[0])),
		k.ackStep(stranger.SenderDevice, 1), k.markStep(other, a.ID, 1), lie)
	k.want(gave, "refused", "", "refused", "", "failed", "not found", "not found", "not found")
	var got []ident.MessageID
	for i, e := range k.pull(b.ID) {
		if got = append(got, e.ID); e.Sequence != uint64(i+1) || e.Position != uint64(i+1) {
			t.Errorf("entry %d has sequence %d and position %d", i, e.Sequence, e.Position)
		}
	}
	if !slices.Equal(got, []ident.MessageID{first.ID, second.ID, third.ID}) {
		t.Errorf("the entries are %v, want %v", got, []ident.MessageID{first.ID, second.ID, third.ID})
	}
}

// Of many that come together a few fail, before they wrote, after it, or only when it is written.
// The others are carried out, in order.
func testManyFailures(t *testing.T, k *kit) {
	const n = 300
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	id := k.direct(a.ID, b.ID, as[0], bs[0])
	steps, want := make([]step, n), make([]string, n)
	var sent []ident.MessageID
	first := k.entry(id, as[0])
	for i := range steps {
		e := k.entry(id, as[0])
		switch steps[i], want[i] = send(e), "refused"; i {
		case 40, 41, n - 1:
			steps[i] = failing(steps[i])
		case 100:
			steps[i].run = func(store.Tx) (string, error) { return "", errRefused }
		case 200:
			steps[i], want[i] = appendTo(first), "failed"
		case 0:
			e, steps[i] = first, send(first)
			fallthrough
		default:
			sent = append(sent, e.ID)
			at := uint64(len(sent))
			want[i] = fmt.Sprint("behind ", at-1, " as ", at, " at ", []store.Place{{Account: a.ID, Position: at}, {Account: b.ID, Position: at}})
		}
	}
	k.want(k.together(steps...), want...)
	var got []ident.MessageID
	for _, e := range k.pull(b.ID) {
		got = append(got, e.ID)
	}
	if !slices.Equal(got, sent) {
		t.Errorf("the feed has %d entries, and they are not the %d that were sent", len(got), len(sent))
	}
	if last, _ := k.appendEntry(id, bs[0]); last.Sequence != uint64(len(sent)+1) {
		t.Errorf("the next entry is %d, want %d", last.Sequence, len(sent)+1)
	}
}
