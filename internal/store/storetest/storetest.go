// Package storetest is the conformance kit of store.Store: every
// implementation must pass Run. It says by example what the interface's
// comments promise.
package storetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// Open returns a store on empty data; the kit closes it.
type Open func(t *testing.T) store.Store

// Run runs all cases, each on a store of its own.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *kit)
	}{
		{"Identity", testIdentity},
		{"Accounts", testAccounts},
		{"Devices", testDevices},
		{"Standing", testStanding},
		{"OnePrimary", testOnePrimary},
		{"MovePrimary", testMovePrimary},
		{"Silent", testSilent},
		{"Serving", testServing},
		{"KeyPackages", testKeyPackages},
		{"KeyPackageSuites", testKeyPackageSuites},
		{"Conversations", testConversations},
		{"Membership", testMembership},
		{"Retirement", testRetirement},
		{"Groups", testGroups},
		{"Blocks", testBlocks},
		{"GroupReceipts", testGroupReceipts},
		{"JoinRequests", testJoinRequests},
		{"Feed", testFeed},
		{"FeedLimits", testFeedLimits},
		{"Ack", testAck},
		{"Receipts", testReceipts},
		{"Prune", testPrune},
		{"PruneWithoutLaggard", testPruneWithoutLaggard},
		{"PruneBounded", testPruneBounded},
		{"Expiry", testExpiry},
		{"Codes", testCodes},
		{"History", testHistory},
		{"Media", testMedia},
		{"Push", testPush},
		{"Reports", testReports},
		{"TwoStep", testTwoStep},
		{"MailCodes", testMailCodes},
		{"OrderAndNeighbours", testOrderAndNeighbours},
		{"SharedCommit", testSharedCommit},
		{"Together", testTogether},
		{"TogetherChanges", testTogetherChanges},
		{"TogetherFailures", testTogetherFailures},
		{"ManyFailures", testManyFailures},
		{"TogetherAtRandom", testTogetherAtRandom},
		{"Briefly", testBriefly},
		{"Closing", testClosing},
		{"Closed", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newKit(t, open))
		})
	}
}

func newKit(t *testing.T, open Open) *kit {
	st := open(t)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &kit{T: t, open: open, st: st, now: time.UnixMilli(1_800_000_000_000)}
}

// kit makes things in one store.
type kit struct {
	*testing.T
	open Open
	st   store.Store
	now  time.Time
	last uint64
}

// bytes returns n bytes that no other call returns.
func (k *kit) bytes(n int) []byte {
	k.last++
	return append(make([]byte, n-8), binary.BigEndian.AppendUint64(nil, k.last)...)
}

// update runs a transaction that must succeed.
func (k *kit) update(fn func(store.Tx) error) {
	k.Helper()
	if err := k.st.Update(k.Context(), fn); err != nil {
		k.Fatalf("update: %v", err)
	}
}

// view runs a reading that must succeed.
func (k *kit) view(fn func(store.Reader) error) {
	k.Helper()
	if err := k.st.View(k.Context(), fn); err != nil {
		k.Fatalf("view: %v", err)
	}
}

// account makes an account with a primary and some linked devices.
func (k *kit) account(phone ident.Phone, linked int) (store.Account, []store.Device) {
	k.Helper()
	a := store.Account{
		ID: ident.AccountID(k.bytes(16)), Phone: phone, Key: ed25519.PublicKey(k.bytes(32)), Created: k.now,
	}
	k.update(func(tx store.Tx) error { return tx.CreateAccount(a) })
	devices := []store.Device{k.device(a.ID, true)}
	for range linked {
		devices = append(devices, k.device(a.ID, false))
	}
	return a, devices
}

func (k *kit) device(account ident.AccountID, primary bool) store.Device {
	k.Helper()
	k.now = k.now.Add(time.Second)
	d := store.Device{
		ID: ident.DeviceID(k.bytes(16)), Account: account, Certificate: k.bytes(200), Key: ed25519.PublicKey(k.bytes(32)),
		Primary: primary, Created: k.now, LastActive: k.now,
	}
	k.update(func(tx store.Tx) error { return tx.CreateDevice(d) })
	return d
}

