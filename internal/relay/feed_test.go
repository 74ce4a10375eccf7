package relay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/relay"
	"parley/internal/relay/relaytest"
	"parley/internal/store/sqlite"
	"parley/mls"
	"parley/wire"
)

// A device that was away gets everything, in order, in frames of bounded size.
func TestCatchUp(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.SendBurst, s.CallBurst = 2000, 2000 })
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	var last uint64
	for range 1000 {
		last = alice.start(text(conversation, 1))
	}
	alice.finish(last)
	entries := bob.pullFrom(0)
	for i, e := range entries {
		if e.Position != uint64(i+1) || e.Sequence != uint64(i+1) {
			t.Fatalf("entry %d is %d of the feed and %d of the conversation", i, e.Position, e.Sequence)
		}
	}
	if part := must[*wire.PullResult](bob.peer, &wire.Pull{After: 10, Limit: 5}); len(part.Entries) != 5 || part.Next != 15 {
		t.Errorf("a limited pull gave %d entries up to %d", len(part.Entries), part.Next)
	}
}

func TestLargeEntriesFitIntoFrames(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	const n = 30
	for range n {
		m := text(conversation, 1)
		m.Message = relaytest.ApplicationMessage(conversation, 1, string(make([]byte, wire.MaxMessage-100)))
		must[*wire.SendResult](alice.peer, m)
	}
	if got := len(bob.pullFrom(0)); got != n+1 {
		t.Errorf("%d entries came, want %d", got, n+1)
	}
}

// The largest commit that a device can send comes through a pull, alone if need be.
func TestLargestCommitFitsIntoFrames(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	m := text(conversation, 1)
	m.Message = relaytest.ApplicationMessage(conversation, 1, string(make([]byte, wire.MaxMessage-100)))
	must[*wire.SendResult](alice.peer, m)
	large := alice.commit(conversation, 1)
	large.Message = relaytest.LargeCommitMessage(conversation, 1, wire.MaxCommit-100)
	large.Welcome = relaytest.Welcome(wire.MaxGroupInfo - 1000)
	must[*wire.SendResult](alice.peer, large)
	if entries := bob.pullFrom(0); len(entries) != 3 || len(entries[2].Message) != len(large.Message) {
		t.Errorf("%d entries were pulled", len(entries))
	}
}

// A reader that does not read is bounded: the relay stops pushing, and the
// device pulls what it missed.
func TestSlowReaderPulls(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	bob.live()
	bob.pipe.setStuck(true)
	for range 40 {
		m := text(conversation, 1)
		m.Message = relaytest.ApplicationMessage(conversation, 1, string(make([]byte, 20_000)))
		must[*wire.SendResult](alice.peer, m)
	}
	bob.pipe.setStuck(false)
	event[*wire.FeedWakeup](bob.peer)
	pushed := uint64(1)
	for _, f := range bob.pipe.frames {
		if e, ok := happening(f).(*wire.FeedEntries); ok {
			if pushed++; e.Entries[0].Position != pushed {
				t.Fatalf("entry %d was pushed after %d", e.Entries[0].Position, pushed-1)
			}
		}
	}
	if pushed < 2 || pushed > 20 {
		t.Errorf("%d entries were pushed to a reader that does not read", pushed)
	}
	if rest := bob.pullFrom(pushed); uint64(len(rest))+pushed != 41 {
		t.Errorf("%d pushed and %d pulled make not 41", pushed, len(rest))
	}
	bob.pipe.mu.Lock()
	bob.pipe.frames = nil
	bob.pipe.mu.Unlock()
	must[*wire.SendResult](alice.peer, text(conversation, 1))
	if e := bob.pushed(); e.Position != 42 {
		t.Errorf("after the pull, entry %d was pushed", e.Position)
	}
}

