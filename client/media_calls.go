package client

import (
	"context"
	"encoding/base64"
	"errors"

	"parley/client/api"
	"parley/client/content"
	"parley/client/json"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// ofMessage finds a message with a file, what is known of the file, and what the
// message says of it.
func (tx *tx) ofMessage(text string) (*store.Message, *store.Media, *content.Media, error) {
	id, err := ident.ParseID[ident.MessageID](text)
	if err != nil {
		return nil, nil, nil, api.ErrBadParams
	}
	m, err := tx.FindMessage(id)
	if err != nil {
		return nil, nil, nil, err
	}
	if m == nil {
		return nil, nil, nil, api.ErrFileUnknown
	}
	c, ok := contentOf(m)
	if !ok {
		return nil, nil, nil, api.ErrFileUnknown
	}
	body, isMedia := c.Body.(*content.Media)
	if !isMedia || m.Kind == store.KindOnce {
		return nil, nil, nil, api.ErrFileUnknown
	}
	file, err := tx.FindMedia(store.MediaID(body.MediaID))
	if file != nil && !sameFile(file, body) {
		file = nil
	}
	return m, file, body, err
}

// changeMedia changes the file of a message and shows it.
func (c *Client) changeMedia(ctx context.Context, text string, change func(*tx, *store.Message, *store.Media) error) (api.Message, error) {
	return c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		m, file, _, err := tx.ofMessage(text)
		if err != nil {
			return nil, err
		}
		if file != nil {
			if err := change(tx, m, file); err != nil {
				return nil, err
			}
		}
		return tx.showAgain(m.ID)
	})
}

// pauseMedia implements api.PauseMedia. A download ends where it is; asking for it
// again goes on.
func (c *Client) pauseMedia(ctx context.Context, p api.MessageID) (api.Message, error) {
	return c.changeMedia(ctx, p.ID, func(tx *tx, m *store.Message, file *store.Media) error {
		switch file.State {
		case store.MediaUploading:
			file.State = store.MediaPaused
		case store.MediaDownloading:
			file.State = store.MediaSent
		default:
			return nil
		}
		tx.c.transfers.stop(file.ID)
		tx.messageChanged(m.ID)
		tx.mediaMoved(file)
		return tx.SaveMedia(file)
	})
}

// resumeMedia implements api.ResumeMedia.
func (c *Client) resumeMedia(ctx context.Context, p api.MessageID) (api.Message, error) {
	return c.changeMedia(ctx, p.ID, func(tx *tx, m *store.Message, file *store.Media) error {
		if file.State != store.MediaPaused {
			return nil
		}
		file.State = store.MediaUploading
		tx.messageChanged(m.ID)
		tx.mediaMoved(file)
		return tx.SaveMedia(file)
	})
}

// cancelMedia implements api.CancelMedia.
func (c *Client) cancelMedia(ctx context.Context, p api.MessageID) (api.None, error) {
	var gone *store.Media
	err := c.update(ctx, func(tx *tx) error {
		m, file, _, err := tx.ofMessage(p.ID)
		if errors.Is(err, api.ErrFileUnknown) {
			return nil // the call was repeated
		}
		if err != nil || file == nil || file.Message != m.ID {
			return err
		}
		gone = file
		tx.c.transfers.stop(file.ID)
		if err := tx.DeleteMedia(file.ID); err != nil {
			return err
		}
		if err := tx.DeleteMessage(m.ID); err != nil {
			return err
		}
		tx.messageRemoved(m)
		return nil
	})
	if err != nil || gone == nil {
		return api.None{}, err
	}
	c.removeFile(ctx, gone.ID)
	if s, err := c.online(); err == nil { // else it goes from the relay by itself
		if _, err := request[*wire.Done](ctx, s, &wire.DeleteMedia{MediaID: gone.ID[:]}); err != nil {
			c.log.Warn("a file was not removed from the relay", "error", err)
		}
	}
	return api.None{}, nil
}

