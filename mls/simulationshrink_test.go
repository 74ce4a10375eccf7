package mls

import (
	"fmt"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

// caught makes a failure of a panic: one of failf, or one of the package.
func caught(r any) *simFailure {
	if failure, ok := r.(*simFailure); ok {
		return failure
	}
	return &simFailure{what: fmt.Sprint(r), text: fmt.Sprintf("panic: %v\n%s", r, debug.Stack())}
}

// shrunk describes the smallest history found that fails like the one given.
func (p *simPlan) shrunk(failure *simFailure) string {
	full, tries, end := len(failure.history), 0, time.Now().Add(p.shrink)
	plan := *p
	plan.log = nil
	fails := func(history []operation) bool {
		tries++
		_, f := plan.replay(history)
		if f == nil || f.what != failure.what {
			return false
		}
		failure = f
		return true
	}
	for _, plan.most = range []int{4, 8, 16, p.most} {
		if plan.most == p.most || plan.most < p.most && fails(failure.history) {
			break
		}
	}
	small := shrink(failure.history, fails, func() bool { return time.Now().After(end) })
	return fmt.Sprintf("%d operations and %d members are enough (of %d and %d, after %d replays): %s\n%s",
		len(small), plan.most, full, p.most, tries, failure.text, failure.list())
}

// shrink leaves out of a history that fails what it fails without: chunks of
// half its length first, single operations last (delta debugging).
func shrink(history []operation, fails func([]operation) bool, enough func() bool) []operation {
	for chunk := len(history) / 2; chunk > 0; {
		before := len(history)
		for at := 0; at < len(history); {
			if enough() {
				return history
			}
			less := slices.Concat(history[:at], history[min(at+chunk, len(history)):])
			if fails(less) {
				history = less
			} else {
				at += chunk
			}
		}
		if chunk > 1 || len(history) == before {
			chunk /= 2
		}
	}
	return history
}

// TestShrink finds the operations that a failure needs, wherever they stand.
func TestShrink(t *testing.T) {
	never := func() bool { return false }
	for _, need := range [][]int{{1}, {1000}, {3, 4, 997}, {500, 501, 502, 503}} {
		small := shrink(drawHistory(7, 1000), func(history []operation) bool {
			for _, number := range need {
				if !slices.ContainsFunc(history, func(op operation) bool { return op.number == number }) {
					return false
				}
			}
			return true
		}, never)
		var got []int
		for _, op := range small {
			got = append(got, op.number)
		}
		if !slices.Equal(got, need) {
			t.Errorf("found %v, want %v", got, need)
		}
	}
	if got := shrink(drawHistory(7, 100), func([]operation) bool { return true }, func() bool { return true }); len(got) != 100 {
		t.Errorf("goes on when it is enough: %d", len(got))
	}
}

// TestSimulationFindsFault: with a storage that keeps what it should delete, the
// simulation fails, and finds a history small enough to read.
func TestSimulationFindsFault(t *testing.T) {
	plan := &simPlan{suite: DefaultSuite, most: 16, shrink: time.Hour, forgetful: true}
	_, failure := plan.replay(drawHistory(5, 300))
	if failure == nil {
		t.Fatal("the fault is not found")
	}
	full := len(failure.history)
	description := plan.shrunk(failure)
	t.Logf("%s\nof %d; %s", failure, full, description)
	var n int
	if _, err := fmt.Sscanf(description, "%d operations", &n); err != nil || n > 5 {
		t.Fatalf("the smallest history found has %d operations", n)
	}
}
