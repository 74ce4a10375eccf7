//go:build race

package cli_test

// buildFlags have the race detector watch the processes, too.
var buildFlags = []string{"-race"}
