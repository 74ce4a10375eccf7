package mls

import (
	"errors"
	"testing"
)

// zeroed fails the test unless each secret is overwritten.
func zeroed(t *testing.T, what string, secrets ...secret) {
	t.Helper()
	for i, s := range secrets {
		if len(s) == 0 {
			t.Fatalf("%s: secret %d was never there", what, i)
		}
		for _, b := range s {
			if b != 0 {
				t.Errorf("%s: secret %d is still there", what, i)
				break
			}
		}
	}
}

// held are the secrets of an epoch that are of no use once it is discarded.
func held(n *nextEpoch) (list []secret) {
	for _, field := range n.epoch.secrets.fields() {
		list = append(list, *field)
	}
	list = append(list, n.epoch.secrets.external.private, n.ratchets.nodes[rootOf(n.ratchets.leaves)])
	return list
}

// pathKeys are the private keys that a path brings.
func pathKeys(n *nextEpoch) (list []secret) {
	for _, pair := range n.epoch.keys {
		list = append(list, pair.private)
	}
	return list
}

func TestSecretsAreZeroed_PendingCommit(t *testing.T) {
	people, groups := grown(t, DefaultSuite, 4)
	g := groups[0]
	for name, drop := range map[string]func(){
		"cleared": g.ClearPendingCommit,
		"overtaken": func() {
			staged := must[*Received](t)(g.Process(must[*CommitResult](t)(groups[1].Commit(CommitOptions{})).Message)).Commit
			if err := g.Merge(staged); err != nil {
				t.Fatal(err)
			}
		},
	} {
		if _, err := g.Commit(CommitOptions{}); err != nil {
			t.Fatal(err)
		}
		next := g.pending.next
		secrets := append(append(held(next), pathKeys(next)...), next.epoch.leafKey)
		drop()
		zeroed(t, name, secrets...)
	}
	// What the dropped commits shared with the epoch is still there.
	g = reload(t, people[0], g)
	if _, err := g.Commit(CommitOptions{NoPath: true}); err != nil {
		t.Fatal(err)
	}
	shared := g.epoch.leafKey
	g.ClearPendingCommit()
	if string(shared) == string(make([]byte, len(shared))) {
		t.Fatal("the present leaf key is wiped with a commit that shares it")
	}
}

func TestSecretsAreZeroed_StagedCommit(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 4)
	process := func() *StagedCommit {
		defer groups[0].ClearPendingCommit()
		return must[*Received](t)(groups[1].Process(must[*CommitResult](t)(groups[0].Commit(CommitOptions{})).Message)).Commit
	}
	staged := process()
	fresh := append(held(staged.next), staged.next.epoch.keys[rootOf(4)].private)
	staged.Drop()
	zeroed(t, "dropped", fresh...)
	staged.Drop() // a second time does nothing
	if err := groups[1].Merge(staged); err == nil {
		t.Fatal("a dropped commit is merged")
	}
	send(t, groups, 1, "the group is as it was")

	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	before := groups[1].epoch
	old := []secret{
		before.secrets.init, before.secrets.exporter, before.secrets.membershipKey, before.secrets.confirmationKey,
		before.secrets.external.private,
	}
	own := groups[0].epoch
	old = append(old, own.leafKey, own.secrets.init, own.keys[rootOf(4)].private)
	merged := must[*Received](t)(groups[1].Process(result.Message)).Commit
	if err := groups[1].Merge(merged); err != nil {
		t.Fatal(err)
	}
	merged.Drop() // after Merge it does nothing
	groups[1], groups[3] = groups[3], groups[1]
	deliver(t, groups[:3], 0, result)
	zeroed(t, "the epoch before", old...)
	agree(t, groups)
	send(t, groups, 3, "merged")
}