// Events that follow each other quickly are written together, and with an answer that comes
// meanwhile.
func TestEventsShareWritings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		conversation := alice.direct(bob)
		bob.live()
		time.Sleep(time.Second)
		began, before := time.Now(), bob.pipe.countWrites()
		for range 10 {
			must[*wire.SendResult](alice.peer, text(conversation, 1))
			time.Sleep(2 * time.Millisecond)
		}
		for want := uint64(2); want <= 11; want++ {
			if e := bob.pushed(); e.Position != want {
				t.Errorf("entry %d was pushed, want %d", e.Position, want)
			}
		}
		if n := bob.pipe.countWrites() - before; n > 3 || time.Since(began) > 100*time.Millisecond {
			t.Errorf("ten entries took %d writings and %v", n, time.Since(began))
		}
		time.Sleep(time.Second)
		began = time.Now()
		for range 2 {
			must[*wire.SendResult](alice.peer, text(conversation, 1))
		}
		synctest.Wait()
		must[*wire.Done](bob.peer, &wire.Ping{})
		if bob.pushed(); bob.pushed().Position != 13 || time.Since(began) > 0 {
			t.Errorf("the answer came without what waited, or after %v", time.Since(began))
		}
		w.stopEarly()
	})
}

// A new device begins at the head: what came before is not for it.
func TestNewDeviceStartsAtTheHead(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	must[*wire.SendResult](bob.peer, text(conversation, 1))
	tablet := alice.link()
	if tablet.auth.FeedHead != 2 || tablet.auth.FeedCursor != 2 || tablet.auth.Primary {
		t.Errorf("the new device was let in with %+v", tablet.auth)
	}
	if entries := tablet.live(); len(entries) != 0 {
		t.Errorf("it got %d old entries", len(entries))
	}
}

func TestReceipts(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	tablet := bob.link()
	conversation := alice.direct(bob, tablet)
	for range 3 {
		must[*wire.SendResult](alice.peer, text(conversation, 1))
	}
	must[*wire.Done](bob.peer, &wire.Ack{Position: 3})
	if r := event[*wire.ReceiptEvent](alice.peer).Receipt; r.Delivered != 3 || r.Read != 0 || string(r.AccountID) != string(bob.account[:]) {
		t.Errorf("after the first device's acknowledgement: %+v", r)
	}
	must[*wire.Done](tablet.peer, &wire.Ack{Position: 3})
	quiet[*wire.ReceiptEvent](alice.peer)
	must[*wire.Done](tablet.peer, &wire.MarkRead{ConversationID: conversation, Sequence: 2})
	if r := event[*wire.ReceiptEvent](alice.peer).Receipt; r.Delivered != 3 || r.Read != 2 {
		t.Errorf("after reading: %+v", r)
	}
	must[*wire.Done](bob.peer, &wire.MarkRead{ConversationID: conversation, Sequence: 1})
	quiet[*wire.ReceiptEvent](alice.peer)
	quiet[*wire.ReceiptEvent](bob.peer)
	all := must[*wire.PullReceiptsResult](alice.peer, &wire.PullReceipts{})
	if len(all.Receipts) != 1 || all.Receipts[0].Read != 2 {
		t.Errorf("the receipts are %+v", all)
	}
	if none := must[*wire.PullReceiptsResult](alice.peer, &wire.PullReceipts{Since: all.Since}); len(none.Receipts) != 0 {
		t.Errorf("without a change: %+v", none)
	}
	w.register(w.nextPhone()).refused(wire.ErrorConversationUnknown, &wire.MarkRead{ConversationID: conversation, Sequence: 1})
}

