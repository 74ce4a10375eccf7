package relay

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"parley/ident"
	"parley/internal/media"
	"parley/internal/store"
	"parley/wire"
)

// callMedia carries out the requests about encrypted files. Their bytes come and
// go over HTTP, with the tickets made here.
func (s *Session) callMedia(call wire.RequestCall) (wire.ResponseResult, error) {
	switch m := call.(type) {
	case *wire.RequestMediaUpload:
		return s.requestMediaUpload(m)
	case *wire.RequestMediaDownload:
		return s.requestMediaDownload(m)
	case *wire.DeleteMedia:
		return s.deleteMedia(m)
	}
	return s.callTwoStep(call)
}

// Blobs is where the files lie; nil on a relay that carries none.
func (r *Relay) Blobs() media.Blobs { return r.blobs }

// carriesMedia refuses if the relay has no place for media, or the id is none.
func (r *Relay) carriesMedia(id []byte) error {
	if r.blobs == nil || r.settings.MediaBytes <= 0 {
		return refuse(wire.ErrorMediaUnavailable)
	}
	if len(id) != wire.IDSize {
		return refuse(wire.ErrorMalformed)
	}
	return nil
}

func (s *Session) requestMediaUpload(m *wire.RequestMediaUpload) (*wire.MediaTicket, error) {
	r := s.relay
	if err := r.carriesMedia(m.MediaID); err != nil {
		return nil, err
	}
	switch {
	case m.Size == 0:
		return nil, refuse(wire.ErrorMalformed)
	case m.Size > uint64(r.settings.MediaBytes):
		return nil, refuseAbove(wire.ErrorMediaTooLarge, r.settings.MediaBytes)
	}
	announced := store.Media{ID: store.MediaID(m.MediaID), Account: s.who.account, Size: int64(m.Size), Created: r.now()}
	room, err := r.hasRoom(announced.Size)
	if err != nil {
		return nil, err
	}
	erased, err := r.isErased(media.ID(announced.ID))
	if err != nil {
		return nil, err
	}
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		found, err := tx.FindMedia(announced.ID)
		if err == nil && found.Hash != nil && erased {
			err = cmp.Or(tx.DeleteMedia(announced.ID), store.ErrNotFound)
		}
		if errors.Is(err, store.ErrNotFound) {
			return r.createMedia(tx, announced, room)
		}
		if err == nil && (found.Account != announced.Account || found.Size != announced.Size) {
			return refuse(wire.ErrorMalformed)
		}
		announced.Hash = found.Hash
		return errors.Join(err, tx.TouchMedia(announced.ID, r.now()))
	})
	if err != nil {
		return nil, err
	}
	return r.mediaTicket(announced, true), nil
}

