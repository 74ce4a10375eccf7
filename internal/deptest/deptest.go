// Package deptest holds promises about what is linked into what: that the relay lacks the code that decrypts, and
// that the browser build stays small.
//
// It asks the go command about packages as they are built, without their tests. The go command does not see that a
// cached result of these tests is old: run them with -count=1.
package deptest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Check says what must not be linked into some packages.
type Check struct {
	// Packages are patterns for the go command, such as parley/internal/relay/...; each must match something.
	Packages []string
	// GOOS and GOARCH of the build; empty for this machine's.
	GOOS, GOARCH string
	// Tags of the build, separated by commas.
	Tags string
	// BadDeps gives for each forbidden package the reason; path/... stands for path and all below it.
	BadDeps map[string]string
	// Allowed are exceptions to BadDeps, written like its keys.
	Allowed []string
}

// Run makes t fail for every package that is linked and must not be.
func (c Check) Run(t testing.TB) {
	t.Helper()
	for _, pattern := range c.Packages {
		if matched := c.list(t, pattern); len(matched) == 0 {
			t.Errorf("no package matches %s: this test guards nothing; mend the pattern", pattern)
		}
	}
	for _, problem := range c.problems(c.Deps(t)) {
		t.Error(problem)
	}
}

// problems tells which of deps must not be there.
func (c Check) problems(deps []string) []string {
	var problems []string
	for _, dep := range deps {
		if slices.ContainsFunc(c.Allowed, func(allowed string) bool { return matches(allowed, dep) }) {
			continue
		}
		for bad, why := range c.BadDeps {
			if matches(bad, dep) {
				problems = append(problems, fmt.Sprintf("%s must not link %s: %s", strings.Join(c.Packages, " "), dep, why))
			}
		}
	}
	return problems
}

// Deps are the packages and everything linked into them, sorted.
func (c Check) Deps(t testing.TB) []string {
	t.Helper()
	return c.list(t, append([]string{"-deps"}, c.Packages...)...)
}

func (c Check) list(t testing.TB, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-tags=" + c.Tags}, args...)...) //nolint:gosec // the patterns are those of our own tests
	cmd.Env = os.Environ()
	if c.GOOS != "" {
		cmd.Env = append(cmd.Env, "GOOS="+c.GOOS, "GOARCH="+c.GOARCH)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	packages := strings.Fields(string(out))
	slices.Sort(packages)
	return packages
}

func matches(pattern, pkg string) bool {
	if parent, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == parent || strings.HasPrefix(pkg, parent+"/")
	}
	return pkg == pattern
}
