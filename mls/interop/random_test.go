package interop

import (
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"parley/mls"
)

var (
	randomSeed  = flag.Uint64("interop.seed", 0, "run only this seed of the random groups")
	randomSteps = flag.Int("interop.steps", 25, "steps of each random group")
)

// TestRandom has members of all libraries do at random what members do. The
// seed of a failure is in its name; keys are drawn anew in each run.
func TestRandom(t *testing.T) {
	for _, libraries := range [][]*library{{nil, tsMLS}, {nil, coreCrypto}, {nil, tsMLS, coreCrypto}} {
		var names []string
		for _, l := range libraries[1:] {
			names = append(names, l.name)
		}
		t.Run(strings.Join(names, "+"), func(t *testing.T) {
			eachSuite(t, func(t *testing.T, suite mls.CipherSuite) {
				seed := *randomSeed
				if seed == 0 {
					seed = rand.Uint64()
				}
				t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { randomGroup(t, suite, libraries, seed) })
			})
		})
	}
}

type randomRoom struct {
	*room
	*rand.Rand
	libraries []*library
	limit     int // members
}

func randomGroup(t *testing.T, suite mls.CipherSuite, libraries []*library, seed uint64) {
	r := &randomRoom{newRoom(t, suite), rand.New(rand.NewPCG(seed, 1)), libraries, 6}
	if slices.Contains(libraries, tsMLS) {
		r.limit = tsMLS.members
	}
	r.add(r.create(nil), libraries[len(libraries)-1], r.coin())
	steps := []func(){r.addAny, r.addAny, r.updateAny, r.updateAny, r.removeAny, r.joinAny, r.resyncAny}
	for range *randomSteps {
		steps[r.IntN(len(steps))]()
	}
}

func (r *randomRoom) coin() bool   { return r.IntN(2) == 0 }
func (r *randomRoom) any() *member { return r.members[r.IntN(len(r.members))] }
func (r *randomRoom) anyLibrary() *library {
	return r.libraries[r.IntN(len(r.libraries))]
}

func (r *randomRoom) addAny() {
	r.t.Helper()
	if len(r.members) < r.limit {
		r.add(r.any(), r.anyLibrary(), r.coin())
	}
}

func (r *randomRoom) updateAny() { r.t.Helper(); r.update(r.any(), r.coin()) }

// giver is a member who has a GroupInfo.
func (r *randomRoom) giver() *member {
	for {
		if m := r.any(); m.library == nil || m.library.groupInfo {
			return m
		}
	}
}

func (r *randomRoom) joinAny() {
	r.t.Helper()
	if len(r.members) < r.limit {
		r.external(r.giver(), r.person(r.anyLibrary()))
	}
}

func (r *randomRoom) resyncAny() {
	r.t.Helper()
	m, giver := r.any(), r.giver()
	cannot := slices.ContainsFunc(r.members, func(o *member) bool { return o.library != nil && !o.library.regrowth })
	if m == giver || cannot && r.regrows(m) {
		return
	}
	r.external(giver, m)
}

// regrows tells whether the resync of a member cuts off the right half of the
// tree with its old leaf, and lets it grow again for the new one.
func (r *randomRoom) regrows(m *member) bool {
	old, last := r.leaf(m), mls.LeafIndex(0)
	var taken []mls.LeafIndex
	for _, other := range r.anyOfOurs().group().Members() {
		if other.Index != old {
			taken, last = append(taken, other.Index), max(last, other.Index)
		}
	}
	size := mls.LeafIndex(1) << bits.Len32(uint32(last)) // of the tree without m
	return old >= size && len(taken) == int(size) && old != size
}

func (r *randomRoom) removeAny() {
	r.t.Helper()
	by := r.any()
	whom := []*member{r.any()}
	if by.library != nil && !by.library.singleRemove {
		whom = append(whom, r.any())
	}
	if r.removable(by, whom) {
		r.remove(by, r.coin(), whom...)
	}
}

// removable tells whether whom can be removed so that the test, and all who
// stay, can go on.
func (r *randomRoom) removable(by *member, whom []*member) bool {
	ours, halves := false, true
	last, first := mls.LeafIndex(0), ^mls.LeafIndex(0)
	for _, m := range r.members {
		if slices.Contains(whom, m) {
			continue
		}
		leaf := r.leaf(m)
		last, first = max(last, leaf), min(first, leaf)
		ours = ours || m.ours != nil
		halves = halves && (m.library == nil || m.library.emptyHalf)
	}
	if !halves { // some need a member in each half of the tree
		halves = last == 0 || first < 1<<(bits.Len32(uint32(last))-1)
	}
	distinct := len(whom) == 1 || whom[0] != whom[1]
	return ours && halves && distinct && !slices.Contains(whom, by)
}
