package mls

import (
	"slices"
	"time"
)

// What happens to devices and groups as a whole.

func (s *simulation) doJoin() bool {
	q := s.someGroup()
	if len(q.roster) >= s.plan.most || q.closed {
		return false
	}
	p := s.outsider(q)
	if p == nil {
		return false
	}
	p.online = true
	return s.joinExternal(p, q)
}

func (s *simulation) doResync() bool {
	m := among(s, s.live(s.someGroup()), nameOf)
	if m == nil || m.seq.closed {
		return false
	}
	return s.joinExternal(m.simPerson, m.seq)
}

func (s *simulation) doRestart() (any bool) {
	for _, m := range s.live(s.someGroup()) {
		if s.chance(4) || m.kept.rewound {
			s.note("%s restarts", m.name)
			s.restart(m)
			any = true
		}
	}
	return any
}

func (s *simulation) doBackup() (any bool) {
	for _, m := range s.live(s.someGroup()) {
		if !s.chance(3) {
			continue
		}
		m.saves = append(m.saves, m.store.clone())
		if len(m.saves) > 3 {
			at := s.dice.IntN(3)
			m.saves = slices.Delete(m.saves, at, at+1)
		}
		s.note("the storage of %s is copied", m.name)
		any = true
	}
	return any
}

// doRestore puts a copy of the storage in its place. The copies made after it
// belong to a life that never was.
func (s *simulation) doRestore() bool {
	have := slices.DeleteFunc(s.live(s.someGroup()), func(m *simMember) bool { return len(m.saves) == 0 })
	sent := slices.DeleteFunc(slices.Clone(have), func(m *simMember) bool { return m.kept.serial == m.saves[0].kept.serial })
	if len(sent) > 0 && !s.chance(4) {
		have = sent // after the copy was made
	}
	m := among(s, have, nameOf)
	if m == nil {
		return false
	}
	at := s.dice.IntN(len(m.saves))
	m.store = m.saves[at].clone()
	m.saves = m.saves[:at+1]
	m.unsaved = true
	s.restart(m)
	s.events["old saves restored"]++
	s.note("%s is restored from a copy of epoch %d", m.name, m.group.Epoch())
	if s.chance(3) {
		s.askWhatWasSent(m)
	}
	return true
}

// askWhatWasSent compares the storage with what the delivery service has had
// from this member, which may have gone from there since.
func (s *simulation) askWhatWasSent(m *simMember) {
	if !slices.ContainsFunc(m.seq.log, func(e simEntry) bool { return e.from == m.name && e.serial > m.kept.serial }) {
		return
	}
	m.group.MarkRewound()
	m.kept.rewound, m.kept.told, m.unsaved = true, true, true
	s.mustSave(m)
	s.events["rewinds told"]++
	s.note("%s is told that its storage is old", m.name)
}

func (s *simulation) doVanish() bool {
	m := among(s, s.live(s.main), nameOf)
	if m == nil || len(s.able(s.main)) < 3 {
		return false
	}
	m.online = false
	s.note("%s vanishes", m.name)
	return true
}

// doReturn brings back somebody who missed a lot. What comes first may be too new.
func (s *simulation) doReturn() bool {
	p := among(s, slices.DeleteFunc(slices.Clone(s.people), func(p *simPerson) bool { return p.online }),
		func(p *simPerson) string { return p.name })
	if p == nil {
		return false
	}
	p.online = true
	s.note("%s is back", p.name)
	for _, m := range p.members {
		if m.kept.lost || m.group.Closed() || len(m.seq.log) == 0 {
			continue
		}
		s.note("%d epochs behind in group %d", m.seq.epoch-m.group.Epoch(), m.seq.number)
		last := &m.seq.log[len(m.seq.log)-1]
		if last.epoch <= m.group.Epoch() {
			continue
		}
		before := saved(m.group)
		_, err := m.group.Process(last.data)
		s.refused(err, "a message of an epoch to come", ErrFutureEpoch)
		if saved(m.group) != before {
			s.failf("a message of an epoch to come changes the group")
		}
	}
	return true
}

func (s *simulation) doTamper() bool {
	m := s.someone(s.someGroup())
	if m == nil || m.group.PendingCommit() != nil {
		return false
	}
	result, err := m.group.Commit(s.commitOptions(m))
	s.ok(err, "a commit")
	s.sealedNow(m, true)
	s.tamper(m, result.Message)
	m.group.ClearPendingCommit()
	if len(m.group.PendingProposals()) == 0 {
		data, err := m.group.Encrypt([]byte("x"), nil)
		s.ok(err, "a message of one's own")
		s.sealedNow(m, false)
		s.tamper(m, data)
	}
	s.mustSave(m)
	return true
}

func (s *simulation) doPass() bool {
	s.pass()
	for _, m := range s.live(s.main) {
		m.clock = s.now
		if s.chance(2) && m.group.DropExpired() {
			m.stateDue, m.unsaved = true, true
			s.save(m)
		}
	}
	return true
}

