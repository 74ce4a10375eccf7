package mls

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"maps"
	"slices"
	"time"
)

// A simPerson is somebody with one device.
type simPerson struct {
	name    string
	online  bool
	clock   time.Time
	signers map[CipherSuite]crypto.Signer
	bundles []*KeyPackageBundle
	mail    []simWelcome
	members []*simMember
	lend    *Group // whose resumption PSKs an external join may use
}

func newSimPerson(name string) *simPerson {
	return &simPerson{name: name, online: true, signers: map[CipherSuite]crypto.Signer{}}
}

func (p *simPerson) cfg(suite CipherSuite) Config {
	if p.signers[suite] == nil {
		signer, err := suite.GenerateSigner(nil)
		if err != nil {
			panic(err)
		}
		p.signers[suite] = signer
	}
	return Config{
		Signer: p.signers[suite], Now: func() time.Time { return p.clock }, PSK: p.psk, AcceptProposal: anyProposal,
		KnownGroup: func(id []byte) bool {
			return slices.ContainsFunc(p.members, func(m *simMember) bool { return m.seq.id == string(id) })
		},
	}
}

func (p *simPerson) psk(id PreSharedKeyID) []byte {
	if id.Type == PSKExternal {
		value := sha256.Sum256(id.ID)
		return value[:]
	}
	if p.lend == nil || !bytes.Equal(p.lend.ID(), id.Group) {
		return nil
	}
	value, _ := p.lend.ResumptionPSK(id.Epoch)
	return value
}

func (p *simPerson) leaf() LeafOptions {
	return LeafOptions{Credential: BasicCredential([]byte(p.name))}
}

func (p *simPerson) member(q *sequencer) *simMember {
	for _, m := range p.members {
		if m.seq == q {
			return m
		}
	}
	return nil
}

func (p *simPerson) drop(m *simMember) {
	p.members = slices.DeleteFunc(p.members, func(other *simMember) bool { return other == m })
}

// keyPackage is one as the directory hands it out; its owner need not be online.
func (s *simulation) keyPackage(p *simPerson, suite CipherSuite) []byte {
	p.clock = s.now
	b, err := NewKeyPackage(p.cfg(suite), KeyPackageOptions{CipherSuite: suite, Leaf: p.leaf(), LastResort: s.chance(5)})
	s.ok(err, "a key package")
	p.bundles = append(p.bundles, b)
	if over := len(p.bundles) - 20; over > 0 {
		p.bundles = p.bundles[over:]
	}
	s.owners[string(b.Ref())] = p
	return b.Message()
}

// A simMember is a device in a group, with its storage.
type simMember struct {
	*simPerson
	seq      *sequencer
	group    *Group
	kept     simKept
	store    simStore
	saves    []simStore // copies of the storage, oldest first
	stateDue bool
	unsaved  bool
}

// simKept is what a device keeps in the same transaction as its group.
type simKept struct {
	cursor int    // the next entry of the log
	first  int    // the entry after that by which it came in
	since  uint64 // the epoch in which it came in
	late   []int  // messages that have not arrived
	outbox []simEntry
	serial int // of what it sealed last
	at     time.Time
	commit simCommit // the pending one

	rewound bool // it has seen what proves that the storage is old
	told    bool // and was told so, wherever its messages went
	missing bool // it does not have a proposal of its own
	lost    bool // it cannot follow any more
}

func (k simKept) clone() simKept {
	k.late, k.outbox = slices.Clone(k.late), slices.Clone(k.outbox)
	return k
}

// simStore is storage with transactions.
type simStore struct {
	vault
	kept simKept
}

func (v *simStore) clone() simStore {
	c := *v
	c.records, c.kept = maps.Clone(v.records), v.kept.clone()
	return c
}

// save writes, as a caller should: state where it is due, the changed records,
// and all else in one transaction. It tells whether that was committed.
func (s *simulation) save(m *simMember) bool {
	changed := m.group.ChangedRatchets()
	if s.chance(25) {
		s.note("a transaction of %s fails", m.name)
		return false
	}
	for _, r := range changed {
		switch {
		case r.Value != nil:
			m.store.records[string(r.Key)] = r.Value
		case !s.plan.forgetful:
			delete(m.store.records, string(r.Key))
		}
	}
	if m.stateDue {
		m.store.state = m.group.MarshalState()
	}
	m.kept.at = m.clock
	m.store.kept = m.kept.clone()
	m.group.RatchetsSaved()
	m.stateDue, m.unsaved = false, false
	return true
}

// mustSave tries until it works.
func (s *simulation) mustSave(m *simMember) {
	for !s.save(m) {
	}
}

// restart brings a member back from its storage. Where all was saved, that is
// what it was before, byte for byte.
func (s *simulation) restart(m *simMember) {
	s.events["restores"]++
	clock := m.clock
	m.clock = m.store.kept.at
	back, err := Restore(m.cfg(m.seq.suite), m.store.state, m.store.list())
	s.ok(err, "a restored group")
	if !m.unsaved {
		m.group.DropExpired()
		if !bytes.Equal(back.MarshalState(), m.group.MarshalState()) || !bytes.Equal(allRatchets(back), allRatchets(m.group)) {
			s.failf("a restored group of %s is another one", m.name)
		}
	}
	m.group, m.kept, m.stateDue, m.unsaved = back, m.store.kept.clone(), false, false
	m.clock = clock
}

// become gives a member its group, by a Welcome or from outside.
func (s *simulation) become(m *simMember, g *Group, cursor int) {
	m.group = g
	m.kept = simKept{cursor: cursor, first: cursor, since: g.Epoch(), serial: s.serial}
	m.store = simStore{vault: vault{records: map[string][]byte{}}}
	m.stateDue, m.unsaved = true, true
	if !slices.Contains(m.members, m) {
		m.members = append(m.members, m)
	}
	s.mustSave(m)
	s.mark(m)
}

// oldest is the first entry of the log that the member may still read.
func (m *simMember) oldest() int {
	first := m.kept.cursor
	for _, k := range append([]simKept{m.kept, m.store.kept}, m.keptInSaves()...) {
		first = min(first, k.cursor)
		for _, i := range k.late {
			first = min(first, i)
		}
	}
	return first
}

func (m *simMember) keptInSaves() (list []simKept) {
	for i := range m.saves {
		list = append(list, m.saves[i].kept)
	}
	return list
}
