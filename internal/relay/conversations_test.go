package relay_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"parley/ident"
	"parley/internal/relay/relaytest"
	"parley/mls/delivery"
	"parley/wire"
)

// A message reaches every device of both accounts, the sender's others
// included, once and in order (M12).
func TestSendReachesAllDevices(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	tablet := alice.link()
	conversation := alice.direct(bob, tablet)
	for _, d := range []*device{alice, bob, tablet} {
		entries := d.live()
		if len(entries) != 1 || entries[0].Kind != wire.EntryCommit || entries[0].Sequence != 1 {
			t.Fatalf("the first pull gave %+v", entries)
		}
	}
	var sent []*wire.Send
	for i := range 20 {
		m := text(conversation, 1)
		sent = append(sent, m)
		result := must[*wire.SendResult]([]*device{alice, bob, tablet}[i%3].peer, m)
		if result.Sequence != uint64(i+2) || result.TimeMS == 0 {
			t.Fatalf("message %d was answered by %+v", i, result)
		}
	}
	for _, d := range []*device{alice, bob, tablet} {
		for i, m := range sent {
			e := d.pushed()
			if !bytes.Equal(e.MessageID, m.MessageID) || e.Sequence != uint64(i+2) || e.Position != uint64(i+2) ||
				!bytes.Equal(e.Message, m.Message) || e.ConversationKind != wire.ConversationDirect {
				t.Fatalf("entry %d came as %+v", i, e)
			}
		}
	}
}

// Many requests on one connection need not wait for each other's disk.
func TestPipelinedSendsKeepTheirOrder(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	var ids []uint64
	for range 300 {
		ids = append(ids, alice.start(text(conversation, 1)))
	}
	for i, id := range ids {
		result, ok := alice.finish(id).(*wire.SendResult)
		if !ok || result.Sequence != uint64(i+2) {
			t.Fatalf("message %d was answered by %+v", i, result)
		}
	}
	if entries := bob.pullFrom(0); len(entries) != 301 {
		t.Errorf("%d entries arrived, want 301", len(entries))
	}
}

// The same message id is taken once, and answered alike each time.
func TestSendIsIdempotent(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	create := alice.creation(bob)
	first := must[*wire.SendResult](alice.peer, create)
	if again := must[*wire.SendResult](alice.peer, create); *again != *first {
		t.Errorf("the repeated creation got %+v, the first %+v", again, first)
	}
	m := text(create.ConversationID, 1)
	first = must[*wire.SendResult](alice.peer, m)
	must[*wire.SendResult](alice.peer, alice.commit(create.ConversationID, 1))
	alice.reconnect()
	if again := must[*wire.SendResult](alice.peer, m); *again != *first {
		t.Errorf("the repeated message got %+v, the first %+v", again, first)
	}
	bob.refused(wire.ErrorMalformed, m)
	if n := len(bob.pullFrom(0)); n != 3 {
		t.Errorf("%d entries were stored, want 3", n)
	}
}

func TestConversationIsUnique(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	e := bob.refused(wire.ErrorConversationExists, bob.creation(alice))
	if !bytes.Equal(e.ConversationID, conversation) {
		t.Errorf("the error names %x, want %x", e.ConversationID, conversation)
	}
	must[*wire.SendResult](alice.peer, alice.creation())
	alice.refused(wire.ErrorConversationExists, alice.creation())
	list := must[*wire.ListConversationsResult](alice.peer, &wire.ListConversations{}).Conversations
	if len(list) != 2 || list[0].Kind != wire.ConversationSelf || !list[0].Joined || len(list[1].Accounts) != 2 {
		t.Errorf("the conversations are %+v", list)
	}
}

