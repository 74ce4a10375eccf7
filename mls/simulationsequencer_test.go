package mls

import (
	"crypto/sha256"
	"maps"
	"slices"
	"time"
)

// A sequencer is the delivery service of one group: a log that takes one commit
// for each epoch (compare-and-swap), and proposals of the present epoch only.
type sequencer struct {
	id     string
	suite  CipherSuite
	number int // of the groups of the run
	epoch  uint64
	log    []simEntry
	taken  map[[32]byte]bool // what is in the log
	info   []byte            // GroupInfo of the epoch
	roster map[LeafIndex]string
	since  map[string]uint64 // when the members came in
	views  map[uint64]epochMark

	parent    *sequencer // the group this one follows or branches off
	usage     ResumptionUsage
	successor *sequencer
	closed    bool // by a ReInit commit
}

// epochMark is what all members of an epoch agree on.
type epochMark struct{ authenticator, treeHash, exported string }

type entryKind int

const (
	entryMessage entryKind = iota
	entryProposal
	entryCommit
	entryJoin // an external commit
)

var eventNames = map[entryKind]string{
	entryMessage: "messages", entryProposal: "proposals", entryCommit: "commits", entryJoin: "external joins",
}

// A simEntry is a message as the delivery service holds it.
type simEntry struct {
	kind   entryKind
	epoch  uint64
	from   string // empty for those outside
	serial int    // counts all that is sealed in a run
	key    *sealedKey
	data   []byte
	text   string
	sealed time.Time
	at     time.Time // when it was taken
	psk    bool      // a commit that may hold a resumption PSK
}

// A sealedKey is what one key was used for, and no other message may be.
type sealedKey struct {
	group      int
	epoch      uint64
	leaf       LeafIndex
	handshake  bool
	generation uint32
}

// simWelcome is a Welcome on its way.
type simWelcome struct {
	seq    *sequencer
	data   []byte
	cursor int // the entry after the commit
	at     time.Time
	first  bool // of the first commit of a group that comes from another
	psk    bool
}

func (s *simulation) newSequencer(id []byte, suite CipherSuite, parent *sequencer, usage ResumptionUsage) *sequencer {
	s.groups++
	return &sequencer{
		id: string(id), suite: suite, number: s.groups, parent: parent, usage: usage,
		taken: map[[32]byte]bool{}, roster: map[LeafIndex]string{}, since: map[string]uint64{}, views: map[uint64]epochMark{},
	}
}

// submit hands a message to the delivery service; it tells whether it is in the log.
func (s *simulation) submit(q *sequencer, e simEntry) bool {
	digest := sha256.Sum256(e.data)
	if e.key != nil {
		if other, used := s.sealed[*e.key]; used && other != digest {
			s.failf("two messages are sealed with one key: %+v of %s", *e.key, e.from)
		}
		s.sealed[*e.key] = digest
	}
	if q.taken[digest] {
		return true // sent a second time
	}
	if e.kind != entryMessage && (e.epoch != q.epoch || q.closed) {
		return false
	}
	e.at = s.now
	s.events[eventNames[e.kind]]++
	q.taken[digest] = true
	q.log = append(q.log, e)
	return true
}

// submitCommit is submit for commits. What goes with one counts once it is accepted.
func (s *simulation) submitCommit(q *sequencer, e simEntry, info, welcome []byte) bool {
	if before := len(q.log); !s.submit(q, e) || len(q.log) == before {
		return q.taken[sha256.Sum256(e.data)]
	}
	q.epoch++
	q.info = info
	q.readRoster(s, e)
	if welcome != nil {
		s.post(q, welcome, e.psk)
	}
	return true
}

// readRoster learns from the GroupInfo who is a member.
func (q *sequencer) readRoster(s *simulation, e simEntry) {
	view, err := InspectGroupInfo(q.info)
	s.ok(err, "the GroupInfo of a commit")
	if view.Epoch != q.epoch || string(view.GroupID) != q.id {
		s.failf("the GroupInfo is of epoch %d, not %d", view.Epoch, q.epoch)
	}
	clear(q.roster)
	present := map[string]bool{}
	for _, m := range view.Members {
		name := string(m.Credential.Identity)
		if present[name] {
			s.failf("%s is a member twice", name)
		}
		present[name], q.roster[m.Index] = true, name
		if _, there := q.since[name]; !there || e.kind == entryJoin && name == e.from {
			q.since[name] = q.epoch
		}
	}
	maps.DeleteFunc(q.since, func(name string, _ uint64) bool { return !present[name] })
}

// post brings a Welcome to those it is for.
func (s *simulation) post(q *sequencer, welcome []byte, psk bool) {
	refs, err := WelcomeRefs(welcome)
	s.ok(err, "the refs of a Welcome")
	for _, ref := range refs {
		p := s.owners[string(ref)]
		if !slices.Contains(s.people, p) { // had nothing to do with any group for a while
			s.people = append(s.people, p)
		}
		p.mail = append(p.mail, simWelcome{
			seq: q, data: welcome, cursor: len(q.log), at: s.now, psk: psk, first: q.epoch == 1 && q.parent != nil,
		})
		q.since[p.name] = q.epoch
	}
}

func (q *sequencer) leafOf(name string) (LeafIndex, bool) {
	for leaf, who := range q.roster {
		if who == name {
			return leaf, true
		}
	}
	return 0, false
}

func (q *sequencer) has(name string) bool {
	_, there := q.leafOf(name)
	return there
}

// view is what those outside know of the group.
func (q *sequencer) view() *GroupView {
	return &GroupView{GroupID: []byte(q.id), Epoch: q.epoch, CipherSuite: q.suite}
}

// forget drops messages that nobody will ask for any more.
func (q *sequencer) forget(s *simulation) {
	oldest := len(q.log)
	for _, p := range s.people {
		for _, w := range p.mail {
			if w.seq == q {
				oldest = min(oldest, w.cursor)
			}
		}
		if m := p.member(q); m != nil {
			oldest = min(oldest, m.oldest())
		}
	}
	for i := oldest - 1; i >= 0 && q.log[i].data != nil; i-- {
		q.log[i].data = nil
	}
}