// isErased reports whether a file is not on the disk. One that was there can be brought
// again by whoever has it.
func (r *Relay) isErased(id media.ID) (bool, error) {
	_, err := r.blobs.Find(r.ctx, id)
	if errors.Is(err, media.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// createMedia stores what is announced, if the account and the disk have room.
func (r *Relay) createMedia(tx store.Tx, m store.Media, room bool) error {
	used, err := tx.SumMedia(m.Account)
	switch {
	case err != nil:
		return err
	case used+m.Size > r.settings.MediaAccountBytes:
		return refuseAbove(wire.ErrorMediaQuota, r.settings.MediaAccountBytes)
	case !room:
		return refuse(wire.ErrorStorageFull)
	}
	return tx.CreateMedia(m)
}

// hasRoom reports whether a file fits on the disk and leaves what messages need.
func (r *Relay) hasRoom(size int64) (bool, error) {
	free, err := r.blobs.Free(r.ctx)
	if err != nil {
		return false, fmt.Errorf("free space for media: %w", err)
	}
	return free-size >= r.settings.MediaKeepFree, nil
}

// refuseAbove returns the error of a code that names a limit in bytes.
func refuseAbove(code wire.ErrorCode, limit int64) *wire.Error {
	e := refuse(code)
	e.LimitBytes = uint64(limit)
	return e
}

func (s *Session) requestMediaDownload(m *wire.RequestMediaDownload) (*wire.MediaTicket, error) {
	r := s.relay
	if err := r.carriesMedia(m.MediaID); err != nil {
		return nil, err
	}
	var found store.Media
	err := r.store.Update(r.ctx, func(tx store.Tx) (err error) {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		if found, err = tx.FindMedia(store.MediaID(m.MediaID)); err != nil {
			return missing(err, wire.ErrorMediaUnknown)
		}
		if found.Hash == nil {
			return refuse(wire.ErrorMediaUnknown)
		}
		return tx.TouchMedia(found.ID, r.now())
	})
	if err != nil {
		return nil, err
	}
	return r.mediaTicket(found, false), nil
}

func (s *Session) deleteMedia(m *wire.DeleteMedia) (*wire.Done, error) {
	r := s.relay
	if err := r.carriesMedia(m.MediaID); err != nil {
		return nil, err
	}
	return &wire.Done{}, r.removeMedia(r.ctx, s.who.account, store.MediaID(m.MediaID))
}

// removeMedia removes media of an account, the file first: what is known of a file
// that is left over leads to it. Others' media are left alone.
func (r *Relay) removeMedia(ctx context.Context, account ident.AccountID, id store.MediaID) error {
	var own bool
	err := r.store.View(ctx, func(reader store.Reader) error {
		found, err := reader.FindMedia(id)
		own = err == nil && found.Account == account
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil || !own {
		return err
	}
	if err := r.blobs.Delete(ctx, media.ID(id)); err != nil {
		return err
	}
	return r.store.Update(ctx, func(tx store.Tx) error { return tx.DeleteMedia(id) })
}

// finishMedia is answered when the file was read and is on the disk; meanwhile the
// device's other requests go on.
func (s *Session) finishMedia(id uint64, m *wire.FinishMedia) {
	s.begin()
	go func() { s.finish(id, &wire.Done{}, s.relay.checkMedia(s.who.account, m)) }()
}

// checkMedia makes uploaded media readable if they are what the hash says.
func (r *Relay) checkMedia(account ident.AccountID, m *wire.FinishMedia) error {
	if err := r.carriesMedia(m.MediaID); err != nil {
		return err
	}
	if len(m.Hash) != wire.MediaHashSize {
		return refuse(wire.ErrorMalformed)
	}
	id := store.MediaID(m.MediaID)
	var found store.Media
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		found, err = reader.FindMedia(id)
		return missing(err, wire.ErrorMediaUnknown)
	})
	switch {
	case err != nil:
		return err
	case found.Account != account:
		return refuse(wire.ErrorMediaUnknown)
	case found.Hash != nil && bytes.Equal(found.Hash, m.Hash):
		return nil
	}
	hash, err := r.hashBlob(media.ID(id), found.Size)
	if err != nil {
		return err
	}
	if !bytes.Equal(hash, m.Hash) {
		return errors.Join(refuse(wire.ErrorMediaDamaged), r.removeMedia(r.ctx, account, id))
	}
	return r.store.Update(r.ctx, func(tx store.Tx) error {
		if _, err := tx.FindMedia(id); err != nil {
			return missing(err, wire.ErrorMediaUnknown)
		}
		return tx.FinishMedia(id, hash, r.now())
	})
}

// hashBlob reads a file that must be complete, and has it written to the disk.
func (r *Relay) hashBlob(id media.ID, size int64) ([]byte, error) {
	select {
	case r.mediaChecks <- struct{}{}:
		defer func() { <-r.mediaChecks }()
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	}
	blob, err := r.blobs.Find(r.ctx, id)
	if errors.Is(err, media.ErrNotFound) || err == nil && blob.Size < size {
		return nil, refuse(wire.ErrorMediaIncomplete)
	}
	if err != nil {
		return nil, err
	}
	if err := r.blobs.Sync(r.ctx, id); err != nil {
		return nil, err
	}
	file, err := r.blobs.Open(r.ctx, id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	hash, err := wire.MediaHash(endedReader{r.ctx, file})
	return hash[:], err
}

// endedReader ends when its context does.
type endedReader struct {
	ctx  context.Context
	from io.Reader
}

func (e endedReader) Read(b []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.from.Read(b)
}
