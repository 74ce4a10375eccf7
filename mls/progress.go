package mls

// progressBatch is how many leaves are checked, or members written to, between
// two reports: 25 ms of a browser, at a third of a millisecond for a signature.
const progressBatch = 64

// progressPasses is how often a join goes over all leaves: their hashes, their
// shape, their signatures, what ValidateLeaf says of them, and, for an external
// join, whom the update path is encrypted to.
const (
	welcomePasses  = 4
	externalPasses = welcomePasses + 1
)

// progress tells Config.Progress how far a join has come. nil tells nobody.
type progress struct {
	report      func(done, total int) error
	done, total int
}

func (c *Config) newProgress(t *tree, passes int) *progress {
	if c.Progress == nil {
		return nil
	}
	return &progress{report: c.Progress, total: passes * len(t.leaves)}
}

// batches goes over n items in batches, with a report after each.
func (p *progress) batches(n int, do func(from, to int) error) error {
	size := n
	if p != nil {
		size = progressBatch
	}
	for from := 0; from < n; from += size {
		to := min(from+size, n)
		if err := do(from, to); err != nil {
			return err
		}
		if err := p.advance(to - from); err != nil {
			return err
		}
	}
	return nil
}

func (p *progress) advance(n int) error {
	if p == nil {
		return nil
	}
	p.done = min(p.done+n, p.total)
	return p.report(p.done, p.total)
}

// endJoin makes the last report, unless it has been made: what follows is short.
func (t *tree) endJoin() error {
	p := t.joining
	t.joining = nil
	if p == nil || p.done == p.total {
		return nil
	}
	return p.advance(p.total)
}
