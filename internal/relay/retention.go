package relay

import (
	"context"
	"log/slog"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// pruneBatch is how many accounts one transaction prunes, so that sends do not
// wait long behind it.
const pruneBatch = 32

// runRetention removes what has been acknowledged and what has expired, until
// the relay stops.
func (r *Relay) runRetention() {
	if err := r.markAllAccounts(); err != nil {
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

// markAllAccounts makes the first pruning look at everybody: what was
// acknowledged before the start is not remembered.
func (r *Relay) markAllAccounts() error {
	return r.store.View(r.ctx, func(reader store.Reader) error {
		accounts, err := reader.ListAccounts()
		for _, a := range accounts {
			r.dirty.mark(a.ID)
		}
		return err
	})
}

// Prune removes the entries that every device they were for has acknowledged.
func (r *Relay) Prune(ctx context.Context) error {
	accounts := r.dirty.take()
	for len(accounts) > 0 {
		n := min(len(accounts), pruneBatch)
		if err := r.pruneSome(ctx, accounts[:n]); err != nil {
			for _, account := range accounts {
				r.dirty.mark(account)
			}
			return err
		}
		accounts = accounts[n:]
	}
	return nil
}

func (r *Relay) pruneSome(ctx context.Context, accounts []ident.AccountID) error {
	return r.store.Update(ctx, func(tx store.Tx) error {
		for _, account := range accounts {
			if err := tx.PruneAccount(account); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sweep removes everything whose time is over at now: entries, codes, linking
// slots, grants, and when people were last seen.
func (r *Relay) Sweep(ctx context.Context, now time.Time) error {
	r.slots.sweep(now)
	r.registration.sweep(now)
	r.presence.sweep(now.Add(-r.settings.EntryLifetime))
	return r.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.DeleteCodesBefore(now); err != nil {
			return err
		}
		_, err := tx.DeleteEntriesBefore(now.Add(-r.settings.EntryLifetime))
		return err
	})
}
