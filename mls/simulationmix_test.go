package mls

import "slices"

// commitOptions are a mix of everything, so that the group tends to its size.
func (s *simulation) commitOptions(m *simMember) (opt CommitOptions) {
	q := m.seq
	opt.Public, opt.NoPath = s.chance(2), s.chance(4)
	if s.chance(5) {
		opt.AuthenticatedData = []byte("of the commit")
	}
	s.addSome(m, &opt)
	s.removeSome(m, &opt)
	if s.chance(6) {
		opt.Extensions = s.extensions(q.suite)
	}
	if s.chance(6) {
		opt.PSKs = append(opt.PSKs, PreSharedKeyID{Type: PSKExternal, ID: []byte{byte(s.dice.IntN(4))}})
	}
	if epoch, there := s.commonEpoch(q); there && s.chance(6) && (len(opt.Add) == 0 || s.chance(10)) {
		opt.PSKs = append(opt.PSKs, m.resumption(epoch))
	}
	return opt
}

func (s *simulation) addSome(m *simMember, opt *CommitOptions) {
	room, want := s.plan.most-len(m.seq.roster), s.target-len(m.seq.roster)
	n := 0
	if s.chance(6) {
		n = 1
	}
	if want > 0 && s.chance(2) {
		n = 1 + s.dice.IntN(min(want, 8))
	}
	var chosen []*simPerson
	for range min(n, room) {
		p := s.outsider(m.seq, chosen...)
		if p == nil {
			break
		}
		chosen = append(chosen, p)
		p.online = !s.chance(6)
		opt.Add = append(opt.Add, s.keyPackage(p, m.seq.suite))
		s.note("%s adds %s", m.name, p.name)
	}
}

func (s *simulation) removeSome(m *simMember, opt *CommitOptions) {
	over := len(m.seq.roster) - s.target
	n := 0
	if s.chance(8) {
		n = 1
	}
	if over > 0 && s.chance(2) {
		n = 1 + s.dice.IntN(min(over, 8))
	}
	for range min(n, len(m.seq.roster)-2) {
		leaf, name := s.otherLeaf(m)
		if slices.Contains(opt.Remove, leaf) {
			continue
		}
		opt.Remove = append(opt.Remove, leaf)
		s.note("%s removes %s", m.name, name)
		if p := s.person(name); p != nil && s.chance(10) {
			opt.Add = append(opt.Add, s.keyPackage(p, m.seq.suite)) // and comes in again at once
			s.note("and adds it again")
		}
	}
}

// otherLeaf is another member's: rather somebody's who has vanished.
func (s *simulation) otherLeaf(m *simMember) (LeafIndex, string) {
	var all, vanished []LeafIndex
	for _, leaf := range leavesInOrder(m.seq) {
		if leaf == m.group.OwnLeaf() {
			continue
		}
		all = append(all, leaf)
		if p := s.person(m.seq.roster[leaf]); p != nil && !p.online {
			vanished = append(vanished, leaf)
		}
	}
	if len(vanished) > 0 && s.chance(2) {
		all = vanished
	}
	leaf := among(s, all, func(l LeafIndex) string { return m.seq.roster[l] })
	return leaf, m.seq.roster[leaf]
}

// extensions of a group: the external sender always, others by chance.
func (s *simulation) extensions(suite CipherSuite) []Extension {
	relay := s.relayOf(suite)
	key, err := suites[suite].signatureKey(relay.signers[suite])
	s.ok(err, "the key of the external sender")
	list := []Extension{ExternalSendersExtension(ExternalSender{SignatureKey: key, Credential: relay.leaf().Credential})}
	if s.chance(2) {
		list = append(list, Extension{Type: ExtensionApplicationID, Data: []byte{byte(s.dice.IntN(256))}})
	}
	if s.chance(3) {
		list = append(list, RequiredCapabilities{Credentials: []CredentialType{CredentialBasic}}.Extension())
	}
	return list
}

func (s *simulation) relayOf(suite CipherSuite) *simPerson {
	relay := s.relay[suite]
	if relay == nil {
		relay = newSimPerson("relay")
		relay.clock = s.now
		relay.cfg(suite)
		s.relay[suite] = relay
	}
	return relay
}
