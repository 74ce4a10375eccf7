package interop

import (
	"bytes"
	"strings"
	"testing"

	"parley/mls"
)

// An exclusion is what the tests do not ask of a library, why, and the proof:
// a test that fails once the library can, so that the list stays true.
type exclusion struct {
	library *library
	what    string
	why     string
	proof   func(*testing.T)
}

var exclusions = []exclusion{
	{
		tsMLS, "a commit of one Remove, or of one Update, and nothing else",
		"it sends no path, which RFC 9420 section 12.4 requires; it removes two at once instead", singleRemoveHasNoPath,
	},
	{
		tsMLS, "being told that it is removed",
		"it fails on the commit that removes it, and does not come back where its leaf is cut off with the tree; it is not shown that commit", ownRemovalFails,
	},
	{
		tsMLS, "committing Update proposals of others",
		"it encrypts the path to the keys before the Updates, not after (RFC 9420 section 12.4.1)", committedUpdatesCannotBeRead,
	},
	{
		tsMLS, "commits where one half of the tree is empty",
		"as a receiver it derives the commit secret one step too far for a root that is no part of the filtered direct path (RFC 9420 section 7.4)", emptyHalfFails,
	},
	{
		tsMLS, "the external_senders extension",
		"it has one ExternalSender where RFC 9420 section 12.1.8.1 has a vector", externalSendersFail,
	},
	{
		tsMLS, "joining any tree of more than four leaves",
		"it wants equal unmerged_leaves on a whole direct path; RFC 9420 section 7.9 wants the leaf in the nodes below", unmergedLeavesFail,
	},
	{
		coreCrypto, "commits and proposals as PrivateMessage",
		"its policy is PublicMessage, for what it sends and what it takes", privateHandshakeIsRefused,
	},
	{
		coreCrypto, "the epoch authenticator, and exports with label and context of one's own",
		"its interface has neither; its one export (label exporter, empty context) is compared instead", noAuthenticator,
	},
	{
		coreCrypto, "its GroupInfo after somebody else's commit",
		"its interface gives one only with a commit of its own", noGroupInfo,
	},
	{
		coreCrypto, "messages more than one behind",
		"it keeps the keys of two messages, the last included", lateMessageIsRefused,
	},
	{
		coreCrypto, "a resync from the right half of the tree, alone there, to another leaf there",
		"its change set forgets that the leaf was removed when the tree shrinks and grows in one commit; the old leaf is back (RFC 9420 sections 7.7 and 12.1.3)", regrowthFails,
	},
	{
		coreCrypto, "proposals that it makes",
		"its interface has none: it puts its proposals into commits", nil,
	},
}

// TestExclusions prints what is not covered, and proves that it cannot be.
func TestExclusions(t *testing.T) {
	needNode(t)
	for _, e := range exclusions {
		t.Run(strings.ReplaceAll(e.what, " ", "_"), func(t *testing.T) {
			t.Logf("NOT COVERED with %s: %s; %s.", e.library.name, e.what, e.why)
			if e.proof != nil {
				e.proof(t)
			}
		})
	}
}

// fails has a member fail at a request, with words that tell why.
func (m *member) fails(q request, words string) {
	m.t.Helper()
	if a := m.do(q); !strings.Contains(a.Err, words) {
		m.t.Fatalf("%s: %s answers %q, want an error with %q: if it can now, strike out the exclusion", m.name, q.Op, a.Err, words)
	}
}

func singleRemoveHasNoPath(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, tsMLS, false)
	r.add(alice, nil, false)
	before := alice.call("export", nil)
	commit := bob.call("remove", []byte{0, 0, 0, 2}).Commit
	alice.fails(line("process", commit), mls.ErrInvalidCommit.Error()+": a path is required")
	if after := alice.call("export", nil); !bytes.Equal(before.Exported, after.Exported) {
		t.Fatal("refused, and yet the group has changed")
	}
}

func ownRemovalFails(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, tsMLS, false)
	r.add(alice, nil, false)
	commit := alice.call("remove", []byte{byte(r.leaf(bob))}).Commit
	bob.fails(line("process", commit), "No overlap between provided private keys and update path")
}

func committedUpdatesCannotBeRead(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, tsMLS, false)
	carol := r.add(alice, nil, false)
	for _, m := range []*member{alice, carol} {
		r.propose(m, func(g *mls.Group) ([]byte, error) { return g.ProposeUpdate(mls.LeafOptions{}, mls.MessageOptions{}) })
	}
	alice.fails(line("process", bob.call("commit", nil).Commit), mls.ErrDecrypt.Error())
}

func emptyHalfFails(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, nil, false)
	carol := r.add(alice, tsMLS, false)
	dave := r.add(alice, nil, false)
	r.remove(dave, false, alice)
	commit := dave.call("remove", []byte{byte(r.leaf(bob))}).Commit
	carol.fails(line("process", commit), "Could not verify confirmation tag")
}

func externalSendersFail(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, tsMLS, false)
	bob.fails(line("process", alice.setExtensions(relayExtension(alice))), "Cannot read properties of undefined (reading 'extensions')")
}

// unmergedLeavesFail has leaf 1 of five removed and added again from the other
// half: an unmerged leaf below a root that has none.
func unmergedLeavesFail(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, nil, false)
	carol := r.add(alice, nil, false)
	r.add(alice, nil, false)
	erin := r.add(alice, nil, false)
	r.remove(erin, false, bob)
	r.update(carol, false)
	frank := r.person(tsMLS)
	welcome := r.commit(erin, line("add", frank.call("newkp", nil).KeyPackage)).Welcome
	frank.fails(line("join", welcome), "non-blank intermediate node must list leaf node in its unmerged_leaves")
}

func privateHandshakeIsRefused(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, coreCrypto, true)
	q := line("commit", nil)
	bob.fails(q, "not offered")
	q.Public = true
	if format := wireFormat(bob.ok(q).Commit); format != formatPublic {
		t.Fatalf("its commit has wire format %d: strike out the exclusion", format)
	}
	bob.fails(line("process", alice.call("commit", nil).Commit), "wire format is incompatible")
}

func noAuthenticator(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, coreCrypto, true)
	a, b := alice.call("export", nil), bob.call("export", nil)
	if bytes.Equal(a.Exported, b.Exported) || b.EpochAuthenticator != nil {
		t.Fatal("it exports as we do: strike out the exclusion")
	}
}

func noGroupInfo(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	r.add(alice, coreCrypto, true).fails(line("gi", nil), "not offered")
}

// regrowthFails has leaf 3 of four come anew while leaf 2 is free.
func regrowthFails(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, coreCrypto, true)
	carol := r.add(alice, nil, true)
	dave := r.add(alice, nil, true)
	r.remove(alice, true, carol)
	commit := dave.call("ext", alice.call("gi", nil).GroupInfo).Commit
	alice.call("process", commit)
	bob.fails(line("process", commit), "The length of the received update path")
}

func lateMessageIsRefused(t *testing.T) {
	r := newRoom(t, mls.DefaultSuite)
	alice := r.create(nil)
	bob := r.add(alice, coreCrypto, true)
	var messages [][]byte
	for range 3 {
		messages = append(messages, alice.call("send", []byte("a")).Message)
	}
	bob.call("recv", messages[2])
	bob.call("recv", messages[1])
	bob.fails(line("recv", messages[0]), "DuplicateMessage")
}
