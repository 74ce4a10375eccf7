package client

import (
	"context"
	"slices"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// dropFile lets go of the file of a message that is taken away here, unless another
// message has it, too: one that was forwarded. At the relay it stays until it expires;
// others may have forwarded it, and nobody who lost the message has its key.
func (tx *tx) dropFile(m *store.Message) error {
	c, ok := contentOf(m)
	if !ok {
		return nil
	}
	body, ok := c.Body.(*content.Media)
	if !ok || len(body.MediaID) != len(store.MediaID{}) {
		return nil
	}
	file, err := tx.FindMedia(store.MediaID(body.MediaID))
	if err != nil || file == nil || !sameFile(file, body) {
		return err
	}
	return tx.letGo(file, m)
}

// letGo has a file removed unless it is used beside a message: by another one, or as one of
// the person's own stickers.
func (tx *tx) letGo(file *store.Media, m *store.Message) error {
	var beside ident.MessageID
	if m != nil {
		beside = m.ID
	}
	used, err := tx.IsMediaUsed(file.ID, beside)
	if err != nil || used {
		return err
	}
	if own, err := tx.isSticker(file.ID); err != nil || own {
		return err
	}
	tx.c.transfers.stop(file.ID)
	// Like a file that was chosen and never sent, only that it waits for nothing.
	file.State, file.Message, file.CreatedAt = store.MediaHere, ident.MessageID{}, 0
	return tx.SaveMedia(file)
}

// removeDropped is the job that removes files whose messages were taken away.
func (w *worker) removeDropped(ctx context.Context) (bool, error) {
	if w.cfg.Files == nil {
		return false, nil
	}
	var dropped []*store.Media
	err := w.view(ctx, func(tx *tx) (err error) {
		dropped, err = tx.FindUnusedMedia(1)
		now := time.Now()
		dropped = slices.DeleteFunc(dropped, func(m *store.Media) bool { return tx.c.opened.holds(m.ID, now) })
		return err
	})
	if err != nil || len(dropped) == 0 {
		return false, err
	}
	for _, file := range dropped {
		w.removeFile(ctx, file.ID)
	}
	return true, w.update(ctx, func(tx *tx) error {
		for _, file := range dropped {
			if err := tx.DeleteMedia(file.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