func TestTypingAndPresence(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register(w.nextPhone()), w.register(w.nextPhone()), w.register(w.nextPhone())
	tablet := alice.link()
	conversation := alice.direct(bob)
	must[*wire.Done](alice.peer, &wire.SetTyping{ConversationID: conversation, Active: true})
	if e := event[*wire.TypingEvent](bob.peer); !e.Active || string(e.AccountID) != string(alice.account[:]) {
		t.Errorf("the typing event is %+v", e)
	}
	quiet[*wire.TypingEvent](tablet.peer)
	carol.refused(wire.ErrorConversationUnknown, &wire.SetTyping{ConversationID: conversation, Active: true})

	watch := &wire.WatchPresence{AccountIDs: [][]byte{alice.account[:]}}
	carol.refused(wire.ErrorAccountUnknown, watch)
	states := must[*wire.WatchPresenceResult](bob.peer, watch).States
	if len(states) != 1 || states[0].Available || states[0].LastSeenMS != 0 {
		t.Errorf("the states are %+v", states)
	}
	must[*wire.Done](alice.peer, &wire.SetPresence{Available: true})
	if e := event[*wire.PresenceEvent](bob.peer); !e.Available {
		t.Errorf("the presence event is %+v", e)
	}
	must[*wire.Done](tablet.peer, &wire.SetPresence{Available: true})
	must[*wire.Done](alice.peer, &wire.SetPresence{})
	quiet[*wire.PresenceEvent](bob.peer)
	tablet.pipe.Close() // the last device with a person in front of it goes
	if e := event[*wire.PresenceEvent](bob.peer); e.Available || e.LastSeenMS == 0 {
		t.Errorf("the presence event is %+v", e)
	}
}

func TestLookUp(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.LookUpsPerMinute = 8 })
	alice, bob, carol := w.register(w.nextPhone()), w.register(w.nextPhone()), w.register(w.nextPhone())
	alice.direct(bob)
	found := must[*wire.Account](carol.peer, &wire.LookUpAccount{Phone: bob.phone})
	if string(found.AccountID) != string(bob.account[:]) || len(found.Certificates) != 1 || found.Phone != bob.phone {
		t.Errorf("found %+v", found)
	}
	must[*wire.Account](alice.peer, &wire.LookUpAccount{AccountID: bob.account[:]})
	must[*wire.Account](alice.peer, &wire.LookUpAccount{AccountID: alice.account[:]})
	carol.refused(wire.ErrorAccountUnknown, &wire.LookUpAccount{AccountID: bob.account[:]})
	carol.refused(wire.ErrorAccountUnknown, &wire.LookUpAccount{Phone: "+32470999999"})
	carol.refused(wire.ErrorPhoneInvalid, &wire.LookUpAccount{Phone: "12"})
	carol.refused(wire.ErrorMalformed, &wire.LookUpAccount{})
	for range 4 {
		carol.refused(wire.ErrorAccountUnknown, &wire.LookUpAccount{Phone: "+32470999999"})
	}
	carol.refused(wire.ErrorRateLimited, &wire.LookUpAccount{Phone: bob.phone})
}

// A device that was away longer than its key packages live is left out, rather
// than making its account unreachable with one that nobody accepts.
func TestExpiredKeyPackagesAreWithheld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		lasting := func(d time.Duration, lastResort bool) []byte {
			k, err := mls.NewKeyPackage(mls.Config{Signer: alice.key}, mls.KeyPackageOptions{
				Leaf:      mls.LeafOptions{Credential: mls.BasicCredential(alice.id[:])},
				NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(d), LastResort: lastResort,
			})
			if err != nil {
				t.Fatal(err)
			}
			return k.Message()
		}
		short, long, last := lasting(time.Hour, false), lasting(3*time.Hour, false), lasting(4*time.Hour, true)
		must[*wire.PublishKeyPackagesResult](alice.peer, &wire.PublishKeyPackages{OneTime: [][]byte{short, short, long}, LastResort: last})
		time.Sleep(2 * time.Hour)
		for _, want := range [][]byte{long, last} {
			r := must[*wire.ClaimKeyPackagesResult](bob.peer, &wire.ClaimKeyPackages{AccountID: alice.account[:]})
			if len(r.Packages) != 1 || string(r.Packages[0].KeyPackage) != string(want) {
				t.Errorf("the claim gave %+v", r.Packages)
			}
		}
		time.Sleep(3 * time.Hour)
		r := must[*wire.ClaimKeyPackagesResult](bob.peer, &wire.ClaimKeyPackages{AccountID: alice.account[:]})
		if len(r.Packages) != 0 {
			t.Errorf("the claim gave %+v", r.Packages)
		}
		w.stopEarly()
	})
}

