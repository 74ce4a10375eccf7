package relay_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/relay/relaytest"
	"parley/internal/store"
	"parley/mls/delivery"
	"parley/wire"
	"parley/wire/grouprules"
)

// groupOf is a group as its members have it, for making commits.
type groupOf struct {
	*world
	id      []byte
	epoch   uint64
	state   wire.GroupState
	leaves  map[uint32]*device
	context []delivery.Extension
}

// group opens a group of devices at the leaves 0, 1, …; the first creates it and is its admin.
func (w *world) group(devices ...*device) *groupOf {
	w.Helper()
	id := newID[ident.ConversationID]()
	g := &groupOf{world: w, id: id[:], leaves: map[uint32]*device{}}
	g.state = wire.GroupState{Version: 1, Admins: [][]byte{devices[0].account[:]}, Details: make([]byte, sha256.Size)}
	for i, d := range devices {
		g.leaves[uint32(i)] = d
	}
	must[*wire.SendResult](devices[0].peer, g.creation(devices[0]))
	g.epoch = 1
	return g
}

func (g *groupOf) creation(by *device) *wire.CreateConversation {
	m := &wire.CreateConversation{
		ConversationID: g.id, Kind: wire.ConversationGroup, MessageID: newMessageID(),
		Commit: relaytest.CommitMessage(g.id, 0), Welcome: relaytest.Welcome(100), GroupInfo: g.info(by, 1),
	}
	for _, i := range g.places() {
		d := g.leaves[i]
		m.Members = append(m.Members, d.member(i))
		if !slices.ContainsFunc(m.Accounts, func(id []byte) bool { return bytes.Equal(id, d.account[:]) }) {
			m.Accounts = append(m.Accounts, d.account[:])
		}
	}
	return m
}

func (g *groupOf) places() (places []uint32) {
	for i := range g.leaves {
		places = append(places, i)
	}
	slices.Sort(places)
	return places
}

// info is the GroupInfo with the state and leaves of g.
func (g *groupOf) info(by *device, epoch uint64) []byte {
	var leaves []delivery.Leaf
	signer := uint32(0)
	for _, i := range g.places() {
		if leaves = append(leaves, g.leaves[i].leaf(i)); g.leaves[i] == by {
			signer = i
		}
	}
	state := delivery.Extension{Type: wire.GroupStateExtension, Data: grouprules.Encode(&g.state)}
	return relaytest.GroupInfoWith(append(g.context, state), g.id, epoch, signer, by.key, leaves...)
}

// commit is a commit that makes the leaves what they are, for the present epoch.
func (g *groupOf) commit(by *device, added, removed []*device) *wire.Send {
	m := &wire.Send{
		ConversationID: g.id, MessageID: newMessageID(), Kind: wire.EntryCommit, Epoch: g.epoch,
		Message: relaytest.CommitMessage(g.id, g.epoch),
	}
	for _, d := range added {
		leaf := uint32(len(g.leaves))
		for ; g.leaves[leaf] != nil; leaf++ {
		}
		g.leaves[leaf] = d
		m.Added, m.AddedAccounts = append(m.Added, d.member(leaf)), append(m.AddedAccounts, d.account[:])
		m.Welcome = relaytest.Welcome(100)
	}
	for _, d := range removed {
		m.Removed, m.RemovedAccounts = append(m.Removed, d.id[:]), append(m.RemovedAccounts, d.account[:])
		g.drop(d)
	}
	m.GroupInfo = g.info(by, g.epoch+1)
	return m
}

func (g *groupOf) drop(d *device) {
	for i, other := range g.leaves {
		if other == d {
			delete(g.leaves, i)
		}
	}
}

// try makes a commit on a copy of the group.
func (g *groupOf) try(by *device, added, removed []*device, change func(*wire.GroupState)) *wire.Send {
	c := *g
	c.leaves = map[uint32]*device{}
	for i, d := range g.leaves {
		c.leaves[i] = d
	}
	c.state.Admins = slices.Clone(g.state.Admins)
	if change != nil {
		c.state.Version++
		change(&c.state)
	}
	return c.commit(by, added, removed)
}

func (w *world) people(n int) (devices []*device) {
	w.Helper()
	for range n {
		devices = append(devices, w.register(w.nextPhone()))
	}
	return devices
}