func TestCreationRefusals(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register(w.nextPhone()), w.register(w.nextPhone()), w.register(w.nextPhone())
	stranger := newID[ident.AccountID]()
	for _, c := range []struct {
		name   string
		code   wire.ErrorCode
		change func(*wire.CreateConversation)
	}{
		{"with oneself", wire.ErrorMalformed, func(m *wire.CreateConversation) { m.Peer = alice.account[:] }},
		{"with nobody", wire.ErrorAccountUnknown, func(m *wire.CreateConversation) { m.Peer = stranger[:] }},
		{"without the creator", wire.ErrorMalformed, func(m *wire.CreateConversation) { m.Members = m.Members[1:] }},
		{"with a third account's device", wire.ErrorMalformed, func(m *wire.CreateConversation) {
			m.Members = append(m.Members, carol.member(5))
		}},
		{"two on one leaf", wire.ErrorMalformed, func(m *wire.CreateConversation) { m.Members[1].LeafIndex = 0 }},
		{"unknown device", wire.ErrorDeviceUnknown, func(m *wire.CreateConversation) {
			id := newID[ident.DeviceID]()
			m.Members[1].DeviceID = id[:]
		}},
		{"commit of another epoch", wire.ErrorMalformed, func(m *wire.CreateConversation) {
			m.Commit = relaytest.CommitMessage(m.ConversationID, 1)
		}},
		{"commit of another group", wire.ErrorMalformed, func(m *wire.CreateConversation) {
			m.Commit = relaytest.CommitMessage(stranger[:], 0)
		}},
		{"application message as commit", wire.ErrorMalformed, func(m *wire.CreateConversation) {
			m.Commit = relaytest.ApplicationMessage(m.ConversationID, 0, "x")
		}},
		{"group info of another epoch", wire.ErrorMalformed, func(m *wire.CreateConversation) {
			m.GroupInfo = alice.groupInfo(m.ConversationID, 2, []delivery.Leaf{alice.leaf(0), bob.leaf(1)})
		}},
		{"group info with an undeclared leaf", wire.ErrorMalformed, func(m *wire.CreateConversation) {
			m.GroupInfo = alice.groupInfo(m.ConversationID, 1, []delivery.Leaf{alice.leaf(0), bob.leaf(1), carol.leaf(2)})
		}},
		{"leaves other than declared", wire.ErrorMalformed, func(m *wire.CreateConversation) {
			m.GroupInfo = alice.groupInfo(m.ConversationID, 1, []delivery.Leaf{bob.leaf(0), alice.leaf(1)})
		}},
		{"no group info", wire.ErrorMalformed, func(m *wire.CreateConversation) { m.GroupInfo = nil }},
		{"welcome that is none", wire.ErrorMalformed, func(m *wire.CreateConversation) { m.Welcome = m.Commit }},
		{"unknown kind", wire.ErrorMalformed, func(m *wire.CreateConversation) { m.Kind = 77 }},
		{"too large", wire.ErrorTooLarge, func(m *wire.CreateConversation) { m.GroupInfo = make([]byte, wire.MaxGroupInfo+1) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := alice.creation(bob)
			c.change(m)
			alice.on(t)
			alice.refused(c.code, m)
		})
	}
	if list := must[*wire.ListConversationsResult](alice.peer, &wire.ListConversations{}).Conversations; len(list) != 0 {
		t.Errorf("a refused creation left %+v", list)
	}
}

func TestSendRefusals(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register(w.nextPhone()), w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	tablet := alice.link() // of the account, but not of the group
	for _, c := range []struct {
		name   string
		from   *device
		code   wire.ErrorCode
		change func(*wire.Send)
	}{
		{"stranger", carol, wire.ErrorConversationUnknown, func(*wire.Send) {}},
		{"device outside the group", tablet, wire.ErrorConversationUnknown, func(*wire.Send) {}},
		{"unknown conversation", alice, wire.ErrorConversationUnknown, func(m *wire.Send) {
			m.ConversationID = newMessageID()
			m.Message = relaytest.ApplicationMessage(m.ConversationID, 1, "x")
		}},
		{"former epoch", alice, wire.ErrorStaleEpoch, func(m *wire.Send) {
			m.Epoch, m.Message = 0, relaytest.ApplicationMessage(conversation, 0, "x")
		}},
		{"epoch unlike the message's", alice, wire.ErrorMalformed, func(m *wire.Send) { m.Epoch = 2 }},
		{"commit as application", alice, wire.ErrorMalformed, func(m *wire.Send) { m.Message = relaytest.CommitMessage(conversation, 1) }},
		{"no message", alice, wire.ErrorMalformed, func(m *wire.Send) { m.Message = nil }},
		{"proposal", alice, wire.ErrorMalformed, func(m *wire.Send) { m.Kind = wire.EntryProposal }},
		{"too long", alice, wire.ErrorTooLarge, func(m *wire.Send) {
			m.Message = relaytest.ApplicationMessage(conversation, 1, string(make([]byte, wire.MaxMessage)))
		}},
		{"short message id", alice, wire.ErrorMalformed, func(m *wire.Send) { m.MessageID = m.MessageID[:15] }},
		{"application with members", alice, wire.ErrorMalformed, func(m *wire.Send) { m.Added = []*wire.Member{bob.member(1)} }},
		{"external application", alice, wire.ErrorMalformed, func(m *wire.Send) { m.External = true }},
		{"external flag on a member's commit", tablet, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *tablet.commit(conversation, 1)
			m.External, m.Added = true, []*wire.Member{tablet.member(2)}
		}},
		{"external commit for another", tablet, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *alice.externalCommit(conversation, 1, 2)
		}},
		{"external commit of a stranger", carol, wire.ErrorConversationUnknown, func(m *wire.Send) {
			*m = *carol.externalCommit(conversation, 1, 2)
		}},
		{"external commit onto a taken leaf", tablet, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *tablet.externalCommit(conversation, 1, 1)
		}},
		{"external commit as another account's device", tablet, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *tablet.externalCommit(conversation, 1, 2)
			m.Added[0].AccountID = bob.account[:]
		}},
		{"external commit that removes another", tablet, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *tablet.externalCommit(conversation, 1, 2)
			m.Removed = [][]byte{alice.id[:]}
		}},
		{"commit that moves its sender to another leaf", bob, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *bob.commit(conversation, 1)
			m.Added = []*wire.Member{bob.member(7)}
		}},
		{"commit that removes a present device", alice, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *alice.commit(conversation, 1, bob)
		}},
		{"commit that adds a stranger", alice, wire.ErrorMalformed, func(m *wire.Send) {
			*m = *alice.commit(conversation, 1)
			m.Added = []*wire.Member{carol.member(2)}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := text(conversation, 1)
			c.change(m)
			c.from.on(t)
			if e := c.from.refused(c.code, m); c.code == wire.ErrorStaleEpoch && e.Epoch != 1 {
				t.Errorf("the error names epoch %d, want 1", e.Epoch)
			}
		})
	}
	if n := len(bob.pullFrom(0)); n != 1 {
		t.Errorf("%d entries are there, want the first alone", n)
	}
}

