package client

import (
	"context"
	"time"

	"parley/ident"
	"parley/wire"
)

// lookForSiblings is how often a device that waits for messages looks who is there.
const lookForSiblings = 20 * time.Second

// historyHastened is how far away the next request for history must be to be made
// at once: a sibling may be at work for the last one.
const historyHastened = time.Minute

// A request waits in the feed of whoever is away, so most gaps need no second
// one. It is lost on a sibling that cannot open it, or ends before it has
// answered, and in vain on one that does not have the message yet. Such a
// sibling joins a group again, or connects: then everything open is asked for at once
// and not when its time has come, which may be in a day.

// hastenGaps has everything that is open asked for again when somebody has come
// who may have it (X9).
func (w *worker) hastenGaps(ctx context.Context) (bool, error) {
	w.hastenIn = -1
	due, err := w.nextGap(ctx)
	if err != nil || due < 0 {
		return false, err
	}
	if wait := time.Until(w.looked.Add(lookForSiblings)); wait > 0 {
		w.hastenIn = min(wait, due)
		return false, nil
	}
	r, err := request[*wire.ListDevicesResult](ctx, w.s, &wire.ListDevices{})
	if err != nil {
		return false, err
	}
	w.looked = time.Now()
	came := w.rejoined.Swap(false)
	seen := map[ident.DeviceID]bool{}
	for _, d := range r.Devices {
		id, err := ident.IDFromBytes[ident.DeviceID](d.DeviceID)
		if err != nil || !d.Online || id == w.device() {
			continue
		}
		seen[id] = true
		came = came || !w.siblingsSeen[id]
	}
	w.siblingsSeen = seen
	if !came {
		return true, nil
	}
	now := w.relayNow().UnixMilli()
	return true, w.update(ctx, func(tx *tx) error {
		if err := tx.HastenGaps(now); err != nil {
			return err
		}
		h, parts, err := tx.openHistory()
		if err != nil || h == nil || parts > 0 || h.Due < now+historyHastened.Milliseconds() {
			return err
		}
		h.Due, h.Tries = now, 1
		return tx.SaveHistory(h)
	})
}

// device is this device's id.
func (c *Client) device() ident.DeviceID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity.Device
}

// nextGap is how long until a gap, or the history, is asked for again, negative if
// none is open.
func (w *worker) nextGap(ctx context.Context) (wait time.Duration, err error) {
	wait = -1
	err = w.view(ctx, func(tx *tx) error {
		due, err := tx.FindNextGap()
		if err != nil {
			return err
		}
		h, parts, err := tx.openHistory()
		if err != nil {
			return err
		}
		if h != nil && parts == 0 && h.Tries > 0 && (due == 0 || h.Due < due) {
			due = h.Due
		}
		if due > 0 {
			wait = max(0, time.Duration(due-w.relayNow().UnixMilli())*time.Millisecond)
		}
		return nil
	})
	return wait, err
}
