package mls

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"
)

var (
	simSeed    = flag.Uint64("mls.seed", 0, "seed of the first history; 0 draws one")
	simRuns    = flag.Int("mls.runs", 0, "histories, of one seed after the other; 0 is 6, or 1 where a seed is given")
	simSteps   = flag.Int("mls.steps", 200, "operations of each history")
	simMembers = flag.Int("mls.members", 64, "members of a group at most")
	simShrink  = flag.Duration("mls.shrink", 5*time.Minute, "how long to look for a smaller history when one fails")
)

// simSuites are those of the first group, in rotation: the ones that Parley uses.
var simSuites = supported(SuiteX25519ChaCha20, SuiteXWingChaCha20)

// simSuitesAfter are those to which a ReInit goes.
var simSuitesAfter = supported(SuiteX25519ChaCha20, SuiteXWingChaCha20, SuiteX25519ChaCha20, SuiteXWingChaCha20,
	SuiteX25519AES128, SuiteP256AES128)

func supported(list ...CipherSuite) []CipherSuite {
	return slices.DeleteFunc(list, func(s CipherSuite) bool { return !s.Supported() })
}

// TestSimulationHistories lets devices do at random what devices do with groups,
// and checks after every operation what must hold. A seed stands for one history.
// Of one that fails, it looks for a small part that fails in the same way.
func TestSimulationHistories(t *testing.T) {
	seed, runs := *simSeed, *simRuns
	if runs == 0 {
		runs = 6
		if seed != 0 {
			runs = 1
		}
	}
	if seed == 0 {
		seed = rand.Uint64()
	}
	operations, events := map[string]int{}, map[string]int{}
	for range runs {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			s := simulate(t, seed)
			addUp(operations, s.counts)
			addUp(events, s.events)
		})
		seed++
	}
	if t.Failed() {
		return
	}
	t.Logf("%d histories of %d operations: %s", runs, *simSteps, countsOf(events))
	for _, k := range operationKinds {
		if operations[k.name] == 0 && runs**simSteps >= 10_000 {
			t.Errorf("nobody could ever %q", k.name)
		}
	}
}

func addUp(total, counts map[string]int) {
	for name, n := range counts {
		total[name] += n
	}
}

// simulate runs the history of a seed.
func simulate(t *testing.T, seed uint64) *simulation {
	// All randomness comes from the seed; it is why runs are not parallel.
	cryptotest.SetGlobalRandom(t, seed)
	plan := simPlan{suite: simSuites[seed%uint64(len(simSuites))], most: max(*simMembers, 2), shrink: *simShrink}
	plan.log = func(line string) { t.Log(line) }
	s, failure := plan.replay(drawHistory(seed, *simSteps))
	if failure != nil {
		t.Fatalf("%s\n\nRepeat with: go test ./mls -run Histories -mls.seed=%d -mls.steps=%d -mls.members=%d\n\n%s",
			failure, seed, *simSteps, *simMembers, plan.shrunk(failure))
	}
	t.Log(s.summary())
	return s
}

// An operation is one entry of a history. What it does follows from its seed
// and the state it finds; where it makes no sense it does nothing.
type operation struct {
	number int // in the history as it was drawn
	kind   *operationKind
	seed   uint64
}

type operationKind struct {
	name   string
	weight int
	do     func(*simulation) bool // false: it made no sense
}

func drawHistory(seed uint64, steps int) []operation {
	r := rand.New(rand.NewPCG(seed, 1))
	var urn []*operationKind
	for i := range operationKinds {
		for range operationKinds[i].weight {
			urn = append(urn, &operationKinds[i])
		}
	}
	history := make([]operation, steps)
	for i := range history {
		history[i] = operation{number: i + 1, kind: urn[r.IntN(len(urn))], seed: r.Uint64()}
	}
	return history
}

// simPlan is what a run is besides its history.
type simPlan struct {
	suite  CipherSuite
	most   int // members
	shrink time.Duration
	// forgetful breaks the storage, for the test of the shrinker: it keeps the
	// records that are to be deleted.
	forgetful bool
	log       func(string) // hears now and then how far it is; nil is nobody
}

// A simFailure is the end of a run that went wrong.
type simFailure struct {
	what    string // the kind of failure: equal in a smaller history
	text    string
	history []operation // up to and with the one that failed
	notes   map[int][]string
}

func (f *simFailure) String() string {
	last := f.history[len(f.history)-1]
	return fmt.Sprintf("operation %d of the run, %q: %s", last.number, last.kind.name, f.text)
}

// list is the history with what each operation did.
func (f *simFailure) list() string {
	var b strings.Builder
	for _, op := range f.history {
		fmt.Fprintf(&b, "  %d %s: %s\n", op.number, op.kind.name, strings.Join(f.notes[op.number], "; "))
	}
	return b.String()
}

// replay runs a history up to its first failure.
func (p *simPlan) replay(history []operation) (s *simulation, failure *simFailure) {
	s = newSimulation(p)
	done := 0
	defer func() {
		if r := recover(); r != nil {
			failure = caught(r)
			failure.history, failure.notes = slices.Clone(history[:done]), s.notes
		}
	}()
	for _, op := range history {
		done++
		s.begin(op)
		if op.kind.do(s) {
			s.counts[op.kind.name]++
		}
		s.settle()
		s.check()
		if done%1000 == 0 && p.log != nil {
			p.log(fmt.Sprintf("%d operations: %s", done, s.summary()))
		}
	}
	return s, nil
}