// pass lets time go by, sometimes so much that keys expire.
func (s *simulation) pass() {
	days := s.dice.IntN(4)
	if s.chance(8) {
		days = 40
	}
	s.now = s.now.Add(time.Duration(days)*24*time.Hour + time.Hour)
	s.note("%d days pass", days)
}

func (s *simulation) doTide() bool {
	most := []int{8, 8, 24, s.plan.most}[s.dice.IntN(4)]
	s.target = 2 + s.dice.IntN(min(most, s.plan.most)-1)
	s.note("the group tends to %d members", s.target)
	return true
}

// doReInit ends the main group; settle makes the one that follows.
func (s *simulation) doReInit() bool {
	m := s.someone(s.main)
	if m == nil {
		return false
	}
	next := ReInit{CipherSuite: m.seq.suite, Extensions: s.extensions(m.seq.suite)}
	if s.chance(2) {
		next.CipherSuite = simSuitesAfter[s.dice.IntN(len(simSuitesAfter))]
		next.Extensions = s.extensions(next.CipherSuite)
	}
	s.note("%s re-initialises group %d with suite %#04x", m.name, m.seq.number, uint16(next.CipherSuite))
	if s.chance(2) {
		return s.prepare(m, CommitOptions{ReInit: &next}) && s.hand(m, delivered)
	}
	if !s.propose(m, func(opt MessageOptions) ([]byte, error) { return m.group.ProposeReInit(next, opt) }) {
		return false
	}
	s.settle()
	if by := s.someone(m.seq); by != nil && s.prepare(by, CommitOptions{}) {
		return s.hand(by, delivered) // nothing comes of it where other proposals are pending
	}
	return true
}

// succeed makes the group that follows a re-initialised one. Two may try at once.
func (s *simulation) succeed(m *simMember) {
	q, next := m.seq, m.group.ReInit()
	creators := []*simMember{m}
	for _, p := range s.people {
		if other := p.member(q); other != nil && other != m && p.online && other.group.ReInit() != nil && len(creators) < 2 && s.chance(3) {
			creators = append(creators, other)
		}
	}
	q.successor = s.newSequencer(next.GroupID, next.CipherSuite, q, ResumptionReInit)
	if q == s.main {
		s.main = q.successor
	}
	made := make([]*Group, len(creators))
	for i, c := range creators {
		opt := SuccessorOptions{KeyPackages: s.keyPackagesOf(q, c, next.CipherSuite)}
		var err error
		c.clock = s.now
		made[i], _, err = c.group.NewSuccessor(c.cfg(next.CipherSuite), opt)
		s.ok(err, "a successor")
	}
	s.note("%d create the successor of group %d: group %d", len(creators), q.number, q.successor.number)
	for i, c := range creators {
		s.firstCommit(c, q.successor, made[i])
	}
}

// keyPackagesOf are key packages of all other members.
func (s *simulation) keyPackagesOf(q *sequencer, m *simMember, suite CipherSuite) (list [][]byte) {
	for _, leaf := range leavesInOrder(q) {
		if name := q.roster[leaf]; name != m.name {
			list = append(list, s.keyPackage(s.person(name), suite))
		}
	}
	return list
}

// firstCommit brings in the members of a group that comes from another. Who is
// not the first drops theirs and joins by the winner's Welcome.
func (s *simulation) firstCommit(creator *simMember, q *sequencer, g *Group) {
	m := &simMember{simPerson: creator.simPerson, seq: q}
	result := g.PendingCommit()
	s.serial++
	e := simEntry{kind: entryCommit, from: m.name, serial: s.serial, data: result.Message, sealed: s.now}
	if !s.submitCommit(q, e, result.GroupInfo, result.Welcome) {
		s.note("%s comes second", m.name)
		return
	}
	s.become(m, g, 0) // its own commit is the first entry
	if q.usage == ResumptionReInit {
		m.drop(creator)
	}
}

// doBranch makes a group of some of the main group's members.
func (s *simulation) doBranch() bool {
	m := s.someone(s.main)
	if m == nil || s.branch != nil || len(s.main.roster) < 2 {
		return false
	}
	all := s.keyPackagesOf(s.main, m, m.seq.suite)
	n := 1 + s.dice.IntN(len(all))
	opt := SubgroupOptions{KeyPackages: all[:n], Extensions: s.extensions(m.seq.suite)}
	g, _, err := m.group.NewSubgroup(m.cfg(m.seq.suite), opt)
	s.ok(err, "a subgroup")
	s.branch = s.newSequencer(g.ID(), m.seq.suite, s.main, ResumptionBranch)
	s.note("%s branches off group %d with %d others", m.name, s.branch.number, n)
	s.firstCommit(m, s.branch, g)
	return true
}

func (s *simulation) doEndBranch() bool {
	if s.branch == nil {
		return false
	}
	s.note("group %d is given up", s.branch.number)
	for _, p := range s.people {
		p.members = slices.DeleteFunc(p.members, func(m *simMember) bool { return m.seq == s.branch })
		p.mail = slices.DeleteFunc(p.mail, func(w simWelcome) bool { return w.seq == s.branch })
	}
	s.branch = nil
	return true
}
