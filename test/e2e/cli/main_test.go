// Package cli_test runs Parley as people do: a relay and devices as processes
// of their own, over loopback. Nothing in here looks inside.
package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the parley that the tests run, as it is released. Of commands that go on, it is
// watched, which the race detector does if it watches the tests.
var binary, watched string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "parley-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary, watched = filepath.Join(dir, "parley"), filepath.Join(dir, "parley-watched")
	// As 'make build' does, whose work is then used.
	err = build(binary, []string{"GOFLAGS=", "CGO_ENABLED=0"}, "-trimpath")
	if err == nil {
		err = build(watched, nil, buildFlags...)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build parley:", err)
		return 1
	}
	return m.Run()
}

func build(to string, env []string, flags ...string) error {
	cmd := exec.Command("go", append(append([]string{"build"}, flags...), "-o", to, "parley/cmd/parley")...)
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr
	return cmd.Run()
}
