package mls

import (
	"fmt"
	"slices"
)

// operationKinds are all that can happen, with how often they do.
var operationKinds = []operationKind{
	{"send", 36, (*simulation).doSend},
	{"read late messages", 12, (*simulation).doReadLate},
	{"replay", 3, (*simulation).doReplay},
	{"commit", 14, (*simulation).doCommit},
	{"propose", 12, (*simulation).doPropose},
	{"leave by proposal", 3, (*simulation).doLeave},
	{"external sender's proposal", 4, (*simulation).doExternalProposal},
	{"new member's proposal", 3, (*simulation).doProposeJoin},
	{"race", 6, (*simulation).doRace},
	{"lose a request", 3, (*simulation).doLoseRequest},
	{"lose an answer", 3, (*simulation).doLoseAnswer},
	{"join from outside", 5, (*simulation).doJoin},
	{"resync", 3, (*simulation).doResync},
	{"restart", 7, (*simulation).doRestart},
	{"copy the storage", 6, (*simulation).doBackup},
	{"restore a copy", 4, (*simulation).doRestore},
	{"vanish", 4, (*simulation).doVanish},
	{"return", 4, (*simulation).doReturn},
	{"tamper", 3, (*simulation).doTamper},
	{"let time pass", 2, (*simulation).doPass},
	{"change the size", 2, (*simulation).doTide},
	{"re-initialise", 2, (*simulation).doReInit},
	{"branch off", 2, (*simulation).doBranch},
	{"end the branch", 1, (*simulation).doEndBranch},
}

func (s *simulation) doSend() bool {
	m := s.someone(s.someGroup())
	if m == nil {
		return false
	}
	if len(m.group.PendingProposals()) > 0 {
		_, err := m.group.Encrypt([]byte("x"), nil)
		s.refused(err, "a message beside proposals", ErrPendingProposals)
		if !s.commit(m, delivered) || !slices.Contains(s.able(m.seq), m) {
			return true
		}
		s.settle()
	}
	if m.group.Closed() || m.kept.lost || m.kept.rewound || len(m.group.PendingProposals()) > 0 {
		return true
	}
	for range 1 + s.dice.IntN(4) {
		e := s.seal(m, fmt.Sprintf("message %d", s.serial+1))
		if e == nil {
			return true
		}
		if s.chance(5) {
			s.note("%s keeps message %d in its outbox, group %d epoch %d", m.name, e.serial, m.seq.number, e.epoch)
			return true
		}
		for _, waiting := range m.kept.outbox {
			s.submit(m.seq, waiting)
		}
		m.kept.outbox = nil
		s.note("%s sends message %d, group %d epoch %d", m.name, e.serial, m.seq.number, e.epoch)
	}
	return true
}

// doReadLate has somebody read messages that come late, in any order.
func (s *simulation) doReadLate() (any bool) {
	for _, m := range s.live(s.someGroup()) {
		if len(m.kept.late) == 0 || !s.chance(2) && len(m.kept.late) < 30 {
			continue
		}
		late := m.kept.late
		s.dice.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
		n := 1 + s.dice.IntN(len(late))
		m.kept.late = slices.Clone(late[n:])
		for _, at := range late[:n] {
			s.read(m, at)
		}
		if !s.save(m) && s.chance(2) {
			s.restart(m)
		}
		any = true
	}
	return any
}

// doReplay hands over something that was read a while ago.
func (s *simulation) doReplay() bool {
	m := among(s, s.live(s.someGroup()), nameOf)
	if m == nil {
		return false
	}
	for range 20 {
		back := s.dice.IntN(100) + 1
		at := m.kept.cursor - back
		if at < m.kept.first || m.seq.log[at].data == nil {
			continue
		}
		e := &m.seq.log[at]
		if e.kind != entryMessage || e.from == m.name || slices.Contains(m.kept.late, at) {
			continue
		}
		s.replay(m, at)
		return true
	}
	return false
}

func (s *simulation) doCommit() bool {
	m := s.someone(s.someGroup())
	return m != nil && s.commit(m, delivered)
}

func (s *simulation) doLoseRequest() bool {
	m := s.someone(s.someGroup())
	if m == nil {
		return false
	}
	s.note("the commit of %s is lost", m.name)
	s.commit(m, requestLost)
	return true
}

func (s *simulation) doLoseAnswer() bool {
	m := s.someone(s.someGroup())
	if m == nil || !s.commit(m, answerLost) {
		return false
	}
	if s.chance(2) && !m.unsaved {
		s.restart(m)
	}
	return true
}

