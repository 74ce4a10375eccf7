package mls

import (
	"bytes"
	"errors"
	"testing"

	"parley/mls/delivery"
	"parley/mls/internal/codec"
)

// programs are where the mutators begin: none, and some of every kind.
func programs(f *testing.F) {
	f.Add([]byte{})
	for i := range byte(14) {
		f.Add([]byte{0, i, 0})
		f.Add([]byte{0, i, 1, 0, i * 7, 0, i, i, i})
		f.Add([]byte{0, i, 3, 0, i * 11, 0, 9, 5, 0, i, 0, 31, 0, 2, 4, 0, 3, 0, 1, 1, i})
	}
}

// FuzzInsider: a member with valid keys sends changed proposals and commits,
// signed, tagged and, where they can be applied, with the right path and
// confirmation tag. Others take such a commit to the same epoch, or are unchanged.
func FuzzInsider(f *testing.F) {
	people, groups := full(f, countedSuite)
	in := newInsider(f, groups)
	in.group.proposals = nil
	state, ratchets := groups[1].MarshalState(), allRatchets(groups[1])
	own, ownRatchets := groups[0].MarshalState(), allRatchets(groups[0])
	programs(f)
	f.Fuzz(func(t *testing.T, program []byte) {
		victim := must[*Group](t)(restore(people[1].cfg, state, ratchets))
		victim.cfg.AcceptProposal = anyProposal
		before := saved(victim)
		it := *in
		it.mutator = &mutator{program}
		it.group = must[*Group](t)(restore(people[0].cfg, own, ownRatchets))
		c := it.content(t)
		if c == nil {
			return
		}
		if c.kind == contentCommit {
			if message, next := it.consistent(c); message != nil {
				r := processAll(t, victim, before, message)
				if _, err := victim.Process(message); errors.Is(err, ErrUnknownPSK) {
					return // of an epoch before the other joined
				} else if err != nil {
					t.Fatalf("a commit that its sender finds valid is refused: %v", err)
				}
				if err := victim.Merge(r.Commit); err != nil {
					t.Fatal(err)
				}
				if !r.Commit.SelfRemoved && !bytes.Equal(victim.EpochAuthenticator(), next.secrets.epochAuthenticator) {
					t.Fatal("the members disagree")
				}
				return
			}
		}
		if r := processAll(t, victim, before, it.send(t, c)); r != nil && r.Commit != nil && !r.Commit.SelfRemoved {
			t.Fatal("a commit without its confirmation tag is accepted")
		}
	})
}

// FuzzTraffic: honest messages changed and spliced by somebody without keys.
func FuzzTraffic(f *testing.F) {
	p, g, list := trafficOf(f, countedSuite)
	state, ratchets := g.MarshalState(), allRatchets(g)
	programs(f)
	f.Fuzz(func(t *testing.T, program []byte) {
		m := &mutator{program}
		honest := list[m.below(len(list))]
		data := m.mutate(honest, list)
		g := must[*Group](t)(restore(p.cfg, state, ratchets))
		known := false
		for _, other := range list {
			known = known || bytes.Equal(other, data)
		}
		if r := processAll(t, g, saved(g), data); r != nil && !known {
			t.Fatal("a changed message is accepted")
		}
	})
}

