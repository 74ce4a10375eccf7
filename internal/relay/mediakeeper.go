package relay

import (
	"context"
	"errors"
	"time"

	"parley/internal/media"
	"parley/internal/relay/retention"
	"parley/internal/store"
)

// mediaBefore is when media must have been used to stay: those that have arrived,
// and those that have not.
func (k *keeper) mediaBefore(now time.Time) (finished, unfinished time.Time) {
	return now.Add(-k.settings.MediaLifetime), now.Add(-mediaUploadLifetime)
}

// planMedia returns what is to be done about old media.
func (k *keeper) planMedia(r store.Reader, now time.Time) ([]retention.Action, error) {
	n, err := r.CountMediaBefore(k.mediaBefore(now))
	if err != nil || n == 0 {
		return nil, err
	}
	return []retention.Action{{Kind: retention.DeleteMedia, Silence: k.settings.MediaLifetime, Count: n}}, nil
}

// sweepMedia removes old media, and files that nothing is known of: what a crash
// or a backup put back has left.
func (k *keeper) sweepMedia(ctx context.Context, now time.Time) error {
	if k.blobs == nil {
		return nil
	}
	for {
		var page []store.MediaID
		finished, unfinished := k.mediaBefore(now)
		err := k.store.View(ctx, func(r store.Reader) (err error) {
			page, err = r.ListMediaBefore(finished, unfinished, mediaPage)
			return err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return k.sweepBlobs(ctx, now)
		}
		if err := k.deleteMedia(ctx, page); err != nil {
			return err
		}
	}
}

func (k *keeper) deleteMedia(ctx context.Context, page []store.MediaID) error {
	for _, id := range page {
		if err := k.blobs.Delete(ctx, media.ID(id)); err != nil {
			return err
		}
	}
	return k.store.Update(ctx, func(tx store.Tx) error {
		for _, id := range page {
			if err := tx.DeleteMedia(id); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweepBlobs removes files that the store knows nothing of. New ones are left
// alone: whoever announced them may not be seen yet.
func (k *keeper) sweepBlobs(ctx context.Context, now time.Time) error {
	var last media.ID
	for {
		page, err := k.blobs.List(ctx, last, mediaPage)
		if err != nil || len(page) == 0 {
			return err
		}
		var orphans []media.ID
		err = k.store.View(ctx, func(r store.Reader) error {
			for _, b := range page {
				_, err := r.FindMedia(store.MediaID(b.ID))
				if errors.Is(err, store.ErrNotFound) && now.Sub(b.Changed) > orphanAge {
					orphans = append(orphans, b.ID)
				} else if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, id := range orphans {
			if err := k.blobs.Delete(ctx, id); err != nil {
				return err
			}
		}
		last = page[len(page)-1].ID
	}
}