// doRace has several commit in one epoch: all but one are too late, process the
// winner, and try again.
func (s *simulation) doRace() bool {
	var racers []*simMember
	q := s.someGroup()
	for _, m := range s.able(q) {
		if len(racers) < 3 && (s.chance(2) || len(racers) == 0) && s.prepare(m, s.commitOptions(m)) {
			racers = append(racers, m)
		}
	}
	s.dice.Shuffle(len(racers), func(i, j int) { racers[i], racers[j] = racers[j], racers[i] })
	for i, m := range racers {
		accepted := s.hand(m, delivered)
		if accepted != (i == 0) {
			s.failf("racer %d: accepted is %v", i, accepted)
		}
	}
	s.settle()
	for _, m := range racers[min(1, len(racers)):] {
		if slices.Contains(s.able(q), m) && s.chance(2) {
			s.commit(m, delivered)
			s.settle()
		}
	}
	return len(racers) > 1
}

func (s *simulation) doPropose() bool {
	m := s.someone(s.someGroup())
	if m == nil {
		return false
	}
	q, g := m.seq, m.group
	switch s.dice.IntN(7) {
	case 0, 1:
		s.note("%s proposes an update", m.name)
		return s.propose(m, func(opt MessageOptions) ([]byte, error) { return g.ProposeUpdate(LeafOptions{}, opt) })
	case 2:
		id := PreSharedKeyID{Type: PSKExternal, ID: []byte("proposed")}
		s.note("%s proposes an external PSK", m.name)
		return s.propose(m, func(opt MessageOptions) ([]byte, error) { return g.ProposePSK(id, opt) })
	case 3:
		epoch, there := s.commonEpoch(q)
		if !there {
			return false
		}
		s.note("%s proposes the resumption PSK of epoch %d", m.name, epoch)
		return s.propose(m, func(opt MessageOptions) ([]byte, error) { return g.ProposePSK(m.resumption(epoch), opt) })
	case 4:
		if len(q.roster) < 4 {
			return false
		}
		leaf, name := s.otherLeaf(m)
		s.note("%s proposes to remove %s", m.name, name)
		return s.propose(m, func(opt MessageOptions) ([]byte, error) { return g.ProposeRemove(leaf, opt) })
	case 5:
		list := s.extensions(q.suite)
		s.note("%s proposes extensions", m.name)
		return s.propose(m, func(opt MessageOptions) ([]byte, error) { return g.ProposeExtensions(list, opt) })
	}
	p := s.outsider(q)
	if p == nil || len(q.roster) >= s.plan.most {
		return false
	}
	kp := s.keyPackage(p, q.suite)
	s.note("%s proposes to add %s", m.name, p.name)
	return s.propose(m, func(opt MessageOptions) ([]byte, error) { return g.ProposeAdd(kp, opt) })
}

func (s *simulation) doLeave() bool {
	m := s.someone(s.someGroup())
	if m == nil || len(s.able(m.seq)) < 3 {
		return false
	}
	s.note("%s wants to leave", m.name)
	return s.propose(m, func(opt MessageOptions) ([]byte, error) { return m.group.ProposeRemove(m.group.OwnLeaf(), opt) })
}

// doExternalProposal is a proposal of the external sender.
func (s *simulation) doExternalProposal() bool {
	q := s.someGroup()
	relay := s.relayOf(q.suite)
	relay.clock = s.now
	p := Proposal{Type: ProposalPSK, PSK: PreSharedKeyID{Type: PSKExternal, ID: []byte("external")}}
	switch s.dice.IntN(4) {
	case 0:
		if len(q.roster) < 4 {
			return false
		}
		p = Proposal{Type: ProposalRemove, Removed: among(s, leavesInOrder(q), func(l LeafIndex) string { return q.roster[l] })}
	case 1:
		who := s.outsider(q)
		if who == nil || len(q.roster) >= s.plan.most {
			return false
		}
		kp, err := ParseKeyPackage(s.keyPackage(who, q.suite))
		s.ok(err, "a key package")
		p = Proposal{Type: ProposalAdd, KeyPackage: kp}
	case 2:
		p = Proposal{Type: ProposalGroupContextExtensions, Extensions: s.extensions(q.suite)}
	}
	data, err := ProposeExternal(relay.cfg(q.suite), q.view(), 0, p)
	s.ok(err, "a proposal of the external sender")
	s.note("the external sender proposes (type %d) in group %d", p.Type, q.number)
	return s.submit(q, simEntry{kind: entryProposal, epoch: q.epoch, data: data, sealed: s.now})
}

// doProposeJoin is somebody's proposal to be added.
func (s *simulation) doProposeJoin() bool {
	q := s.someGroup()
	p := s.outsider(q)
	if p == nil || len(q.roster) >= s.plan.most {
		return false
	}
	s.keyPackage(p, q.suite)
	data, err := ProposeJoin(p.cfg(q.suite), q.view(), p.bundles[len(p.bundles)-1])
	s.ok(err, "a new member's proposal")
	s.note("%s proposes itself for group %d", p.name, q.number)
	return s.submit(q, simEntry{kind: entryProposal, epoch: q.epoch, data: data, sealed: s.now})
}
