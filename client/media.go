package client

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// unusedFor is how long a file waits to be sent before it goes: whoever chose it has
// left without a word.
const unusedFor = 24 * 3600 * 1000

// putFile implements api.PutFile.
func (c *Client) putFile(ctx context.Context, p api.PutFileParams) (api.StoredFile, error) {
	if c.cfg.Files == nil {
		return api.StoredFile{}, api.ErrFilesUnavailable
	}
	m, err := c.cfg.Files.Seal(ctx, p.Path)
	if err != nil {
		return api.StoredFile{}, err
	}
	return c.addFile(ctx, m)
}

// addSealedFile implements api.AddSealedFile.
func (c *Client) addSealedFile(ctx context.Context, p api.SealedFile) (api.StoredFile, error) {
	id, err := parseMediaID(p.FileID)
	key, err2 := base64.StdEncoding.DecodeString(p.Key)
	hash, err3 := base64.StdEncoding.DecodeString(p.Hash)
	if errors.Join(err, err2, err3) != nil || len(key) != keySize || len(hash) != wire.MediaHashSize || p.Size < 0 || p.Size > maxMediaSize {
		return api.StoredFile{}, api.ErrBadParams
	}
	return c.addFile(ctx, &store.Media{ID: id, Key: key, Hash: hash, Size: p.Size, Local: true, CreatedAt: c.cfg.Now().UnixMilli()})
}

func parseMediaID(text string) (id store.MediaID, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id) {
		return id, api.ErrBadParams
	}
	return store.MediaID(b), nil
}

// addFile notes a sealed file, and forgets those that were never sent.
func (c *Client) addFile(ctx context.Context, m *store.Media) (api.StoredFile, error) {
	var unused []*store.Media
	err := c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		known, err := tx.FindMedia(m.ID)
		if err != nil || known != nil {
			return err // the call was repeated
		}
		if unused, err = tx.FindUnusedMedia(m.CreatedAt - unusedFor); err != nil {
			return err
		}
		for _, old := range unused {
			if err := tx.DeleteMedia(old.ID); err != nil {
				return err
			}
		}
		return tx.SaveMedia(m)
	})
	for _, old := range unused {
		c.removeFile(ctx, old.ID)
	}
	if err != nil {
		c.removeFile(ctx, m.ID)
		return api.StoredFile{}, err
	}
	return api.StoredFile{FileID: m.ID.String(), Size: m.Size}, nil
}

func (c *Client) removeFile(ctx context.Context, id store.MediaID) {
	if c.cfg.Files == nil {
		return
	}
	if err := c.cfg.Files.Remove(ctx, id); err != nil {
		c.log.Warn("a file was not removed", "error", err)
	}
}

// sendMedia implements api.SendMedia.
func (c *Client) sendMedia(ctx context.Context, p api.SendMediaParams) (api.Message, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Message{}, err
	}
	file, err := parseMediaID(p.FileID)
	if err != nil {
		return api.Message{}, err
	}
	if len(p.Caption) > maxText {
		return api.Message{}, api.ErrMessageTooLong
	}
	id, err := c.messageID(p.ID)
	if err != nil {
		return api.Message{}, err
	}
	body, err := mediaContent(p)
	if err != nil {
		return api.Message{}, err
	}
	once, err := sendsOnce(p)
	if err != nil {
		return api.Message{}, err
	}
	arrived := c.watchMessage(id)
	defer arrived.cancel()
	shown, err := c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		m, err := tx.FindMedia(file)
		if err != nil {
			return nil, err
		}
		if m == nil || m.State != store.MediaHere && m.Message != id {
			return nil, api.ErrFileLost
		}
		body.MediaID, body.Key, body.Hash, body.Size = m.ID[:], m.Key, m.Hash, uint64(m.Size)
		return tx.queueMessage(chat, id, &content.Content{Body: body, Context: once})
	})
	if err != nil || !p.Wait || shown.Status != api.MessagePending {
		return shown, err
	}
	return arrived.wait(ctx)
}

// mediaContent is what a person says of a file.
func mediaContent(p api.SendMediaParams) (*content.Media, error) {
	waveform, err := base64.StdEncoding.DecodeString(p.Waveform)
	preview, err2 := base64.StdEncoding.DecodeString(p.Preview)
	if errors.Join(err, err2) != nil {
		return nil, api.ErrBadParams
	}
	return &content.Media{
		Kind: mediaKind(p.Kind), Type: p.Type, Name: p.Name, Width: uint32(max(p.Width, 0)), Height: uint32(max(p.Height, 0)),
		DurationMS: uint32(max(p.DurationMS, 0)), Waveform: waveform, Preview: preview, Animated: p.Animated, Caption: p.Caption,
	}, nil
}

