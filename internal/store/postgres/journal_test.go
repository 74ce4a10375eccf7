package postgres

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/postgres/postgrestest"
)

// listener is a store.Follower that keeps what it gets.
type listener struct {
	mu      sync.Mutex
	heard   []string
	missed  int
	written []uint64
}

func (l *listener) Apply(notice []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, string(notice))
}

func (l *listener) Missed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed++
}

func (l *listener) Written(number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written = append(l.written, number)
}

func (l *listener) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard)
}

// member is one of the relays on a database.
type member struct {
	*Store
	listener
	testing.TB
}

func openShared(t *testing.T, connection string, relay byte) *member {
	t.Helper()
	st, err := Open(t.Context(), connection, Options{Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() }) // some tests have closed it
	m := &member{Store: st, TB: t}
	if err := st.Follow(t.Context(), store.RelayID{relay}, m); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *member) update(fn func(store.SharedTx) error) error {
	m.Helper()
	return m.Update(m.Context(), func(t store.Tx) error { return fn(t.(store.SharedTx)) })
}

func (m *member) say(texts ...string) {
	m.Helper()
	err := m.update(func(t store.SharedTx) error {
		for _, text := range texts {
			t.Notify([]byte(text))
		}
		return nil
	})
	if err != nil {
		m.Fatal(err)
	}
}

func (m *member) hears(want ...string) {
	m.Helper()
	if got := m.all(); !slices.Equal(got, want) {
		m.Errorf("heard %q, want %q", got, want)
	}
}