// downloadMedia implements api.DownloadMedia.
func (c *Client) downloadMedia(ctx context.Context, p api.DownloadParams) (api.Message, error) {
	if c.cfg.Files == nil {
		return api.Message{}, api.ErrFilesUnavailable
	}
	ended := c.watchMedia()
	defer ended.cancel()
	var file *store.Media
	fetch := func(tx *tx) (*api.Message, error) {
		m, _, body, err := tx.ofMessage(p.ID)
		if err != nil {
			return nil, err
		}
		if file, err = tx.wantMedia(body); err != nil {
			return nil, err
		}
		tx.messageChanged(m.ID)
		return tx.showMessage(m)
	}
	shown, err := c.showAfter(ctx, fetch)
	if err != nil || !p.Wait || file.State != store.MediaDownloading && !c.asks.has(file.ID) {
		return shown, err
	}
	if err := ended.wait(ctx, file.ID.String()); err != nil {
		return api.Message{}, err
	}
	return c.showAfter(ctx, fetch)
}

// mediaWatch waits for a file to come.
type mediaWatch struct {
	ended  chan api.MediaProgress
	cancel func()
}

func (c *Client) watchMedia() mediaWatch {
	w := mediaWatch{ended: make(chan api.MediaProgress, 64)}
	w.cancel = c.bus.subscribe(func(event string, data json.RawMessage) {
		var p api.MediaProgress
		if event != api.OnMediaProgress.Name || json.Unmarshal(data, &p) != nil || p.State == api.MediaDownloading || p.State == api.MediaAsking {
			return
		}
		select {
		case w.ended <- p:
		default:
		}
	})
	return w
}

func (w mediaWatch) wait(ctx context.Context, id string) error {
	for {
		select {
		case p := <-w.ended:
			switch {
			case p.ID != id:
			case p.Error != nil:
				return p.Error
			case p.State == api.MediaLocal:
				return nil
			default:
				return api.ErrFileNotHere // somebody ended it
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// localFile is the file of a message if it is on this device.
func (c *Client) localFile(ctx context.Context, id string) (file *store.Media, body *content.Media, err error) {
	if f, ok := c.opened.find(id); ok {
		return f.file, f.body, nil
	}
	err = c.view(ctx, func(tx *tx) error {
		var m *store.Message
		if m, file, body, err = tx.ofMessage(id); err != nil {
			return err
		}
		if isOnce(m) {
			return api.ErrViewOnce
		}
		if file == nil || !file.Local {
			return api.ErrFileNotHere
		}
		return nil
	})
	return file, body, err
}

// saveFile implements api.SaveFile.
func (c *Client) saveFile(ctx context.Context, p api.SaveFileParams) (api.None, error) {
	file, _, err := c.localFile(ctx, p.ID)
	if err != nil {
		return api.None{}, err
	}
	err = c.cfg.Files.Save(ctx, file, p.Path)
	if errors.Is(err, ErrFileLost) {
		err = c.lostFile(ctx, file.ID)
	}
	return api.None{}, err
}

// openFile implements api.OpenFile.
func (c *Client) openFile(ctx context.Context, p api.MessageID) (api.OpenedFile, error) {
	file, body, err := c.localFile(ctx, p.ID)
	if err != nil {
		return api.OpenedFile{}, err
	}
	return openedFileOf(file, body), nil
}

func openedFileOf(file *store.Media, body *content.Media) api.OpenedFile {
	return api.OpenedFile{
		FileID: file.ID.String(), Key: base64.StdEncoding.EncodeToString(file.Key), Size: file.Size, Type: body.Type, Name: body.Name,
	}
}

// lostFile notes that a file is not here after all; it may be at the relay.
func (c *Client) lostFile(ctx context.Context, id store.MediaID) error {
	err := c.update(ctx, func(tx *tx) error {
		m, err := tx.FindMedia(id)
		if err != nil || m == nil {
			return err
		}
		m.Local = false
		tx.mediaMoved(m)
		return tx.SaveMedia(m)
	})
	return errors.Join(api.ErrFileNotHere, err)
}
