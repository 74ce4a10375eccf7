package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/picture"
	"parley/internal/terminal"
)

// errStickerUnknown is for an id that names no sticker, or several.
var errStickerUnknown = &api.Error{Code: "sticker_unknown", Message: "No sticker of yours has this id, or several begin so. 'parley sticker list' shows them."}

func newSticker(std streams) *cobra.Command {
	c := &cobra.Command{
		Use: "sticker", Short: "Keep stickers of your own, on all your devices", GroupID: deviceGroup,
		Long: "Keep stickers of your own, on all your devices.\n\n'parley send --sticker FILE' sends a picture as a sticker without keeping it.",
	}
	for _, child := range []*cobra.Command{newStickerList(std), newStickerAdd(std), newStickerRemove(std)} {
		child.GroupID = ""
		c.AddCommand(child)
	}
	return c
}

func newStickerList(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{Use: "list", Short: "List them, the latest first", Args: cobra.NoArgs},
		func(ctx context.Context, d *device, _ []string) error {
			list, err := api.Call(ctx, d.core, api.ListStickers, api.None{})
			if err != nil {
				return err
			}
			return d.print(list, func(w io.Writer) { d.writeStickers(w, list.Stickers) })
		})
}

func (d *device) writeStickers(w io.Writer, all []api.Sticker) {
	if len(all) == 0 {
		fmt.Fprintln(w, "No stickers yet: parley sticker add FILE")
		return
	}
	for _, s := range all {
		here := ""
		if !s.Here {
			here = d.style.Dim("  not on this device yet")
		}
		fmt.Fprintf(w, "%s  %d×%d  %s  %s%s\n", s.ID, s.Width, s.Height, terminal.Bytes(s.Size), terminal.Line(s.Pack, 64), here)
	}
}

func newStickerAdd(std streams) *cobra.Command {
	var pack string
	c := &cobra.Command{
		Use: "add FILE [--pack NAME]", Short: "Make a WebP picture one of them", Args: cobra.ExactArgs(1),
		Long: "Make a WebP picture one of them: at most 512 by 512 pixels and 100 kB, or 500 kB if it moves.\n\nOnly the picture is kept, nothing else that is in the file. One that is there already is not added again.",
	}
	c.Flags().StringVar(&pack, "pack", "", "name of the pack that it goes into")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		data, err := readPicture(args[0])
		if err != nil {
			return err
		}
		data, info, err := picture.Sticker(data)
		if err != nil {
			return api.ErrStickerInvalid
		}
		digest := sha256.Sum256(data)
		params := api.AddStickerParams{
			Type: info.Type, Width: info.Width, Height: info.Height, Pack: pack, Digest: base64.StdEncoding.EncodeToString(digest[:]),
		}
		return withPicture(data, func(path string) error { return d.addSticker(ctx, path, params) })
	})
}

// addSticker makes the file at a path a sticker, and gives it time to get to the relay.
func (d *device) addSticker(ctx context.Context, path string, params api.AddStickerParams) error {
	stored, err := api.Call(ctx, d.core, api.PutFile, api.PutFileParams{Path: path})
	if err != nil {
		return err
	}
	params.FileID = stored.FileID
	events := newEventQueue()
	defer d.core.Subscribe(events.add)()
	added, err := api.Call(ctx, d.core, api.AddSticker, params)
	if err != nil {
		return err
	}
	d.settle(ctx)
	if added.ID == stored.FileID {
		awaitUpload(ctx, events, added.ID)
	}
	return d.print(added, func(w io.Writer) { fmt.Fprintf(w, "The sticker is %s.\n", added.ID) })
}

// awaitUpload returns once the relay has a file, or when that takes long: it goes on with
// a later command.
func awaitUpload(ctx context.Context, events *eventQueue, id string) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		e, err := events.next(ctx)
		if err != nil {
			return
		}
		var p api.MediaProgress
		if e.name == api.OnMediaProgress.Name && json.Unmarshal(e.data, &p) == nil && p.ID == id && p.State != api.MediaUploading {
			return
		}
	}
}

func newStickerRemove(std streams) *cobra.Command {
	c := &cobra.Command{
		Use: "remove ID", Short: "Take one away, on all your devices", Args: cobra.ExactArgs(1),
		Long: "Take one away, on all your devices; messages with it stay as they are.\n\nThe beginning of its id is enough.",
	}
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		id, err := d.findSticker(ctx, args[0])
		if err != nil {
			return err
		}
		return changeMessage(ctx, d, api.RemoveSticker, api.StickerID{ID: id}, "The sticker is removed.")
	})
}

// findSticker is the id of the one sticker whose id begins so.
func (d *device) findSticker(ctx context.Context, prefix string) (string, error) {
	list, err := api.Call(ctx, d.core, api.ListStickers, api.None{})
	if err != nil {
		return "", err
	}
	found := ""
	for _, s := range list.Stickers {
		if prefix == "" || !strings.HasPrefix(s.ID, strings.ToLower(prefix)) {
			continue
		}
		if found != "" {
			return "", errStickerUnknown
		}
		found = s.ID
	}
	if found == "" {
		return "", errStickerUnknown
	}
	return found, nil
}
