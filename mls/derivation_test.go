package mls

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// reInitialised is a group that a ReInit commit has closed, and the same people
// with keys for the suite of the group that follows.
func reInitialised(t testing.TB, n int, next ReInit) (after []*person, old []*Group) {
	t.Helper()
	people, groups := grown(t, DefaultSuite, n)
	must[[]byte](t)(groups[n-1].Encrypt([]byte("late"), nil))
	deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{ReInit: &next})))
	for _, p := range people {
		after = append(after, newPerson(t, groups[0].ReInit().CipherSuite, p.name))
	}
	return after, groups
}

// keyPackages are for all but the first.
func keyPackages(t testing.TB, people []*person, suite CipherSuite) (bundles []*KeyPackageBundle, messages [][]byte) {
	for _, p := range people {
		bundles = append(bundles, p.keyPackage(t, suite))
		messages = append(messages, bundles[len(bundles)-1].Message())
	}
	return bundles, messages
}

func TestReInitLeadsToTheSuccessor(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite CipherSuite) {
		extensions := []Extension{{Type: ExtensionApplicationID, Data: []byte("app")}}
		people, old := reInitialised(t, 3, ReInit{CipherSuite: suite, Extensions: extensions})
		for i, g := range old {
			old[i] = reload(t, &person{cfg: g.cfg}, g)
			if r := old[i].ReInit(); r == nil || r.CipherSuite != suite || len(r.GroupID) == 0 || bytes.Equal(r.GroupID, g.ID()) || r.Version != 1 {
				t.Fatalf("ReInit is %+v", r)
			}
			if _, err := old[i].Encrypt(nil, nil); !errors.Is(err, ErrClosed) {
				t.Fatal(err)
			}
		}
		bundles, messages := keyPackages(t, people[1:], suite)
		first, result, err := old[0].NewSuccessor(people[0].cfg, SuccessorOptions{KeyPackages: messages})
		if err != nil {
			t.Fatal(err)
		}
		first = reload(t, people[0], first)
		if err := first.MergePendingCommit(); err != nil {
			t.Fatal(err)
		}
		next := []*Group{first}
		for i := range bundles {
			again := []*KeyPackageBundle{copied(t, bundles[i])}
			g, used, err := old[i+1].JoinSuccessor(people[i+1].cfg, result.Welcome, bundles[i:i+1], nil)
			if err != nil || used != bundles[i] {
				t.Fatal(err)
			}
			next = append(next, g)
			if _, _, err := JoinWelcome(people[i+1].cfg, result.Welcome, again, nil); !errors.Is(err, ErrUnexpectedMessage) {
				t.Fatalf("joined without looking at the old group: %v", err)
			}
		}
		agree(t, next)
		send(t, next, 1, "in the successor")
		deliver(t, next, 2, must[*CommitResult](t)(next[2].Commit(CommitOptions{})))
		agree(t, next)
		if !bytes.Equal(first.ID(), old[0].ReInit().GroupID) || first.Epoch() != 2 || !slices.EqualFunc(first.Extensions(), extensions, Extension.equal) {
			t.Fatal("the successor is not what the ReInit says")
		}
	})
}

func TestReInitByReferenceAndByAnotherMember(t *testing.T) {
	people, groups := grown(t, DefaultSuite, 3)
	for i, g := range groups[:2] { // two at once: one is committed
		data := must[[]byte](t)(g.ProposeReInit(ReInit{GroupID: []byte{byte(i)}}, MessageOptions{Public: i == 0}))
		for j, other := range groups {
			if j != i {
				must[*Received](t)(other.Process(data))
			}
		}
	}
	result := must[*CommitResult](t)(groups[2].Commit(CommitOptions{}))
	if staged := must[*Received](t)(groups[0].Process(result.Message)).Commit; staged.ReInit == nil || len(staged.Proposals) != 1 {
		t.Fatalf("staged %+v", staged)
	}
	deliver(t, groups, 2, result)
	bundles, messages := keyPackages(t, []*person{people[0], people[2]}, DefaultSuite)
	made, welcome, err := groups[1].NewSuccessor(people[1].cfg, SuccessorOptions{KeyPackages: messages})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	joined, _, err := groups[2].JoinSuccessor(people[2].cfg, welcome.Welcome, bundles[1:], nil)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, []*Group{made, joined})
}