// What new devices join by must be the group's own: of its epoch, made by the
// sender, and with exactly the members that the relay knows.
func TestGroupInfoMustFitTheMembers(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register(w.nextPhone()), w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	tablet := alice.link()
	leaves := func(l ...delivery.Leaf) []delivery.Leaf { return append(w.leaves(conversation), l...) }
	stranger := newMessageID()
	type sender struct {
		from *device
		make func() *wire.Send
		// right are the leaves that the group has after it.
		right []delivery.Leaf
	}
	for kind, k := range map[string]sender{
		"member's": {alice, func() *wire.Send { return alice.commit(conversation, 1) }, leaves()},
		"external": {tablet, func() *wire.Send { return tablet.externalCommit(conversation, 1, 2) }, leaves(tablet.leaf(2))},
	} {
		key := k.from.key
		signer := uint32(0)
		if k.from == tablet {
			signer = 2
		}
		sound := relaytest.GroupInfo(conversation, 2, signer, key, k.right...)
		damaged := bytes.Clone(sound)
		damaged[len(damaged)/2] ^= 1
		moved := append(slices.Clone(k.right[:len(k.right)-1]), k.from.leaf(7))
		replaced := slices.Clone(k.right)
		replaced[1] = carol.leaf(1)
		for name, info := range map[string][]byte{
			"none":                  nil,
			"damaged":               damaged,
			"cut":                   sound[:len(sound)-1],
			"a commit":              relaytest.CommitMessage(conversation, 2),
			"of another epoch":      relaytest.GroupInfo(conversation, 1, signer, key, k.right...),
			"of another group":      relaytest.GroupInfo(stranger, 2, signer, key, k.right...),
			"without a tree":        relaytest.GroupInfo(conversation, 2, signer, key),
			"with a leaf too many":  relaytest.GroupInfo(conversation, 2, signer, key, append(slices.Clone(k.right), carol.leaf(5))...),
			"with a leaf too few":   relaytest.GroupInfo(conversation, 2, signer, key, append(slices.Clone(k.right[:1]), k.right[2:]...)...),
			"with another's key":    relaytest.GroupInfo(conversation, 2, signer, key, replaced...),
			"with a leaf elsewhere": relaytest.GroupInfo(conversation, 2, 7, key, moved...),
			"signed by another":     relaytest.GroupInfo(conversation, 2, 1, bob.key, k.right...),
		} {
			t.Run(kind+" commit with group info "+name, func(t *testing.T) {
				m := k.make()
				m.GroupInfo = info
				k.from.on(t)
				k.from.refused(wire.ErrorMalformed, m)
			})
		}
	}
	tablet.on(t)
	must[*wire.SendResult](tablet.peer, tablet.externalCommit(conversation, 1, 2))
}

