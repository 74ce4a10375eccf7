package relay_test

import (
	"testing"

	"parley/wire"
)

// M55: a blocked account writes, is answered as always, and nothing of it comes; nor does
// it learn when the other is there or types. Changes of the group come.
func TestM55_Block(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	tablet := bob.link()
	conversation := alice.direct(bob)
	bob.pullFrom(0)
	watch := &wire.WatchPresence{AccountIDs: [][]byte{bob.account[:]}}
	must[*wire.WatchPresenceResult](alice.peer, watch)
	must[*wire.Done](bob.peer, &wire.SetPresence{Available: true})
	event[*wire.PresenceEvent](alice.peer)

	block := &wire.SetBlocked{AccountID: alice.account[:], Blocked: true}
	must[*wire.Done](bob.peer, block)
	event[*wire.BlockedChanged](tablet.peer)
	if e := event[*wire.PresenceEvent](alice.peer); e.Available || e.LastSeenMS != 0 {
		t.Errorf("the blocked one is told %+v", e)
	}
	if ids := must[*wire.ListBlockedResult](tablet.peer, &wire.ListBlocked{}).AccountIDs; len(ids) != 1 || string(ids[0]) != string(alice.account[:]) {
		t.Errorf("blocked are %x", ids)
	}
	if ids := must[*wire.ListBlockedResult](alice.peer, &wire.ListBlocked{}).AccountIDs; len(ids) != 0 {
		t.Errorf("who is blocked finds %x", ids)
	}
	before := len(bob.pullFrom(0))
	must[*wire.SendResult](alice.peer, text(conversation, 1))
	if got := bob.pullFrom(0); len(got) != before {
		t.Errorf("%d entries came from the blocked account", len(got)-before)
	}
	must[*wire.SendResult](alice.peer, alice.commit(conversation, 1))
	if got := bob.pullFrom(0); len(got) != before+1 {
		t.Errorf("%d entries came of a commit", len(got)-before)
	}
	if states := must[*wire.WatchPresenceResult](alice.peer, watch).States; len(states) != 0 {
		t.Errorf("the blocked one watches %+v", states)
	}
	must[*wire.Done](alice.peer, &wire.SetTyping{ConversationID: conversation, Active: true})
	must[*wire.Done](bob.peer, &wire.SetTyping{ConversationID: conversation, Active: true})
	quiet[*wire.TypingEvent](bob.peer)
	quiet[*wire.TypingEvent](alice.peer)

	block.Blocked = false
	must[*wire.Done](tablet.peer, block)
	must[*wire.SendResult](alice.peer, text(conversation, 2))
	if got := bob.pullFrom(0); len(got) != before+2 {
		t.Errorf("%d entries came after the block", len(got)-before-1)
	}
	bob.refused(wire.ErrorMalformed, &wire.SetBlocked{AccountID: bob.account[:], Blocked: true})
	bob.refused(wire.ErrorMalformed, &wire.SetBlocked{AccountID: []byte{1}, Blocked: true})
}

// X1: presence is told to the audience alone, also when it ended.
func TestX1_PresenceAudience(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register(w.nextPhone()), w.register(w.nextPhone()), w.register(w.nextPhone())
	alice.direct(bob)
	alice.direct(carol)
	watch := &wire.WatchPresence{AccountIDs: [][]byte{alice.account[:]}}
	must[*wire.WatchPresenceResult](bob.peer, watch)
	must[*wire.WatchPresenceResult](carol.peer, watch)
	some := &wire.SetPresence{Available: true, Limited: true, AudienceIDs: [][]byte{bob.account[:]}}
	must[*wire.Done](alice.peer, some)
	if e := event[*wire.PresenceEvent](bob.peer); !e.Available {
		t.Errorf("the audience is told %+v", e)
	}
	some.Available = false
	must[*wire.Done](alice.peer, some)
	if e := event[*wire.PresenceEvent](bob.peer); e.Available || e.LastSeenMS == 0 {
		t.Errorf("the audience is told %+v", e)
	}
	quiet[*wire.PresenceEvent](carol.peer)
	if s := must[*wire.WatchPresenceResult](carol.peer, watch).States[0]; s.Available || s.LastSeenMS != 0 {
		t.Errorf("another account is told %+v", s)
	}
	alice.refused(wire.ErrorMalformed, &wire.SetPresence{AudienceIDs: [][]byte{bob.account[:]}})
}