// What one relay says the others hear once and in order: at the latest before their own
// next transaction runs.
func TestJournal(t *testing.T) {
	connection := postgrestest.Database(t)
	a, b := openShared(t, connection, 1), openShared(t, connection, 2)
	a.say("one", "two")
	b.hears()
	if err := b.update(func(store.SharedTx) error {
		b.hears("one", "two")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b.say("three")
	a.say("four")
	a.hears("three")
	if err := b.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.hears("one", "two", "four")
	if !slices.Equal(a.written, []uint64{1, 3}) || !slices.Equal(b.written, []uint64{2}) || a.Applied() != 3 || b.Applied() != 3 {
		t.Errorf("written %d and %d, applied %d and %d, want [1 3], [2], 3 and 3", a.written, b.written, a.Applied(), b.Applied())
	}
	late := openShared(t, connection, 3)
	a.say("five")
	if err := late.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	late.hears("five")
	if a.missed+b.missed+late.missed > 0 {
		t.Error("something was missed")
	}
}

// What a transaction says that fails nobody hears, whatever its neighbours say.
func TestJournalOfFailures(t *testing.T) {
	connection := postgrestest.Database(t)
	a, b := openShared(t, connection, 1), openShared(t, connection, 2)
	refused := errors.New("refused")
	var done sync.WaitGroup
	for i := range 8 {
		done.Add(1)
		a.Submit(func(t store.Tx) error {
			t.(store.SharedTx).Notify(fmt.Append(nil, i))
			switch i % 3 {
			case 0:
				return nil
			case 1:
				return refused
			}
			if err := t.(store.SharedTx).NoteRelay(); err != nil { // has written
				return err
			}
			return refused
		}, func(error) { done.Done() })
	}
	done.Wait()
	if err := b.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.hears("0", "3", "6")
}

// Many relays at the same time: every notice reaches every other relay, all in one order.
func TestJournalOrder(t *testing.T) {
	connection := postgrestest.Database(t)
	relays := []*member{openShared(t, connection, 1), openShared(t, connection, 2), openShared(t, connection, 3)}
	const each = 60
	var writing sync.WaitGroup
	for i, m := range relays {
		writing.Go(func() {
			for n := range each {
				m.say(fmt.Sprintf("%d-%d", i, n))
			}
		})
	}
	writing.Wait()
	orders := make([][]string, len(relays))
	for i, m := range relays {
		if err := m.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if orders[i] = m.all(); len(orders[i]) != 2*each {
			t.Fatalf("relay %d heard %d notices, want %d", i, len(orders[i]), 2*each)
		}
	}
	without := func(order []string, relay byte) []string {
		return slices.DeleteFunc(slices.Clone(order), func(s string) bool { return s[0] == relay })
	}
	if !slices.Equal(without(orders[0], '1'), without(orders[1], '0')) {
		t.Error("two relays heard the third's notices in different orders")
	}
	if !slices.Equal(without(orders[0], '2'), without(orders[2], '0')) {
		t.Error("two relays heard another's notices in different orders")
	}
}

// A relay that comes back after its notices are gone learns that, once.
func TestJournalMissed(t *testing.T) {
	connection := postgrestest.Database(t)
	a, b := openShared(t, connection, 1), openShared(t, connection, 2)
	a.say("one")
	a.say("two")
	age := func() {
		if _, err := a.writer.Exec(t.Context(), "UPDATE notices SET created = now() - interval '11 minutes'"); err != nil {
			t.Fatal(err)
		}
		if err := a.update(store.SharedTx.DeleteNotices); err != nil {
			t.Fatal(err)
		}
	}
	age()
	if err := b.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.hears("two"); b.missed != 1 {
		t.Errorf("missed %d times, want once", b.missed)
	}
	age()
	a.say("three")
	if err := b.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.hears("two", "three"); b.missed != 1 {
		t.Errorf("missed %d times, want once", b.missed)
	}
}

// Connections are numbered over all relays, and those to a relay that is gone count no more.
func TestConnections(t *testing.T) {
	connection := postgrestest.Database(t)
	a, b := openShared(t, connection, 1), openShared(t, connection, 2)
	account, device := ident.AccountID{1}, ident.DeviceID{2}
	now := time.UnixMilli(1_800_000_000_000)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	enter := func(m *member, want uint64) {
		t.Helper()
		must(m.update(func(t store.SharedTx) error {
			number, err := t.Enter(device)
			if number != want {
				m.Errorf("connection %d, want %d", number, want)
			}
			return errors.Join(err, t.NoteRelay())
		}))
	}
	sees := func(m *member, want ...ident.DeviceID) {
		t.Helper()
		must(m.View(t.Context(), func(r store.Reader) error {
			got, err := r.(store.SharedReader).ListConnected(account)
			if !slices.Equal(got, want) {
				m.Errorf("connected elsewhere are %v, want %v", got, want)
			}
			return err
		}))
	}
	must(a.update(func(t store.SharedTx) error {
		key := ed25519.PublicKey(make([]byte, 32))
		return errors.Join(t.CreateAccount(store.Account{ID: account, Phone: "+32470100001", Key: key, Created: now}),
			t.CreateDevice(store.Device{ID: device, Account: account, Certificate: []byte{1}, Key: key, Primary: true, Created: now, LastActive: now}),
			t.PutPushSubscription(device, "https://push.example.org/1"))
	}))
	enter(a, 1)
	sees(a)
	sees(b, device)
	enter(b, 2)
	must(a.update(func(t store.SharedTx) error { return t.Leave(device, 1) }))
	sees(a, device)
	_, err := a.writer.Exec(t.Context(), "UPDATE relays SET seen = now() - interval '16 seconds'")
	must(err)
	sees(a)
	must(b.update(store.SharedTx.NoteRelay))
	sees(a, device)
	must(b.update(func(t store.SharedTx) error { return t.Leave(device, 2) }))
	sees(a)
	enter(b, 3)
	must(b.update(store.SharedTx.ForgetRelay))
	sees(a)

	claim := func(m *member, at, since int64, want bool) {
		t.Helper()
		must(m.update(func(t store.SharedTx) error {
			claimed, err := t.ClaimWake(device, at, since)
			if claimed != want {
				m.Errorf("the wake-up at %d was claimed: %t", at, claimed)
			}
			return err
		}))
	}
	claim(a, 100, 40, true)
	claim(b, 101, 41, false)
	claim(b, 160, 100, true)
}

// One of the relays that run is the first, and another when it is gone.
func TestFirstRelay(t *testing.T) {
	connection := postgrestest.Database(t)
	relays := []*member{openShared(t, connection, 1), openShared(t, connection, 2)}
	first := func() (first []int) {
		t.Helper()
		for i, m := range relays {
			err := m.View(t.Context(), func(r store.Reader) error {
				is, err := r.(store.SharedReader).IsFirst()
				if is {
					first = append(first, i)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return first
	}
	for i, want := range [][]int{nil, {0}, {0}, {1}} {
		var err error
		switch i {
		case 1, 2:
			err = relays[i-1].update(store.SharedTx.NoteRelay)
		case 3:
			err = relays[0].update(store.SharedTx.ForgetRelay)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := first(); !slices.Equal(got, want) {
			t.Errorf("step %d: the first are %v, want %v", i, got, want)
		}
	}
}

// Relays that share a database, and one that must be alone, keep each other away.
func TestSharedOrAlone(t *testing.T) {
	connection := postgrestest.Database(t)
	shared := openShared(t, connection, 1)
	openShared(t, connection, 2).Close()
	if _, err := Open(t.Context(), connection, Options{Alone: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("alone beside another: %v, want ErrInUse", err)
	}
	if err := shared.Close(); err != nil {
		t.Fatal(err)
	}
	alone, err := Open(t.Context(), connection, Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	if _, err := Open(t.Context(), connection, Options{Shared: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("beside one that is alone: %v, want ErrInUse", err)
	}
}
