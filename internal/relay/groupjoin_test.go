package relay_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/relay/relaytest"
	"parley/wire"
)

// approving opens a group whose admins approve who joins by its link.
func (w *world) approving(devices ...*device) (g *groupOf, join *wire.RequestJoin) {
	w.Helper()
	g = w.group(devices...)
	token := bytes.Repeat([]byte{7}, wire.NonceSize)
	hash := sha256.Sum256(token)
	g.state.Version, g.state.Link, g.state.AdminsApprove = 2, hash[:], true
	must[*wire.SendResult](devices[0].peer, g.commit(devices[0], nil, nil))
	g.epoch = 2
	return g, &wire.RequestJoin{ConversationID: g.id, Token: token}
}

// fromOutside is the external commit of a device.
func (g *groupOf) fromOutside(d *device, leaf uint32) *wire.Send {
	g.leaves[leaf] = d
	defer g.drop(d)
	return &wire.Send{
		ConversationID: g.id, MessageID: newMessageID(), Kind: wire.EntryCommit, Epoch: g.epoch, External: true,
		Message: relaytest.ExternalCommitMessage(g.id, g.epoch), Added: []*wire.Member{d.member(leaf)}, GroupInfo: g.info(d, g.epoch+1),
	}
}

// requests are the accounts that ask to come into the group.
func (g *groupOf) requests(by *device) (accounts [][]byte) {
	g.Helper()
	for _, r := range must[*wire.ListJoinRequestsResult](by.peer, &wire.ListJoinRequests{ConversationID: g.id}).Requests {
		accounts = append(accounts, r.AccountID)
	}
	return accounts
}

func sameAccounts(a [][]byte, of ...*device) bool {
	return slices.EqualFunc(a, of, func(id []byte, d *device) bool { return bytes.Equal(id, d.account[:]) })
}

// Where admins approve, who has the link comes in by an admin alone.
func TestX5_JoiningNeedsApproval(t *testing.T) {
	w := newWorld(t)
	p := w.people(4)
	alice, bob, carol, dave := p[0], p[1], p[2], p[3]
	g, join := w.approving(alice, bob)
	alice.live()
	for range 2 {
		if r := must[*wire.RequestJoinResult](carol.peer, join); !r.Waiting {
			t.Fatal("the account came in without an admin")
		}
	}
	if e := event[*wire.JoinRequestsChanged](alice.peer); !bytes.Equal(e.ConversationID, g.id) {
		t.Errorf("the admin heard of %x", e.ConversationID)
	}
	quiet[*wire.JoinRequestsChanged](bob.peer)
	if got := g.requests(alice); !sameAccounts(got, carol) {
		t.Fatalf("the requests are %x", got)
	}
	bob.refused(wire.ErrorNotAllowed, &wire.ListJoinRequests{ConversationID: g.id})
	bob.refused(wire.ErrorNotAllowed, &wire.DropJoinRequest{ConversationID: g.id, AccountID: carol.account[:]})
	dave.refused(wire.ErrorConversationUnknown, &wire.ListJoinRequests{ConversationID: g.id})
	dave.refused(wire.ErrorConversationUnknown, &wire.DropJoinRequest{ConversationID: g.id, AccountID: carol.account[:]})
	carol.refused(wire.ErrorConversationUnknown, &wire.FetchGroupInfo{ConversationID: g.id})
	carol.refused(wire.ErrorConversationUnknown, g.fromOutside(carol, 2))
	bob.refused(wire.ErrorAccountUnknown, &wire.LookUpAccount{AccountID: carol.account[:]})
	if found := must[*wire.Account](alice.peer, &wire.LookUpAccount{AccountID: carol.account[:]}); !bytes.Equal(found.AccountID, carol.account[:]) {
		t.Error("the admin cannot look up who asks")
	}
	own := must[*wire.ListJoinRequestsResult](carol.peer, &wire.ListJoinRequests{}).Requests
	if len(own) != 1 || !bytes.Equal(own[0].ConversationID, g.id) || own[0].TimeMS == 0 {
		t.Errorf("who asks has %+v", own)
	}
	must[*wire.SendResult](alice.peer, g.commit(alice, []*device{carol}, nil))
	if got := g.requests(alice); len(got) != 0 {
		t.Errorf("after it was added the account still asks: %x", got)
	}
}

