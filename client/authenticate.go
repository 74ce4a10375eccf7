package client

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// authenticate proves the device key to the relay and takes over where the
// relay says this device stands.
func (w *worker) authenticate(ctx context.Context) error {
	w.mu.Lock()
	id := w.identity
	w.mu.Unlock()
	if id == nil || id.LoggedOut {
		return errGone // meanwhile
	}
	key := ed25519.NewKeyFromSeed(id.DeviceSeed)
	toSign := wire.AuthenticationContent(w.s.hello.RelayID, w.s.hello.Nonce, id.Account[:], id.Device[:])
	r, err := request[*wire.AuthenticateResult](ctx, w.s, &wire.Authenticate{
		AccountID: id.Account[:], DeviceID: id.Device[:], Signature: ed25519.Sign(key, toSign),
	})
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	for _, k := range r.KeyPackages {
		w.keyPackagesLeft[mls.CipherSuite(k.Suite)] = int(k.Left)
	}
	w.noteKeyPackages()
	w.needPull, w.lastActive = true, r.LastActiveMS
	if err := w.noteWentBack(ctx, r); err != nil {
		return err
	}
	return w.update(ctx, func(tx *tx) error {
		tx.progress.ExternalSender = r.ExternalSender
		// Only a new device begins where the relay says. One whose storage is
		// older than its acknowledgements reads again what the relay still has.
		if r.FeedCursor > tx.progress.Feed {
			if err := tx.storageIsOlder(); err != nil {
				return err
			}
		}
		if tx.progress.Feed == 0 {
			tx.progress.Feed = r.FeedCursor
		}
		tx.progress.Acknowledged = max(tx.progress.Acknowledged, r.FeedCursor)
		if phone := ident.Phone(r.Phone); phone != tx.identity.Phone && phone != "" {
			changed := *tx.identity
			changed.Phone = phone
			return tx.setIdentity(&changed)
		}
		return nil
	})
}

// relay returns where the relay is and who it must be.
func (c *Client) relay() (url string, id []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity.RelayURL, c.identity.RelayID
}

// leave removes what this device may not keep when it was logged out: on a
// linked device everything, on a primary the keys; its messages stay readable
// to the person whose phone it is.
func (c *Client) leave(ctx context.Context, out *loggedOutError) error {
	ctx = context.WithoutCancel(ctx)
	c.mu.Lock()
	primary := c.identity != nil && c.identity.Primary
	c.mu.Unlock()
	var err error
	if primary {
		err = c.update(ctx, func(tx *tx) error { return tx.dropKeys(logoutReason(out.reason)) })
	} else {
		err = c.wipe(ctx, out)
	}
	if err != nil {
		return fmt.Errorf("remove local data: %w", err)
	}
	c.publishStatus()
	c.publishReset()
	return errGone
}

// wipe removes everything from this device.
func (c *Client) wipe(ctx context.Context, out *loggedOutError) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	// What is in memory goes even if giving the space back failed.
	return errors.Join(c.store.Wipe(ctx, logoutReason(out.reason), out.after), c.reloadLocked(ctx))
}

// reloadLocked reads the identity and progress again and forgets the rest.
func (c *Client) reloadLocked(ctx context.Context) error {
	clear(c.groups)
	c.forgetJudgements()
	c.live.forget()
	return c.store.View(ctx, func(tx *store.Tx) (err error) {
		if c.identity, err = tx.FindIdentity(); err != nil {
			return err
		}
		if c.progress, err = tx.FindProgress(); err != nil {
			return err
		}
		return c.lists.load(tx)
	})
}

// logoutReason is a reason as api.Status tells it.
func logoutReason(r wire.LogoutReason) string {
	switch r {
	case wire.LogoutReregistered:
		return "reregistered"
	case wire.LogoutPrimarySilent:
		return "primarySilent"
	case wire.LogoutUnused:
		return "unused"
	}
	return "removed"
}
