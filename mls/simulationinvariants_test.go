package mls

import "maps"

// mark notes what a member sees in its epoch, and compares it with what others saw.
func (s *simulation) mark(m *simMember) {
	g := m.group
	now := epochMark{authenticator: string(g.EpochAuthenticator()), treeHash: string(g.TreeHash())}
	if !g.Closed() {
		secret, err := g.Export("simulation", []byte("of the epoch"), 32)
		s.ok(err, "an exported secret")
		now.exported = string(secret)
	}
	if before, seen := m.seq.views[g.Epoch()]; seen && before != now {
		s.failf("two members disagree about an epoch")
	}
	m.seq.views[g.Epoch()] = now
}

// check is what must hold between operations: all who are live are in the
// present epoch, see the same, and know who the members are.
func (s *simulation) check() {
	for _, q := range []*sequencer{s.main, s.branch} {
		if q == nil {
			continue
		}
		for _, m := range s.live(q) {
			if m.group.Epoch() != q.epoch {
				s.failf("%s is in epoch %d, not %d", m.name, m.group.Epoch(), q.epoch)
			}
			s.mark(m)
			members := map[LeafIndex]string{}
			for _, member := range m.group.Members() {
				members[member.Index] = string(member.Credential.Identity)
			}
			if !maps.Equal(members, q.roster) || members[m.group.OwnLeaf()] != m.name {
				s.failf("a member sees other members")
			}
			if m.group.Rewound() != m.kept.rewound {
				s.failf("rewound is %v, want %v", m.group.Rewound(), m.kept.rewound)
			}
			if m.kept.rewound {
				s.trySend(m)
			}
		}
	}
}

// trySend has a member whose storage is old try to send.
func (s *simulation) trySend(m *simMember) {
	before := saved(m.group)
	_, err := m.group.Encrypt([]byte("x"), nil)
	s.refused(err, "a message out of an old storage", ErrRewound)
	_, err = m.group.Commit(CommitOptions{})
	s.refused(err, "a commit out of an old storage", ErrRewound)
	_, err = m.group.ProposeUpdate(LeafOptions{}, MessageOptions{})
	s.refused(err, "a proposal out of an old storage", ErrRewound)
	if saved(m.group) != before {
		s.failf("a refused message changes the group")
	}
	s.events["sends refused"]++
}