func TestOtherProposalsGoBeforeAReInit(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 3)
	must[[]byte](t)(groups[0].ProposeReInit(ReInit{}, MessageOptions{}))
	update := must[[]byte](t)(groups[1].ProposeUpdate(LeafOptions{}, MessageOptions{}))
	must[*Received](t)(groups[0].Process(update))
	must[*Received](t)(groups[2].Process(update))
	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	if staged := must[*Received](t)(groups[2].Process(result.Message)).Commit; staged.ReInit != nil || len(staged.Updated) != 1 {
		t.Fatalf("staged %+v", staged)
	}
	if _, err := groups[2].Commit(CommitOptions{ReInit: &ReInit{}, Remove: []LeafIndex{0}}); !errors.Is(err, ErrInvalidProposal) {
		t.Fatalf("a ReInit beside a removal: %v", err)
	}
}

// TestHostileSuccessors: the Welcome of a successor that does not fit is refused.
func TestHostileSuccessors(t *testing.T) {
	people, old := reInitialised(t, 3, ReInit{})
	again, _ := reInitialised(t, 3, ReInit{})
	stranger := newPerson(t, DefaultSuite, "stranger")
	victim := old[1]
	bundles, messages := keyPackages(t, people[1:], DefaultSuite)
	d := func() *derivation { return &derivation{parent: old[0], usage: ResumptionReInit} }
	// forge makes a successor as a dishonest creator may: opt and the link are free.
	forge := func(link derivation, opt GroupOptions, add [][]byte, later bool) []byte {
		opt.Leaf = people[0].leaf()
		g := must[*Group](t)(NewGroup(people[0].cfg, opt))
		if later {
			must[*CommitResult](t)(g.Commit(CommitOptions{}))
			if err := g.MergePendingCommit(); err != nil {
				t.Fatal(err)
			}
		}
		g.epoch.derivation = link.usage
		id := PreSharedKeyID{Type: PSKResumption, Usage: link.usage, Group: link.parent.ID(), Epoch: link.parent.Epoch()}
		value := link.parent.resumptionPSK(id.Epoch)
		return must[*CommitResult](t)(g.commit(CommitOptions{Add: add, PSKs: []PreSharedKeyID{id}},
			func([]PreSharedKeyID) ([]secret, error) { return []secret{value}, nil })).Welcome
	}
	r := old[0].ReInit()
	right := GroupOptions{GroupID: r.GroupID, CipherSuite: r.CipherSuite}
	with := func(change func(*GroupOptions)) GroupOptions { o := right; change(&o); return o }
	twoLinks := func() []byte {
		g := must[*Group](t)(NewGroup(people[0].cfg, GroupOptions{GroupID: r.GroupID, Leaf: people[0].leaf()}))
		g.epoch.derivation = ResumptionReInit
		id := PreSharedKeyID{Type: PSKResumption, Usage: ResumptionReInit, Group: old[0].ID(), Epoch: old[0].Epoch()}
		value := old[0].resumptionPSK(id.Epoch)
		return must[*CommitResult](t)(g.commit(CommitOptions{Add: messages, PSKs: []PreSharedKeyID{id, id}},
			func([]PreSharedKeyID) ([]secret, error) { return []secret{value, value}, nil })).Welcome
	}
	plain := func() []byte {
		g := must[*Group](t)(NewGroup(people[0].cfg, GroupOptions{GroupID: r.GroupID, Leaf: people[0].leaf()}))
		return must[*CommitResult](t)(g.Commit(CommitOptions{Add: messages})).Welcome
	}
	other := *old[0]
	otherEpoch := *old[0].epoch
	otherEpoch.context.groupID = []byte("another")
	other.epoch = &otherEpoch
	before := saved(victim)
	for name, c := range map[string]struct {
		welcome []byte
		want    error
	}{
		"another group id":   {forge(*d(), with(func(o *GroupOptions) { o.GroupID = []byte("x") }), messages, false), ErrNotDerived},
		"other extensions":   {forge(*d(), with(func(o *GroupOptions) { o.Extensions = []Extension{{Type: ExtensionApplicationID}} }), messages, false), ErrNotDerived},
		"a member missing":   {forge(*d(), right, messages[:1], false), ErrNotDerived},
		"a member more":      {forge(*d(), right, append(slices.Clone(messages), stranger.keyPackage(t, DefaultSuite).Message()), false), ErrNotDerived},
		"another member":     {forge(*d(), right, [][]byte{messages[0], stranger.keyPackage(t, DefaultSuite).Message()}, false), ErrNotDerived},
		"a later epoch":      {forge(*d(), right, messages, true), ErrNotDerived},
		"usage branch":       {forge(derivation{parent: old[0], usage: ResumptionBranch}, right, messages, false), ErrNotDerived},
		"of another group":   {forge(derivation{parent: &other, usage: ResumptionReInit}, right, messages, false), ErrNotDerived},
		"two references":     {twoLinks(), ErrInvalidProposal},
		"without reference":  {plain(), ErrUnexpectedMessage},
		"not a Welcome":      {messages[0], ErrUnexpectedMessage},
		"for somebody else":  {forge(*d(), right, [][]byte{messages[1]}, false), ErrNoKeyPackage},
		"an unknown epoch":   {forge(derivation{parent: previousEpoch(old[0]), usage: ResumptionReInit}, right, messages, false), ErrNotDerived},
		"truncated, at last": {forge(*d(), right, messages, false)[:200], ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			g, used, err := victim.JoinSuccessor(people[1].cfg, c.welcome, bundles[:1], nil)
			if !errors.Is(err, c.want) || g != nil || used != nil {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
			unchanged(t, victim, before)
		})
	}
	if _, _, err := victim.JoinSuccessor(people[1].cfg, forge(*d(), right, messages, false), bundles[:1], nil); err != nil {
		t.Fatalf("the honest one: %v", err)
	}
	for name, add := range map[string][][]byte{"missing": messages[:1], "a stranger": {messages[0], stranger.keyPackage(t, DefaultSuite).Message()}} {
		if _, _, err := old[0].NewSuccessor(people[0].cfg, SuccessorOptions{KeyPackages: add}); !errors.Is(err, ErrNotDerived) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := old[0].NewSuccessor(again[1].cfg, SuccessorOptions{Leaf: again[1].leaf(), KeyPackages: messages}); !errors.Is(err, ErrNotDerived) {
		t.Errorf("made by another: %v", err)
	}
}

// previousEpoch is a view of a group as if its epoch before were the present one.
func previousEpoch(g *Group) *Group {
	c, e := *g, *g.epoch
	e.context.epoch--
	e.secrets.resumptionPSK = g.resumptionPSK(e.context.epoch)
	c.epoch = &e
	return &c
}

func TestReInitOfUnsupportedParameters(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 2)
	for name, r := range map[string]ReInit{"version": {Version: 2}, "suite": {CipherSuite: 4}} {
		if _, err := groups[0].ProposeReInit(r, MessageOptions{}); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := groups[0].Commit(CommitOptions{ReInit: &r}); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One of somebody else who can do more is valid, and not committed by us.
	must[[]byte](t)(groups[0].propose(Proposal{Type: ProposalReInit, ReInit: &ReInit{Version: 2, CipherSuite: 4}}, nil, MessageOptions{}))
	must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	if groups[0].pending.next.closed {
		t.Fatal("a ReInit that cannot be followed is committed")
	}
	if _, _, err := groups[1].NewSuccessor(groups[1].cfg, SuccessorOptions{}); !errors.Is(err, ErrConfig) {
		t.Fatalf("a successor of a group that goes on: %v", err)
	}
	if _, _, err := groups[1].JoinSuccessor(groups[1].cfg, nil, nil, nil); !errors.Is(err, ErrConfig) {
		t.Fatalf("a successor of a group that goes on: %v", err)
	}
}

func TestSubgroupBranchesOff(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite CipherSuite) {
		people, groups := grown(t, suite, 4)
		bundles, messages := keyPackages(t, people[1:3], suite)
		sub, result, err := groups[0].NewSubgroup(people[0].cfg, SubgroupOptions{KeyPackages: messages})
		if err != nil {
			t.Fatal(err)
		}
		if err := sub.MergePendingCommit(); err != nil {
			t.Fatal(err)
		}
		// One joins after the group has moved on.
		deliver(t, groups, 3, must[*CommitResult](t)(groups[3].Commit(CommitOptions{})))
		groups[1] = reload(t, people[1], groups[1])
		subs := []*Group{sub}
		again := []*KeyPackageBundle{copied(t, bundles[0])}
		for i := range bundles {
			g, _, err := groups[i+1].JoinSubgroup(people[i+1].cfg, result.Welcome, bundles[i:i+1], nil)
			if err != nil {
				t.Fatal(err)
			}
			subs = append(subs, g)
		}
		agree(t, subs)
		send(t, subs, 2, "among us")
		agree(t, groups)
		send(t, groups, 0, "among all")
		if _, _, err := JoinWelcome(people[1].cfg, result.Welcome, again, nil); !errors.Is(err, ErrUnexpectedMessage) {
			t.Fatalf("joined without looking at the group: %v", err)
		}
	})
}

