package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	var b bench
	sizes := flag.String("n", "2,1000,5000", "sizes of the groups")
	flag.IntVar(&b.rounds, "rounds", 9, "how often each job is measured; the median counts")
	flag.IntVar(&b.most, "theirs", 1000, "the largest group the other library is asked for")
	flag.Parse()
	if err := b.run(os.Stdout, *sizes); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A bench is one run.
type bench struct {
	rounds, most int
	ratios       []string // for the last line
}

func (b *bench) run(out io.Writer, sizes string) error {
	fmt.Fprintln(out, "| n | job | parley/mls | mls-go v1.6.0 | ratio | goal |\n|---|---|---|---|---|---|")
	for field := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 2 {
			return fmt.Errorf("size of a group: %q", field)
		}
		if err := b.measureSize(out, n); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "\nmls-go's CPU time divided by ours: %s.\n", strings.Join(b.ratios, ", "))
	return err
}

// measureSize measures every job in groups of n, and what a group takes.
func (b *bench) measureSize(out io.Writer, n int) error {
	libraries := []library{ours{}}
	if n <= b.most {
		libraries = append(libraries, theirs{})
	}
	pairs := make([]pair, len(libraries))
	for i, l := range libraries {
		var err error
		if pairs[i], err = l.group(n); err != nil {
			return fmt.Errorf("%s: a group of %d: %w", l.name(), n, err)
		}
	}
	if n == 2 {
		if err := b.measureSignatures(out); err != nil {
			return err
		}
	}
	for _, job := range jobs {
		if err := b.measureJob(out, n, job, libraries, pairs); err != nil {
			return err
		}
	}
	own := pairs[0].(*ourPair)
	if err := measureSaving(out, n, own); err != nil {
		return err
	}
	return measureMemory(out, n, own)
}
