package relay

import (
	"context"
	"io"
	"time"

	"parley/ident"
	"parley/internal/media"
	"parley/internal/relay/retention"
	"parley/internal/store"
	"parley/wire"
)

// keeper carries out what package retention plans: for a running relay's timer,
// and for an operator on the data of one that is stopped.
type keeper struct {
	store    store.Store
	settings Settings
	// blobs is where media lie; nil leaves them alone.
	blobs   media.Blobs
	served  store.Serving
	remover func(now time.Time) remover
	// connected returns which devices of an account are connected, with addresses.
	connected func(ident.AccountID) map[ident.DeviceID]string
	// done is called when an account's actions are on disk, as store.Submit calls it.
	done func(ident.AccountID, []retention.Action, removalResult)
}

// PlanRetention returns what retention would do at now on a store, whether a
// relay runs on it or not. A running relay notes every hour who is connected:
// those count as active until then.
func PlanRetention(ctx context.Context, st store.Store, s Settings, now time.Time) ([]retention.Action, error) {
	k := keeper{store: st, settings: s, connected: noneConnected}
	if err := k.loadServed(ctx); err != nil {
		return nil, err
	}
	return k.plan(ctx, now)
}

// ApplyRetention does on a store what retention does at now, and returns it. No
// relay may run on the store: it would not hear of the devices logged out. blobs is
// where media lie, or nil.
func ApplyRetention(ctx context.Context, st store.Store, blobs media.Blobs, s Settings, random io.Reader, now time.Time) ([]retention.Action, error) {
	identity, err := st.Identity(ctx, random)
	if err != nil {
		return nil, err
	}
	k := keeper{
		store: st, blobs: blobs, settings: s, connected: noneConnected,
		remover: func(now time.Time) remover { return remover{identity, random, now} },
		done:    func(ident.AccountID, []retention.Action, removalResult) {},
	}
	if err := k.loadServed(ctx); err != nil {
		return nil, err
	}
	return k.run(ctx, now)
}

func noneConnected(ident.AccountID) map[ident.DeviceID]string { return nil }

func (k *keeper) loadServed(ctx context.Context) error {
	return k.store.View(ctx, func(r store.Reader) (err error) {
		k.served, err = r.FindServing()
		return err
	})
}

// noteStart notes that a relay starts, and returns since when there has been
// one without a long outage.
func noteStart(ctx context.Context, st store.Store, now time.Time) (served store.Serving, err error) {
	err = st.Update(ctx, func(tx store.Tx) error {
		if err := tx.NoteServing(now, longOutage); err != nil {
			return err
		}
		served, err = tx.FindServing()
		return err
	})
	return served, err
}

// keeper is the one of a running relay: devices that are removed lose their
// connections, and the account's others hear of it.
func (r *Relay) keeper() *keeper {
	return &keeper{
		store: r.store, blobs: r.blobs, settings: r.settings, served: r.served, connected: r.hub.connected,
		remover: func(now time.Time) remover { return remover{r.identity, r.random, now} },
		done: func(account ident.AccountID, did []retention.Action, out removalResult) {
			for _, a := range did {
				if a.Kind == retention.LogOut {
					r.endSessions(account, a.Device, a.Reason)
				}
			}
			if len(did) > 0 {
				r.hub.tell(account, &wire.DevicesChanged{}, nil)
				r.dirty.mark(account)
			}
			r.deliver(out.entries...)
		},
	}
}

