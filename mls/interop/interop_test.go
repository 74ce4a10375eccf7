package interop

import (
	"testing"

	"parley/mls"
)

// TestOurGroup: our group, with them added by us, and others by them.
func TestOurGroup(t *testing.T) {
	eachPairing(t, func(t *testing.T, l *library, suite mls.CipherSuite) {
		r := newRoom(t, suite)
		alice := r.create(nil)
		bob := r.add(alice, l, false)
		r.everybodyCommits()
		carol := r.add(bob, nil, false)
		dave := r.add(carol, l, true)
		r.everybodyCommits()
		erin := r.add(dave, nil, true)
		r.remove(bob, false, carol, erin)
		r.remove(alice, false, bob)
		r.update(dave, true)
		frank := r.add(dave, nil, true) // takes the leaf of bob
		r.update(frank, false)
		if l.singleRemove {
			r.remove(dave, true, alice)
		}
		r.remove(frank, true, dave)
	})
}

// TestTheirGroup: their group, with us added by them, and others by us.
func TestTheirGroup(t *testing.T) {
	eachPairing(t, func(t *testing.T, l *library, suite mls.CipherSuite) {
		r := newRoom(t, suite)
		alice := r.create(l)
		bob := r.add(alice, nil, false)
		r.everybodyCommits()
		carol := r.add(bob, l, false)
		dave := r.add(bob, nil, true)
		erin := r.add(carol, nil, false)
		r.everybodyCommits()
		r.remove(carol, true, alice, erin)
		r.update(dave, false)
		r.add(carol, l, false)
		r.add(dave, nil, false)
		r.everybodyCommits()
	})
}

// everybodyCommits has each member renew its keys, once openly and once not.
func (r *room) everybodyCommits() {
	r.t.Helper()
	for _, m := range r.members {
		r.update(m, true)
		r.update(m, false)
	}
}

// TestExternalJoin: both join the other's group from outside, one after
// another, and both come anew to a group they have lost.
func TestExternalJoin(t *testing.T) {
	eachPairing(t, func(t *testing.T, l *library, suite mls.CipherSuite) {
		t.Run("ours", func(t *testing.T) {
			r := newRoom(t, suite)
			alice := r.create(nil)
			bob := r.person(l)
			r.external(alice, bob)
			carol := r.person(nil)
			r.external(alice, carol)
			r.external(alice, r.person(l))
			r.update(bob, true)
			r.external(carol, bob) // resync of theirs
			r.external(alice, carol)
			r.everybodyCommits()
		})
		t.Run("theirs", func(t *testing.T) {
			r := newRoom(t, suite)
			alice := r.create(l)
			q := line("commit", nil) // core-crypto has a GroupInfo only then
			q.Public = true
			alice.ok(q)
			bob := r.person(nil)
			r.external(alice, bob)
			r.update(alice, true)
			carol := r.person(nil)
			r.external(alice, carol)
			r.update(alice, true)
			r.external(alice, bob) // resync of ours
			r.external(bob, r.person(l))
			r.everybodyCommits()
		})
	})
}

// TestProposals: they commit what we proposed, openly and not.
func TestProposals(t *testing.T) {
	eachPairing(t, func(t *testing.T, l *library, suite mls.CipherSuite) {
		r := newRoom(t, suite)
		alice := r.create(nil)
		bob := r.add(alice, l, false)
		carol := r.add(alice, nil, false)
		commit := line(l.commitPending, nil)
		for _, commit.Public = range []bool{true, false} {
			opt := mls.MessageOptions{Public: commit.Public || r.onlyPublic()}
			if l.commitUpdates {
				for _, m := range []*member{alice, carol} {
					r.propose(m, func(g *mls.Group) ([]byte, error) { return g.ProposeUpdate(mls.LeafOptions{}, opt) })
				}
				r.commit(bob, commit)
				r.check()
			}

			guests := []*member{r.person(nil), r.person(l)}
			for _, m := range guests {
				keyPackage := m.call("newkp", nil).KeyPackage
				r.propose(carol, func(g *mls.Group) ([]byte, error) { return g.ProposeAdd(keyPackage, opt) })
			}
			welcome := r.commit(bob, commit).Welcome
			for _, m := range guests {
				r.join(m, welcome)
			}
			r.check()

			for _, m := range guests {
				r.propose(alice, func(g *mls.Group) ([]byte, error) { return g.ProposeRemove(r.leaf(m), opt) })
			}
			r.commit(bob, commit, guests...)
			r.gone(guests...)
			r.check()
		}
	})
}

