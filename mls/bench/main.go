package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	sizes := flag.String("n", "2,1000,5000", "sizes of the groups")
	rounds := flag.Int("rounds", 9, "how often each job is measured; the best counts: noise only adds")
	most := flag.Int("theirs", 1000, "the largest group the other library is asked for")
	flag.Parse()
	if err := run(os.Stdout, *sizes, *rounds, *most); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, sizes string, rounds, most int) error {
	fmt.Fprintln(out, "| n | job | parley/mls | mls-go v1.6.0 | ratio |\n|---|---|---|---|---|")
	for field := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 2 {
			return fmt.Errorf("size of a group: %q", field)
		}
		if err := measureSize(out, n, rounds, most); err != nil {
			return err
		}
	}
	return nil
}

// measureSize measures every job in groups of n.
func measureSize(out io.Writer, n, rounds, most int) error {
	libraries := []library{ours{}}
	if n <= most {
		libraries = append(libraries, theirs{})
	}
	pairs := make([]pair, len(libraries))
	for i, l := range libraries {
		var err error
		if pairs[i], err = l.group(n); err != nil {
			return fmt.Errorf("%s: a group of %d: %w", l.name(), n, err)
		}
	}
	for _, job := range jobs {
		if err := measureJob(out, n, rounds, job, libraries, pairs); err != nil {
			return err
		}
	}
	return nil
}

// measureJob lets the libraries do a job in turns and prints the best times. A
// library that fails is out of the row, and the row says so.
func measureJob(out io.Writer, n, rounds int, j job, libraries []library, pairs []pair) error {
	times := make([][]time.Duration, len(pairs))
	failed := make([]error, len(pairs))
	for range rounds {
		for i, p := range pairs {
			if failed[i] != nil {
				continue
			}
			d, err := j.once(libraries[i], p, n)
			if err != nil && i == 0 {
				return fmt.Errorf("%s: %s, n = %d: %w", libraries[i].name(), j.name, n, err)
			}
			failed[i], times[i] = err, append(times[i], d)
		}
	}
	cells := []string{shown(slices.Min(times[0])), "", ""}
	switch {
	case len(pairs) == 1:
	case failed[1] != nil:
		cells[1] = "fails: " + strings.ReplaceAll(failed[1].Error(), "|", "/")
	default:
		cells[1] = shown(slices.Min(times[1]))
		cells[2] = fmt.Sprintf("%.2f ×", float64(slices.Min(times[1]))/float64(slices.Min(times[0])))
	}
	_, err := fmt.Fprintf(out, "| %d | %s | %s | %s | %s |\n", n, j.name, cells[0], cells[1], cells[2])
	return err
}

// once is one round of a job.
func (j job) once(l library, p pair, n int) (time.Duration, error) {
	if j.grows && small(n) {
		var err error
		if p, err = l.group(n); err != nil {
			return 0, err
		}
	}
	return j.measure(p, j.batch(n))
}

// shown is a time, with how many of it make a second where it is short.
func shown(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%.1f µs (%d/s)", float64(d)/1e3, time.Second/d)
	}
	return fmt.Sprintf("%.1f ms", float64(d)/1e6)
}
