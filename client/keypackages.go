package client

import (
	"context"
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
	for _, suite := range published {
		var latest int64
		err := w.view(ctx, func(tx *tx) (err error) {
			latest, err = tx.LatestLastResort(uint16(suite))
			return err
		})
		if err != nil {
			return false, err
		}
		if latest == 0 {
			return w.publishSuite(ctx, suite, keyPackagesWanted)
		}
	}
	return false, nil
}

// publishKeyPackages fills up the key packages by which others add this device
// to the conversations they make, one cipher suite at a time.
func (w *worker) publishKeyPackages(ctx context.Context) (did bool, err error) {
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
	publish, err := w.newKeyPackages(ctx, suite, left)
	if err != nil || publish.LastResort == nil && publish.OneTime == nil {
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

// newKeyPackages makes those that are missing at the relay.
func (w *worker) newKeyPackages(ctx context.Context, suite mls.CipherSuite, left int) (*wire.PublishKeyPackages, error) {
	now := w.relayNow()
	publish := &wire.PublishKeyPackages{}
	err := w.update(ctx, func(tx *tx) error {
		latest, err := tx.LatestLastResort(uint16(suite))
		if err != nil {
			return err
		}
		// With the one-time ones goes a new one of last resort, too: had the last
		// publication been lost on the way, nobody would know.
		low := left < keyPackagesAtLeast
		if low || now.Sub(time.UnixMilli(latest)) > lastResortRenewal {
			if publish.LastResort, err = tx.newKeyPackage(suite, now, true); err != nil {
				return err
			}
		}
		if !low {
			return nil
		}
		for range keyPackagesWanted - left {
			p, err := tx.newKeyPackage(suite, now, false)
			if err != nil {
				return err
			}
			publish.OneTime = append(publish.OneTime, p)
		}
		return tx.DeleteKeyPackagesBefore(now.Add(-keyPackageLifetime - keyPackageKeptAfter).UnixMilli())
	})
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
