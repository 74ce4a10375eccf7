package relay

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// What paces retention, so that sends do not wait long behind it.
const (
	// pruneRoom is how many places of feeds one transaction removes at least,
	// when there are as many: one or two milliseconds of work.
	pruneRoom = 256
	// prunePerMS is how many it removes for each millisecond that the last one
	// took. A busy store takes long for each transaction, whatever is in it;
	// this lets retention keep up with it and adds little to what sends wait.
	prunePerMS = 50
	// pruneMost bounds it in any case.
	pruneMost = 2048
	// prunePause leaves the store to others between two transactions.
	prunePause = 4 * time.Millisecond
	// prunePage is how many accounts are looked at with one snapshot.
	prunePage = 1024
)

// runRetention removes what has been acknowledged and what has expired, until
// the relay stops.
func (r *Relay) runRetention() {
	if err := r.markPrunable(); err != nil && r.ctx.Err() == nil {
		r.log.Error("retention cannot read the accounts", slog.Any("cause", err))
	}
	prune, sweep := time.NewTicker(retentionPeriod), time.NewTicker(sweepPeriod)
	defer prune.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-prune.C:
			r.report(r.Prune(r.ctx))
		case <-sweep.C:
			r.report(r.Sweep(r.ctx, r.now()))
		}
	}
}

func (r *Relay) report(err error) {
	if err != nil && r.ctx.Err() == nil {
		r.log.Error("retention failed and is tried again later", slog.Any("cause", err))
	}
}

// markPrunable makes the first pruning remove what was acknowledged before the
// start, which is not remembered.
func (r *Relay) markPrunable() error {
	for last := (ident.AccountID{}); ; {
		after := last
		err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
			var accounts []ident.AccountID
			accounts, last, err = reader.ListPrunable(after, prunePage)
			for _, account := range accounts {
				r.dirty.mark(account)
			}
			return err
		})
		if err != nil || last == after {
			return err
		}
	}
}

// Prune removes the entries that every device they were for has acknowledged,
// a few at a time.
func (r *Relay) Prune(ctx context.Context) error {
	accounts, room := r.dirty.take(), pruneRoom
	for len(accounts) > 0 {
		began := r.now()
		rest, err := r.pruneSome(ctx, accounts, room)
		if err == nil && len(rest) > 0 {
			room = min(max(pruneRoom, prunePerMS*int(r.now().Sub(began).Milliseconds())), pruneMost)
			err = pause(ctx, prunePause)
		}
		if err != nil {
			for _, account := range accounts {
				r.dirty.mark(account)
			}
			return err
		}
		accounts = rest
	}
	return nil
}

// pruneSome removes about room places and returns the accounts that are not
// done with.
func (r *Relay) pruneSome(ctx context.Context, accounts []ident.AccountID, room int) ([]ident.AccountID, error) {
	var rest []ident.AccountID
	err := r.store.Update(ctx, func(tx store.Tx) error {
		rest = accounts
		for left := room; len(rest) > 0 && left > 0; {
			n, err := tx.PruneAccount(rest[0], left)
			if err != nil {
				return err
			}
			if n < left {
				rest = rest[1:]
			}
			left -= n + 1 // looking costs as well
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rest, nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Sweep does everything whose time has come at now: devices that were silent
// for too long, entries, codes, linking slots, grants, and when people were
// last seen. Connected devices are noted as active first. Of relays that share
// a store the first does what concerns the store.
func (r *Relay) Sweep(ctx context.Context, now time.Time) error {
	r.slots.sweep(now)
	r.codes.sweep(now)
	r.mails.sweep(now)
	r.grants.sweep(now)
	r.presence.sweep(now.Add(-r.settings.EntryLifetime))
	if err := r.touchConnected(ctx, now); err != nil {
		return err
	}
	first, err := r.others.isFirst(ctx)
	if err != nil || !first {
		return err
	}
	_, err = r.keeper().run(ctx, now)
	return err
}

// touchConnected keeps the store near the truth, so that a relay that is killed
// does not take long connections for long silences afterwards.
func (r *Relay) touchConnected(ctx context.Context, now time.Time) error {
	for page := range slices.Chunk(r.hub.authenticated(), touchPage) {
		err := r.store.Update(ctx, func(tx store.Tx) error {
			for _, s := range page {
				if err := tx.TouchDevice(s.who.device, now, s.address); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := pause(ctx, prunePause); err != nil {
			return err
		}
	}
	return r.store.Update(ctx, func(tx store.Tx) error { return tx.NoteServing(now, longOutage) })
}
