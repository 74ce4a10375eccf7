package mls

import "slices"

// DropExpired forgets the message keys that have waited for longer than
// Limits.MaxSkippedAge, and the past epochs that ended so long ago. Every
// operation that changes ratchets, and Restore, do so too; call it now and then for groups in which
// nothing happens. It tells whether there is something to be saved: state and
// ratchets.
func (g *Group) DropExpired() bool {
	cutoff := g.cfg.Now().Add(-g.cfg.Limits.MaxSkippedAge).Unix()
	dropped := false
	for len(g.past) > 0 && g.past[0].ended < cutoff {
		g.dropOldest()
		dropped = true
	}
	for _, e := range g.ratchetEpochs() {
		dropped = e.tree.expire(cutoff) || dropped
	}
	return dropped
}

// expire drops the skipped keys of before cutoff, Unix seconds. It looks only if
// there can be any.
func (t *secretTree) expire(cutoff int64) bool {
	if t.oldest == 0 || t.oldest >= cutoff {
		return false
	}
	t.oldest = 0
	for _, s := range t.senders {
		for _, r := range s.both() {
			t.expireKeys(r, cutoff)
		}
	}
	return true
}

func (t *secretTree) expireKeys(r *ratchet, cutoff int64) {
	r.skipped = slices.DeleteFunc(r.skipped, func(k skippedKey) bool {
		if k.since >= cutoff {
			t.noteAge(k.since)
			return false
		}
		k.key.wipe()
		t.unsaved.add(r.skippedRecord(k.generation))
		return true
	})
}

// noteAge keeps oldest at the age of the oldest skipped key, or older.
func (t *secretTree) noteAge(since int64) {
	if t.oldest == 0 || since < t.oldest {
		t.oldest = since
	}
}
