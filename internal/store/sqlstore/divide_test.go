package sqlstore_test

import (
	"errors"
	"slices"
	"testing"

	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

var errGuilty = errors.New("guilty")

// disk is what transactions, by their number, are committed to. Some fail when they run, some only
// when they are committed.
type disk struct {
	numbers           map[*sqlstore.Write]int
	fails, failsLater []int
	committed         []int
	commits, runs     int
	attempts          int
	// gone is the attempt from which on everything fails; 0 is never.
	gone int
}

func newBatch(n int, d *disk) []*sqlstore.Write {
	d.numbers = make(map[*sqlstore.Write]int)
	batch := make([]*sqlstore.Write, n)
	for i := range batch {
		batch[i] = &sqlstore.Write{Err: errors.New("never set")}
		d.numbers[batch[i]] = i
	}
	return batch
}

func (d *disk) attempt(batch []*sqlstore.Write) (int, error) {
	if d.attempts++; d.attempts == d.gone {
		return sqlstore.NoOne, store.ErrUnavailable
	}
	var numbers []int
	for i, w := range batch {
		d.runs++
		w.Err = nil
		if slices.Contains(d.fails, d.numbers[w]) {
			return i, errGuilty
		}
		numbers = append(numbers, d.numbers[w])
	}
	for _, n := range numbers {
		if slices.Contains(d.failsLater, n) {
			return sqlstore.Anyone, errGuilty
		}
	}
	d.commits++
	d.committed = append(d.committed, numbers...)
	return 0, nil
}

func numbers(from, to, step int) (all []int) {
	for ; from < to; from += step {
		all = append(all, from)
	}
	return all
}

// Only the guilty fail, the others are committed in order, and it takes few commits.
func TestDivide(t *testing.T) {
	const n = 512
	for name, c := range map[string]struct {
		fails, failsLater       []int
		maxCommits, maxAttempts int
	}{
		"none":                 {maxCommits: 1, maxAttempts: 1},
		"the first":            {fails: []int{0}, maxCommits: 1, maxAttempts: 2},
		"the last":             {fails: []int{n - 1}, maxCommits: 1, maxAttempts: 3},
		"one":                  {fails: []int{200}, maxCommits: 2, maxAttempts: 4},
		"neighbours":           {fails: []int{200, 201, 202}, maxCommits: 2, maxAttempts: 6},
		"many":                 {fails: numbers(7, n, 50), maxCommits: 12, maxAttempts: 34},
		"every other":          {fails: numbers(1, n, 2), maxCommits: n / 2, maxAttempts: 3 * n / 2},
		"all":                  {fails: numbers(0, n, 1), maxAttempts: n},
		"one at the commit":    {failsLater: []int{300}, maxCommits: 18, maxAttempts: 36},
		"all at the commit":    {failsLater: numbers(0, n, 1), maxAttempts: n + 9},
		"one so, another thus": {fails: []int{20}, failsLater: []int{400}, maxCommits: 20, maxAttempts: 40},
	} {
		t.Run(name, func(t *testing.T) {
			d := &disk{fails: c.fails, failsLater: c.failsLater}
			batch := newBatch(n, d)
			sqlstore.Divide(batch, d.attempt)
			var want []int
			for i, w := range batch {
				guilty := slices.Contains(c.fails, i) || slices.Contains(c.failsLater, i)
				if guilty != errors.Is(w.Err, errGuilty) || !guilty && w.Err != nil {
					t.Errorf("transaction %d has the error %v; guilty: %v", i, w.Err, guilty)
				}
				if !guilty {
					want = append(want, i)
				}
			}
			if !slices.Equal(d.committed, want) {
				t.Errorf("the commits had %v, want %v", d.committed, want)
			}
			if d.commits > c.maxCommits || d.attempts > c.maxAttempts {
				t.Errorf("%d commits in %d attempts, want at most %d in %d", d.commits, d.attempts, c.maxCommits, c.maxAttempts)
			}
			t.Logf("%d commits, %d attempts, %d runs", d.commits, d.attempts, d.runs)
		})
	}
}

// Once nothing can be carried out any more, the rest is not tried, and what is committed stays.
func TestDivideStops(t *testing.T) {
	d := &disk{fails: []int{3}, gone: 4}
	batch := newBatch(8, d)
	sqlstore.Divide(batch, d.attempt)
	for i, w := range batch {
		want := []error{nil, nil, nil, errGuilty, store.ErrUnavailable, store.ErrUnavailable, store.ErrUnavailable, store.ErrUnavailable}[i]
		if !errors.Is(w.Err, want) || want == nil && w.Err != nil {
			t.Errorf("transaction %d has the error %v, want %v", i, w.Err, want)
		}
	}
	if d.attempts != 4 || !slices.Equal(d.committed, []int{0, 1, 2}) {
		t.Errorf("after %d attempts %v are committed", d.attempts, d.committed)
	}
}