// Who is added gets the commit with the Welcome and everything after; who is removed
// gets the commit that removes it, and nothing after.
func TestX5_GroupMembersComeAndGo(t *testing.T) {
	w := newWorld(t)
	p := w.people(4)
	alice, bob, carol, dave := p[0], p[1], p[2], p[3]
	g := w.group(alice, bob, carol)
	must[*wire.SendResult](bob.peer, text(g.id, 1))
	must[*wire.SendResult](alice.peer, g.commit(alice, []*device{dave}, []*device{bob}))
	must[*wire.SendResult](dave.peer, text(g.id, 2))
	bob.refused(wire.ErrorConversationUnknown, text(g.id, 2))
	bob.refused(wire.ErrorConversationUnknown, &wire.FetchGroupInfo{ConversationID: g.id})
	for d, want := range map[*device][]uint64{alice: {1, 2, 3, 4}, bob: {1, 2, 3}, carol: {1, 2, 3, 4}, dave: {3, 4}} {
		var got, welcomes []uint64
		for _, e := range d.pullFrom(0) {
			if got = append(got, e.Sequence); len(e.Welcome) > 0 {
				welcomes = append(welcomes, e.Sequence)
			}
		}
		if !slices.Equal(got, want) || d != bob && (len(welcomes) != 1 || welcomes[0] != want[0]) {
			t.Errorf("an account got %v with Welcomes in %v, want %v with one in the first", got, welcomes, want)
		}
	}
	list := must[*wire.ListConversationsResult](bob.peer, &wire.ListConversations{})
	if len(list.Conversations) != 0 {
		t.Errorf("the removed account still has %+v", list.Conversations)
	}
}

func TestX5_GroupCommitsByRole(t *testing.T) {
	w := newWorld(t)
	p := w.people(4)
	alice, bob, carol, dave := p[0], p[1], p[2], p[3]
	tablet := carol.link()
	g := w.group(alice, bob, carol)
	admins := func(s *wire.GroupState) { s.Admins = append(s.Admins, bob.account[:]) }
	for _, c := range []struct {
		name   string
		code   wire.ErrorCode
		by     *device
		m      *wire.Send
		change func(*wire.Send)
	}{
		{"a member removes another", wire.ErrorNotAllowed, bob, g.try(bob, nil, []*device{carol}, nil), nil},
		{"a member makes itself admin", wire.ErrorNotAllowed, bob, g.try(bob, nil, nil, admins), nil},
		{"a stranger commits", wire.ErrorConversationUnknown, dave, g.try(alice, nil, nil, nil), nil},
		{
			"a device of a member is added", wire.ErrorMalformed, alice, g.try(alice, []*device{tablet}, nil, nil),
			func(m *wire.Send) { m.AddedAccounts = nil },
		},
		{"an account is added twice", wire.ErrorMalformed, alice, g.try(alice, []*device{tablet}, nil, nil), nil},
		{
			"nobody is added", wire.ErrorAccountUnknown, alice, g.try(alice, nil, nil, nil),
			func(m *wire.Send) { m.AddedAccounts = [][]byte{bytes.Repeat([]byte{9}, 16)} },
		},
		{
			"a removed account keeps its device", wire.ErrorMalformed, alice, g.try(alice, nil, nil, nil),
			func(m *wire.Send) { m.RemovedAccounts = [][]byte{bob.account[:]} },
		},
		{
			"a device goes without its account", wire.ErrorMalformed, alice, g.try(alice, nil, []*device{bob}, nil),
			func(m *wire.Send) { m.RemovedAccounts = nil },
		},
		{
			"other leaves than told", wire.ErrorMalformed, alice, g.try(alice, nil, []*device{bob}, nil),
			func(m *wire.Send) { m.Removed, m.RemovedAccounts = nil, nil },
		},
		{"a state that is none", wire.ErrorMalformed, alice, g.try(alice, nil, nil, func(s *wire.GroupState) { s.Details = []byte("x") }), nil},
		{"a version too far", wire.ErrorNotAllowed, alice, g.try(alice, nil, nil, func(s *wire.GroupState) { s.Version = 9 }), nil},
		{"no group info", wire.ErrorMalformed, alice, g.try(alice, nil, nil, nil), func(m *wire.Send) { m.GroupInfo = nil }},
	} {
		if c.change != nil {
			c.change(c.m)
		}
		t.Run(c.name, func(t *testing.T) {
			c.by.on(t)
			c.by.refused(c.code, c.m)
		})
		c.by.on(t)
	}
	if n := len(bob.pullFrom(0)); n != 1 {
		t.Errorf("refused commits left %d entries", n)
	}
	g.state.Version++
	admins(&g.state)
	must[*wire.SendResult](alice.peer, g.commit(alice, nil, nil))
	g.epoch = 2
	must[*wire.SendResult](bob.peer, g.commit(bob, nil, []*device{carol}))
}

// Of two commits for one epoch the second is refused, and changes no accounts.
func TestX5_GroupCommitsRace(t *testing.T) {
	w := newWorld(t)
	p := w.people(4)
	alice, bob, carol, dave := p[0], p[1], p[2], p[3]
	g := w.group(alice, bob)
	first, second := g.try(alice, []*device{carol}, nil, nil), g.try(bob, []*device{dave}, nil, nil)
	must[*wire.SendResult](alice.peer, first)
	if e := bob.refused(wire.ErrorStaleEpoch, second); e.Epoch != 2 {
		t.Errorf("the loser heard of epoch %d", e.Epoch)
	}
	if n := len(dave.pullFrom(0)); n != 0 {
		t.Errorf("who was not added got %d entries", n)
	}
}