// TestSecretsAreZeroed_ClosedGroup: nothing follows the last epoch of a group, so
// its keys go; late messages of it can still be read, and its successor be joined.
func TestSecretsAreZeroed_ClosedGroup(t *testing.T) {
	for name, opt := range map[string]CommitOptions{
		"removed": {Remove: []LeafIndex{1}}, "re-initialised": {ReInit: &ReInit{GroupID: []byte("next")}},
	} {
		people, groups := grown(t, DefaultSuite, 3)
		late := must[[]byte](t)(groups[2].Encrypt([]byte("late"), nil))
		commit := must[*CommitResult](t)(groups[0].Commit(opt))
		staged := must[*Received](t)(groups[1].Process(commit.Message)).Commit
		last := groups[1].epoch
		if staged.next.epoch != nil {
			last = staged.next.epoch
		}
		secrets := []secret{last.leafKey, last.secrets.init, last.secrets.exporter, last.secrets.membershipKey, last.secrets.external.private}
		for _, pair := range last.keys {
			secrets = append(secrets, pair.private)
		}
		if err := groups[1].Merge(staged); err != nil {
			t.Fatal(err)
		}
		zeroed(t, name, secrets...)
		g := reload(t, people[1], groups[1])
		if r := must[*Received](t)(g.Process(late)); string(r.Application.Data) != "late" {
			t.Fatalf("%s: a late message is not read", name)
		}
		if _, err := g.GroupInfo(); !errors.Is(err, ErrClosed) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestSecretsAreZeroed_CommitBuilder(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 4)
	g := groups[0]
	ch, list, err := g.selectProposals(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &commitBuilder{cfg: &g.cfg, epoch: g.epoch, changes: ch, proposals: list}
	if err := b.build(&CommitOptions{}, g.pskValues); err != nil {
		t.Fatal(err)
	}
	b.psk[0] = 1
	secrets := append([]secret{b.path.commit, b.sched.joiner, b.sched.welcome, b.psk}, b.path.secrets...)
	b.done()
	zeroed(t, "made", secrets...)
	for _, s := range append(pathKeys(b.nextEpoch()), b.next.leafKey, b.next.secrets.init) {
		if string(s) == string(make([]byte, len(s))) {
			t.Fatal("a secret of the next epoch is wiped")
		}
	}
}

func TestSecretsAreZeroed_Welcome(t *testing.T) {
	p := newPerson(t, DefaultSuite, "newcomer")
	for name, opt := range map[string]KeyPackageOptions{
		"once": {Leaf: p.leaf()}, "last resort": {Leaf: p.leaf(), LastResort: true},
	} {
		b := must[*KeyPackageBundle](t)(NewKeyPackage(p.cfg, opt))
		initKey, leafKey := b.initKey, b.leafKey
		for round := range 2 {
			_, groups := grown(t, DefaultSuite, 2)
			result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{Add: [][]byte{b.Message()}}))
			deliver(t, groups, 0, result)
			g, _, err := JoinWelcome(p.cfg, result.Welcome, []*KeyPackageBundle{b}, nil)
			if once := !opt.LastResort; once && round == 1 {
				if err == nil {
					t.Fatal("a used bundle is used again")
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s, %d: %v", name, round, err)
			}
			// The group's first commit wipes its leaf key, which must not be the bundle's.
			groups = append(groups, g)
			deliver(t, groups, 2, must[*CommitResult](t)(g.Commit(CommitOptions{})))
			agree(t, groups)
		}
		if !opt.LastResort {
			zeroed(t, name, initKey, leafKey)
		}
	}
}

func TestSecretsAreZeroed_MessageKeys(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 2)
	tree := groups[1].ratchets
	root := tree.nodes[rootOf(2)]
	must[[]byte](t)(groups[0].Encrypt(nil, nil))
	must[*Received](t)(groups[1].Process(must[[]byte](t)(groups[0].Encrypt(nil, nil))))
	zeroed(t, "the tree's root", root)
	r := tree.senders[0].application
	spent, skipped := r.secret, r.skipped[0].key
	must[*Received](t)(groups[1].Process(must[[]byte](t)(groups[0].Encrypt(nil, nil))))
	zeroed(t, "a ratchet's step", spent)
	handshake := tree.senders[0].handshake.secret
	for range defaultPastEpochs + 1 {
		deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{})))
	}
	zeroed(t, "the end of the epoch", handshake)
	zeroed(t, "the epoch's dropping", skipped.key, skipped.nonce, r.secret)

	use := must[*keyUse](t)(groups[1].ratchets.key(0, false, 3, &groups[1].cfg))
	fresh := use.fresh
	use.drop()
	zeroed(t, "a key that opened nothing", fresh...)
}
