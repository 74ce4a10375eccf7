package applock

import (
	"context"
	"errors"
	"time"

	"parley/client/api"
)

// Wrong passphrases: the first few cost nothing, then each one doubles the wait.
// Nothing is ever erased. This slows somebody who types; who copies the files
// guesses as fast as Argon2id lets them.
const (
	freeTries = 5
	firstWait = 30 * time.Second
	lastWait  = 15 * time.Minute
)

// waitAfter is how long to wait after so many wrong passphrases in a row.
func waitAfter(wrong int) time.Duration {
	if wrong < freeTries {
		return 0
	}
	wait := firstWait
	for i := freeTries; i < wrong && wait < lastWait; i++ {
		wait *= 2
	}
	return min(wait, lastWait)
}

// tryPassphrase takes the storage key out with the passphrase. The try counts
// before it is made, so that ending the program does not save one.
func (c *Core) tryPassphrase(ctx context.Context, passphrase string) (key []byte, err error) {
	s, err := c.passphraseSlot(ctx)
	if err != nil {
		return nil, err
	}
	wait, err := c.countTry(ctx)
	if err != nil {
		return nil, err
	}
	secret := []byte(passphrase)
	defer clear(secret)
	key, err = s.unwrap(secret)
	switch {
	case errors.Is(err, errWrongKey):
		return nil, &api.Error{Code: api.ErrWrongPassphrase.Code, Message: api.ErrWrongPassphrase.Message, RetryAfterMS: wait.Milliseconds()}
	case err != nil:
		return nil, err
	}
	return key, c.db.setTries(ctx, tries{})
}

// countTry counts a wrong passphrase and tells how long to wait after it. It
// refuses while the wait after the last one lasts.
func (c *Core) countTry(ctx context.Context) (wait time.Duration, err error) {
	t, err := c.db.findTries(ctx)
	if err != nil {
		return 0, err
	}
	now := c.cfg.Now()
	if left := t.waitUntil.Sub(now); left > 0 && t.wrong >= freeTries {
		if longest := waitAfter(t.wrong); left > longest {
			// The clock was set back: the wait is from now on.
			left = longest
			if err := c.db.setTries(ctx, tries{t.wrong, now.Add(left)}); err != nil {
				return 0, err
			}
		}
		return 0, &api.Error{Code: api.ErrLockWait.Code, Message: api.ErrLockWait.Message, RetryAfterMS: left.Milliseconds()}
	}
	wait = waitAfter(t.wrong + 1)
	return wait, c.db.setTries(ctx, tries{t.wrong + 1, now.Add(wait)})
}

func (c *Core) passphraseSlot(ctx context.Context) (slot, error) {
	slots, err := c.db.findSlots(ctx)
	if err != nil {
		return slot{}, err
	}
	for _, s := range slots {
		if s.kind == kindPassphrase {
			return s, nil
		}
	}
	return slot{}, api.ErrLockOff
}