// Who leaves gets the proposals of its removal and nothing after; who stays commits
// them before anything else.
func TestM50_LeaveGroup(t *testing.T) {
	w := newWorld(t)
	p := w.people(3)
	alice, bob, carol := p[0], p[1], p[2]
	tablet := bob.link()
	g := w.group(alice, bob, tablet, carol)
	must[*wire.Done](tablet.peer, &wire.LeaveConversation{ConversationID: g.id})
	tablet.refused(wire.ErrorConversationUnknown, &wire.LeaveConversation{ConversationID: g.id})
	bob.refused(wire.ErrorConversationUnknown, text(g.id, 1))
	alice.refused(wire.ErrorProposalsPending, text(g.id, 1))
	m := g.try(carol, nil, nil, nil)
	g.drop(bob)
	g.drop(tablet)
	m.Removed, m.GroupInfo = [][]byte{bob.id[:], tablet.id[:]}, g.info(carol, 2)
	must[*wire.SendResult](carol.peer, m)
	must[*wire.SendResult](alice.peer, text(g.id, 2))
	var kinds []wire.EntryKind
	for _, e := range bob.pullFrom(0) {
		kinds = append(kinds, e.Kind)
	}
	if !slices.Equal(kinds, []wire.EntryKind{wire.EntryCommit, wire.EntryProposal, wire.EntryProposal}) {
		t.Errorf("who left got %v", kinds)
	}
	// The admin leaves: the first of those who stay is admin.
	g.epoch = 2
	must[*wire.Done](alice.peer, &wire.LeaveConversation{ConversationID: g.id})
	g.drop(alice)
	m = g.commit(carol, []*device{bob}, nil)
	m.Removed = [][]byte{alice.id[:]}
	must[*wire.SendResult](carol.peer, m)
}

func TestM50_InviteLink(t *testing.T) {
	w := newWorld(t)
	p := w.people(2)
	alice, bob := p[0], p[1]
	g := w.group(alice)
	token := bytes.Repeat([]byte{7}, wire.NonceSize)
	join := &wire.RequestJoin{ConversationID: g.id, Token: token}
	bob.refused(wire.ErrorInviteInvalid, join)
	hash := sha256.Sum256(token)
	g.state.Version, g.state.Link = 2, hash[:]
	must[*wire.SendResult](alice.peer, g.commit(alice, nil, nil))
	bob.refused(wire.ErrorInviteInvalid, &wire.RequestJoin{ConversationID: g.id, Token: make([]byte, wire.NonceSize)})
	bob.refused(wire.ErrorMalformed, &wire.RequestJoin{ConversationID: g.id, Token: token[1:]})
	must[*wire.RequestJoinResult](bob.peer, join)
	must[*wire.RequestJoinResult](bob.peer, join)
	g.epoch, g.leaves[1] = 2, bob
	m := g.try(bob, nil, nil, nil)
	m.Message = relaytest.ExternalCommitMessage(g.id, 2)
	m.External, m.Added = true, []*wire.Member{bob.member(1)}
	forged := *m
	g.state.Link = nil
	forged.GroupInfo = g.info(bob, 3)
	bob.refused(wire.ErrorMalformed, &forged)
	must[*wire.SendResult](bob.peer, m)
}

// Who belongs to a group and has no member in it, come by the link or left out of a reset, can be added, once.
func TestM50_AddedWithoutAMember(t *testing.T) {
	w := newWorld(t)
	p := w.people(2)
	alice, bob := p[0], p[1]
	g := w.group(alice)
	token := bytes.Repeat([]byte{7}, wire.NonceSize)
	hash := sha256.Sum256(token)
	g.state.Version, g.state.Link = 2, hash[:]
	must[*wire.SendResult](alice.peer, g.commit(alice, nil, nil))
	must[*wire.RequestJoinResult](bob.peer, &wire.RequestJoin{ConversationID: g.id, Token: token})
	g.epoch = 2
	must[*wire.SendResult](alice.peer, g.commit(alice, []*device{bob}, nil))
	must[*wire.SendResult](bob.peer, text(g.id, 3))
	g.epoch = 3
	alice.refused(wire.ErrorMalformed, g.try(alice, []*device{bob}, nil, nil))
}

