package main

import (
	"fmt"
	"time"
)

// A goal is what a job may take in a group of n; or, if ratio is not 0, how many
// times as long the other library must take.
type goal struct {
	n     int
	job   string
	time  time.Duration
	ratio float64
}

var goals = []goal{
	{2, encryptJob, time.Second / 40_000, 1.5},
	{2, decryptJob, time.Second / 25_000, 1.4},
	{1000, joinJob, 150 * time.Millisecond, 0},
	{1000, processJob, 15 * time.Millisecond, 0},
	{5000, joinJob, time.Second, 0},
}

const (
	savedBytes  = 2 << 10  // that saving after one message may write, at n = 1000
	memoryBytes = 12 << 20 // that a group may take, at n = 5000
)

// verdict is the cell of the table that says what the goal is and whether it is
// reached; empty if there is none.
func verdict(n int, job string, d time.Duration, ratio float64) string {
	for _, g := range goals {
		if g.n != n || g.job != job {
			continue
		}
		text := "≤ " + shown(g.time)
		if g.ratio > 0 {
			text += fmt.Sprintf(" or %.1f ×", g.ratio)
		}
		return text + reached(d <= g.time || g.ratio > 0 && ratio >= g.ratio)
	}
	return ""
}

func reached(yes bool) string {
	if yes {
		return ": reached"
	}
	return ": **missed**"
}
