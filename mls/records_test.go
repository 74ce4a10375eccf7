package mls

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// A vault is a caller's storage: state and ratchet records, saved together.
type vault struct {
	state   []byte
	records map[string][]byte
}

// save writes what changed, and returns how many bytes of records it wrote.
func (v *vault) save(g *Group) (written int) {
	if v.records == nil {
		v.records = map[string][]byte{}
	}
	for _, r := range g.ChangedRatchets() {
		written += len(r.Key) + len(r.Value)
		if r.Value == nil {
			delete(v.records, string(r.Key))
			continue
		}
		v.records[string(r.Key)] = r.Value
	}
	v.state = g.MarshalState()
	g.RatchetsSaved()
	return written
}

func (v *vault) list() (records []RatchetRecord) {
	for key, value := range v.records {
		records = append(records, RatchetRecord{Key: []byte(key), Value: value})
	}
	return records
}

// open restores the group and checks that the changes written one after the
// other are what the group holds.
func (v *vault) open(t testing.TB, p *person, g *Group) *Group {
	t.Helper()
	back := must[*Group](t)(Restore(p.cfg, v.state, v.list()))
	if !bytes.Equal(allRatchets(back), allRatchets(g)) || !bytes.Equal(back.MarshalState(), g.MarshalState()) {
		t.Fatal("what was saved step by step is not the group")
	}
	return back
}

// TestChangedRatchetsAddUp: saved record by record, after each step or after
// several, the storage holds exactly the group: over epochs, late messages,
// transactions that failed, and restarts.
func TestChangedRatchetsAddUp(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	people, groups := grown(t, DefaultSuite, 5)
	groups[1].cfg.Limits.MaxSkipped = 3
	var v vault
	var mail [][]byte
	for range 400 {
		from := r.IntN(len(groups))
		switch r.IntN(8) {
		default:
			message := must[[]byte](t)(groups[from].Encrypt([]byte("x"), nil))
			if from != 1 {
				mail = append(mail, message)
			}
		case 1, 2, 3:
			r.Shuffle(len(mail), func(i, j int) { mail[i], mail[j] = mail[j], mail[i] })
			for _, message := range mail[:len(mail)/2] {
				_, _ = groups[1].Process(message) // some are too late by now
			}
			mail = mail[len(mail)/2:]
		case 4:
			deliver(t, groups, from, must[*CommitResult](t)(groups[from].Commit(CommitOptions{})))
		case 5:
			groups[1].ChangedRatchets() // and the transaction fails
			continue
		case 6:
			continue // nothing is saved
		case 7:
			v.save(groups[1])
			groups[1] = v.open(t, people[1], groups[1])
			groups[1].cfg.Limits.MaxSkipped = 3
			if again := groups[1].ChangedRatchets(); len(again) != 0 {
				t.Fatalf("a restored group has %d changes", len(again))
			}
			continue
		}
		if r.IntN(2) == 0 {
			v.save(groups[1])
			v.open(t, people[1], groups[1])
		}
	}
}

// TestMessageSavesLittle: in a group of 1,000 in which everybody writes, saving
// after a message writes at most 2 KiB, the first of its sender too.
func TestMessageSavesLittle(t *testing.T) {
	const n, limit = 1000, 2 << 10
	_, groups := benchGroup(t, n)
	g := groups[1]
	var v vault
	v.save(g)
	most := 0
	for i := range n {
		if i == 1 {
			continue // oneself
		}
		key := must[*keyUse](t)(g.ratchets.key(LeafIndex(i), false, 0, &g.cfg))
		key.take()
		most = max(most, v.save(g))
	}
	must[[]byte](t)(groups[0].Encrypt([]byte("x"), nil)) // the one whose key was used above
	for range 3 {
		must[[]byte](t)(g.Encrypt([]byte("x"), nil))
		most = max(most, v.save(g))
		must[*Received](t)(g.Process(must[[]byte](t)(groups[0].Encrypt([]byte("x"), nil))))
		most = max(most, v.save(g))
	}
	t.Logf("at most %d bytes of records for a message; all records are %d bytes", most, len(allRatchets(g)))
	if most > limit {
		t.Fatalf("saving after a message writes %d bytes", most)
	}
}

