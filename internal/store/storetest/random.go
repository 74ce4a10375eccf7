package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"parley/ident"
	"parley/internal/store"
)

// story makes steps at random on a few accounts, so that they meet. Two stories of the same
// seed are the same.
type story struct {
	*kit
	random   *rand.Rand
	accounts []ident.AccountID
	devices  []store.Device
	chats    []ident.ConversationID
	messages []store.Entry
}

func newStory(k *kit, seed uint64) *story {
	s := &story{kit: k, random: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // to be repeated
	for i := range 3 {
		a, devices := k.account(ident.Phone(fmt.Sprintf("+3247000000%d", i)), 1)
		s.accounts, s.devices = append(s.accounts, a.ID), append(s.devices, devices...)
	}
	d := s.devices
	s.chats = []ident.ConversationID{
		k.direct(s.accounts[0], s.accounts[1], d[0], d[1], d[2], d[3]), k.direct(s.accounts[1], s.accounts[2], d[2], d[3], d[4], d[5]), k.group(d...),
	}
	return s
}

func pick[T any](s *story, from []T) T { return from[s.random.IntN(len(from))] }

// step makes the next step.
func (s *story) step() step {
	account, device, chat := pick(s, s.accounts), pick(s, s.devices), pick(s, s.chats)
	group, change := s.chats[2], silently
	if s.random.IntN(2) == 0 {
		change = func(run func(store.Tx) error) step { return s.mistaken(silently(run)) }
	}
	switch n := s.random.IntN(100); {
	case n < 35:
		return send(s.message(chat, device))
	case n < 60:
		return s.ackStep(device.ID, uint64(s.random.IntN(40)))
	case n < 75:
		return s.markStep(chat, account, uint64(s.random.IntN(20)))
	case n < 78:
		return s.mistaken(send(s.message(chat, device)))
	case n < 81:
		return appendTo(s.message(chat, device))
	case n < 85:
		return failing(send(s.message(chat, device)))
	case n < 88:
		other, blocked := pick(s, s.accounts), s.random.IntN(2) == 0
		return change(func(tx store.Tx) error { return tx.SetBlocked(account, other, blocked) })
	case n < 91:
		return change(func(tx store.Tx) error { _, err := tx.PruneAccount(account, 5); return err })
	case n < 93:
		return change(func(tx store.Tx) error { return s.turnOut(tx, group, account) })
	}
	return step{run: func(tx store.Tx) (string, error) { return s.look(tx) }}
}

// message is a new one, or one that was sent before.
func (s *story) message(chat ident.ConversationID, from store.Device) store.Entry {
	if len(s.messages) > 0 && s.random.IntN(5) == 0 {
		return pick(s, s.messages)
	}
	s.messages = append(s.messages, s.entry(chat, from))
	return s.messages[len(s.messages)-1]
}

// mistaken says something else of itself than what it does.
func (s *story) mistaken(one step) step {
	one.hint = s.ackStep(pick(s, s.devices).ID, 3).hint
	return one
}

// turnOut takes an account out of a group, or back into it.
func (s *story) turnOut(tx store.Tx, group ident.ConversationID, account ident.AccountID) error {
	accounts, err := tx.ListConversationAccounts(group)
	if err != nil {
		return err
	}
	if slices.Contains(accounts, account) {
		return tx.RemoveConversationAccounts(group, []ident.AccountID{account})
	}
	return tx.AddConversationAccounts(group, []ident.AccountID{account})
}

// look says everything that the store can be asked of the story. What receipts' changes are
// numbered is left to it.
func (s *story) look(r store.Reader) (string, error) {
	var seen []string
	var failures []error
	note := func(err error, what ...any) {
		seen, failures = append(seen, fmt.Sprintln(what...)), append(failures, err)
	}
	for _, id := range s.chats {
		c, err := r.FindConversation(id)
		note(err, c.LastSequence, c.LastActive.UnixMilli(), c.Epoch, c.Removals)
		writers, err := r.ListWriters(id, 1, 10)
		note(err, writers)
	}
	for _, d := range s.devices {
		found, err := r.FindDevice(d.ID)
		note(err, found.Cursor)
	}
	for _, id := range s.accounts {
		a, err := r.FindAccount(id)
		note(err, a.Head)
		feed, err := r.PullFeed(id, 0, 1000, 1<<20)
		for _, e := range feed {
			note(nil, e.Position, e.Sequence, e.ID, e.SenderDevice, fmt.Sprintf("%x", e.Message[len(e.Message)-8:]))
		}
		receipts, _, more := r.ListReceipts(id, 0, 1000)
		var texts []string
		for _, receipt := range receipts {
			texts = append(texts, fmt.Sprintf("%+v", receipt))
		}
		slices.Sort(texts)
		note(errors.Join(err, more), texts)
	}
	return strings.Join(seen, ""), errors.Join(failures...)
}

// Whatever comes together gives what it gives one by one.
func testTogetherAtRandom(t *testing.T, k *kit) {
	const seed, rounds, size = 6, 12, 24
	one, all := newStory(newKit(t, k.open), seed), newStory(k, seed)
	for round := range rounds {
		var alone, together []step
		for range size {
			alone, together = append(alone, one.step()), append(together, all.step())
		}
		all.st.Rest() // nobody sees that
		want, got := one.oneByOne(alone...), all.together(together...)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("round %d: together, transaction %d gave\n%s\nalone\n%s", round, i, got[i], want[i])
			}
		}
	}
	var texts [2]string
	for i, s := range []*story{one, all} {
		s.view(func(r store.Reader) (err error) {
			texts[i], err = s.look(r)
			return err
		})
	}
	if texts[0] != texts[1] {
		t.Errorf("in the end there is\n%s\nand alone\n%s", texts[1], texts[0])
	}
}
