package sim

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

var (
	seed      = flag.Uint64("sim.seed", 1, "the first history's seed, the next have the following ones; 0 draws one")
	runs      = flag.Int("sim.runs", 5, "how many histories")
	groupRuns = flag.Int("sim.groupruns", 2, "how many histories of groups")
	resets    = flag.Bool("sim.resets", false, "reset groups, too")
	steps     = flag.Int("sim.steps", 40, "steps of each")
	sum       = flag.Bool("sim.sum", false, "tell of each history, and sum up at the end")
)

// total is what all histories did, failed how many broke the invariant.
var (
	total  Report
	failed int
)

func TestMain(m *testing.M) {
	code := m.Run()
	if *sum {
		fmt.Printf("%d failed of %s\n", failed, total.String())
	}
	os.Exit(code)
}

// Whatever happens to devices, network and relay, in the end every device of an
// account shows the same, and no message is lost, twice or unreadable (M8, M12,
// M15, X9).
func TestRandomHistories(t *testing.T) {
	live(t, "sim", *runs, *steps, Run)
}

// All who are in a group agree on it and on what was said, and who was out of it has read
// nothing of that (M50, X5, X9).
func TestRandomGroupHistories(t *testing.T) {
	live(t, "sim-groups", *groupRuns, *steps, func(t *testing.T, seed uint64, steps int) Report {
		t.Helper()
		return RunGroups(t, seed, steps, *resets)
	})
}

func live(t *testing.T, target string, runs, steps int, run func(*testing.T, uint64, int) Report) {
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1_000_000_000)
	}
	for i := range runs {
		s := first + uint64(i)
		passed := t.Run(fmt.Sprintf("seed=%d", s), func(t *testing.T) {
			t.Logf("replay with: make %s SEED=%d RUNS=1 STEPS=%d", target, s, steps)
			r := run(t, s, steps)
			total.Add(r)
			if *sum {
				fmt.Printf("seed %d: %s\n", s, r.String())
			}
		})
		if !passed {
			failed++
		}
	}
}
