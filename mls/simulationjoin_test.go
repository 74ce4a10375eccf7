package mls

import (
	"bytes"
	"errors"
	"slices"
)

// open joins by a Welcome.
func (s *simulation) open(p *simPerson, w simWelcome) {
	p.clock = w.at
	if m := p.member(w.seq); m != nil {
		_, _, err := JoinWelcome(p.cfg(w.seq.suite), w.data, p.bundles, nil)
		switch {
		case w.psk && errors.Is(err, ErrUnknownPSK): // without it nobody can tell the group
		case !w.first:
			s.refused(err, "a Welcome into a group one is in", ErrKnownGroup)
		}
		return
	}
	g, used, err := s.join(p, w)
	if err != nil {
		if !w.first && !w.psk || !errors.Is(err, ErrUnknownPSK) {
			s.ok(err, "a Welcome")
		}
		s.note("%s lacks a resumption PSK", p.name)
		return // and joins from outside
	}
	if !used.KeyPackage().LastResort() {
		p.bundles = slices.DeleteFunc(p.bundles, func(b *KeyPackageBundle) bool { return b == used })
	}
	s.events["joins by Welcome"]++
	s.note("%s joins group %d by a Welcome", p.name, w.seq.number)
	s.become(&simMember{simPerson: p, seq: w.seq}, g, w.cursor)
	if w.first && w.seq.usage == ResumptionReInit {
		p.drop(p.member(w.seq.parent))
	}
}

func (s *simulation) join(p *simPerson, w simWelcome) (*Group, *KeyPackageBundle, error) {
	if s.chance(4) {
		for i, b := range p.bundles {
			back, err := ParseKeyPackageBundle(b.MarshalPrivate())
			s.ok(err, "a saved key package")
			p.bundles[i] = back
		}
	}
	cfg := p.cfg(w.seq.suite)
	if !w.first {
		return JoinWelcome(cfg, w.data, p.bundles, nil)
	}
	_, _, err := JoinWelcome(cfg, w.data, p.bundles, nil)
	s.refused(err, "a derived group's Welcome by itself", ErrUnexpectedMessage)
	parent := p.member(w.seq.parent)
	switch {
	case parent == nil:
		return nil, nil, ErrUnknownPSK
	case w.seq.usage == ResumptionBranch:
		return parent.group.JoinSubgroup(cfg, w.data, p.bundles, nil)
	case parent.group.ReInit() == nil:
		return nil, nil, ErrUnknownPSK
	}
	return parent.group.JoinSuccessor(cfg, w.data, p.bundles, nil)
}

// leave is what follows the end of a member's group; it tells whether it did anything.
func (s *simulation) leave(m *simMember) bool {
	q := m.seq
	if m.kept.lost && !m.group.Closed() {
		if q.successor == nil {
			return false // until it joins again
		}
		m.drop(m)
		return true
	}
	if m.group.ReInit() != nil {
		if q.successor == nil {
			s.succeed(m)
			return true
		}
		if q.successor.has(m.name) && slices.ContainsFunc(m.mail, func(w simWelcome) bool { return w.seq == q.successor }) {
			return false
		}
		m.drop(m)
		return true
	}
	for _, at := range m.kept.late {
		s.read(m, at)
	}
	_, err := m.group.Encrypt([]byte("x"), nil)
	s.refused(err, "a message into a closed group", ErrClosed)
	if last := len(q.log) - 1; q.log[last].kind == entryMessage && q.log[last].epoch > m.group.Epoch() {
		s.read(m, last)
	}
	s.note("%s is out", m.name)
	m.drop(m)
	return true
}

// rejoin has somebody join from outside who is a member and cannot follow.
func (s *simulation) rejoin(p *simPerson) bool {
	for _, q := range []*sequencer{s.main, s.branch} {
		if q == nil || !q.has(p.name) {
			continue
		}
		m := p.member(q)
		switch {
		case m == nil:
			return s.joinExternal(p, q)
		case (m.kept.lost || m.kept.rewound) && s.chance(12):
			return s.joinExternal(p, q)
		}
	}
	return false
}

// joinExternal joins from outside, again if another commit is faster. An old leaf
// of the same person goes.
func (s *simulation) joinExternal(p *simPerson, q *sequencer) bool {
	m := p.member(q)
	again := m != nil
	if !again {
		m = &simMember{simPerson: p, seq: q}
	}
	for !q.closed {
		p.clock = s.now
		join, err := JoinExternal(p.cfg(q.suite), q.info, s.joinOptions(m))
		p.lend = nil
		s.ok(err, "an external join")
		if s.chance(3) {
			join = s.restoreJoin(p, q, join)
		}
		epoch := q.epoch
		if other := s.someone(q); other != nil && other.simPerson != p && s.chance(6) {
			s.commit(other, delivered)
		}
		s.serial++
		e := simEntry{kind: entryJoin, epoch: epoch, from: p.name, serial: s.serial, data: join.Commit, sealed: s.now, psk: true}
		if !s.submitCommit(q, e, join.GroupInfo, nil) {
			s.note("%s comes too late to join", p.name)
			continue
		}
		if again {
			s.events["resyncs"]++
		}
		if s.chance(15) {
			s.note("%s joins group %d from outside and loses what it knows of it", p.name, q.number)
			return true // and joins again
		}
		if s.chance(3) {
			join = s.restoreJoin(p, q, join)
		}
		s.note("%s joins group %d from outside, epoch %d", p.name, q.number, q.epoch)
		s.become(m, join.Group(), len(q.log))
		return true
	}
	return false
}

// joinOptions name the old leaf or leave it to be found, with and without PSKs.
func (s *simulation) joinOptions(m *simMember) ExternalJoinOptions {
	opt := ExternalJoinOptions{Leaf: m.leaf()}
	if leaf, there := m.seq.leafOf(m.name); there && s.chance(2) {
		opt.Replace = &leaf
	}
	if s.chance(4) {
		opt.PSKs = append(opt.PSKs, PreSharedKeyID{Type: PSKExternal, ID: []byte("of the join")})
	}
	if epoch, there := s.commonEpoch(m.seq, m.name); m.group != nil && there && s.chance(2) {
		if _, err := m.group.ResumptionPSK(epoch); err == nil {
			m.lend = m.group
			opt.PSKs = append(opt.PSKs, m.resumption(epoch))
		}
	}
	return opt
}

func (s *simulation) restoreJoin(p *simPerson, q *sequencer, join *ExternalJoin) *ExternalJoin {
	data := join.MarshalState()
	back, err := RestoreExternalJoin(p.cfg(q.suite), data)
	s.ok(err, "a restored external join")
	if !bytes.Equal(back.MarshalState(), data) || !bytes.Equal(back.Commit, join.Commit) {
		s.failf("a restored external join is another one")
	}
	return back
}

func (m *simMember) resumption(epoch uint64) PreSharedKeyID {
	return PreSharedKeyID{Type: PSKResumption, Usage: ResumptionApplication, Group: []byte(m.seq.id), Epoch: epoch}
}

// commonEpoch is one whose resumption PSK all members have, but for those named.
func (s *simulation) commonEpoch(q *sequencer, except ...string) (uint64, bool) {
	first := q.epoch - min(q.epoch, defaultPastEpochs)
	for name, since := range q.since {
		if !slices.Contains(except, name) {
			first = max(first, since)
		}
	}
	if first > q.epoch {
		return 0, false
	}
	return first + s.dice.Uint64N(q.epoch-first+1), true
}
