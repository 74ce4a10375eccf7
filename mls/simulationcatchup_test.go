package mls

import (
	"bytes"
	"errors"
	"time"
)

// settle has everybody who is online take what the delivery service holds, until
// nothing is left to take.
func (s *simulation) settle() {
	for again := true; again; {
		again = false
		for _, p := range s.people {
			if p.online && s.wake(p) {
				again = true
			}
		}
	}
	s.flushOutboxes()
	if s.op.number%50 == 0 {
		s.tidy()
	}
}

// wake brings one person up to date; it tells whether there was anything to do.
func (s *simulation) wake(p *simPerson) (busy bool) {
	for _, m := range append([]*simMember(nil), p.members...) {
		if !m.kept.lost && m.kept.cursor < len(m.seq.log) && !m.group.Closed() {
			s.catchUp(m)
			busy = true
		}
		if m.group.Closed() || m.kept.lost {
			busy = s.leave(m) || busy
		}
	}
	for len(p.mail) > 0 {
		w := p.mail[0]
		p.mail = p.mail[1:]
		s.open(p, w)
		busy = true
	}
	p.clock = s.now
	return busy || s.rejoin(p)
}

// catchUp takes the log in order, as far as it can be followed.
func (s *simulation) catchUp(m *simMember) {
	for m.kept.cursor < len(m.seq.log) && !m.kept.lost && !m.group.Closed() {
		at := m.kept.cursor
		m.clock = m.seq.log[at].at
		m.kept.cursor++
		m.unsaved = true
		s.take(m, at)
		switch {
		case s.chance(40):
			s.restart(m) // whatever was not saved is to be done again
		case s.chance(6) && !s.save(m) && s.chance(2):
			s.restart(m)
		}
	}
	m.clock = s.now
	if m.unsaved && !s.save(m) && s.chance(2) {
		s.restart(m)
		s.catchUp(m)
	}
}

// take processes one entry.
func (s *simulation) take(m *simMember, at int) {
	e := &m.seq.log[at]
	if e.from == m.name {
		if e.kind != entryMessage || !m.kept.told || s.chance(2) {
			s.takeOwn(m, e)
		}
		return
	}
	switch e.kind {
	case entryMessage:
		if s.chance(3) {
			m.kept.late = append(m.kept.late, at)
			return
		}
		s.read(m, at)
	case entryProposal:
		r, err := m.group.Process(e.data)
		s.ok(err, "a proposal of "+s.role(e))
		if r.Proposal == nil || len(m.group.PendingProposals()) == 0 {
			s.failf("a proposal is not pending")
		}
		m.stateDue = true
	default:
		s.takeCommit(m, e)
	}
}

func (s *simulation) role(e *simEntry) string {
	if e.from == "" {
		return "somebody outside"
	}
	return "a member"
}

func (s *simulation) takeCommit(m *simMember, e *simEntry) {
	r, err := m.group.Process(e.data)
	if m.kept.missing && errors.Is(err, ErrUnknownProposal) {
		m.kept.lost = true // it was this member's own, and sent after the save
		return
	}
	s.ok(err, "the commit of another member")
	if s.chance(30) && !m.unsavedBefore() {
		s.restart(m) // between Process and Merge
		return
	}
	s.merge(m, e, r.Commit)
}

// unsavedBefore tells whether a restart would go back behind the entry in hand.
func (m *simMember) unsavedBefore() bool { return m.store.kept.cursor != m.kept.cursor-1 }

func (s *simulation) merge(m *simMember, e *simEntry, c *StagedCommit) {
	if c == nil || c.Epoch != e.epoch+1 || c.External != (e.kind == entryJoin) {
		s.failf("a commit is staged as something else")
	}
	s.ok(m.group.Merge(c), "the merge of a commit")
	if m.group.Closed() != (c.SelfRemoved || c.ReInit != nil) {
		s.failf("removed or re-initialised, and not closed; or closed for nothing")
	}
	m.entered(s)
}

// entered is what follows a new epoch.
func (m *simMember) entered(s *simulation) {
	m.stateDue, m.unsaved, m.kept.missing = true, true, false
	if m.group.ReInit() == nil && m.group.Closed() {
		return // removed: it does not see the new epoch
	}
	if len(m.group.PendingProposals()) > 0 || m.group.PendingCommit() != nil {
		s.failf("something is pending in a new epoch")
	}
	s.mark(m)
}