// direct makes a direct conversation whose members are the given devices.
func (k *kit) direct(a, b ident.AccountID, members ...store.Device) ident.ConversationID {
	k.Helper()
	id := ident.ConversationID(k.bytes(16))
	k.update(func(tx store.Tx) error {
		c := store.Conversation{ID: id, Kind: wire.ConversationDirect, LastActive: k.now, Suite: 3}
		if err := tx.CreateConversation(c, []ident.AccountID{a, b}); err != nil {
			return err
		}
		return tx.AdvanceEpoch(id, 1, []byte("group info 1"), nil, asMembers(members))
	})
	return id
}

// asMembers gives devices the leaves 0, 1, 2 …
func asMembers(devices []store.Device) []store.Member {
	var members []store.Member
	for i, d := range devices {
		members = append(members, store.Member{Account: d.Account, Device: d.ID, Leaf: uint32(i)})
	}
	return members
}

// entry makes an entry that is not appended yet.
func (k *kit) entry(id ident.ConversationID, from store.Device) store.Entry {
	return store.Entry{
		Conversation: id, Kind: wire.EntryApplication, SenderAccount: from.Account, SenderDevice: from.ID,
		ID: ident.MessageID(k.bytes(16)), Epoch: 1, Time: k.now, Message: k.bytes(100),
	}
}

// appendEntry appends an entry of a device and returns it with its places.
func (k *kit) appendEntry(id ident.ConversationID, from store.Device) (store.Entry, []store.Place) {
	k.Helper()
	e := k.entry(id, from)
	var places []store.Place
	k.update(func(tx store.Tx) (err error) {
		places, err = tx.AppendEntry(&e)
		return err
	})
	return e, places
}

// pull reads an account's whole feed.
func (k *kit) pull(account ident.AccountID) (entries []store.FeedEntry) {
	k.Helper()
	k.view(func(r store.Reader) (err error) {
		entries, err = r.PullFeed(account, 0, 1000, 1<<20)
		return err
	})
	return entries
}

func (k *kit) ack(d store.Device, position uint64) (receipts []store.Receipt) {
	k.Helper()
	k.update(func(tx store.Tx) (err error) {
		receipts, err = tx.Ack(d.ID, position, k.now)
		return err
	})
	return receipts
}

// prune removes what PruneAccount removes; that ListPrunable tells beforehand whether it will is checked.
func (k *kit) prune(account ident.AccountID, limit int) (n int) {
	k.Helper()
	told := slices.Contains(k.prunable(2), account)
	defer func() {
		if told != (n > 0) {
			k.Errorf("%d places went, and that some would was told: %t", n, told)
		}
	}()
	k.update(func(tx store.Tx) (err error) {
		n, err = tx.PruneAccount(account, limit)
		return err
	})
	return n
}

// prunable lists the accounts with something to prune, so many looked at in one step.
func (k *kit) prunable(page int) (all []ident.AccountID) {
	k.Helper()
	for last := (ident.AccountID{}); ; {
		after := last
		k.view(func(r store.Reader) error {
			some, to, err := r.ListPrunable(after, page)
			all, last = append(all, some...), to
			return err
		})
		if last == after {
			return all
		}
	}
}

// exists reports whether an entry is stored.
func (k *kit) exists(id ident.ConversationID, message ident.MessageID) (found bool) {
	k.Helper()
	k.view(func(r store.Reader) error {
		_, err := r.FindEntryByMessage(id, message)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		found = err == nil
		return err
	})
	return found
}

// wantNotFound fails unless err is store.ErrNotFound.
func (k *kit) wantNotFound(what string, err error) {
	k.Helper()
	if !errors.Is(err, store.ErrNotFound) {
		k.Errorf("%s: got %v, want ErrNotFound", what, err)
	}
}