// FuzzJoin: a GroupInfo or Welcome that its signer changed and signed again, and
// one changed on the way.
func FuzzJoin(f *testing.F) {
	_, groups := full(f, countedSuite)
	g := groups[0]
	p := newPerson(f, countedSuite, "joiner")
	bundle := p.keyPackage(f, countedSuite)
	info := must[*groupInfo](f)(g.epoch.groupInfo(&g.cfg))
	var unsigned codec.Writer
	info.encodeUnsigned(&unsigned)
	secrets := []byte(nil)
	welcome := welcomeWith(f, g, bundle, func(s *groupSecrets) { secrets = s.marshal() })
	messages := [][]byte{info.message(), welcome}
	programs(f)
	f.Fuzz(func(t *testing.T, program []byte) {
		m := &mutator{program}
		var data []byte
		switch m.byte() % 3 {
		case 0: // on the way
			data = m.mutate(messages[m.byte()%2], messages)
		case 1: // by the signer
			r := codec.NewReader(append(m.mutate(unsigned.Data(), [][]byte{unsigned.Data()}), 0))
			changed := readGroupInfo(r)
			if r.End() != nil {
				return
			}
			if tree, err := changed.tree(g.epoch.suite, nil, defaultMaxMembers); err == nil && m.byte()%2 == 0 {
				changed.context.treeHash = tree.rootHash()
			}
			changed.signature = must[[]byte](t)(g.epoch.suite.signWithLabel(g.cfg.Signer, g.cfg.Rand, groupInfoLabel, changed.signedContent()))
			data = changed.message()
		case 2: // by the committer
			w := must[*message](t)(parseMessage(welcome))
			sealed, err := g.epoch.suite.encryptWithLabel(bundle.keyPackage.InitKey, "Welcome",
				w.welcome.encryptedGroupInfo, m.mutate(secrets, [][]byte{secrets}))
			if err != nil {
				t.Fatal(err)
			}
			w.welcome.secrets[0].secrets = sealed
			data = w.marshal()
		}
		limit := work{hashes: 4000, keys: 400, signatures: 64, bytes: 16 << 20}
		workOf(func() {
			if j, err := JoinExternal(p.cfg, data, ExternalJoinOptions{Leaf: p.leaf()}); err != nil {
				mustBeDocumented(t, err)
			} else if j.Group().Epoch() == 0 {
				t.Fatal("joined nothing")
			}
			if joined, _, err := JoinWelcome(p.cfg, data, []*KeyPackageBundle{bundle}, nil); err != nil {
				mustBeDocumented(t, err)
			} else {
				reload(t, p, joined)
			}
		}).within(t, limit)
	})
}

// FuzzSaved: saved state, changed: it is refused, or restores to a group that can
// be used and saved.
func FuzzSaved(f *testing.F) {
	p, g, list := trafficOf(f, countedSuite)
	for _, data := range list[2:8] {
		must[*Received](f)(g.Process(data))
	}
	must[*CommitResult](f)(g.Commit(CommitOptions{NoPath: true}))
	state, ratchets := g.MarshalState(), allRatchets(g)
	programs(f)
	f.Fuzz(func(t *testing.T, program []byte) {
		m := &mutator{program}
		changed := m.mutate(state, [][]byte{state})
		back, err := restore(p.cfg, changed, ratchets)
		if err != nil {
			if back != nil {
				t.Fatal("an error comes with a result")
			}
			return
		}
		for _, data := range list {
			_, _ = back.Process(data)
		}
		_, _ = back.Encrypt([]byte("x"), nil)
		_, _ = back.GroupInfo()
		if again, err := restore(p.cfg, back.MarshalState(), allRatchets(back)); err != nil || saved(again) != saved(back) {
			t.Fatalf("does not restore a second time: %v", err)
		}
	})
}

// FuzzDelivery: where members accept a key package or GroupInfo, the delivery
// service reads the same in it.
func FuzzDelivery(f *testing.F) {
	_, g, list := traffic(f)
	list = [][]byte{list[0], list[1], must[[]byte](f)(g.GroupInfo())}
	programs(f)
	f.Fuzz(func(t *testing.T, program []byte) {
		m := &mutator{program}
		data := m.mutate(list[m.byte()%len(list)], list)
		if kp, err := ParseKeyPackage(data); err == nil {
			d, err := delivery.ParseKeyPackage(data)
			if err != nil || !bytes.Equal(d.Ref, kp.Ref()) || !bytes.Equal(d.Identity, kp.LeafNode.Credential.Identity) ||
				!bytes.Equal(d.SignatureKey, kp.LeafNode.SignatureKey) || d.LastResort != kp.LastResort() {
				t.Fatalf("the delivery service reads %+v, %v", d, err)
			}
			if !bytes.Equal(kp.Message(), data) {
				t.Fatal("re-encodes differently")
			}
		}
		if view, err := InspectGroupInfo(data); err == nil && view.Members != nil {
			d, err := delivery.ParseGroupInfo(data)
			if err != nil || !bytes.Equal(d.GroupID, view.GroupID) || d.Epoch != view.Epoch || len(d.Leaves) != len(view.Members) {
				t.Fatalf("the delivery service reads %+v, %v", d, err)
			}
		}
	})
}
