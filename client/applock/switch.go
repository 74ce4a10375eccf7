package applock

import (
	"context"
	"errors"
	"fmt"

	"parley/client/api"
)

// seal turns the lock on: the plain database is copied into a sealed one, which
// takes its place. It takes over key. The caller holds opMu.
func (c *Core) seal(ctx context.Context, key []byte, passphrase slot, lockAfter int64) error {
	ctx = context.WithoutCancel(ctx) // once begun it is finished
	name, err := c.db.planSealed(ctx)
	if err != nil {
		return err
	}
	from, to := place{name: c.cfg.Name}, place{name, true}
	err = c.move(ctx, from, nil, to, key, func() error { return c.db.lockOn(ctx, name, passphrase, lockAfter) })
	if err != nil {
		clear(key)
		return errors.Join(err, c.openPlain(ctx))
	}
	return c.openSealed(ctx, key)
}

// unseal turns the lock off. The caller holds opMu.
func (c *Core) unseal(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	from, err := c.db.findPlace(ctx)
	if err != nil {
		return err
	}
	if err := c.db.planPlain(ctx); err != nil {
		return err
	}
	err = c.move(ctx, from, c.key, place{name: c.cfg.Name}, nil, func() error { return c.db.lockOff(ctx) })
	if err != nil {
		return errors.Join(err, c.openSealed(ctx, c.key))
	}
	c.forgetKey()
	c.settle(ctx)
	return c.openPlain(ctx)
}

// move closes the inner core and copies its database. commit makes the copy the
// device's database: until then the copy is the one to remove, from then on the
// original is.
func (c *Core) move(ctx context.Context, from place, fromKey []byte, to place, toKey []byte, commit func() error) error {
	err := c.end()
	if err == nil {
		err = c.copyWhole(ctx, from, fromKey, to, toKey)
	}
	if err == nil {
		err = commit()
	}
	if at, failed := c.db.findPlace(ctx); err != nil && failed == nil && at == to {
		err = nil // it was committed all the same
	}
	c.trySweep(ctx)
	return err
}

// erase removes everything: the slots first, without which the rest says nothing.
// The caller holds opMu.
func (c *Core) erase(ctx context.Context) error {
	if err := c.cfg.Files.Remove(c.cfg.Name); err != nil {
		return fmt.Errorf("make room for a new database: %w", err)
	}
	if err := c.db.lockOff(ctx); err != nil {
		return fmt.Errorf("forget the keys: %w", err)
	}
	c.settle(ctx)
	c.trySweep(ctx)
	return c.openPlain(ctx)
}

// settle has removed slots leave the disk; without it they do so later.
func (c *Core) settle(ctx context.Context) {
	if err := c.db.settle(ctx); err != nil {
		c.cfg.Log.Error("empty the lock's journal", "error", err)
	}
}

// trySweep is sweep; what it does not remove is removed at the next start.
func (c *Core) trySweep(ctx context.Context) {
	if err := c.sweep(ctx); err != nil {
		c.cfg.Log.Error("remove former database", "error", err)
	}
}

// copyWhole copies a database and reads the copy to its end.
func (c *Core) copyWhole(ctx context.Context, from place, fromKey []byte, to place, toKey []byte) error {
	if err := c.cfg.Files.Remove(to.name); err != nil {
		return fmt.Errorf("make room for the new database: %w", err)
	}
	if err := c.query(ctx, from.name, fromKey, "PRAGMA wal_checkpoint(TRUNCATE)", ""); err != nil {
		return fmt.Errorf("finish the old database: %w", err)
	}
	if err := c.cfg.Files.Copy(ctx, from.name, fromKey, to.name, toKey); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := c.query(ctx, to.name, toKey, "PRAGMA quick_check(1)", "ok"); err != nil {
		return fmt.Errorf("check the new database: %w", err)
	}
	return nil
}

// query runs a pragma on a closed database. Its first column must be want,
// unless that is empty.
func (c *Core) query(ctx context.Context, name string, key []byte, pragma, want string) error {
	db, err := c.cfg.Files.Open(ctx, name, key)
	if err != nil {
		return err
	}
	var got string
	if want == "" {
		_, err = db.ExecContext(ctx, pragma)
	} else {
		err = db.QueryRowContext(ctx, pragma).Scan(&got)
	}
	if err == nil && got != want {
		err = fmt.Errorf("%s says %q", pragma, got)
	}
	return errors.Join(err, db.Close())
}

// sweep removes the databases that are not the device's. The inner core may be
// open.
func (c *Core) sweep(ctx context.Context) error {
	names, err := c.db.findLeftovers(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := c.cfg.Files.Remove(name); err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
		if err := c.db.deleteLeftover(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// openPlain opens the inner core on the plain database and tells that there is
// no lock. The caller holds opMu.
func (c *Core) openPlain(ctx context.Context) error {
	err := c.begin(ctx, c.cfg.Name, nil)
	if err != nil {
		c.set(nil, false, api.ErrStorage)
	}
	return errors.Join(err, c.publish(ctx, api.LockOff, true))
}

// openSealed opens the lock with the storage key, which it takes over. The
// caller holds opMu.
func (c *Core) openSealed(ctx context.Context, key []byte) error {
	at, err := c.db.findPlace(ctx)
	if err == nil {
		err = c.begin(ctx, at.name, key)
	}
	if err != nil {
		clear(key)
		c.key = nil
		c.set(nil, true, nil)
		return errors.Join(err, c.publish(ctx, api.LockClosed, false))
	}
	c.key = key
	return c.publish(ctx, api.LockOpen, true)
}

// closeSealed closes the lock. The caller holds opMu.
func (c *Core) closeSealed(ctx context.Context) error {
	err := c.end()
	c.forgetKey()
	c.set(nil, true, nil)
	return errors.Join(err, c.publish(context.WithoutCancel(ctx), api.LockClosed, false))
}