// waitsForMedia reports whether a message must wait until its file is at the relay,
// and has it brought there.
func (tx *tx) waitsForMedia(id ident.MessageID, c *content.Content) (bool, error) {
	body, ok := c.Body.(*content.Media)
	if !ok {
		return false, nil
	}
	m, err := tx.FindMedia(store.MediaID(body.MediaID))
	if err != nil || m == nil || !sameFile(m, body) {
		return false, err // of somebody else, handed on
	}
	switch m.State {
	case store.MediaHere, store.MediaFailed:
		own, err := tx.isSticker(m.ID)
		if err != nil {
			return false, err
		}
		if m.State, m.Error = store.MediaUploading, ""; !own { // else it does not end with one message
			m.Message = id
		}
		return true, tx.SaveMedia(m)
	case store.MediaUploading, store.MediaPaused:
		return true, nil
	}
	return false, nil
}

// endTransfer notes how a transfer ended: well, or with a code.
func (tx *tx) endTransfer(was *store.Media, code string) error {
	m, err := tx.FindMedia(was.ID)
	if err != nil || m == nil || m.State != was.State {
		return err // paused or cancelled meanwhile
	}
	m.Error = code
	uploaded := m.State == store.MediaUploading
	switch {
	case code == "":
		m.State, m.Local = store.MediaSent, !uploaded || m.Size <= tx.c.cfg.KeepSent
	case uploaded:
		m.State = store.MediaFailed
	case code == api.ErrStorageFull.Code:
		m.State = store.MediaSent // there is nothing wrong with the file
	default:
		m.State = store.MediaGone
		if code == wire.ErrorMediaUnknown.String() {
			if err := tx.fileGone(m); err != nil {
				return err
			}
		}
	}
	if !uploaded {
		tx.mediaMoved(m)
		return tx.SaveMedia(m)
	}
	waiting, err := tx.FindWaitingFor(m.ID)
	if err != nil {
		return err
	}
	if code == "" {
		m.Message = ident.MessageID{}
	}
	if err := tx.SaveMedia(m); err != nil {
		return err
	}
	tx.mediaMoved(m)
	for _, message := range waiting {
		if err := tx.endUpload(message, code); err != nil {
			return err
		}
	}
	return nil
}

// endUpload sends the message whose file has been uploaded, or says why it is not sent.
func (tx *tx) endUpload(m *store.Message, code string) error {
	tx.messageChanged(m.ID)
	tx.status = true
	if code != "" {
		return tx.FailMessage(m.ID, code)
	}
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil {
		return err
	}
	c, ok := contentOf(m)
	if !ok {
		return nil
	}
	tx.c.nudge()
	return tx.queue(chat, m.ID, c, tx.c.relayNow().UnixMilli())
}

// mediaMoved has people hear of a file's new state, in whichever messages it is.
func (tx *tx) mediaMoved(m *store.Media) {
	total := content.SealedSize(m.Size)
	p := api.MediaProgress{ID: m.ID.String(), State: tx.c.mediaState(m), Total: total, Error: mediaError(m.Error)}
	if m.Local {
		p.Moved = total
	}
	tx.media = append(tx.media, p)
}

// fetchSmall has a small picture or voice message fetched as it comes, where the
// device does so.
func (tx *tx) fetchSmall(c *content.Content) error {
	body, ok := c.Body.(*content.Media)
	if !ok || once(c) != nil || !tx.c.cfg.FetchSmall || tx.c.cfg.Files == nil || body.Size > fetchLimit(body.Kind) {
		return nil
	}
	_, err := tx.wantMedia(body)
	return err
}

// fetchLimit is up to which size a file is fetched unasked, bytes.
func fetchLimit(kind content.MediaKind) uint64 {
	switch kind {
	case content.MediaPhoto, content.MediaSticker, content.MediaVoice:
		return 2 << 20
	}
	return 0
}

// wantMedia has a file fetched unless it is here.
func (tx *tx) wantMedia(body *content.Media) (*store.Media, error) {
	m, err := tx.FindMedia(store.MediaID(body.MediaID))
	if err != nil {
		return nil, err
	}
	if m != nil && !sameFile(m, body) {
		return nil, api.ErrFileDamaged
	}
	if m == nil {
		m = &store.Media{
			ID: store.MediaID(body.MediaID), Key: body.Key, Hash: body.Hash, Size: int64(body.Size),
			State: store.MediaSent, CreatedAt: tx.c.cfg.Now().UnixMilli(),
		}
	}
	if tx.c.asks.has(m.ID) {
		return m, nil // it comes when somebody brings it
	}
	if m.Local || m.State != store.MediaSent && m.State != store.MediaGone {
		return m, nil
	}
	m.State, m.Error = store.MediaDownloading, ""
	tx.mediaMoved(m)
	return m, tx.SaveMedia(m)
}
