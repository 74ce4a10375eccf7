package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"strconv"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// Entries of the app state about pictures: one's own, and "picture/<account>"
// of contacts. "told/<account>" says which of one's own a contact was told.
const (
	profileState = "profile"
	ownPicture   = profileState + "/picture"
	pictureState = "picture"
	toldState    = "told"
)

// maxPicture bounds a picture, bytes: a square of 256 pixels fits well, and a
// part of an app state snapshot holds at least one.
const maxPicture = 24 << 10

// pictureTypes are what a picture may be, by how it begins.
var pictureTypes = []struct{ name, start, atEight string }{
	{"image/jpeg", "\xff\xd8\xff", ""},
	{"image/png", "\x89PNG\r\n\x1a\n", ""},
	{"image/webp", "RIFF", "WEBP"},
}

// pictureType is the type of a picture; empty if it is none that may be shown.
func pictureType(data []byte) string {
	if len(data) > maxPicture || len(data) < 16 {
		return ""
	}
	for _, t := range pictureTypes {
		if bytes.HasPrefix(data, []byte(t.start)) && bytes.HasPrefix(data[8:], []byte(t.atEight)) && pictureFits(data) {
			return t.name
		}
	}
	return ""
}

// setPicture implements api.SetPicture.
func (c *Client) setPicture(ctx context.Context, p api.Picture) (api.None, error) {
	data, err := base64.StdEncoding.DecodeString(p.Data)
	if err != nil || len(data) > 0 && pictureType(data) == "" {
		return api.None{}, api.ErrPictureInvalid
	}
	err = c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		return tx.setAppState(ownPicture, data)
	})
	c.nudge()
	return api.None{}, err
}

// getPicture implements api.GetPicture.
func (c *Client) getPicture(ctx context.Context, p api.AccountID) (api.Picture, error) {
	id, err := ident.ParseID[ident.AccountID](p.AccountID)
	if err != nil {
		return api.Picture{}, api.ErrBadParams
	}
	var shown api.Picture
	err = c.view(ctx, func(tx *tx) error {
		key := stateKey(pictureState, id)
		if tx.identity != nil && tx.identity.Account == id {
			key = ownPicture
		}
		entry, err := tx.FindAppState(key)
		if err != nil || entry == nil {
			return err
		}
		// What other devices say is looked at before it is shown.
		if shown.Type = pictureType(entry.Value); shown.Type != "" {
			shown.Data = base64.StdEncoding.EncodeToString(entry.Value)
		}
		return nil
	})
	return shown, err
}

// tellPicture tells a contact one's picture if this one was not told yet. The
// mark names the contact's key: whoever registers anew knows nothing.
func (tx *tx) tellPicture(chat *store.Chat) error {
	own, err := tx.FindAppState(ownPicture)
	if err != nil || own == nil || chat.Kind != store.ChatDirect || tx.isOwn(chat.ID) {
		return err
	}
	contact, err := tx.FindAccount(chat.Account)
	if err != nil || contact == nil {
		return err
	}
	mark := strconv.FormatInt(own.SetAt, 10) + " " + base64.StdEncoding.EncodeToString(contact.Key[:min(8, len(contact.Key))])
	told, err := tx.appState(toldState, chat.ID)
	if err != nil || string(told) == mark || len(told) == 0 && len(own.Value) == 0 {
		return err
	}
	if err := tx.setAppState(stateKey(toldState, chat.ID), []byte(mark)); err != nil {
		return err
	}
	return tx.tellIn(&chat.ID, &content.Content{Body: &content.Profile{Picture: own.Value, PictureSetMS: own.SetAt}})
}

// takePicture keeps the picture of a contact; what is none is skipped.
func (tx *tx) takePicture(from ident.AccountID, p *content.Profile) error {
	if len(p.Picture) > 0 && pictureType(p.Picture) == "" {
		return nil
	}
	// A time that is yet to come would keep later pictures out.
	setAt := min(p.PictureSetMS, tx.c.relayNow().UnixMilli())
	changed, err := tx.SaveAppState(store.AppState{Key: stateKey(pictureState, from), Value: p.Picture, SetAt: setAt})
	if changed {
		tx.chatTouched(ident.ChatWith(from))
	}
	return err
}
