package relay_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"parley/internal/relay/relaytest"
	"parley/mls/delivery"
	"parley/wire"
)

// reset is a request that gives a conversation a group of the device and others.
func (d *device) reset(conversation, former []byte, others ...*device) *wire.ResetConversation {
	group := append(bytes.Clone(conversation), newMessageID()...)
	members, leaves := []*wire.Member{d.member(0)}, []delivery.Leaf{d.leaf(0)}
	for i, o := range others {
		members, leaves = append(members, o.member(uint32(i+1))), append(leaves, o.leaf(uint32(i+1)))
	}
	return &wire.ResetConversation{
		ConversationID: conversation, MessageID: newMessageID(), FormerGroupID: former, GroupID: group, Members: members,
		Commit: relaytest.CommitMessage(group, 0), GroupInfo: relaytest.GroupInfo(group, 1, 0, d.key, leaves...),
	}
}

// X9: a reset replaces the group and its members; the log goes on behind what the
// device knows, and those left out join from outside.
func TestResetConversation(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	tablet := bob.link()
	must[*wire.SendResult](alice.peer, text(conversation, 1))
	bob.live()
	m := tablet.reset(conversation, conversation, alice)
	m.AfterSequence = 40
	first := must[*wire.SendResult](tablet.peer, m)
	if first.Sequence != 41 {
		t.Errorf("the new group begins at %d, want 41", first.Sequence)
	}
	if again := must[*wire.SendResult](tablet.peer, m); *again != *first {
		t.Errorf("the repeated request got %+v, the first %+v", again, first)
	}
	e := bob.pushed()
	if e.Kind != wire.EntryCommit || e.FormerSequence != 2 || e.Sequence != 41 || e.Epoch != 0 {
		t.Errorf("it came as %+v", e)
	}
	listed := must[*wire.ListConversationsResult](bob.peer, &wire.ListConversations{}).Conversations[0]
	if !bytes.Equal(listed.GroupID, m.GroupID) || listed.Epoch != 1 || listed.Joined {
		t.Errorf("it is listed as %+v", listed)
	}
	info := must[*wire.FetchGroupInfoResult](bob.peer, &wire.FetchGroupInfo{ConversationID: conversation})
	if !bytes.Equal(info.GroupInfo, m.GroupInfo) || !bytes.Equal(info.GroupID, m.GroupID) {
		t.Error("the group info is another")
	}
	alice.refused(wire.ErrorGroupChanged, text(conversation, 1))
	bob.refused(wire.ErrorConversationUnknown, text(conversation, 1)) // is no member any more
	sent := text(conversation, 1)
	sent.Message = relaytest.ApplicationMessage(m.GroupID, 1, "x")
	if r := must[*wire.SendResult](alice.peer, sent); r.Sequence != 42 {
		t.Errorf("a message came to stand at %d, want 42", r.Sequence)
	}
	join := bob.externalCommit(conversation, 1, 2)
	join.Message = relaytest.ExternalCommitMessage(m.GroupID, 1)
	join.GroupInfo = bob.groupInfo(m.GroupID, 2, append(w.leaves(conversation), bob.leaf(2)))
	must[*wire.SendResult](bob.peer, join)
}

// X9: of devices that reset at the same time, one does.
func TestResetConversation_AtTheSameTime(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	first, second := alice.start(alice.reset(conversation, conversation)), bob.start(bob.reset(conversation, conversation))
	_, one := alice.finish(first).(*wire.SendResult)
	_, two := bob.finish(second).(*wire.SendResult)
	if one == two {
		t.Errorf("the first was taken: %t, the second: %t", one, two)
	}
	if n := len(bob.pullFrom(0)); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}

// X9: who may, with whom, and in which form. A device that was logged out is not
// brought back.
func TestResetConversation_Refusals(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register(w.nextPhone()), w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	gone := bob.link()
	must[*wire.Done](bob.peer, &wire.RemoveDevice{DeviceID: gone.id[:]})
	other := newMessageID()
	for _, c := range []struct {
		name string
		from *device
		code wire.ErrorCode
		make func() *wire.ResetConversation
	}{
		{"a stranger", carol, wire.ErrorConversationUnknown, func() *wire.ResetConversation { return carol.reset(conversation, conversation) }},
		{"another group", alice, wire.ErrorGroupChanged, func() *wire.ResetConversation { return alice.reset(conversation, append(conversation, other...)) }},
		{"a stranger's device", alice, wire.ErrorMalformed, func() *wire.ResetConversation { return alice.reset(conversation, conversation, carol) }},
		{"a device that was logged out", alice, wire.ErrorDeviceUnknown, func() *wire.ResetConversation { return alice.reset(conversation, conversation, gone) }},
		{"without the sender", alice, wire.ErrorMalformed, func() *wire.ResetConversation { return bob.reset(conversation, conversation) }},
		{"the same group", alice, wire.ErrorMalformed, func() *wire.ResetConversation {
			m := alice.reset(conversation, conversation)
			m.GroupID = conversation
			return m
		}},
		{"the group of another conversation", alice, wire.ErrorMalformed, func() *wire.ResetConversation {
			m := alice.reset(conversation, conversation)
			m.GroupID = append(newMessageID(), other...)
			return m
		}},
		{"a commit of another group", alice, wire.ErrorMalformed, func() *wire.ResetConversation {
			m := alice.reset(conversation, conversation)
			m.Commit = relaytest.CommitMessage(conversation, 0)
			return m
		}},
		{"an undeclared leaf", alice, wire.ErrorMalformed, func() *wire.ResetConversation {
			m := alice.reset(conversation, conversation)
			m.GroupInfo = relaytest.GroupInfo(m.GroupID, 1, 0, alice.key, alice.leaf(0), carol.leaf(1))
			return m
		}},
		{"no group info", alice, wire.ErrorMalformed, func() *wire.ResetConversation {
			m := alice.reset(conversation, conversation)
			m.GroupInfo = nil
			return m
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.from.on(t)
			c.from.refused(c.code, c.make())
		})
	}
	if entries := alice.pullFrom(0); slices.ContainsFunc(entries, func(e *wire.Entry) bool { return e.FormerSequence > 0 }) {
		t.Errorf("a refused reset left %+v", entries)
	}
}

// Nobody can have the others join anew all the time, or use up the sequences.
func TestResetConversation_Limits(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	m := alice.reset(conversation, conversation)
	m.AfterSequence = 1 << 60
	if r := must[*wire.SendResult](alice.peer, m); r.Sequence != 1+wire.MaxSequenceStep+1 {
		t.Errorf("the log goes on at %d", r.Sequence)
	}
	for range 20 {
		m = alice.reset(conversation, m.GroupID)
		if e, ok := alice.call(m).(*wire.Error); ok {
			if e.Code != wire.ErrorRateLimited || e.RetryAfterMS < uint64(time.Minute.Milliseconds()) {
				t.Fatalf("it was refused with %v", e)
			}
			return
		}
	}
	t.Error("twenty resets were taken")
}

// The removal of a device is proposed in the group that the conversation has now.
func TestResetConversation_ThenARemoval(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	tablet := bob.link()
	m := alice.reset(conversation, conversation, bob, tablet)
	must[*wire.SendResult](alice.peer, m)
	must[*wire.Done](bob.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	entries := alice.pullFrom(0)
	last := entries[len(entries)-1]
	h, err := delivery.ParseHeader(last.Message)
	if err != nil || last.Kind != wire.EntryProposal || !bytes.Equal(h.GroupID, m.GroupID) {
		t.Errorf("the last entry is %+v", last)
	}
}
