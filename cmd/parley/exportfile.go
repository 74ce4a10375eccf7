package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"parley/client/api"
	"parley/internal/terminal"
	"parley/internal/transcript"
)

var exportKinds = map[api.MediaKind]transcript.Kind{
	api.MediaPhoto: transcript.Picture, api.MediaSticker: transcript.Picture, api.MediaVideo: transcript.Video,
	api.MediaVoice: transcript.Sound, api.MediaAudio: transcript.Sound,
}

// shownEndings are the endings that files shown in a page may have. Browsers go by the
// ending of what lies on a disk, so what has another is not shown, but named.
var shownEndings = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4", "video/webm": ".webm",
	"video/quicktime": ".mov", "audio/webm": ".weba", "audio/ogg": ".ogg", "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/wav": ".wav",
	"audio/flac": ".flac", "audio/aac": ".aac",
}

// file saves the file of a message in a folder below the export's.
func (e *exporter) file(ctx context.Context, m api.Message, folder string) (*transcript.File, error) {
	file := &transcript.File{Name: m.Media.Name, Kind: exportKinds[m.Media.Kind], Note: terminal.Bytes(m.Media.Size)}
	if file.Name == "" {
		file.Name = string(m.Media.Kind)
	}
	if e.noFiles {
		return file, nil
	}
	if m.Media.State != api.MediaLocal && e.fetch {
		fetched, err := api.Call(ctx, e.core, api.DownloadMedia, api.DownloadParams{ID: m.ID, Wait: true})
		switch {
		case err == nil:
			m = fetched
		case ctx.Err() != nil:
			return nil, err
		case !errors.As(err, new(*api.Error)):
			return nil, err
		}
	}
	name, shown := exportName(e.done.Files+1, m.Media)
	if !shown {
		file.Kind = transcript.Document
	}
	if err := e.save(ctx, m, folder, name); err != nil {
		var plain *api.Error
		if !errors.As(err, &plain) || plain.Code == api.ErrStorageFull.Code {
			return nil, err
		}
		e.done.Missing++
		file.Note += ", not on this device"
		return file, nil
	}
	e.done.Files++
	file.Path = filepath.ToSlash(filepath.Join(folder, name))
	return file, nil
}

// save writes a file that is on this device; what is not is an api.Error.
func (e *exporter) save(ctx context.Context, m api.Message, folder, name string) error {
	if m.Media.State != api.MediaLocal {
		return api.ErrFileUnknown
	}
	dir := filepath.Join(e.folder, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	_, err := api.Call(ctx, e.core, api.SaveFile, api.SaveFileParams{ID: m.ID, Path: filepath.Join(dir, name)})
	return err
}

// exportName is the name of the n-th file, and whether a page may show it as what its
// sender says it is.
func exportName(n int, m *api.Media) (name string, shown bool) {
	ending, shown := shownEndings[m.Type]
	name = transcript.FileName(m.Name)
	if name == "" {
		name = string(m.Kind)
	}
	if exportKinds[m.Kind] != transcript.Document && shown {
		name = strings.TrimSuffix(name, filepath.Ext(name)) + ending
	}
	return fmt.Sprintf("%04d %s", n, name), shown
}

// index writes the page that leads to the chats.
func (e *exporter) index() (err error) {
	file, err := os.OpenFile(filepath.Join(e.folder, "index.html"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
	}()
	head := transcript.Head{Title: "Parley", About: "Exported on " + e.now().Format("2006-01-02 15:04 MST") + "."}
	return transcript.WriteIndex(file, head, e.entries)
}
