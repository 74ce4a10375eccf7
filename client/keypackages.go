package client

import (
	"context"
	"slices"
	"time"

	"parley/client/store"
	"parley/mls"
	"parley/wire"
)

// How many one-time key packages of a suite lie at the relay, and how long one
// may be used. With X-Wing one has 2.8 KiB.
const (
	keyPackagesWanted   = 30
	keyPackagesAtLeast  = 15
	keyPackageLifetime  = 90 * 24 * time.Hour
	lastResortRenewal   = 30 * 24 * time.Hour
	keyPackageKeptAfter = 7 * 24 * time.Hour
)

// publishLastResort makes a new device one that others add to the conversations
// they make, before it does anything that takes longer.
func (w *worker) publishLastResort(ctx context.Context) (bool, error) {
	if err := w.readLastResorts(ctx); err != nil {
		return false, err
	}
	for _, suite := range published {
		if w.lastResorts[suite] == 0 {
			return w.publishSuite(ctx, suite, keyPackagesWanted)
		}
	}
	return false, nil
}

// readLastResorts learns, once a connection, when the key packages of last resort
// were made.
func (w *worker) readLastResorts(ctx context.Context) error {
	if w.lastResorts != nil {
		return nil
	}
	made := map[mls.CipherSuite]int64{}
	err := w.view(ctx, func(tx *tx) (err error) {
		for _, suite := range published {
			if made[suite], err = tx.LatestLastResort(uint16(suite)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		w.lastResorts = made
	}
	return err
}

// keyPackagesDue tells what is missing of a suite of which left one-time ones are
// at the relay.
func (w *worker) keyPackagesDue(suite mls.CipherSuite, left int) (lastResort, oneTime bool) {
	oneTime = left < keyPackagesAtLeast
	// With the one-time ones goes a new one of last resort, too: had the last
	// publication been lost on the way, nobody would know.
	return oneTime || w.relayNow().Sub(time.UnixMilli(w.lastResorts[suite])) > lastResortRenewal, oneTime
}

// publishKeyPackages fills up the key packages by which others add this device
// to the conversations they make, one cipher suite at a time.
func (w *worker) publishKeyPackages(ctx context.Context) (did bool, err error) {
	if err := w.readLastResorts(ctx); err != nil {
		return false, err
	}
	due := slices.ContainsFunc(published, func(suite mls.CipherSuite) bool {
		lastResort, _ := w.keyPackagesDue(suite, w.keyPackagesLeft[suite])
		return lastResort
	})
	if !due {
		return false, nil
	}
	wait := false
	err = w.view(ctx, func(tx *tx) error {
		wait, err = w.awaitsOverview(tx)
		return err
	})
	if wait {
		return false, err
	}
	for _, suite := range published {
		if did, err = w.publishSuite(ctx, suite, w.keyPackagesLeft[suite]); did || err != nil {
			return did, err
		}
	}
	return false, err
}

// publishSuite publishes what is missing beside the one-time key packages that are
// left.
func (w *worker) publishSuite(ctx context.Context, suite mls.CipherSuite, left int) (bool, error) {
	lastResort, oneTime := w.keyPackagesDue(suite, left)
	if !lastResort {
		return false, nil
	}
	missing := 0
	if oneTime {
		missing = keyPackagesWanted - left
	}
	publish, err := w.newKeyPackages(ctx, suite, missing)
	if err != nil {
		return false, err
	}
	r, err := request[*wire.PublishKeyPackagesResult](ctx, w.s, publish)
	if err != nil {
		return false, err
	}
	w.keyPackagesLeft[suite] = int(r.Left)
	w.noteKeyPackages()
	return true, nil
}

// newKeyPackages makes one of last resort and some to be used once.
func (w *worker) newKeyPackages(ctx context.Context, suite mls.CipherSuite, oneTime int) (*wire.PublishKeyPackages, error) {
	now := w.relayNow()
	publish := &wire.PublishKeyPackages{}
	err := w.update(ctx, func(tx *tx) (err error) {
		if publish.LastResort, err = tx.newKeyPackage(suite, now, true); err != nil {
			return err
		}
		for range oneTime {
			p, err := tx.newKeyPackage(suite, now, false)
			if err != nil {
				return err
			}
			publish.OneTime = append(publish.OneTime, p)
		}
		return tx.DeleteKeyPackagesBefore(now.Add(-keyPackageLifetime - keyPackageKeptAfter).UnixMilli())
	})
	if err == nil {
		w.lastResorts[suite] = now.UnixMilli()
	}
	return publish, err
}

// newKeyPackage makes one and keeps its private half.
func (tx *tx) newKeyPackage(suite mls.CipherSuite, now time.Time, lastResort bool) ([]byte, error) {
	bundle, err := mls.NewKeyPackage(tx.mlsConfig(&store.Conversation{}), mls.KeyPackageOptions{
		CipherSuite: suite, Leaf: tx.leafOptions(), LastResort: lastResort,
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(keyPackageLifetime),
	})
	if err != nil {
		return nil, err
	}
	return bundle.Message(), tx.CreateKeyPackage(store.KeyPackage{
		Ref: bundle.Ref(), Suite: uint16(suite), Bundle: bundle.MarshalPrivate(), LastResort: lastResort, Created: now.UnixMilli(),
	})
}