// In a group a receipt goes to those who wrote, not to everybody.
func TestM50_GroupReceipts(t *testing.T) {
	w := newWorld(t)
	p := w.people(3)
	alice, bob, carol := p[0], p[1], p[2]
	g := w.group(alice, bob, carol)
	for _, d := range p {
		d.live()
	}
	must[*wire.SendResult](alice.peer, text(g.id, 1))
	must[*wire.Done](bob.peer, &wire.MarkRead{ConversationID: g.id, Sequence: 2})
	if r := event[*wire.ReceiptEvent](alice.peer).Receipt; r.Read != 2 || !bytes.Equal(r.AccountID, bob.account[:]) {
		t.Errorf("the writer heard %+v", r)
	}
	quiet[*wire.ReceiptEvent](carol.peer)
	if all := must[*wire.PullReceiptsResult](carol.peer, &wire.PullReceipts{}); len(all.Receipts) != 1 || all.More {
		t.Errorf("who asks hears %+v", all)
	}
}

// X1: who wrote hears that it was read, also after every device has it and the relay has it no
// more.
func TestX1_GroupReceiptsOfWhatIsGone(t *testing.T) {
	w := newWorld(t)
	p := w.people(3)
	alice, bob := p[0], p[1]
	g := w.group(p...)
	for _, d := range p {
		d.live()
	}
	must[*wire.SendResult](alice.peer, text(g.id, 1))
	for _, d := range p {
		must[*wire.Done](d.peer, &wire.Ack{Position: 2})
	}
	if err := w.relay.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.mustView(func(r store.Reader) error {
		if entries, err := r.PullFeed(alice.account, 0, 10, 1<<20); err != nil || len(entries) > 0 {
			t.Errorf("the relay still has %d entries, %v", len(entries), err)
		}
		return nil
	})
	must[*wire.Done](bob.peer, &wire.MarkRead{ConversationID: g.id, Sequence: 2})
	for {
		if r := event[*wire.ReceiptEvent](alice.peer).Receipt; r.Read == 2 && bytes.Equal(r.AccountID, bob.account[:]) {
			return
		}
	}
}

// A group has 1,024 accounts and no more. Its key packages can be claimed together.
func TestM50_GroupLimit(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	g := w.group(alice)
	conversation := ident.ConversationID(g.id)
	err := w.store.Update(t.Context(), func(tx store.Tx) error {
		for i := range wire.MaxGroupAccounts - 1 {
			a := store.Account{ID: newID[ident.AccountID](), Phone: ident.Phone("+3247200" + string([]byte{
				'0' + byte(i/1000), '0' + byte(i/100%10), '0' + byte(i/10%10), '0' + byte(i%10),
			})), Key: make([]byte, 32), Created: time.Now()}
			if err := tx.CreateAccount(a); err != nil {
				return err
			}
			if err := tx.AddConversationAccounts(conversation, []ident.AccountID{a.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	alice.refused(wire.ErrorGroupFull, g.try(alice, []*device{bob}, nil, nil))
	must[*wire.SendResult](alice.peer, text(g.id, 1))
	many := make([][]byte, wire.MaxGroupAdds+1)
	for i := range many {
		id := newID[ident.AccountID]()
		many[i] = id[:]
	}
	alice.refused(wire.ErrorTooLarge, &wire.ClaimKeyPackages{AccountIDs: many})
	packages := must[*wire.ClaimKeyPackagesResult](alice.peer, &wire.ClaimKeyPackages{AccountIDs: append(many[:100], bob.account[:])})
	if len(packages.Packages) != 0 {
		t.Errorf("%d key packages came of nowhere", len(packages.Packages))
	}
}

func TestM50_GroupCreationRefusals(t *testing.T) {
	w := newWorld(t)
	p := w.people(2)
	alice, bob := p[0], p[1]
	g := w.group(alice, bob)
	for name, change := range map[string]func(*wire.CreateConversation, *groupOf){
		"without its creator": func(m *wire.CreateConversation, _ *groupOf) { m.Accounts = m.Accounts[1:] },
		"an account twice":    func(m *wire.CreateConversation, _ *groupOf) { m.Accounts[0] = m.Accounts[1] },
		"with a peer":         func(m *wire.CreateConversation, _ *groupOf) { m.Peer = bob.account[:] },
		"another's as admin": func(m *wire.CreateConversation, g *groupOf) {
			g.state.Admins = [][]byte{bob.account[:]}
			m.GroupInfo = g.info(alice, 1)
		},
		"without a state": func(m *wire.CreateConversation, g *groupOf) {
			m.GroupInfo = relaytest.GroupInfo(g.id, 1, 0, alice.key, alice.leaf(0), bob.leaf(1))
		},
	} {
		c := *g
		id := newID[ident.ConversationID]()
		c.id = id[:]
		m := c.creation(alice)
		change(m, &c)
		t.Run(name, func(t *testing.T) {
			alice.on(t)
			alice.refused(wire.ErrorMalformed, m)
		})
		alice.on(t)
	}
}
