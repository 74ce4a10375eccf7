package client

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
)

// The person's own stickers are entries of the app state, so that every device has them:
// "sticker/<media id>" with a content.Sticker. Their pictures are files like those of
// messages, under keys of their own; a device that the relay does not give one any more
// asks its siblings.

// stickerState is the kind of their entries.
const stickerState = "sticker"

// Bounds of own stickers.
const (
	maxStickers    = 300
	maxStickerSize = 500 << 10
	maxStickerEdge = 512
	maxPackName    = 64
)

func stickerKey(id store.MediaID) string { return stateKey(stickerState, id) }

// isSticker reports whether a file is one of the person's own stickers.
func (tx *tx) isSticker(id store.MediaID) (bool, error) {
	s, err := tx.FindAppState(stickerKey(id))
	return s != nil && len(s.Value) > 0, err
}

// findSticker is one of the person's own stickers; nil if there is none of that id.
func (tx *tx) findSticker(id store.MediaID) (*content.Sticker, error) {
	s, err := tx.FindAppState(stickerKey(id))
	if err != nil || s == nil {
		return nil, err
	}
	return stickerOf(s), nil
}

// stickerOf reads an entry; nil for none and for what cannot be one.
func stickerOf(s *store.AppState) *content.Sticker {
	sticker, err := content.Decode[content.Sticker](s.Value)
	if err != nil || sticker.Media == nil || !cleanMedia(sticker.Media) || sticker.Media.Size > maxStickerSize ||
		s.Key != stickerKey(store.MediaID(sticker.Media.MediaID)) {
		return nil
	}
	sticker.Media.Kind = content.MediaSticker
	sticker.Pack = cleanPackName(sticker.Pack)
	return sticker
}

func cleanPackName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	for len(name) > maxPackName {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return name
}

// stickers are all of the person's own, the latest first.
func (tx *tx) stickers() ([]*content.Sticker, error) {
	entries, err := tx.FindAppStatesOf(stickerState)
	var all []*content.Sticker
	for i := range entries {
		if s := stickerOf(&entries[i]); s != nil {
			all = append(all, s)
		}
	}
	return all, err
}

// listStickers implements api.ListStickers.
func (c *Client) listStickers(ctx context.Context, _ api.None) (api.Stickers, error) {
	list := api.Stickers{Stickers: []api.Sticker{}}
	err := c.update(ctx, func(tx *tx) error {
		all, err := tx.stickers()
		if err != nil {
			return err
		}
		for _, s := range all {
			shown, err := tx.showSticker(s)
			if err != nil {
				return err
			}
			list.Stickers = append(list.Stickers, shown)
		}
		return nil
	})
	c.nudge()
	return list, err
}

// showSticker is a sticker as people see it; one that is not here is fetched.
func (tx *tx) showSticker(s *content.Sticker) (api.Sticker, error) {
	m := s.Media
	shown := api.Sticker{
		ID: store.MediaID(m.MediaID).String(), Pack: s.Pack, Type: m.Type, Width: int(m.Width), Height: int(m.Height), Size: int64(m.Size),
		Digest: base64.StdEncoding.EncodeToString(s.Digest),
	}
	file, err := tx.FindMedia(store.MediaID(m.MediaID))
	if err == nil && tx.c.cfg.Files != nil && (file == nil || !file.Local) {
		file, err = tx.wantMedia(m)
	}
	if err != nil || file == nil {
		return shown, err
	}
	shown.Here = file.Local
	return shown, nil
}

// addSticker implements api.AddSticker.
func (c *Client) addSticker(ctx context.Context, p api.AddStickerParams) (api.Sticker, error) {
	id, err := parseMediaID(p.FileID)
	if err != nil {
		return api.Sticker{}, err
	}
	digest, err := base64.StdEncoding.DecodeString(p.Digest)
	if err != nil || len(digest) > keySize {
		return api.Sticker{}, api.ErrBadParams
	}
	if p.Type != "image/webp" || p.Width < 1 || p.Width > maxStickerEdge || p.Height < 1 || p.Height > maxStickerEdge {
		return api.Sticker{}, api.ErrStickerInvalid
	}
	var shown api.Sticker
	err = c.update(ctx, func(tx *tx) (err error) {
		shown, err = tx.addSticker(id, digest, p)
		return err
	})
	c.nudge()
	return shown, err
}