func TestX5_JoinRequestsEnd(t *testing.T) {
	w := newWorld(t)
	p := w.people(4)
	alice, bob, carol, dave := p[0], p[1], p[2], p[3]
	g, join := w.approving(alice)
	for _, d := range []*device{bob, carol, dave} {
		must[*wire.RequestJoinResult](d.peer, join)
	}
	bob.live()
	carol.live()
	for range 2 { // a second admin is as quick as the first
		must[*wire.Done](alice.peer, &wire.DropJoinRequest{ConversationID: g.id, AccountID: bob.account[:]})
	}
	if e := event[*wire.JoinRequestsChanged](bob.peer); !bytes.Equal(e.ConversationID, g.id) {
		t.Errorf("who was declined heard of %x", e.ConversationID)
	}
	must[*wire.Done](carol.peer, &wire.DropJoinRequest{ConversationID: g.id, AccountID: carol.account[:]})
	alice.refused(wire.ErrorMalformed, &wire.DropJoinRequest{ConversationID: g.id, AccountID: []byte("x")})
	if got := g.requests(alice); !sameAccounts(got, dave) {
		t.Errorf("the requests are %x", got)
	}
	// The link is made anew: who has asked by the former one still does.
	hash := sha256.Sum256(make([]byte, wire.NonceSize))
	g.state.Version, g.state.Link = 3, hash[:]
	must[*wire.SendResult](alice.peer, g.commit(alice, nil, nil))
	g.epoch = 3
	bob.refused(wire.ErrorInviteInvalid, join)
	if got := g.requests(alice); !sameAccounts(got, dave) {
		t.Errorf("after a new link the requests are %x", got)
	}
	// Nobody approves any more, as who waits hears.
	dave.live()
	g.state.Version, g.state.AdminsApprove = 4, false
	must[*wire.SendResult](alice.peer, g.commit(alice, nil, nil))
	if e := event[*wire.JoinRequestsChanged](dave.peer); !bytes.Equal(e.ConversationID, g.id) {
		t.Errorf("who waits heard of %x", e.ConversationID)
	}
	join.Token = make([]byte, wire.NonceSize)
	if r := must[*wire.RequestJoinResult](dave.peer, join); r.Waiting {
		t.Error("the account waits for nobody")
	}
	if got := g.requests(alice); len(got) != 0 {
		t.Errorf("who came in still asks: %x", got)
	}
}

// Who was let in by the link before admins approved, and has not joined yet, waits as others do.
func TestX5_ApprovalHoldsLateJoiners(t *testing.T) {
	w := newWorld(t)
	p := w.people(2)
	alice, bob := p[0], p[1]
	g, join := w.approving(alice)
	g.state.Version, g.state.AdminsApprove = 3, false
	must[*wire.SendResult](alice.peer, g.commit(alice, nil, nil))
	if r := must[*wire.RequestJoinResult](bob.peer, join); r.Waiting {
		t.Fatal("the account waits for nobody")
	}
	g.epoch, g.state.Version, g.state.AdminsApprove = 3, 4, true
	must[*wire.SendResult](alice.peer, g.commit(alice, nil, nil))
	g.epoch = 4
	bob.refused(wire.ErrorNotAllowed, g.fromOutside(bob, 1))
	bob.refused(wire.ErrorConversationUnknown, g.fromOutside(bob, 1))
	if got := g.requests(alice); !sameAccounts(got, bob) {
		t.Errorf("the requests are %x", got)
	}
	// A device of a member joins from outside as ever.
	tablet := alice.link()
	must[*wire.SendResult](tablet.peer, g.fromOutside(tablet, 1))
}

func TestX5_JoinRequestsGrowOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.people(2)
		alice, bob := p[0], p[1]
		g, join := w.approving(alice)
		must[*wire.RequestJoinResult](bob.peer, join)
		time.Sleep(wire.MaxJoinRequestAge)
		alice.reconnect()
		if got := g.requests(alice); len(got) != 0 {
			t.Errorf("a request is for ever: %x", got)
		}
	})
}