func TestKeyPackages(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	make1 := func(d *device, lastResort bool) []byte {
		t.Helper()
		k, err := mls.NewKeyPackage(mls.Config{Signer: d.key}, mls.KeyPackageOptions{
			Leaf: mls.LeafOptions{Credential: mls.BasicCredential(d.id[:])}, LastResort: lastResort,
		})
		if err != nil {
			t.Fatal(err)
		}
		return k.Message()
	}
	one, last := make1(alice, false), make1(alice, true)
	if r := must[*wire.PublishKeyPackagesResult](alice.peer, &wire.PublishKeyPackages{OneTime: [][]byte{one}, LastResort: last}); r.Left != 1 {
		t.Errorf("%d are left", r.Left)
	}
	for i, want := range [][]byte{one, last, last} {
		r := must[*wire.ClaimKeyPackagesResult](bob.peer, &wire.ClaimKeyPackages{AccountID: alice.account[:]})
		if len(r.Packages) != 1 || string(r.Packages[0].KeyPackage) != string(want) || string(r.Packages[0].DeviceID) != string(alice.id[:]) {
			t.Errorf("claim %d gave %+v", i, r.Packages)
		}
	}
	if r := must[*wire.ClaimKeyPackagesResult](alice.peer, &wire.ClaimKeyPackages{AccountID: bob.account[:]}); len(r.Packages) != 0 {
		t.Errorf("a device without key packages gave %+v", r.Packages)
	}
	bob.refused(wire.ErrorMalformed, &wire.ClaimKeyPackages{AccountID: alice.account[:], Suite: 1 << 16})
	bob.refused(wire.ErrorAccountUnknown, &wire.ClaimKeyPackages{AccountID: newMessageID()})
	bob.refused(wire.ErrorMalformed, &wire.PublishKeyPackages{OneTime: [][]byte{make1(alice, false)}}) // another device's
	bob.refused(wire.ErrorMalformed, &wire.PublishKeyPackages{OneTime: [][]byte{{1, 2, 3}}})
	bob.refused(wire.ErrorTooLarge, &wire.PublishKeyPackages{LastResort: make([]byte, wire.MaxKeyPackage+1)})
	bob.refused(wire.ErrorTooLarge, &wire.PublishKeyPackages{OneTime: make([][]byte, wire.MaxOneTimeKeyPackages+1)})
}

// X13: who claims key packages of one suite gets no other, and a device learns
// what is left of each.
func TestX13_KeyPackagesBySuite(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	made := func(suite mls.CipherSuite, lastResort bool) []byte {
		t.Helper()
		k, err := mls.NewKeyPackage(mls.Config{Signer: alice.key}, mls.KeyPackageOptions{
			CipherSuite: suite, Leaf: mls.LeafOptions{Credential: mls.BasicCredential(alice.id[:])}, LastResort: lastResort,
		})
		if err != nil {
			t.Fatal(err)
		}
		return k.Message()
	}
	classical, hybrid, last := made(mls.SuiteX25519ChaCha20, false), made(mls.SuiteXWingChaCha20, false), made(mls.SuiteXWingChaCha20, true)
	alice.refused(wire.ErrorMalformed, &wire.PublishKeyPackages{OneTime: [][]byte{classical, hybrid}})
	alice.refused(wire.ErrorMalformed, &wire.PublishKeyPackages{OneTime: [][]byte{classical}, LastResort: last})
	must[*wire.PublishKeyPackagesResult](alice.peer, &wire.PublishKeyPackages{OneTime: [][]byte{classical}})
	if r := claim(bob, alice, mls.SuiteXWingChaCha20); len(r) != 0 {
		t.Fatal("a key package of another suite was given out")
	}
	r := must[*wire.PublishKeyPackagesResult](alice.peer, &wire.PublishKeyPackages{OneTime: [][]byte{hybrid, hybrid}, LastResort: last})
	if r.Left != 2 {
		t.Errorf("%d are left of the suite, want 2", r.Left)
	}
	for i, want := range [][]byte{hybrid, hybrid, last} {
		if r := claim(bob, alice, mls.SuiteXWingChaCha20); len(r) != 1 || string(r[0].KeyPackage) != string(want) {
			t.Errorf("claim %d gave %+v", i, r)
		}
	}
	must[*wire.PublishKeyPackagesResult](alice.peer, &wire.PublishKeyPackages{OneTime: [][]byte{hybrid, hybrid, hybrid}})
	alice.reconnect()
	left := alice.auth.KeyPackages
	if len(left) != 2 || *left[0] != (wire.KeyPackageCount{Suite: 0x0003, Left: 1}) || *left[1] != (wire.KeyPackageCount{Suite: 0xF003, Left: 3}) {
		t.Errorf("left are %+v", left)
	}
	if r := claim(bob, alice, 0); len(r) != 1 || string(r[0].KeyPackage) != string(classical) {
		t.Errorf("a claim of the first suite gave %+v", r)
	}
}