// TestTheirProposals: we commit what ts-mls proposed, openly and not. Only it
// makes proposals by themselves.
func TestTheirProposals(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite mls.CipherSuite) {
		r := newRoom(t, suite)
		alice := r.create(nil)
		bob := r.add(alice, tsMLS, false)
		for _, public := range []bool{true, false} {
			carol := r.person(nil)
			q := line("propose-add", carol.call("newkp", nil).KeyPackage)
			q.Public = public
			r.deliver(bob, bob.ok(q).Message)
			commit := line("commit", nil)
			commit.Public = public
			r.join(carol, r.commit(alice, commit).Welcome)
			r.check()

			q = line("propose-remove", []byte{0, 0, 0, byte(r.leaf(carol))})
			q.Public = public
			r.deliver(bob, bob.ok(q).Message)
			r.commit(alice, commit)
			r.gone(carol)
			r.check()
		}
	})
}

// TestExtensions: a commit of ours changes the group's extensions.
func TestExtensions(t *testing.T) {
	eachPairing(t, func(t *testing.T, l *library, suite mls.CipherSuite) {
		r := newRoom(t, suite)
		alice := r.create(nil)
		bob := r.add(alice, l, false)
		extensions := []mls.Extension{mls.RequiredCapabilities{Credentials: []mls.CredentialType{mls.CredentialBasic}}.Extension()}
		if l.externalSenders {
			extensions = append(extensions, relayExtension(alice))
		}
		r.deliver(alice, alice.setExtensions(extensions...))
		r.check()
		r.add(bob, nil, true)
		r.external(alice, r.person(l))
	})
}

// setExtensions has a member of ours replace the group's extensions.
func (m *member) setExtensions(extensions ...mls.Extension) (message []byte) {
	m.t.Helper()
	commit, err := m.group().Commit(mls.CommitOptions{Extensions: extensions, MessageOptions: mls.MessageOptions{Public: true}})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.group().MergePendingCommit(); err != nil {
		m.t.Fatal(err)
	}
	return commit.Message
}

// relayExtension makes a relay an external sender; the key is somebody's.
func relayExtension(m *member) mls.Extension {
	key := m.group().Members()[0].SignatureKey
	return mls.ExternalSendersExtension(mls.ExternalSender{SignatureKey: key, Credential: mls.BasicCredential([]byte("relay"))})
}

// TestLateMessages: messages of the epoch before, out of order, long ones and
// empty ones; what comes twice or has been changed is refused by all.
func TestLateMessages(t *testing.T) {
	eachPairing(t, func(t *testing.T, l *library, suite mls.CipherSuite) {
		r := newRoom(t, suite)
		alice := r.create(nil)
		bob := r.add(alice, l, false)
		r.add(alice, nil, false)
		texts := [][]byte{[]byte("one"), []byte("two"), {}, make([]byte, 5000)}
		for _, from := range r.members {
			var messages [][]byte
			for _, text := range texts {
				messages = append(messages, from.call("send", text).Message)
			}
			r.receive(from, texts[1], messages[1])
			r.update(bob, true)
			for _, i := range []int{3, 2, 0} {
				if 3-i <= l.lateMessages {
					r.receive(from, texts[i], messages[i])
				}
			}
			r.refused(from, messages[1])
			messages[0] = from.call("send", []byte("x")).Message
			messages[0][len(messages[0])-1] ^= 1
			r.refused(from, messages[0])
			r.check()
		}
	})
}

// refused has all others refuse a message.
func (r *room) refused(from *member, message []byte) {
	r.t.Helper()
	for _, m := range r.members {
		if m == from {
			continue
		}
		if a := m.do(line("recv", message)); a.Err == "" {
			r.t.Fatalf("%s accepts a message that was replayed or forged", m.name)
		}
	}
}
