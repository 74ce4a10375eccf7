package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"parley/client/api"
	"parley/internal/picture"
)

// errGIF is for a file that is not shown moving.
var errGIF = &api.Error{
	Code:    "gif_invalid",
	Message: "This is not a GIF, or an animated WebP or PNG, of at most 16 MiB. Send it with --file instead, as a document.",
}

// sendPicture sends a picture that is shown as it is in the chat: a sticker, or one that
// moves. What is not picture in the file is left out.
func (d *device) sendPicture(ctx context.Context, chat api.Chat, caption, file string, sticker bool) error {
	data, err := readPicture(file)
	if err != nil {
		return err
	}
	if len(data) > picture.MaxMoving {
		return errGIF
	}
	params := api.SendMediaParams{Kind: api.MediaSticker}
	var info picture.Info
	if sticker {
		if data, info, err = picture.Sticker(data); err != nil {
			return api.ErrStickerInvalid
		}
	} else {
		if data, info, err = picture.Strip(data); err != nil || info.Frames < 2 {
			return errGIF
		}
		params.Kind, params.Animated, params.Caption = api.MediaPhoto, true, caption
	}
	params.Type, params.Width, params.Height = info.Type, info.Width, info.Height
	return withPicture(data, func(path string) error { return d.sendStored(ctx, chat, path, filepath.Base(file), params) })
}

// withPicture runs f with a file that has the picture and is gone afterwards.
func withPicture(data []byte, f func(path string) error) error {
	folder, err := os.MkdirTemp("", "parley-picture-")
	if err != nil {
		return fmt.Errorf("make room for the picture: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "picture")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return f(path)
}
