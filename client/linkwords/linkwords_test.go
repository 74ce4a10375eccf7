package linkwords_test

import (
	"regexp"
	"slices"
	"testing"

	"parley/client/linkwords"
)

func all() []string {
	numbers := make([]int, linkwords.Count)
	for i := range numbers {
		numbers[i] = i
	}
	return linkwords.Of(numbers)
}

// No two words can be taken for each other.
func TestWords_AreDistinct(t *testing.T) {
	plain := regexp.MustCompile(`^[a-z]{5,9}$`)
	list := all()
	if !slices.IsSorted(list) {
		t.Error("the list is not sorted")
	}
	for i, a := range list {
		if !plain.MatchString(a) {
			t.Errorf("%q is no plain word", a)
		}
		for _, b := range list[:i] {
			if distance(a, b) < 3 || a[:4] == b[:4] {
				t.Errorf("%q and %q are alike", b, a)
			}
		}
	}
}

func TestOf(t *testing.T) {
	got := linkwords.Of([]int{0, 255, 256, -1})
	if got[0] != "abbey" || got[1] != "zigzag" || got[2] != "" || got[3] != "" {
		t.Errorf("got %q", got)
	}
}

// distance is Levenshtein's.
func distance(a, b string) int {
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range b {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			next[j+1] = min(change, last[j+1]+1, next[j]+1)
		}
		last = next
	}
	return last[len(b)]
}
