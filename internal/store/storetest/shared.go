package storetest

import (
	"errors"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// commit collects transactions that are to share a commit.
type commit struct {
	*kit
	release chan struct{}
	done    chan error
	n       int
}

// hold keeps the writer busy until run.
func (k *kit) hold() *commit {
	held, release := make(chan struct{}), make(chan struct{})
	once := false
	g := &commit{kit: k, release: release, done: make(chan error, 64)}
	k.st.Submit(func(store.Tx) error {
		if !once {
			once = true
			close(held)
			<-release
		}
		return nil
	}, func(error) {})
	<-held
	return g
}

// do adds a transaction whose failure is the test's.
func (g *commit) do(fn func(store.Tx) error) { g.ends(nil, fn) }

// ends adds a transaction that must end with an error.
func (g *commit) ends(want error, fn func(store.Tx) error) {
	g.n++
	g.st.Submit(fn, func(err error) {
		if !errors.Is(err, want) {
			err = errors.Join(errors.New("a transaction did not end as it should"), err)
		} else {
			err = nil
		}
		g.done <- err
	})
}

// run lets the transactions happen, and waits for them.
func (g *commit) run() {
	g.Helper()
	close(g.release)
	for range g.n {
		if err := <-g.done; err != nil {
			g.Error(err)
		}
	}
}

// testSharedCommit: what transactions of one commit do to each other, with and without one among
// them that fails after it wrote, so that all happen once more.
func testSharedCommit(t *testing.T, k *kit) {
	for i, fails := range []bool{false, true} {
		c := newShared(k, ident.Phone([]string{"+3247000001", "+3247000002"}[i]))
		g := k.hold()
		c.appends(g)
		c.blocks(g)
		c.leaves(g)
		c.joins(g)
		if fails {
			failure := errors.New("it failed after it wrote")
			g.ends(failure, func(tx store.Tx) error {
				e := k.entry(c.direct, c.as[0])
				_, err := tx.AppendEntry(&e)
				return errors.Join(failure, err)
			})
		}
		g.run()
		c.check()
	}
}

// shared is what the transactions of a commit share.
type shared struct {
	*kit
	a, b, c       store.Account
	as, bs        []store.Device
	direct, group ident.ConversationID
	first         store.Entry
}

func newShared(k *kit, phone ident.Phone) *shared {
	s := &shared{kit: k}
	s.a, s.as = k.account(phone+"1", 1)
	s.b, s.bs = k.account(phone+"2", 0)
	s.c, _ = k.account(phone+"3", 0)
	s.direct = k.direct(s.a.ID, s.b.ID, s.as[0], s.as[1], s.bs[0])
	s.group = k.group(s.as[0], s.as[1], s.bs[0])
	s.first = k.entry(s.direct, s.as[0])
	return s
}

// appends adds entries, and what reads and acknowledges them.
func (s *shared) appends(g *commit) {
	g.do(func(tx store.Tx) error {
		e := s.first
		places, err := tx.AppendEntry(&e)
		if e.Sequence != 1 || len(places) != 2 || places[0].Position != 1 || places[1].Position != 1 {
			s.Errorf("the first entry is %d at %v", e.Sequence, places)
		}
		return err
	})
	g.do(func(tx store.Tx) error {
		found, err := tx.FindEntryByMessage(s.direct, s.first.ID)
		if found.Sequence != 1 {
			s.Errorf("the first entry is found as %d", found.Sequence)
		}
		return err
	})
	refusal := errors.New("refused")
	g.ends(refusal, func(tx store.Tx) error {
		_, err := tx.FindMember(s.direct, s.as[1].ID)
		return errors.Join(refusal, err)
	})
	second := s.entry(s.direct, s.bs[0])
	second.Time = s.now.Add(time.Minute)
	g.do(func(tx store.Tx) error { _, err := tx.AppendEntry(&second); return err })
	g.do(func(tx store.Tx) error {
		c, err := tx.FindConversation(s.direct)
		if c.LastSequence != 2 || !c.LastActive.Equal(second.Time) {
			s.Errorf("after two entries the conversation is at %d, %v", c.LastSequence, c.LastActive)
		}
		return err
	})
	g.do(func(tx store.Tx) error {
		receipts, err := tx.Ack(s.bs[0].ID, 9, s.now)
		if len(receipts) != 1 || receipts[0].Delivered != 1 {
			s.Errorf("the acknowledgement gave %+v", receipts)
		}
		return err
	})
	g.do(func(tx store.Tx) error {
		receipt, err := tx.MarkRead(s.direct, s.a.ID, 9, s.now)
		if receipt == nil || receipt.Read != 2 {
			s.Errorf("the reading gave %+v", receipt)
		}
		return err
	})
}

// blocks adds an entry that comes while its sender is blocked, and one after.
func (s *shared) blocks(g *commit) {
	for _, blocked := range []bool{true, false} {
		g.do(func(tx store.Tx) error { return tx.SetBlocked(s.a.ID, s.b.ID, blocked) })
		e := s.entry(s.direct, s.bs[0])
		g.do(func(tx store.Tx) error {
			places, err := tx.AppendEntry(&e)
			if want := map[bool]int{true: 1, false: 2}[blocked]; len(places) != want {
				s.Errorf("an entry stands in %d feeds, want %d", len(places), want)
			}
			return err
		})
	}
	g.do(func(tx store.Tx) error {
		feed, err := tx.PullFeed(s.a.ID, 0, 100, 1<<20)
		if len(feed) != 3 || feed[2].Position != 3 || feed[2].Sequence != 4 {
			s.Errorf("the feed of who blocked is %+v", feed)
		}
		return err
	})
}

// leaves adds the removal of a device that was looked at before.
func (s *shared) leaves(g *commit) {
	g.do(func(tx store.Tx) error { return tx.RemoveDevice(s.as[1].ID, s.now, wire.LogoutRemoved) })
	g.do(func(tx store.Tx) error {
		m, err := tx.FindMember(s.direct, s.as[1].ID)
		c, errConversation := tx.FindConversation(s.direct)
		if !m.Removed || c.Removals != 1 {
			s.Errorf("the removed device is %+v, and %d removals wait", m, c.Removals)
		}
		return errors.Join(err, errConversation)
	})
}

// joins adds entries before and after an account comes into the group, and after it goes.
func (s *shared) joins(g *commit) {
	hear := func(want int) {
		e := s.entry(s.group, s.bs[0])
		g.do(func(tx store.Tx) error {
			places, err := tx.AppendEntry(&e)
			if len(places) != want {
				s.Errorf("an entry of the group stands in %d feeds, want %d", len(places), want)
			}
			return err
		})
	}
	hear(2)
	g.do(func(tx store.Tx) error { return tx.AddConversationAccounts(s.group, []ident.AccountID{s.c.ID}) })
	hear(3)
	g.do(func(tx store.Tx) error {
		writers, err := tx.ListWriters(s.group, 0, 9)
		if len(writers) != 1 || writers[0] != s.b.ID {
			s.Errorf("the writers are %v", writers)
		}
		return err
	})
	g.do(func(tx store.Tx) error { return tx.RemoveConversationAccounts(s.group, []ident.AccountID{s.c.ID}) })
	hear(2)
}

// check looks at what has become of it all.
func (s *shared) check() {
	for account, want := range map[ident.AccountID]int{s.a.ID: 6, s.b.ID: 7, s.c.ID: 1} {
		feed := s.pull(account)
		for i, e := range feed {
			if e.Position != uint64(i+1) {
				s.Errorf("entry %d of a feed is at %d", i, e.Position)
			}
		}
		s.view(func(r store.Reader) error {
			a, err := r.FindAccount(account)
			if len(feed) != want || a.Head != uint64(want) {
				s.Errorf("a feed has %d entries and the head %d, want %d", len(feed), a.Head, want)
			}
			return err
		})
	}
	s.view(func(r store.Reader) error {
		c, err := r.FindConversation(s.group)
		if c.LastSequence != 3 {
			s.Errorf("the group is at %d, want 3", c.LastSequence)
		}
		return err
	})
	s.prune(s.a.ID, 100)
	if e, places := s.appendEntry(s.direct, s.as[0]); e.Sequence != 5 || places[0].Position+places[1].Position != 7+8 {
		s.Errorf("the next entry is %d at %v", e.Sequence, places)
	}
}
