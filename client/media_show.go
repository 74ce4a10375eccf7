package client

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/wire"
)

// What a file may say about itself; what says more is cut or left out.
const (
	maxFileName  = 255
	maxMediaType = 100
	maxWaveform  = 100
	maxPreview   = 2 << 10
	maxPixels    = 1 << 16
	maxMediaSize = 1 << 50
	keySize      = 32
)

var mediaKindNames = map[content.MediaKind]api.MediaKind{
	content.MediaDocument: api.MediaDocument, content.MediaPhoto: api.MediaPhoto, content.MediaVideo: api.MediaVideo,
	content.MediaVoice: api.MediaVoice, content.MediaAudio: api.MediaAudio, content.MediaSticker: api.MediaSticker,
}

// mediaKind is the kind of a name; what is unknown is a document.
func mediaKind(name api.MediaKind) content.MediaKind {
	for kind, known := range mediaKindNames {
		if known == name {
			return kind
		}
	}
	return content.MediaDocument
}

// cleanMedia takes out of what a device says about a file what cannot be or could
// deceive; false if it is no file at all.
func cleanMedia(m *content.Media) bool {
	if len(m.MediaID) != wire.IDSize || len(m.Key) != keySize || len(m.Hash) != wire.MediaHashSize || m.Size > maxMediaSize ||
		!utf8.ValidString(m.Caption) {
		return false
	}
	m.Name, m.Type = cleanFileName(m.Name), cleanMediaType(m.Type)
	if mediaKindNames[m.Kind] == "" {
		m.Kind = content.MediaDocument
	}
	if m.Width > maxPixels || m.Height > maxPixels {
		m.Width, m.Height = 0, 0
	}
	if m.Kind == content.MediaSticker {
		m.Name, m.Caption = "", ""
	}
	m.Animated = m.Animated && m.Kind == content.MediaPhoto
	m.Waveform = m.Waveform[:min(len(m.Waveform), maxWaveform)]
	if len(m.Preview) > maxPreview || pictureType(m.Preview) == "" {
		m.Preview = nil
	}
	return true
}

// cleanFileName is a name that is a name everywhere: no folders, nothing that is not
// seen, nothing that turns the direction of writing around to hide an ending.
func cleanFileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	for len(name) > maxFileName {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return name
}

// cleanMediaType takes a MIME type without parameters, in lower case.
func cleanMediaType(text string) string {
	text, _, _ = strings.Cut(strings.ToLower(text), ";")
	text = strings.TrimSpace(text)
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c > '~' || strings.IndexByte(`()<>@,;:\"[]?=`, c) >= 0 {
			return ""
		}
	}
	if main, sub, ok := strings.Cut(text, "/"); !ok || main == "" || sub == "" || len(text) > maxMediaType {
		return ""
	}
	return text
}

// mediaText is what is searched and shown in lists.
func mediaText(m *content.Media) string {
	if m.Kind != content.MediaDocument || m.Name == "" {
		return m.Caption
	}
	return strings.TrimSpace(m.Caption + "\n" + m.Name)
}

// showMedia tells the file of a message as people see it.
func (tx *tx) showMedia(shown *api.Message, message *store.Message) error {
	c, ok := contentOf(message)
	if !ok {
		return nil
	}
	m, ok := c.Body.(*content.Media)
	if !ok {
		return nil
	}
	shown.Text = m.Caption
	file := &api.Media{
		ID: store.MediaID(m.MediaID).String(), Kind: mediaKindNames[m.Kind], Type: m.Type, Name: m.Name, Size: int64(m.Size),
		Width: int(m.Width), Height: int(m.Height), DurationMS: int64(m.DurationMS),
		Waveform: base64.StdEncoding.EncodeToString(m.Waveform), Preview: base64.StdEncoding.EncodeToString(m.Preview),
		Animated: m.Animated, State: api.MediaRemote,
	}
	shown.Media = file
	known, err := tx.FindMedia(store.MediaID(m.MediaID))
	if err != nil || known == nil || !sameFile(known, m) {
		return err
	}
	file.State, file.Error = tx.c.mediaState(known), mediaError(known.Error)
	return nil
}

// sameFile reports whether what is known of an id is of the same file: another person
// could name it, too.
func sameFile(known *store.Media, m *content.Media) bool {
	return bytes.Equal(known.Key, m.Key) && bytes.Equal(known.Hash, m.Hash) && known.Size == int64(m.Size)
}

func (c *Client) mediaState(m *store.Media) api.MediaState {
	switch m.State {
	case store.MediaUploading:
		return api.MediaUploading
	case store.MediaPaused:
		return api.MediaPaused
	case store.MediaFailed:
		return api.MediaFailed
	case store.MediaDownloading:
		return api.MediaDownloading
	case store.MediaGone:
		if c.asks.has(m.ID) {
			return api.MediaAsking
		}
		return api.MediaGone
	}
	if m.Local {
		return api.MediaLocal
	}
	return api.MediaRemote
}

// mediaErrors are those a file can end with, beside the relay's.
var mediaErrors = []*api.Error{api.ErrFileLost, api.ErrFileDamaged, api.ErrStorageFull, api.ErrFileAsked}

func mediaError(code string) *api.Error {
	switch code {
	case "":
		return nil
	case askingFile:
		return api.ErrFileAsked
	}
	for _, e := range mediaErrors {
		if e.Code == code {
			return e
		}
	}
	for c := wire.ErrorInternal; c <= wire.ErrorMediaIncomplete; c++ {
		if c.String() == code {
			return &api.Error{Code: code, Message: c.Sentence()}
		}
	}
	return api.ErrInternal
}
