package main

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// measured are the CPU times of the libraries' rounds, ours first. A library that
// fails is out.
type measured struct {
	times  [][]time.Duration
	failed error
}

// measureJob lets the libraries do a job in turns and prints the row.
func (b *bench) measureJob(out io.Writer, n int, j job, libraries []library, pairs []pair) error {
	m := measured{times: make([][]time.Duration, len(pairs))}
	for range b.rounds {
		for i, p := range pairs {
			if i > 0 && m.failed != nil {
				continue
			}
			d, err := j.once(libraries[i], p, n)
			if err != nil && i == 0 {
				return fmt.Errorf("%s: %s, n = %d: %w", libraries[i].name(), j.name, n, err)
			}
			if err != nil {
				m.failed = err
				continue
			}
			m.times[i] = append(m.times[i], d)
		}
	}
	return b.row(out, n, j.name, &m)
}

func (b *bench) row(out io.Writer, n int, name string, m *measured) error {
	own := median(m.times[0])
	theirs, ratioCell, ratio := "", "", 0.0
	switch {
	case m.failed != nil:
		theirs = "fails: " + strings.ReplaceAll(m.failed.Error(), "|", "/")
	case len(m.times) > 1:
		theirs = shown(median(m.times[1]))
		ratios := make([]float64, len(m.times[1]))
		for i, d := range m.times[1] {
			ratios[i] = float64(d) / float64(m.times[0][i])
		}
		ratio = median(ratios)
		ratioCell = fmt.Sprintf("%.2f ×", ratio)
		b.ratios = append(b.ratios, fmt.Sprintf("%s (n = %d) %.2f", name, n, ratio))
	}
	cell := verdict(n, name, own, ratio)
	_, err := fmt.Fprintf(out, "| %d | %s | %s | %s | %s | %s |\n", n, name, shown(own), theirs, ratioCell, cell)
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

// measureSignatures prints what a message's signature takes by itself, made and
// verified by the standard library: no library that has it sign is faster.
func (b *bench) measureSignatures(out io.Writer) error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	const count = 400
	text := make([]byte, messageSize+100) // with the group's context
	signature := ed25519.Sign(private, text)
	for _, alone := range []struct {
		name string
		do   func()
	}{
		{"crypto/ed25519 signs, alone", func() { ed25519.Sign(private, text) }},
		{"crypto/ed25519 verifies, alone", func() { ed25519.Verify(public, text, signature) }},
	} {
		times := make([]time.Duration, b.rounds)
		for i := range times {
			start := cpuTime()
			for range count {
				alone.do()
			}
			times[i] = (cpuTime() - start) / count
		}
		if _, err := fmt.Fprintf(out, "| | %s | %s | | | |\n", alone.name, shown(median(times))); err != nil {
			return err
		}
	}
	return nil
}

func median[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// shown is a time, with how many of it make a second where it is short.
func shown(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%.1f µs (%d/s)", float64(d)/1e3, time.Second/max(d, 1))
	}
	return fmt.Sprintf("%.1f ms", float64(d)/1e6)
}
