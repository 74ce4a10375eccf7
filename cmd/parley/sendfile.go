package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"path/filepath"
	"strings"
	"time"

	"parley/client/api"
	"parley/internal/terminal"
)

// outgoingFiles are the files of one command: documents, which are sent as they are, or to
// be opened once; pictures that move; and stickers.
type outgoingFiles struct {
	documents, gifs, stickers []string
	once                      bool
}

func (f outgoingFiles) count() int { return len(f.documents) + len(f.gifs) + len(f.stickers) }

// sendFiles sends files one after the other; the text is the caption of the first that is
// no sticker.
func (d *device) sendFiles(ctx context.Context, to, caption string, files outgoingFiles, timeout time.Duration) error {
	ctx, cancel := d.whileReachable(ctx, timeout)
	defer cancel()
	chat, err := d.openChat(ctx, to)
	if err != nil {
		return err
	}
	for _, file := range files.documents {
		if err := d.sendFile(ctx, chat, caption, file, files.once); err != nil {
			return err
		}
		caption = ""
	}
	for _, file := range files.gifs {
		if err := d.sendPicture(ctx, chat, caption, file, false); err != nil {
			return err
		}
		caption = ""
	}
	for _, file := range files.stickers {
		if err := d.sendPicture(ctx, chat, "", file, true); err != nil {
			return err
		}
	}
	return nil
}

// onceKind is the kind of a file that is to be opened once.
func onceKind(mimeType string) (api.MediaKind, error) {
	main, _, _ := strings.Cut(mimeType, "/")
	switch main {
	case "image":
		return api.MediaPhoto, nil
	case "video":
		return api.MediaVideo, nil
	case "audio":
		return api.MediaVoice, nil
	}
	return "", api.ErrViewOnceKind
}

func (d *device) sendFile(ctx context.Context, chat api.Chat, caption, file string, once bool) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return usageError("%w", err)
	}
	params := api.SendMediaParams{
		Caption: caption, ViewOnce: once,
		Kind: api.MediaDocument, Type: mime.TypeByExtension(filepath.Ext(path)), Name: filepath.Base(path),
	}
	if once {
		if params.Kind, err = onceKind(params.Type); err != nil {
			return err
		}
	}
	return d.sendStored(ctx, chat, path, filepath.Base(path), params)
}

// sendStored sends the file at a path as what params say; name is what the person calls it.
func (d *device) sendStored(ctx context.Context, chat api.Chat, path, name string, params api.SendMediaParams) error {
	stored, err := api.Call(ctx, d.core, api.PutFile, api.PutFileParams{Path: path})
	if err != nil {
		return fmt.Errorf("%s: %w", name, causeOr(ctx, err))
	}
	id, err := api.Call(ctx, d.core, api.NewMessageID, api.None{})
	if err != nil {
		return causeOr(ctx, err)
	}
	shown := d.showProgress(ctx, stored.FileID, "Sending "+name)
	params.ChatID, params.FileID, params.ID, params.Wait = chat.ID, stored.FileID, id.ID, true
	sent, err := api.Call(ctx, d.core, api.SendMedia, params)
	shown()
	if err != nil {
		if errors.Is(context.Cause(ctx), api.ErrRelayUnreachable) {
			return errStillWaiting
		}
		return causeOr(ctx, err)
	}
	if sent.Status == api.MessageFailed && sent.Error != nil {
		return sent.Error
	}
	return d.print(sent, func(w io.Writer) {
		fmt.Fprintf(w, "Sent %s to %s.\n", terminal.Line(name, 64), terminal.Line(chat.Title, 64))
	})
}

// showProgress tells on standard error how far a file is, with --json as events on
// standard output, until the returned function is called.
func (d *device) showProgress(ctx context.Context, fileID, what string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	events := newEventQueue()
	unsubscribe := d.core.Subscribe(events.add)
	done := make(chan struct{})
	go func() {
		defer close(done)
		last := -1
		for {
			e, err := events.next(ctx)
			if err != nil {
				break
			}
			var p api.MediaProgress
			if e.name != api.OnMediaProgress.Name || json.Unmarshal(e.data, &p) != nil || p.ID != fileID || p.Total == 0 {
				continue
			}
			if percent := int(100 * p.Moved / p.Total); percent != last {
				last = percent
				d.tellProgress(what, percent, p)
			}
		}
		if last >= 0 && !d.json && terminal.IsTerminal(d.std.err) {
			fmt.Fprintln(d.std.err)
		}
	}()
	return func() {
		unsubscribe()
		cancel()
		<-done
	}
}

func (d *device) tellProgress(what string, percent int, p api.MediaProgress) {
	switch {
	case d.json:
		_ = d.line(api.OnMediaProgress.Name, p) // the end of output ends the command later
	case terminal.IsTerminal(d.std.err):
		waiting := ""
		if p.Waiting {
			waiting = " (waits for the network)"
		}
		fmt.Fprintf(d.std.err, "\r%s: %d %% of %s%s\x1b[K", terminal.Line(what, 60), percent, terminal.Bytes(p.Total), waiting)
	}
}