func TestHostileSubgroups(t *testing.T) {
	people, groups := grown(t, DefaultSuite, 3)
	bundles, messages := keyPackages(t, people[1:2], DefaultSuite)
	stranger := newPerson(t, DefaultSuite, "stranger").keyPackage(t, DefaultSuite).Message()
	branch := func(parent *Group, opt SubgroupOptions) []byte {
		_, result, err := parent.NewSubgroup(people[0].cfg, opt)
		if err != nil {
			t.Fatal(err)
		}
		return result.Welcome
	}
	lenient := *groups[0] // does not look who is who
	honest := people[0].cfg
	people[0].cfg.Identity = func(LeafNode) []byte { return nil }
	withStranger := branch(&lenient, SubgroupOptions{KeyPackages: [][]byte{messages[0], stranger}})
	people[0].cfg = honest
	_, others := grown(t, DefaultSuite, 3)
	foreign := branch(others[0], SubgroupOptions{KeyPackages: messages})
	sameID := branch(groups[0], SubgroupOptions{GroupID: groups[0].ID(), KeyPackages: messages})
	good := branch(groups[0], SubgroupOptions{KeyPackages: messages})
	for name, c := range map[string]struct {
		welcome []byte
		want    error
	}{
		"a stranger in it":         {withStranger, ErrNotDerived},
		"of another group's PSK":   {foreign, ErrDecrypt},
		"with the group's own id":  {sameID, ErrNotDerived},
		"for nobody":               {good[:len(good)-1], ErrMalformed},
		"an ordinary one, instead": {must[*CommitResult](t)(people[0].found(t, DefaultSuite).Commit(CommitOptions{Add: messages})).Welcome, ErrUnexpectedMessage},
	} {
		if g, _, err := groups[1].JoinSubgroup(people[1].cfg, c.welcome, bundles, nil); !errors.Is(err, c.want) || g != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, _, err := groups[0].NewSubgroup(people[0].cfg, SubgroupOptions{KeyPackages: [][]byte{stranger}}); !errors.Is(err, ErrNotDerived) {
		t.Errorf("a stranger is branched off: %v", err)
	}
	for range defaultPastEpochs + 1 {
		deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{})))
	}
	if _, _, err := groups[1].JoinSubgroup(people[1].cfg, good, bundles, nil); !errors.Is(err, ErrUnknownPSK) {
		t.Errorf("branched off an epoch that is not kept: %v", err)
	}
}

func TestKnownGroupIsNotJoinedAgain(t *testing.T) {
	p := newPerson(t, DefaultSuite, "new")
	bundle := p.keyPackage(t, DefaultSuite)
	_, groups := grown(t, DefaultSuite, 2)
	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{Add: [][]byte{bundle.Message()}}))
	p.cfg.KnownGroup = func(id []byte) bool { return string(id) == "group" }
	if _, _, err := JoinWelcome(p.cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil); !errors.Is(err, ErrKnownGroup) {
		t.Fatal(err)
	}
}