func (tx *tx) addSticker(id store.MediaID, digest []byte, p api.AddStickerParams) (api.Sticker, error) {
	if err := tx.needAccount(); err != nil {
		return api.Sticker{}, err
	}
	all, err := tx.stickers()
	if err != nil {
		return api.Sticker{}, err
	}
	for _, s := range all { // it is here already, or the call was repeated
		if string(s.Media.MediaID) == string(id[:]) || len(digest) > 0 && string(s.Digest) == string(digest) {
			return tx.showSticker(s)
		}
	}
	file, err := tx.FindMedia(id)
	switch {
	case err != nil:
		return api.Sticker{}, err
	case file == nil || file.State != store.MediaHere:
		return api.Sticker{}, api.ErrFileLost
	case file.Size > maxStickerSize:
		return api.Sticker{}, api.ErrStickerInvalid
	case len(all) >= maxStickers:
		return api.Sticker{}, api.ErrStickersFull
	}
	s := &content.Sticker{Pack: cleanPackName(p.Pack), Digest: digest, Media: &content.Media{
		MediaID: file.ID[:], Key: file.Key, Hash: file.Hash, Size: uint64(file.Size), Kind: content.MediaSticker, Type: p.Type,
		Width: uint32(p.Width), Height: uint32(p.Height),
	}}
	file.State = store.MediaUploading
	if err := tx.SaveMedia(file); err != nil {
		return api.Sticker{}, err
	}
	if err := tx.setAppState(stickerKey(file.ID), content.Encode(s)); err != nil {
		return api.Sticker{}, err
	}
	return tx.showSticker(s)
}

// removeSticker implements api.RemoveSticker.
func (c *Client) removeSticker(ctx context.Context, p api.StickerID) (api.None, error) {
	id, err := parseMediaID(p.ID)
	if err != nil {
		return api.None{}, err
	}
	err = c.update(ctx, func(tx *tx) error {
		if err := tx.setAppState(stickerKey(id), nil); err != nil {
			return err
		}
		return tx.dropSticker(id)
	})
	c.nudge()
	return api.None{}, err
}

// dropSticker lets go of the file of a sticker that is removed, unless a message has it.
func (tx *tx) dropSticker(id store.MediaID) error {
	file, err := tx.FindMedia(id)
	if err != nil || file == nil {
		return err
	}
	return tx.letGo(file, nil)
}

// sendSticker implements api.SendSticker. Where it has been for long the relay may not
// have it any more: it is brought there again beside.
func (c *Client) sendSticker(ctx context.Context, p api.SendStickerParams) (api.Message, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Message{}, err
	}
	sticker, err := parseMediaID(p.StickerID)
	if err != nil {
		return api.Message{}, err
	}
	id, err := c.messageID(p.ID)
	if err != nil {
		return api.Message{}, err
	}
	var file *store.Media
	shown, err := c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		s, err := tx.findSticker(sticker)
		if err != nil || s == nil {
			return nil, orUnknownFile(err)
		}
		if file, err = tx.FindMedia(sticker); err != nil {
			return nil, err
		}
		return tx.queueMessage(chat, id, &content.Content{Body: s.Media})
	})
	if err == nil && file != nil && file.Local && file.State == store.MediaSent {
		c.spawn(func() { c.bringFile(c.ctx, file) })
	}
	return shown, err
}

func orUnknownFile(err error) error {
	if err != nil {
		return err
	}
	return api.ErrFileUnknown
}

// openSticker implements api.OpenSticker.
func (c *Client) openSticker(ctx context.Context, p api.StickerID) (opened api.OpenedFile, err error) {
	id, err := parseMediaID(p.ID)
	if err != nil {
		return opened, err
	}
	err = c.view(ctx, func(tx *tx) error {
		s, err := tx.findSticker(id)
		if err != nil || s == nil {
			return orUnknownFile(err)
		}
		file, err := tx.FindMedia(id)
		if err != nil {
			return err
		}
		if file == nil || !file.Local {
			return api.ErrFileNotHere
		}
		opened = openedFileOf(file, s.Media)
		return nil
	})
	return opened, err
}