func testIdentity(t *testing.T, k *kit) {
	first, err := k.st.Identity(k.Context(), bytes.NewReader(bytes.Repeat([]byte{7}, 48)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.st.Identity(k.Context(), bytes.NewReader(bytes.Repeat([]byte{8}, 48)))
	if err != nil {
		t.Fatal(err)
	}
	if first.ID != again.ID || !first.Signer.Equal(again.Signer) {
		t.Error("the identity changed between two calls")
	}
}

// testClosing: short reads that come while the store is closed end.
func testClosing(t *testing.T, k *kit) {
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			var err error
			for err == nil {
				err = k.st.ViewBriefly(context.Background(), func(r store.Reader) error {
					_, err := r.ListAccounts()
					return err
				})
			}
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
		})
	}
	if err := k.st.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
}

func testClosed(t *testing.T, k *kit) {
	if err := k.st.Close(); err != nil {
		t.Fatal(err)
	}
	err := k.st.Update(context.Background(), func(store.Tx) error { return nil })
	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("update after close: got %v, want ErrClosed", err)
	}
	err = k.st.View(context.Background(), func(store.Reader) error { return nil })
	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("view after close: got %v, want ErrClosed", err)
	}
	err = k.st.ViewBriefly(context.Background(), func(store.Reader) error { return nil })
	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("brief view after close: got %v, want ErrClosed", err)
	}
	k.st.Rest()
}

// testBriefly: short reads at the same time find what was written before each began, and the error of one is its own.
func testBriefly(t *testing.T, k *kit) {
	const many = 100
	var accounts []store.Account
	for i := range many {
		accounts = append(accounts, store.Account{
			ID: ident.AccountID(k.bytes(16)), Phone: ident.Phone(fmt.Sprintf("+324700%05d", i)), Key: k.bytes(32), Created: k.now,
		})
	}
	var all sync.WaitGroup
	for i, a := range accounts {
		all.Go(func() {
			if err := k.st.Update(k.Context(), func(tx store.Tx) error { return tx.CreateAccount(a) }); err != nil {
				t.Error(err)
			}
			var found store.Account
			err := k.st.ViewBriefly(k.Context(), func(r store.Reader) (err error) {
				if found, err = r.FindAccount(a.ID); i%3 == 0 {
					err = errRefused
				}
				return err
			})
			if found.ID != a.ID || i%3 == 0 && !errors.Is(err, errRefused) || i%3 != 0 && err != nil {
				t.Errorf("account %d: found %v, and got %v", i, found.ID, err)
			}
		})
	}
	all.Wait()
}

// testOrderAndNeighbours holds transactions that share a commit apart: one
// that fails, before or after it wrote, changes nothing and harms no other.
func testOrderAndNeighbours(t *testing.T, k *kit) {
	const n = 60
	var order []int
	all := make(chan struct{})
	for i := range n {
		phone := ident.Phone("+3247000" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "0")
		a := store.Account{ID: ident.AccountID(k.bytes(16)), Phone: phone, Key: k.bytes(32), Created: k.now}
		k.st.Submit(func(tx store.Tx) error {
			if i%3 == 1 {
				return errRefused
			}
			if err := tx.CreateAccount(a); err != nil {
				return err
			}
			if i%3 == 2 {
				return errRefused
			}
			return nil
		}, func(err error) {
			if (err != nil) != (i%3 != 0) {
				t.Errorf("transaction %d ended with %v", i, err)
			}
			if order = append(order, i); len(order) == n {
				close(all)
			}
		})
	}
	<-all
	for i := range order {
		if order[i] != i {
			t.Fatalf("completion calls came in the order %v", order)
		}
	}
	k.view(func(r store.Reader) error {
		accounts, err := r.ListAccounts()
		if len(accounts) != n/3 {
			t.Errorf("%d accounts were stored, want %d", len(accounts), n/3)
		}
		return err
	})
}