func claim(by, of *device, suite mls.CipherSuite) []*wire.DeviceKeyPackage {
	return must[*wire.ClaimKeyPackagesResult](by.peer, &wire.ClaimKeyPackages{AccountID: of.account[:], Suite: uint32(suite)}).Packages
}

// A device may send 100 messages a second, after a burst.
func TestSendRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(s *relay.Settings) { s.SendBurst = 10 })
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		conversation := alice.direct(bob)
		for range 10 {
			must[*wire.SendResult](alice.peer, text(conversation, 1))
		}
		e := alice.refused(wire.ErrorRateLimited, text(conversation, 1))
		alice.reconnect() // does not help
		alice.refused(wire.ErrorRateLimited, text(conversation, 1))
		time.Sleep(time.Duration(e.RetryAfterMS) * time.Millisecond)
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		must[*wire.SendResult](bob.peer, text(conversation, 1))
		w.stopEarly()
	})
}

// Entries go when everybody has them, and after 30 days in any case; a day
// before they are still there.
func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		conversation := alice.direct(bob)
		m := text(conversation, 1)
		must[*wire.SendResult](alice.peer, m)
		must[*wire.Done](alice.peer, &wire.Ack{Position: 2})
		must[*wire.Done](bob.peer, &wire.Ack{Position: 1})
		time.Sleep(20 * time.Second)
		if left := bob.pullFrom(0); len(left) != 1 || left[0].Sequence != 2 {
			t.Errorf("after the first entry was acknowledged there are %+v", left)
		}
		time.Sleep(wire.EntryLifetime - time.Hour)
		alice.reconnect()
		bob.reconnect()
		if left := bob.pullFrom(0); len(left) != 1 {
			t.Errorf("before 30 days there are %+v", left)
		}
		time.Sleep(2 * time.Hour)
		if left := bob.pullFrom(0); len(left) != 0 {
			t.Errorf("after 30 days there are %+v", left)
		}
		if r := must[*wire.SendResult](alice.peer, text(conversation, 1)); r.Sequence != 3 {
			t.Errorf("the next entry is %d", r.Sequence)
		}
		w.stopEarly()
	})
}

// A full disk refuses writes with a sentence, changes nothing, and reading
// goes on.
func TestFullDisk(t *testing.T) {
	w := newWorldOn(t, sqlite.Options{MaxBytes: 512 << 10})
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	bob.live()
	taken := 0
	for {
		m := text(conversation, 1)
		m.Message = relaytest.ApplicationMessage(conversation, 1, string(make([]byte, 20_000)))
		result := alice.call(m)
		if e, ok := result.(*wire.Error); ok {
			if e.Code != wire.ErrorStorageFull {
				t.Fatalf("the full relay answered %v", e)
			}
			break
		}
		if taken++; taken > 1000 {
			t.Fatal("the disk is never full")
		}
	}
	if entries := bob.pullFrom(1); len(entries) != taken || entries[taken-1].Sequence != uint64(taken+1) {
		t.Errorf("%d messages were acknowledged and %d are there", taken, len(entries))
	}
	if list := must[*wire.ListConversationsResult](bob.peer, &wire.ListConversations{}).Conversations; list[0].LastSequence != uint64(taken+1) {
		t.Errorf("the last sequence is %d", list[0].LastSequence)
	}
}