// plan returns everything that is due at now.
func (k *keeper) plan(ctx context.Context, now time.Time) ([]retention.Action, error) {
	var plan []retention.Action
	err := k.eachSilent(ctx, now, func(_ ident.AccountID, due []retention.Action) error {
		plan = append(plan, due...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	old, err := k.planOld(ctx, now)
	return append(plan, old...), err
}

// run does everything that is due at now, an account a transaction, and
// returns what it did.
func (k *keeper) run(ctx context.Context, now time.Time) ([]retention.Action, error) {
	var all []retention.Action
	err := k.eachSilent(ctx, now, func(account ident.AccountID, _ []retention.Action) error {
		did, err := k.applyAccount(account, now)
		all = append(all, did...)
		return err
	})
	if err != nil {
		return all, err
	}
	old, err := k.planOld(ctx, now)
	if err != nil {
		return all, err
	}
	if err := k.sweepMedia(ctx, now); err != nil || len(old) == 0 {
		return all, err
	}
	err = k.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.DeleteCodesBefore(now); err != nil {
			return err
		}
		if err := tx.DeleteHistoryChunksBefore(now.Add(-wire.HistoryLifetime)); err != nil {
			return err
		}
		if err := tx.DeleteReportsBefore(now.Add(-wire.ReportLifetime)); err != nil {
			return err
		}
		_, err := tx.DeleteEntriesBefore(now.Add(-k.settings.EntryLifetime))
		return err
	})
	if err == nil {
		all = append(all, old...)
	}
	return all, err
}

// eachSilent calls fn for each account for which something is due, outside of
// any snapshot.
func (k *keeper) eachSilent(ctx context.Context, now time.Time, fn func(ident.AccountID, []retention.Action) error) error {
	primary, linked := k.settings.Rules.Earliest(now)
	var last ident.AccountID
	for {
		var page []ident.AccountID
		due := make(map[ident.AccountID][]retention.Action)
		err := k.store.View(ctx, func(r store.Reader) (err error) {
			if page, err = r.ListSilent(primary, linked, last, silentPage); err != nil {
				return err
			}
			for _, id := range page {
				if due[id], err = k.planAccount(r, id, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, id := range page {
			if len(due[id]) > 0 {
				if err := fn(id, due[id]); err != nil {
					return err
				}
			}
		}
		if len(page) < silentPage {
			return nil
		}
		last = page[len(page)-1]
	}
}

// maybeDue reports whether anything may be due because of one device, or of the silence of its account's primary.
func (k *keeper) maybeDue(d *store.Standing, now time.Time) bool {
	primary, linked := k.settings.Rules.Earliest(now)
	return !d.PrimaryActive.After(primary) || !d.Primary && !d.LastActive.After(linked)
}

// planAccount asks the rules about the present devices of an account.
func (k *keeper) planAccount(r store.Reader, account ident.AccountID, now time.Time) ([]retention.Action, error) {
	devices, err := r.ListDevices(account)
	connected := k.connected(account)
	for i := range devices {
		if _, ok := connected[devices[i].ID]; ok {
			devices[i].LastActive = now
		}
	}
	return k.settings.Rules.Plan(now, k.served, devices), err
}

// planOld returns what is to be deleted for its age.
func (k *keeper) planOld(ctx context.Context, now time.Time) (plan []retention.Action, err error) {
	err = k.store.View(ctx, func(r store.Reader) error {
		entries, err := r.CountEntriesBefore(now.Add(-k.settings.EntryLifetime))
		if err != nil {
			return err
		}
		chunks, err := r.CountHistoryChunksBefore(now.Add(-wire.HistoryLifetime))
		if err != nil {
			return err
		}
		files, err := k.planMedia(r, now)
		if err != nil {
			return err
		}
		plan = append(plan, files...)
		reports, err := r.CountReportsBefore(now.Add(-wire.ReportLifetime))
		if err != nil {
			return err
		}
		if reports > 0 {
			plan = append(plan, retention.Action{Kind: retention.DeleteReports, Silence: wire.ReportLifetime, Count: reports})
		}
		codes, err := r.CountCodesBefore(now)
		if chunks > 0 {
			plan = append(plan, retention.Action{Kind: retention.DeleteHistory, Silence: wire.HistoryLifetime, Count: chunks})
		}
		if entries > 0 {
			plan = append(plan, retention.Action{Kind: retention.DeleteEntries, Silence: k.settings.EntryLifetime, Count: entries})
		}
		if codes > 0 {
			plan = append(plan, retention.Action{Kind: retention.DeleteCodes, Count: codes})
		}
		return err
	})
	return plan, err
}

// applyAccount does what is due for one account, in one transaction that looks
// again whether it is, and returns it.
func (k *keeper) applyAccount(account ident.AccountID, now time.Time) ([]retention.Action, error) {
	var did []retention.Action
	var out removalResult
	result := make(chan error, 1)
	k.store.Submit(func(tx store.Tx) (err error) {
		if did, err = k.planAccount(tx, account, now); err != nil {
			return err
		}
		if len(did) > 0 {
			notifyEvent(tx, &wire.DevicesChanged{}, account)
		}
		out, err = k.applyIn(tx, did, now)
		return err
	}, func(err error) {
		if err == nil {
			k.done(account, did, out)
		}
		result <- err
	})
	return did, <-result
}

func (k *keeper) applyIn(tx store.Tx, due []retention.Action, now time.Time) (out removalResult, err error) {
	gone := make(map[wire.LogoutReason][]store.Device)
	for _, a := range due {
		d, err := tx.FindDevice(a.Device)
		if err != nil {
			return out, err
		}
		if a.Kind == retention.Warn {
			err = tx.WarnDevice(a.Device, now)
		} else {
			gone[a.Reason] = append(gone[a.Reason], d)
		}
		if err != nil {
			return out, err
		}
	}
	for reason, devices := range gone {
		removed, err := k.remover(now).removeDevices(tx, devices, reason)
		if err != nil {
			return out, err
		}
		out.devices = append(out.devices, removed.devices...)
		out.entries = append(out.entries, removed.entries...)
	}
	return out, nil
}
