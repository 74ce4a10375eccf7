package sim

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

var (
	seed  = flag.Uint64("sim.seed", 1, "the first history's seed, the next have the following ones; 0 draws one")
	runs  = flag.Int("sim.runs", 5, "how many histories")
	steps = flag.Int("sim.steps", 40, "steps of each")
	sum   = flag.Bool("sim.sum", false, "tell of each history, and sum up at the end")
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
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1_000_000_000)
	}
	for i := range *runs {
		s := first + uint64(i)
		passed := t.Run(fmt.Sprintf("seed=%d", s), func(t *testing.T) {
			t.Logf("replay with: make sim SEED=%d RUNS=1 STEPS=%d", s, *steps)
			r := Run(t, s, *steps)
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
