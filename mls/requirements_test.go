package mls

import (
	"errors"
	"testing"
)

// TestRequiredCapabilities holds adds, updates, commits, joins from outside and
// changes of the extensions to what the group requires (RFC 9420 section 11.1).
func TestRequiredCapabilities(t *testing.T) { eachCounted(t, testRequiredCapabilities) }

func testRequiredCapabilities(t *testing.T, suite CipherSuite) {
	const wanted ExtensionType = 0x4242
	required := RequiredCapabilities{Extensions: []ExtensionType{wanted}, Credentials: []CredentialType{CredentialBasic}}.Extension()
	able := LeafOptions{Capabilities: Capabilities{
		Versions: []uint16{1}, Suites: []CipherSuite{suite},
		Extensions: []ExtensionType{wanted, ExtensionExternalSenders}, Credentials: []CredentialType{CredentialBasic},
	}}
	leaf := func(p *person) LeafOptions { l := able; l.Credential = p.leaf().Credential; return l }
	a, b, c := newPerson(t, suite, "a"), newPerson(t, suite, "b"), newPerson(t, suite, "c")
	first := must[*Group](t)(NewGroup(a.cfg, GroupOptions{CipherSuite: suite, Leaf: leaf(a)}))
	if list := first.Members()[0].Leaf.Capabilities.Extensions; len(list) != 1 {
		t.Fatalf("types that everybody supports are listed: %v", list)
	}
	bundle := must[*KeyPackageBundle](t)(NewKeyPackage(b.cfg, KeyPackageOptions{CipherSuite: suite, Leaf: leaf(b)}))
	result := must[*CommitResult](t)(first.Commit(CommitOptions{Add: [][]byte{bundle.Message()}}))
	if err := first.MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	second, _, err := JoinWelcome(b.cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil)
	if err != nil {
		t.Fatal(err)
	}
	groups := []*Group{first, second}

	// Set together with the add of somebody who lacks it, the new extensions count.
	unable := c.keyPackage(t, suite).Message()
	if _, err := first.Commit(CommitOptions{Extensions: []Extension{required}, Add: [][]byte{unable}}); !errors.Is(err, ErrInvalidLeaf) {
		t.Fatalf("a requirement beside the add of one who lacks it: %v", err)
	}
	deliver(t, groups, 0, must[*CommitResult](t)(first.Commit(CommitOptions{Extensions: []Extension{required}})))
	if _, err := first.Commit(CommitOptions{Add: [][]byte{unable}}); !errors.Is(err, ErrInvalidLeaf) {
		t.Fatalf("added: %v", err)
	}
	info := must[[]byte](t)(first.GroupInfo())
	if _, err := JoinExternal(c.cfg, info, ExternalJoinOptions{Leaf: c.leaf()}); !errors.Is(err, ErrInvalidLeaf) {
		t.Fatalf("joined from outside: %v", err)
	}
	less := LeafOptions{Capabilities: Capabilities{Versions: []uint16{1}, Suites: []CipherSuite{suite}, Credentials: []CredentialType{CredentialBasic}}}
	if _, err := first.Commit(CommitOptions{Leaf: less}); !errors.Is(err, ErrInvalidLeaf) {
		t.Fatalf("committed with less: %v", err)
	}
	// An update with less is left out of the commit.
	update := must[[]byte](t)(second.ProposeUpdate(less, public.MessageOptions))
	must[*Received](t)(first.Process(update))
	made := must[*CommitResult](t)(first.Commit(public))
	if staged := must[*Received](t)(second.Process(made.Message)).Commit; len(staged.Updated) != 0 {
		t.Fatal("an update with less is committed")
	}
	first.ClearPendingCommit()
	deliver(t, groups, 0, must[*CommitResult](t)(first.Commit(CommitOptions{})))
	join := must[*ExternalJoin](t)(JoinExternal(c.cfg, must[[]byte](t)(first.GroupInfo()), ExternalJoinOptions{Leaf: leaf(c)}))
	for _, g := range groups {
		if err := g.Merge(must[*Received](t)(g.Process(join.Commit)).Commit); err != nil {
			t.Fatal(err)
		}
	}
	agree(t, append(groups, join.Group()))
}

// TestManyContradictingProposals: looking for those that go together is bounded.
func TestManyContradictingProposals(t *testing.T) { eachCounted(t, testManyContradictingProposals) }

func testManyContradictingProposals(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "one signature key")
	const many = 120
	for i := range many { // half of them of one client
		who := p
		if i%2 == 0 {
			who = newPerson(t, suite, "honest")
		}
		must[[]byte](t)(groups[0].ProposeAdd(who.keyPackage(t, suite).Message(), MessageOptions{}))
	}
	var result *CommitResult
	w := workOf(func() { result = must[*CommitResult](t)(groups[0].Commit(CommitOptions{})) })
	// Two signatures a key package were checked as it was proposed.
	w.within(t, work{hashes: 200 * many, keys: 20 * many, signatures: 16, bytes: 64 << 20})
	if added := len(must[[][]byte](t)(WelcomeRefs(result.Welcome))); added < 8 {
		t.Fatalf("%d added", added)
	}
	// An update of one's leaf that came later is the one that counts.
	groups[0].ClearPendingCommit()
	_, others := grown(t, suite, 2)
	for _, name := range []string{"first", "second"} {
		u := must[[]byte](t)(others[1].ProposeUpdate(LeafOptions{Credential: BasicCredential([]byte(name))}, MessageOptions{}))
		must[*Received](t)(others[0].Process(u))
	}
	deliver(t, others, 0, must[*CommitResult](t)(others[0].Commit(CommitOptions{})))
	if m, _ := others[0].Member(1); string(m.Credential.Identity) != "second" {
		t.Fatalf("the member is %s", m.Credential.Identity)
	}
	agree(t, others)
}
