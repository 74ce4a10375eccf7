package interop

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"parley/mls"
	"parley/mls/internal/peer"
)

// A room is a group with its members. It is the delivery service: each commit
// is delivered to all others at once. Every step ends with check.
type room struct {
	t       *testing.T
	suite   mls.CipherSuite
	members []*member
	count   int
}

func newRoom(t *testing.T, suite mls.CipherSuite) *room { return &room{t: t, suite: suite} }

// person makes a member who is not in the group yet.
func (r *room) person(l *library) *member {
	r.t.Helper()
	r.count++
	return newMember(r.t, l, r.suite, fmt.Sprintf("member %d", r.count))
}

// create has a new member of a library make the group.
func (r *room) create(l *library) *member {
	r.t.Helper()
	m := r.person(l)
	m.call("create", []byte("a group of "+m.name))
	r.members = []*member{m}
	return m
}

// add has a member add a new one of a library.
func (r *room) add(by *member, l *library, public bool) *member {
	r.t.Helper()
	m := r.person(l)
	keyPackage := m.call("newkp", nil).KeyPackage
	q := line("add", keyPackage)
	q.Public = public
	r.join(m, r.commit(by, q).Welcome)
	r.check()
	return m
}

func (r *room) join(m *member, welcome []byte) {
	r.t.Helper()
	m.call("join", welcome)
	r.members = append(r.members, m)
}

// update has a member commit, with a new path and the proposals received.
func (r *room) update(by *member, public bool) {
	r.t.Helper()
	q := line("commit", nil)
	q.Public = public
	r.commit(by, q)
	r.check()
}

// remove has a member remove others, who then can no longer read: ours one by
// one, others with one commit.
func (r *room) remove(by *member, public bool, whom ...*member) {
	r.t.Helper()
	if by.ours != nil && len(whom) > 1 {
		r.remove(by, public, whom[0])
		r.remove(by, public, whom[1:]...)
		return
	}
	q := request{Request: peer.Request{Op: "remove", Public: public}}
	for _, m := range whom {
		q.Data += fmt.Sprintf("%08x", r.leaf(m))
		q.Identities = append(q.Identities, m.identity)
	}
	r.commit(by, q, whom...)
	r.gone(whom...)
	r.check()
}

// gone takes out members whom a commit has removed.
func (r *room) gone(whom ...*member) {
	r.t.Helper()
	r.members = slices.DeleteFunc(r.members, func(m *member) bool { return slices.Contains(whom, m) })
	message := r.members[0].call("send", []byte("without you")).Message
	for _, m := range whom {
		if a := m.do(line("recv", message)); a.Err == "" {
			r.t.Fatalf("%s is removed, and reads %q", m.name, a.Plaintext)
		}
		if m.ours != nil && !m.group().Closed() {
			r.t.Fatalf("%s is removed, and the group is open", m.name)
		}
	}
}

// external has somebody join by the GroupInfo of a member. Who is in the group
// already comes anew (resync).
func (r *room) external(giver, m *member) {
	r.t.Helper()
	before := len(r.members)
	info := giver.call("gi", nil).GroupInfo
	commit := m.call("ext", info).Commit
	if !slices.Contains(r.members, m) {
		r.members = append(r.members, m)
		before++
	}
	r.deliver(m, commit)
	r.check()
	for _, m := range r.members {
		if m.ours != nil && len(m.group().Members()) != before {
			r.t.Fatalf("%s sees %d members, want %d", m.name, len(m.group().Members()), before)
		}
	}
}

// commit carries out a request that makes a commit, public if it has to be, and
// delivers the commit; leaving are those it removes.
func (r *room) commit(by *member, q request, leaving ...*member) answer {
	r.t.Helper()
	q.Public = q.Public || r.onlyPublic()
	a := by.ok(q)
	if (wireFormat(a.Commit) == formatPublic) != q.Public {
		r.t.Fatalf("%s: a commit of wire format %d; public: %v", by.name, wireFormat(a.Commit), q.Public)
	}
	r.deliver(by, a.Commit, leaving...)
	return a
}

// onlyPublic tells that somebody in the group neither sends nor takes handshake
// messages as PrivateMessage.
func (r *room) onlyPublic() bool {
	return slices.ContainsFunc(r.members, func(m *member) bool {
		return m.library != nil && !m.library.privateHandshake
	})
}

func (r *room) deliver(from *member, message []byte, leaving ...*member) {
	r.t.Helper()
	for _, m := range r.members {
		if slices.Contains(leaving, m) && m.library != nil && !m.library.ownRemoval {
			continue
		}
		if m != from {
			m.call("process", message)
		}
	}
}

// leaf is where a member sits.
func (r *room) leaf(whom *member) mls.LeafIndex {
	r.t.Helper()
	for _, m := range r.anyOfOurs().group().Members() {
		if bytes.Equal(m.Credential.Identity, whom.identity) {
			return m.Index
		}
	}
	r.t.Fatalf("%s has no leaf", whom.name)
	return 0
}

func (r *room) anyOfOurs() *member {
	r.t.Helper()
	for _, m := range r.members {
		if m.ours != nil {
			return m
		}
	}
	r.t.Fatal("nobody of ours is in the group")
	return nil
}

// check has all agree on the epoch's secrets, and each send a message to all.
func (r *room) check() {
	r.t.Helper()
	r.agree()
	for _, from := range r.members {
		r.count++
		text := fmt.Appendf(nil, "message %d of %s", r.count, from.name)
		r.receive(from, text, from.call("send", text).Message)
	}
}

func (r *room) receive(from *member, text, message []byte) {
	r.t.Helper()
	for _, to := range r.members {
		if to == from {
			continue
		}
		if got := to.call("recv", message).Plaintext; !bytes.Equal(got, text) {
			r.t.Fatalf("%s reads %q, want %q", to.name, got, text)
		}
	}
}

// agree compares exporters and epoch authenticators.
func (r *room) agree() {
	r.t.Helper()
	ours := r.anyOfOurs()
	want := ours.call("export", nil)
	wantFixed, err := ours.group().Export("exporter", nil, peer.ExportLength)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, m := range r.members {
		got := m.call("export", nil)
		if m.library != nil && !m.library.authenticator {
			// Its label and context are fixed, and it does not tell the authenticator.
			if !bytes.Equal(got.Exported, wantFixed) {
				r.t.Fatalf("%s exports another secret than %s", m.name, ours.name)
			}
			continue
		}
		if !bytes.Equal(got.EpochAuthenticator, want.EpochAuthenticator) || !bytes.Equal(got.Exported, want.Exported) {
			r.t.Fatalf("%s is in another epoch than %s", m.name, ours.name)
		}
	}
}

// propose has a member of ours make a proposal, and all others take it.
func (r *room) propose(by *member, make func(*mls.Group) ([]byte, error)) {
	r.t.Helper()
	message, err := make(by.group())
	if err != nil {
		r.t.Fatal(err)
	}
	r.deliver(by, message)
}