// TestRecordsAreBound: records of another save than the state's are refused.
func TestRecordsAreBound(t *testing.T) {
	people, groups := grown(t, DefaultSuite, 3)
	g := groups[0]
	save := func() vault {
		var v vault
		g.ChangedRatchets()
		v.records = map[string][]byte{}
		for _, r := range g.Ratchets() {
			v.records[string(r.Key)] = r.Value
		}
		v.state = g.MarshalState()
		return v
	}
	send(t, groups, 1, "x")
	before := save()
	deliver(t, groups, 0, must[*CommitResult](t)(g.Commit(CommitOptions{})))
	send(t, groups, 2, "x")
	after := save()
	// The same epoch number, reached by another commit.
	other := must[*Group](t)(Restore(people[0].cfg, before.state, before.list()))
	must[*CommitResult](t)(other.Commit(CommitOptions{}))
	if err := other.MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	change := func(v vault, change func(map[string][]byte)) []RatchetRecord {
		copied := map[string][]byte{}
		for k, value := range v.records {
			copied[k] = bytes.Clone(value)
		}
		change(copied)
		return (&vault{records: copied}).list()
	}
	without := func(kind recordKind) []RatchetRecord {
		return change(after, func(m map[string][]byte) {
			for k := range m {
				if _, id, _ := parseRecordKey([]byte(k)); id.kind == kind {
					delete(m, k)
					return
				}
			}
		})
	}
	for name, c := range map[string]struct {
		state   []byte
		records []RatchetRecord
	}{
		"older records":            {after.state, before.list()},
		"newer records":            {before.state, after.list()},
		"records of another epoch": {after.state, other.Ratchets()},
		"records of both":          {after.state, append(after.list(), before.list()...)},
		"no records":               {after.state, nil},
		"a node missing":           {after.state, without(recordNode)},
		"a ratchet missing":        {after.state, without(recordApplication)},
		"a handshake missing":      {after.state, without(recordHandshake)},
		"a record not deleted": {after.state, change(after, func(m map[string][]byte) {
			m[string(rootOf(4).record().key(g.Epoch()))] = make([]byte, 32)
		})},
		"a deletion":     {after.state, append(after.list(), RatchetRecord{Key: epochRecord.key(9)})},
		"a strange key":  {after.state, append(after.list(), RatchetRecord{Key: []byte("key"), Value: []byte{1}})},
		"a strange kind": {after.state, append(after.list(), RatchetRecord{Key: recordID{kind: recordKinds}.key(g.Epoch()), Value: []byte{1}})},
		"a long value": {after.state, change(after, func(m map[string][]byte) {
			for k := range m {
				m[k] = append(m[k], 0)
			}
		})},
	} {
		if g, err := Restore(people[0].cfg, c.state, c.records); !errors.Is(err, ErrState) || g != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Restore(people[0].cfg, after.state, after.list()); err != nil {
		t.Fatal(err)
	}
}

// TestDroppedEpochLeavesNoRecords: what is deleted of an epoch is everything.
func TestDroppedEpochLeavesNoRecords(t *testing.T) {
	people, groups := grown(t, DefaultSuite, 3)
	var v vault
	for range 8 {
		send(t, groups, 1, "x")
		must[[]byte](t)(groups[2].Encrypt(nil, nil)) // never comes
		send(t, groups, 2, "y")
		v.save(groups[0])
		deliver(t, groups, 1, must[*CommitResult](t)(groups[1].Commit(CommitOptions{})))
		v.save(groups[0])
		v.open(t, people[0], groups[0])
	}
	for key := range v.records {
		epoch, id, _ := parseRecordKey([]byte(key))
		if groups[0].Epoch()-epoch > defaultPastEpochs {
			t.Fatalf("a record of epoch %d is left in %d", epoch, groups[0].Epoch())
		}
		if over := epoch != groups[0].Epoch(); over && (id.kind == recordHandshake || id.kind == recordSkippedHandshake) {
			t.Fatalf("a handshake ratchet of epoch %d is left", epoch)
		}
	}
}

// TestExternalJoinSurvivesRestart: the join is saved before it is sent, and the
// group it leads to is new to the storage.
func TestExternalJoinSurvivesRestart(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 3)
	p := newPerson(t, DefaultSuite, "joiner")
	join := must[*ExternalJoin](t)(JoinExternal(p.cfg, must[[]byte](t)(groups[0].GroupInfo()), ExternalJoinOptions{Leaf: p.leaf()}))
	saved := join.MarshalState()
	back := must[*ExternalJoin](t)(RestoreExternalJoin(p.cfg, saved))
	if !bytes.Equal(back.Commit, join.Commit) || !bytes.Equal(back.GroupInfo, join.GroupInfo) || !bytes.Equal(back.MarshalState(), saved) {
		t.Fatal("comes back differently")
	}
	for _, g := range groups {
		if err := g.Merge(must[*Received](t)(g.Process(back.Commit)).Commit); err != nil {
			t.Fatal(err)
		}
	}
	var v vault
	v.save(back.Group())
	groups = append(groups, v.open(t, p, back.Group()))
	agree(t, groups)
	send(t, groups, 3, "here")
	for name, data := range map[string][]byte{"nothing": nil, "truncated": saved[:len(saved)-1], "trailing": append(saved, 0)} {
		if j, err := RestoreExternalJoin(p.cfg, data); !errors.Is(err, ErrState) || j != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
