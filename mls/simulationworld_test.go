package mls

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A simulation is the world of one run.
type simulation struct {
	plan   *simPlan
	now    time.Time
	people []*simPerson
	relay  map[CipherSuite]*simPerson // the external sender
	main   *sequencer
	branch *sequencer // nil without one
	target int        // members that the main group tends to
	groups int
	serial int
	sealed map[sealedKey][32]byte
	owners map[string]*simPerson // by KeyPackageRef

	op     operation
	dice   *rand.Rand
	draws  uint64
	born   int
	counts map[string]int // operations by kind
	events map[string]int
	notes  map[int][]string
}

func newSimulation(p *simPlan) *simulation {
	s := &simulation{
		plan: p, now: testNow, relay: map[CipherSuite]*simPerson{}, target: min(p.most, 8), sealed: map[sealedKey][32]byte{},
		owners: map[string]*simPerson{}, counts: map[string]int{}, events: map[string]int{}, notes: map[int][]string{},
	}
	s.begin(operation{})
	founder := s.newPerson()
	g, err := NewGroup(founder.cfg(p.suite), GroupOptions{
		CipherSuite: p.suite, GroupID: []byte("main"), Leaf: founder.leaf(), Extensions: s.extensions(p.suite),
	})
	s.ok(err, "a new group")
	s.main = s.newSequencer(g.ID(), p.suite, nil, 0)
	s.main.info, err = g.GroupInfo()
	s.ok(err, "a GroupInfo")
	s.main.readRoster(s, simEntry{})
	s.become(&simMember{simPerson: founder, seq: s.main}, g, 0)
	return s
}

func (s *simulation) begin(op operation) {
	s.op, s.draws, s.born = op, 0, 0
	s.dice = rand.New(rand.NewPCG(op.seed, 2))
	s.now = s.now.Add(time.Minute)
}

// chance is one in n.
func (s *simulation) chance(n int) bool { return s.dice.IntN(n) == 0 }

// failf ends the run. Its format names the kind of failure.
func (s *simulation) failf(format string, args ...any) {
	panic(&simFailure{what: format, text: fmt.Sprintf(format, args...)})
}

// ok fails unless err is nil, or one of those allowed.
func (s *simulation) ok(err error, what string, allowed ...error) {
	if err == nil || slices.ContainsFunc(allowed, func(a error) bool { return errors.Is(err, a) }) {
		return
	}
	panic(&simFailure{what: what + ": " + err.Error(), text: what + ": " + err.Error()})
}

// refused fails unless err is one of those wanted.
func (s *simulation) refused(err error, what string, want ...error) {
	if err == nil {
		panic(&simFailure{what: what + " is not refused", text: what + " is not refused"})
	}
	s.ok(err, what, want...)
}

func (s *simulation) note(format string, args ...any) {
	s.notes[s.op.number] = append(s.notes[s.op.number], fmt.Sprintf(format, args...))
}

func (s *simulation) summary() string {
	return fmt.Sprintf("suite %#04x, %d groups, %d members and epoch %d in the last one\n%s",
		uint16(s.main.suite), s.groups, len(s.main.roster), s.main.epoch, countsOf(s.events))
}

func countsOf(counts map[string]int) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(list, ", ")
}

// newPerson is somebody nobody knows yet. The name stays the same in a history
// that leaves out other operations.
func (s *simulation) newPerson() *simPerson {
	s.born++
	p := newSimPerson(fmt.Sprintf("p%d.%d", s.op.number, s.born))
	p.clock = s.now
	s.people = append(s.people, p)
	return p
}

// among picks one by a hash of its name, so that the choice is the same where
// those not chosen are missing. It returns the zero value for an empty list.
func among[T any](s *simulation, list []T, name func(T) string) (best T) {
	s.draws++
	var least uint64
	for i, v := range list {
		seed := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, s.op.seed), s.draws)
		hash := sha256.Sum256(append(seed, name(v)...))
		if h := binary.BigEndian.Uint64(hash[:]); i == 0 || h < least {
			best, least = v, h
		}
	}
	return best
}

func nameOf(m *simMember) string { return m.name }

// someGroup is the main group, and sometimes the one that branched off.
func (s *simulation) someGroup() *sequencer {
	if s.chance(4) && s.branch != nil {
		return s.branch
	}
	return s.main
}

// live are the members who are online and follow the group; others are left out.
func (s *simulation) live(q *sequencer) (list []*simMember) {
	for _, p := range s.people {
		if m := p.member(q); m != nil && p.online && !m.kept.lost && !m.group.Closed() {
			list = append(list, m)
		}
	}
	return list
}

// able are those of the live who may send and are in the present epoch.
func (s *simulation) able(q *sequencer) []*simMember {
	return slices.DeleteFunc(s.live(q), func(m *simMember) bool { return m.kept.rewound || m.group.Epoch() != q.epoch })
}

// someone is a member who may send, nil if there is none.
func (s *simulation) someone(q *sequencer) *simMember { return among(s, s.able(q), nameOf) }

func (s *simulation) person(name string) *simPerson {
	for _, p := range s.people {
		if p.name == name {
			return p
		}
	}
	return nil
}

// outsiders are those who are not in the group and do not wait for it. To a
// branch belong only members of the main group.
func (s *simulation) outsiders(q *sequencer) (list []*simPerson) {
	for _, p := range s.people {
		waits := slices.ContainsFunc(p.mail, func(w simWelcome) bool { return w.seq == q })
		if !q.has(p.name) && p.member(q) == nil && !waits && (q == s.main || s.main.has(p.name)) {
			list = append(list, p)
		}
	}
	return list
}

// outsider is somebody to come in: one who was here before, or a new person.
func (s *simulation) outsider(q *sequencer, except ...*simPerson) *simPerson {
	list := slices.DeleteFunc(s.outsiders(q), func(p *simPerson) bool { return slices.Contains(except, p) })
	if len(list) > 0 && (q != s.main || s.chance(2)) {
		return among(s, list, func(p *simPerson) string { return p.name })
	}
	if q != s.main {
		return nil
	}
	return s.newPerson()
}

func leavesInOrder(q *sequencer) []LeafIndex {
	var list []LeafIndex
	for leaf := range q.roster {
		list = append(list, leaf)
	}
	slices.SortFunc(list, cmp.Compare[LeafIndex])
	return list
}