// takeOwn processes an entry that this person sent: out of this state, or one
// that the storage does not know of any more.
func (s *simulation) takeOwn(m *simMember, e *simEntry) {
	if pending := m.group.PendingCommit(); pending != nil && bytes.Equal(pending.Message, e.data) {
		s.ok(m.group.MergePendingCommit(), "the merge of one's own commit")
		m.entered(s)
		return
	}
	unknown, epoch := e.serial > m.kept.serial, m.group.Epoch()
	r, err := m.group.Process(e.data)
	switch {
	case e.kind == entryJoin: // of a later self, who replaces this one
		s.ok(err, "the external commit of one's later self")
		s.merge(m, e, r.Commit)
		if !r.Commit.SelfRemoved || r.Commit.Previous == nil {
			s.failf("the external commit of one's later self leaves this one")
		}
	case e.epoch < m.kept.since || e.epoch+defaultPastEpochs < epoch:
		s.refused(err, "one's own message of an epoch out of reach", ErrWrongEpoch)
	case e.epoch < epoch && s.expired(m, e):
		s.refused(err, "one's own expired message", ErrWrongEpoch, ErrOwnMessage)
	case e.epoch == epoch && unknown:
		s.refused(err, "one's own message that the state does not know", ErrRewound)
		s.note("%s notices that its storage is old", m.name)
		s.events["rewinds noticed"]++
		s.trySend(m)
		m.kept.rewound = true
		m.kept.lost = e.kind == entryCommit
		m.kept.missing = m.kept.missing || e.kind == entryProposal
	default:
		s.refused(err, "one's own message", ErrOwnMessage)
		if e.kind == entryCommit {
			s.failf("one's own commit is accepted and not pending")
		}
	}
	if m.group.Rewound() != m.kept.rewound {
		s.failf("rewound is %v, want %v", m.group.Rewound(), m.kept.rewound)
	}
}

// expired tells that the keys of a message may be too old to be kept.
func (s *simulation) expired(m *simMember, e *simEntry) bool {
	return m.clock.Sub(e.sealed) > defaultSkippedAge-time.Hour || s.now.Sub(e.sealed) > defaultSkippedAge-time.Hour
}

// read has a member open a message of somebody else, once.
func (s *simulation) read(m *simMember, at int) {
	e, g := &m.seq.log[at], m.group
	r, err := g.Process(e.data)
	m.unsaved = true
	switch {
	case e.epoch > g.Epoch():
		s.refused(err, "a message of an epoch to come", ErrFutureEpoch)
	case e.epoch < m.kept.since || e.epoch+defaultPastEpochs < g.Epoch():
		s.refused(err, "a message of an epoch out of reach", ErrWrongEpoch)
	case err != nil && s.expired(m, e):
		s.ok(err, "an expired message", ErrWrongEpoch, ErrSecretConsumed)
	default:
		s.ok(err, "a message")
		if r.Application == nil || string(r.Application.Data) != e.text || r.Epoch != e.epoch ||
			string(r.Application.Credential.Identity) != e.from {
			s.failf("a message is read as another one")
		}
		s.events["messages read"]++
		if e.epoch < g.Epoch() {
			s.events["messages read epochs later"]++
		}
		if s.chance(8) {
			s.replay(m, at)
		}
	}
}

// replay hands over a message that was read.
func (s *simulation) replay(m *simMember, at int) {
	before := saved(m.group)
	_, err := m.group.Process(m.seq.log[at].data)
	s.refused(err, "a replay", ErrSecretConsumed, ErrWrongEpoch)
	if saved(m.group) != before {
		s.failf("a replay changes the group")
	}
	s.events["replays refused"]++
}

// flushOutboxes sends what was sealed and saved and has waited since.
func (s *simulation) flushOutboxes() {
	for _, p := range s.people {
		for _, m := range p.members {
			if !p.online || len(m.kept.outbox) == 0 || !s.chance(3) {
				continue
			}
			for _, e := range m.kept.outbox {
				s.submit(m.seq, e)
			}
			m.kept.outbox, m.unsaved = nil, true
			s.catchUp(m)
		}
	}
}

// tidy forgets people who have nothing to do with any group, and what nobody
// will ask the delivery service for.
func (s *simulation) tidy() {
	spare := 10
	var keep []*simPerson
	for _, p := range s.people {
		idle := len(p.members) == 0 && len(p.mail) == 0 && !s.main.has(p.name)
		if idle {
			spare--
		}
		if !idle || spare >= 0 {
			keep = append(keep, p)
		}
	}
	s.people = keep
	s.main.forget(s)
	if s.branch != nil {
		s.branch.forget(s)
	}
}
