package mls

import (
	"bytes"
	"errors"
	"slices"
)

// A fate is what becomes of a commit on its way.
type fate int

const (
	delivered   fate = iota
	requestLost      // the delivery service never sees it
	answerLost       // it is accepted, and the member does not hear of it
)

// simCommit is what is remembered of a pending commit.
type simCommit struct {
	serial  int
	leavers map[LeafIndex]string
	psk     bool
}

// prepare makes a commit and saves it. It returns false if that failed, and
// leaves the member as if it had not tried.
func (s *simulation) prepare(m *simMember, opt CommitOptions) bool {
	if m.group.PendingCommit() != nil {
		if s.chance(2) {
			return true // sent again
		}
		m.group.ClearPendingCommit()
	}
	about := simCommit{leavers: m.leavers(), psk: m.mayUsePSK(opt)}
	_, err := m.group.Commit(opt)
	s.ok(err, "a commit")
	s.sealedNow(m, true)
	about.serial = s.serial
	m.kept.commit = about
	if !s.save(m) {
		if s.chance(2) {
			s.restart(m)
		} else {
			m.group.ClearPendingCommit()
			s.mustSave(m)
		}
		return false
	}
	if s.chance(4) {
		s.restart(m)
	}
	return true
}

// sealedNow counts what the member has just sealed.
func (s *simulation) sealedNow(m *simMember, state bool) {
	s.serial++
	m.kept.serial = s.serial
	m.unsaved, m.stateDue = true, m.stateDue || state
}

// hand brings the pending commit to the delivery service; it tells whether it was accepted.
func (s *simulation) hand(m *simMember, f fate) bool {
	result, q := m.group.PendingCommit(), m.seq
	if f == requestLost {
		return false
	}
	about := m.kept.commit
	e := simEntry{
		kind: entryCommit, epoch: m.group.Epoch(), from: m.name, serial: about.serial, data: result.Message,
		key: s.keyOf(m, result.Message), sealed: s.now, psk: about.psk,
	}
	closes := m.group.pending.next.reInit != nil
	if !s.submitCommit(q, e, result.GroupInfo, result.Welcome) {
		s.note("the commit of %s comes too late", m.name)
		return false
	}
	s.note("%s commits, group %d epoch %d, %d members", m.name, q.number, q.epoch, len(q.roster))
	q.closed = closes
	for leaf, name := range about.leavers {
		if !closes && q.roster[leaf] == name && !m.added(name) {
			s.failf("a member who wants to leave stays")
		}
	}
	if f == answerLost {
		return true
	}
	s.catchUp(m)
	return true
}

// leavers are the others who have proposed their own removal.
func (m *simMember) leavers() map[LeafIndex]string {
	list := map[LeafIndex]string{}
	for _, p := range m.group.PendingProposals() {
		if p.Proposal.Type == ProposalRemove && p.Sender.Type == SenderMember && p.Sender.Leaf == p.Proposal.Removed &&
			p.Sender.Leaf != m.group.OwnLeaf() {
			list[p.Sender.Leaf] = m.seq.roster[p.Sender.Leaf]
		}
	}
	return list
}

// added tells whether a member has just been added (and may have been removed with it).
func (m *simMember) added(name string) bool { return m.seq.since[name] == m.seq.epoch }

// keyOf is the key under which a private message of this epoch is sealed.
func (s *simulation) keyOf(m *simMember, data []byte) *sealedKey {
	parsed, err := parseMessage(data)
	s.ok(err, "one's own message")
	if parsed.format != formatPrivate {
		return nil
	}
	e := m.group.epoch
	d, err := e.suite.openSenderData(parsed.private, e.secrets.senderData)
	s.ok(err, "one's own sender data")
	return &sealedKey{
		group: m.seq.number, epoch: m.group.Epoch(), leaf: d.leaf,
		handshake: parsed.private.kind != contentApplication, generation: d.generation,
	}
}

// mayUsePSK tells whether new members may lack a PSK of the commit.
func (m *simMember) mayUsePSK(opt CommitOptions) bool {
	resumed := func(id PreSharedKeyID) bool { return id.Type == PSKResumption }
	return slices.ContainsFunc(opt.PSKs, resumed) || slices.ContainsFunc(m.group.PendingProposals(), func(p PendingProposal) bool {
		return resumed(p.Proposal.PSK)
	})
}

// commit is a commit of anything by a member; it tells whether it was accepted.
func (s *simulation) commit(m *simMember, f fate) bool {
	return s.prepare(m, s.commitOptions(m)) && s.hand(m, f)
}

// seal makes an application message and saves; nil if that failed, and then
// nothing has left the device.
func (s *simulation) seal(m *simMember, text string) *simEntry {
	data, err := m.group.Encrypt([]byte(text), []byte(text))
	s.ok(err, "a message of one's own")
	s.sealedNow(m, false)
	e := &simEntry{
		kind: entryMessage, epoch: m.group.Epoch(), from: m.name, serial: m.kept.serial, data: data, text: text,
		key: s.keyOf(m, data), sealed: s.now,
	}
	m.kept.outbox = append(m.kept.outbox, *e)
	if s.save(m) {
		return e
	}
	if s.chance(2) {
		s.restart(m)
	} else {
		m.kept.outbox = m.kept.outbox[:len(m.kept.outbox)-1]
	}
	return nil
}

// propose makes, saves and sends a proposal; it tells whether it was sent.
func (s *simulation) propose(m *simMember, propose func(MessageOptions) ([]byte, error)) bool {
	data, err := propose(MessageOptions{Public: s.chance(2)})
	s.ok(err, "a proposal of one's own")
	s.sealedNow(m, true)
	e := simEntry{
		kind: entryProposal, epoch: m.group.Epoch(), from: m.name, serial: m.kept.serial, data: data,
		key: s.keyOf(m, data), sealed: s.now,
	}
	if !s.save(m) {
		if s.chance(2) {
			s.restart(m)
			return false
		}
		pending := m.group.PendingProposals()
		if !m.group.DropProposal(pending[len(pending)-1].Ref) {
			s.failf("a proposal cannot be dropped")
		}
		s.mustSave(m)
		return false
	}
	if !s.submit(m.seq, e) {
		s.failf("a proposal comes too late")
	}
	return true
}

// tamper has members process a changed message, which changes nothing of theirs.
func (s *simulation) tamper(m *simMember, data []byte) {
	for range 2 {
		victim := among(s, s.live(m.seq), nameOf)
		if victim == nil || victim == m {
			continue
		}
		bad := bytes.Clone(data)
		bad[s.dice.IntN(len(bad))] ^= 1 << s.dice.IntN(8)
		before := saved(victim.group)
		_, err := victim.group.Process(bad)
		if err == nil || errors.Is(err, ErrRewound) {
			s.failf("a changed message is accepted")
		}
		if saved(victim.group) != before {
			s.failf("a changed message changes the group")
		}
	}
}
