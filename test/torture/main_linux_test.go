// Package torture_test tries to make a relay lose or double what it has acknowledged: real
// processes, devices that send, read slowly, vanish and repeat themselves, and a relay that is
// killed, stopped, and forbidden to write, or whose database is, all at random and for as long as
// one likes.
//
//	make torture DURATION=1h
//	make torture DURATION=1h STORE=postgres
package torture_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var (
	duration  = flag.Duration("torture.duration", 0, "how long to torture; 0 is 20 seconds, in CI two minutes")
	seed      = flag.Uint64("torture.seed", 0, "of the random choices; 0 takes another each time")
	storeName = flag.String("torture.store", "sqlite", "the relay's store: sqlite or postgres")
	pairs     = flag.Int("torture.pairs", 4, "pairs of accounts that write to each other")
)

// binary is parley, as it is released.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	if *duration == 0 {
		if *duration = 20 * time.Second; os.Getenv("CI") != "" {
			*duration = 2 * time.Minute
		}
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "parley-torture-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "parley")
	// As 'make build' does, whose work is then used.
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "parley/cmd/parley")
	build.Env, build.Stderr = append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build parley:", err)
		return 1
	}
	return m.Run()
}
