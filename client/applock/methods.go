package applock

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/json"
)

// Bounds of what people give.
const (
	minPassphrase = 8    // characters
	maxPassphrase = 1024 // bytes: what is hashed is bounded
	maxName       = 64   // characters
	maxCredential = 1023 // bytes, WebAuthn Level 3, 4
	maxPasskeys   = 16   // the list is read at each try
)

// methods are those of the lock; each is answered with its status.
var methods = map[string]func(c *Core, ctx context.Context, params json.RawMessage) error{
	api.GetLock.Name:          func(*Core, context.Context, json.RawMessage) error { return nil },
	api.SetLock.Name:          (*Core).setLock,
	api.ChangePassphrase.Name: (*Core).changePassphrase,
	api.RemoveLock.Name:       (*Core).removeLock,
	api.AddPasskey.Name:       (*Core).addPasskey,
	api.RemovePasskey.Name:    (*Core).removePasskey,
	api.Unlock.Name:           (*Core).unlock,
	api.Lock.Name:             (*Core).lock,
	api.SetLockAfter.Name:     (*Core).setLockAfter,
	api.EraseDevice.Name:      (*Core).eraseDevice,
}

// present makes any error one for the person; its cause goes into the log.
func (c *Core) present(method string, err error) error {
	var known *api.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	c.cfg.Log.Error("call failed", "method", method, "error", err)
	if c.cfg.IsFull != nil && c.cfg.IsFull(err) {
		return api.ErrStorageFull
	}
	return api.ErrStorage
}

// change has f run alone, in a state of the lock that it is for.
func (c *Core) change(state api.LockState, f func() error) error {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	c.mu.Lock()
	closed, is := c.closed, c.status.State
	c.mu.Unlock()
	switch {
	case closed:
		return errEnded
	case is == state:
		return f()
	case is == api.LockClosed:
		if state == api.LockOff {
			return api.ErrLockOn
		}
		return api.ErrLocked
	case is == api.LockOff:
		return api.ErrLockOff
	case state == api.LockClosed:
		return api.ErrLockIsOpen
	}
	return api.ErrLockOn
}

func decode(params json.RawMessage, into any) error {
	if err := json.Unmarshal(params, into); err != nil {
		return api.ErrBadParams
	}
	return nil
}

// checkNew refuses a passphrase that is no good as a new one.
func checkNew(passphrase string) error {
	if utf8.RuneCountInString(passphrase) < minPassphrase {
		return api.ErrPassphraseShort
	}
	if len(passphrase) > maxPassphrase {
		return api.ErrBadParams
	}
	return nil
}

func (c *Core) setLock(ctx context.Context, params json.RawMessage) error {
	var p api.SetLockParams
	if err := decode(params, &p); err != nil {
		return err
	}
	if err := checkNew(p.Passphrase); err != nil {
		return err
	}
	if p.LockAfterMS < 0 {
		return api.ErrBadParams
	}
	if c.cfg.Volatile {
		return api.ErrLockUnavailable
	}
	return c.change(api.LockOff, func() error {
		key, err := c.random(KeySize)
		if err != nil {
			return err
		}
		s, err := c.newPassphraseSlot(p.Passphrase, key)
		if err != nil {
			return err
		}
		return c.seal(ctx, key, s, p.LockAfterMS)
	})
}

func (c *Core) newPassphraseSlot(passphrase string, key []byte) (slot, error) {
	salt, err := c.random(saltSize)
	if err != nil {
		return slot{}, err
	}
	s, err := c.newSlot(kindPassphrase)
	if err != nil {
		return slot{}, err
	}
	s.salt, s.cost, s.credential = salt, c.cfg.Cost, []byte{}
	secret := []byte(passphrase)
	defer clear(secret)
	return s, s.wrap(c.cfg.Rand, secret, key)
}

func (c *Core) newSlot(kind string) (slot, error) {
	id, err := c.random(idSize)
	return slot{id: hex.EncodeToString(id), kind: kind, created: c.cfg.Now().UnixMilli()}, err
}

func (c *Core) random(size int) ([]byte, error) {
	b := make([]byte, size)
	_, err := io.ReadFull(c.cfg.Rand, b)
	return b, err
}

func (c *Core) changePassphrase(ctx context.Context, params json.RawMessage) error {
	var p api.ChangePassphraseParams
	if err := decode(params, &p); err != nil {
		return err
	}
	if err := checkNew(p.New); err != nil {
		return err
	}
	return c.change(api.LockOpen, func() error {
		key, err := c.tryPassphrase(ctx, p.Old)
		if err != nil {
			return err
		}
		defer clear(key)
		s, err := c.newPassphraseSlot(p.New, key)
		if err != nil {
			return err
		}
		if err := c.db.replacePassphrase(ctx, s); err != nil {
			return err
		}
		c.settle(ctx)
		return c.publish(ctx, api.LockOpen, false)
	})
}

func (c *Core) removeLock(ctx context.Context, params json.RawMessage) error {
	var p api.PassphraseParams
	if err := decode(params, &p); err != nil {
		return err
	}
	return c.change(api.LockOpen, func() error {
		if err := c.checkPassphrase(ctx, p.Passphrase); err != nil {
			return err
		}
		return c.unseal(ctx)
	})
}

// checkPassphrase is for when the lock is open already.
func (c *Core) checkPassphrase(ctx context.Context, passphrase string) error {
	key, err := c.tryPassphrase(ctx, passphrase)
	clear(key)
	return err
}

func (c *Core) setLockAfter(ctx context.Context, params json.RawMessage) error {
	var p api.LockAfterParams
	if err := decode(params, &p); err != nil {
		return err
	}
	if p.LockAfterMS < 0 {
		return api.ErrBadParams
	}
	return c.change(api.LockOpen, func() error {
		if err := c.db.setLockAfter(ctx, p.LockAfterMS); err != nil {
			return err
		}
		return c.publish(ctx, api.LockOpen, false)
	})
}

func (c *Core) unlock(ctx context.Context, params json.RawMessage) error {
	var p api.UnlockParams
	if err := decode(params, &p); err != nil {
		return err
	}
	if c.Status().State == api.LockOpen {
		return nil
	}
	err := c.change(api.LockClosed, func() error {
		key, err := c.tryUnlock(ctx, p)
		if err != nil {
			return err
		}
		return c.openSealed(ctx, key)
	})
	if errors.Is(err, api.ErrLockIsOpen) { // another call has opened it meanwhile
		return nil
	}
	return err
}

func (c *Core) tryUnlock(ctx context.Context, p api.UnlockParams) (key []byte, err error) {
	if p.CredentialID == "" {
		return c.tryPassphrase(ctx, p.Passphrase)
	}
	return c.tryPasskey(ctx, p)
}

func (c *Core) lock(ctx context.Context, _ json.RawMessage) error {
	err := c.change(api.LockOpen, func() error { return c.closeSealed(ctx) })
	if errors.Is(err, api.ErrLocked) {
		return nil
	}
	return err
}

func (c *Core) eraseDevice(ctx context.Context, _ json.RawMessage) error {
	return c.change(api.LockClosed, func() error { return c.erase(context.WithoutCancel(ctx)) })
}