// Of several commits for one epoch exactly one wins; the others are told the
// epoch that it has led to (RFC 9750 section 5.2).
func TestCommitsCompareAndSwap(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	devices := []*device{alice, bob, alice.link(), bob.link()}
	conversation := alice.direct(bob, devices[2], devices[3])
	for epoch := uint64(1); epoch <= 10; epoch++ {
		var mu sync.Mutex
		var race sync.WaitGroup
		won := 0
		for _, d := range devices {
			race.Go(func() {
				switch r := d.call(d.commit(conversation, epoch)).(type) {
				case *wire.SendResult:
					mu.Lock()
					won++
					mu.Unlock()
				case *wire.Error:
					if r.Code != wire.ErrorStaleEpoch || r.Epoch != epoch+1 {
						t.Errorf("a loser was told %+v", r)
					}
				}
			})
		}
		if race.Wait(); won != 1 {
			t.Fatalf("%d commits won epoch %d", won, epoch)
		}
	}
	info := must[*wire.FetchGroupInfoResult](bob.peer, &wire.FetchGroupInfo{ConversationID: conversation})
	if h, err := delivery.ParseHeader(info.GroupInfo); info.Epoch != 11 || err != nil || h.Epoch != 11 {
		t.Errorf("the group info is of epoch %d", info.Epoch)
	}
}

// A new device joins by external commit and can then send.
func TestExternalJoin(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	tablet := alice.link()
	info := must[*wire.FetchGroupInfoResult](tablet.peer, &wire.FetchGroupInfo{ConversationID: conversation})
	must[*wire.SendResult](tablet.peer, tablet.externalCommit(conversation, info.Epoch, 2))
	must[*wire.SendResult](tablet.peer, text(conversation, info.Epoch+1))
	// Resync: the device takes another leaf for its former one.
	again := tablet.externalCommit(conversation, 2, 3)
	again.Removed = [][]byte{tablet.id[:]}
	must[*wire.SendResult](tablet.peer, again)
	must[*wire.SendResult](tablet.peer, text(conversation, 3))
	w.register(w.nextPhone()).refused(wire.ErrorConversationUnknown, &wire.FetchGroupInfo{ConversationID: conversation})
}

// M15: a device that is logged out is cut off at once, and nobody writes on
// before its keys are out of the group.
func TestRemovedDeviceIsCutOff(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	tablet := alice.link()
	conversation := alice.direct(bob, tablet)
	for _, d := range []*device{alice, bob, tablet} {
		d.live()
	}
	must[*wire.Done](alice.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	if e := event[*wire.LoggedOut](tablet.peer); e.Reason != wire.LogoutRemoved {
		t.Errorf("the reason is %v", e.Reason)
	}
	if tablet.call(&wire.Ping{}) != nil {
		t.Error("the removed device's connection still answers")
	}
	for _, f := range tablet.pipe.frames {
		t.Errorf("the removed device also got %+v", f)
	}
	event[*wire.DevicesChanged](alice.peer)

	proposal := bob.pushed()
	h, err := delivery.ParseHeader(proposal.Message)
	if err != nil || proposal.Kind != wire.EntryProposal || len(proposal.SenderDevice) != 0 ||
		h.Sender != delivery.External || len(h.Removed) != 1 || h.Removed[0] != 2 || h.Epoch != 1 {
		t.Fatalf("the proposal is %+v in %+v (%v)", h, proposal, err)
	}
	if e := bob.refused(wire.ErrorProposalsPending, text(conversation, 1)); e.Epoch != 1 {
		t.Errorf("the error names epoch %d", e.Epoch)
	}
	bob.refused(wire.ErrorProposalsPending, bob.commit(conversation, 1))
	must[*wire.SendResult](bob.peer, bob.commit(conversation, 1, tablet))
	must[*wire.SendResult](bob.peer, text(conversation, 2))

	tablet.peer = w.greet()
	tablet.refused(wire.ErrorDeviceRemoved, tablet.proof())
}

// M15: a device that is removed between the relay's reading of it and its coming in stays out.
func TestRemovedWhileAuthenticating(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	tablet := alice.link()
	tablet.peer = w.greet()
	remove := func() { must[*wire.Done](alice.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]}) }
	w.store.(*hookedStore).viewed.Store(&remove)
	tablet.refused(wire.ErrorDeviceRemoved, tablet.proof())
	tablet.refused(wire.ErrorNotAuthenticated, &wire.ListDevices{})
}

// An external commit cannot carry out a removal; the relay proposes it anew
// for the epoch that the commit leads to.
func TestRemovalIsProposedAgain(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	tablet := alice.link()
	conversation := alice.direct(bob, tablet)
	phone := bob.link()
	must[*wire.Done](tablet.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	must[*wire.SendResult](phone.peer, phone.externalCommit(conversation, 1, 3))
	entries := bob.pullFrom(0)
	last := entries[len(entries)-1]
	h, err := delivery.ParseHeader(last.Message)
	if err != nil || last.Kind != wire.EntryProposal || h.Epoch != 2 || h.Removed[0] != 2 {
		t.Fatalf("the last entry is %+v (%v)", last, err)
	}
	phone.refused(wire.ErrorProposalsPending, text(conversation, 2))
	must[*wire.SendResult](phone.peer, phone.commit(conversation, 2, tablet))
	must[*wire.SendResult](phone.peer, text(conversation, 3))
}
