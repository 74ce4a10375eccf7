package store

import (
	"encoding/hex"

	"parley/ident"
)

// MediaID names a sealed file, here and at the relay.
type MediaID [16]byte

// String returns the id in lower-case hex, as in URLs.
func (id MediaID) String() string { return hex.EncodeToString(id[:]) }

// MediaState is where a file stands on its way.
type MediaState int

// The states of a file. Values are stored.
const (
	// MediaHere: it is on this device and in no message yet.
	MediaHere MediaState = iota
	MediaUploading
	MediaPaused
	MediaFailed
	// MediaSent: it is at the relay, as far as known.
	MediaSent
	MediaDownloading
	// MediaGone: it cannot be had; Error says why.
	MediaGone
)

// Media is a file on its way between this device and the relay.
type Media struct {
	ID  MediaID
	Key []byte
	// Hash is wire.MediaHash of the sealed file, Size the length before sealing.
	Hash  []byte
	Size  int64
	State MediaState
	// Local: the whole sealed file lies on this device.
	Local bool
	// Message goes out when the file is at the relay; zero if none waits.
	Message ident.MessageID
	Error   string
	// CreatedAt is when it came to this device, Unix milliseconds.
	CreatedAt int64
}

const mediaColumns = "media_id, key, hash, size, state, local, message_id, error, created_at"

func scanMedia(row scanner) (*Media, error) {
	m := new(Media)
	var id, message []byte
	if err := row.Scan(&id, &m.Key, &m.Hash, &m.Size, &m.State, &m.Local, &message, &m.Error, &m.CreatedAt); err != nil {
		return nil, err
	}
	m.ID = MediaID(id)
	if message != nil {
		m.Message = ident.MessageID(message)
	}
	return m, nil
}

// FindMedia returns nil if nothing is known of a file.
func (tx *Tx) FindMedia(id MediaID) (*Media, error) {
	return first(collect(tx, scanMedia, "SELECT "+mediaColumns+" FROM media WHERE media_id = ?", id[:]))
}

// IsMediaUsed reports whether a message has a file, beside one.
func (tx *Tx) IsMediaUsed(id MediaID, beside ident.MessageID) (used bool, err error) {
	_, err = tx.one("SELECT EXISTS (SELECT 1 FROM message WHERE kind = 'media' AND message_id <> ? AND instr(content, ?) > 0)",
		[]any{beside[:], id[:]}, &used)
	return used, err
}

// FindMovingMedia returns the files that are to be uploaded or downloaded, the oldest
// first.
func (tx *Tx) FindMovingMedia() ([]*Media, error) {
	return collect(tx, scanMedia, "SELECT "+mediaColumns+" FROM media WHERE state IN (1, 5) ORDER BY created_at, media_id")
}

// FindLocalMedia returns the files that lie on this device and can be had again.
func (tx *Tx) FindLocalMedia() ([]*Media, error) {
	return collect(tx, scanMedia, "SELECT "+mediaColumns+" FROM media WHERE local = 1 AND state = 4")
}

// FindMediaMessages returns the messages with a file, of a chat or, if it is nil, of all.
func (tx *Tx) FindMediaMessages(chat *ident.ChatID) ([]*Message, error) {
	if chat == nil {
		return collect(tx, scanMessage, "SELECT "+messageColumns+" FROM message WHERE kind = 'media'")
	}
	return collect(tx, scanMessage, "SELECT "+messageColumns+" FROM message WHERE chat = ? AND kind = 'media'", chat[:])
}

// FindGoneMedia returns the files that are not to be had for a reason.
func (tx *Tx) FindGoneMedia(code string) ([]*Media, error) {
	return collect(tx, scanMedia, "SELECT "+mediaColumns+" FROM media WHERE state = 6 AND error = ?", code)
}

// FindMessagesOf returns up to limit messages with a file, the latest first.
func (tx *Tx) FindMessagesOf(id MediaID, limit int) ([]*Message, error) {
	return collect(tx, scanMessage, "SELECT "+messageColumns+" FROM message WHERE kind = 'media' AND instr(content, ?) > 0 ORDER BY id DESC LIMIT ?", id[:], limit)
}

// FindWaitingFor returns the messages that are to go out when a file is at the relay, in
// the order in which they were written.
func (tx *Tx) FindWaitingFor(id MediaID) ([]*Message, error) {
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM message WHERE kind = 'media' AND mine = 1 AND sequence = 0 AND error = ''
		AND instr(content, ?) > 0 AND message_id NOT IN (SELECT message_id FROM outbox) ORDER BY id`, id[:])
}

// FindUnusedMedia returns files that are in no message and came before a time.
func (tx *Tx) FindUnusedMedia(before int64) ([]*Media, error) {
	return collect(tx, scanMedia, "SELECT "+mediaColumns+" FROM media WHERE state = 0 AND created_at < ?", before)
}

// SaveMedia stores what is known of a file in place of what was.
func (tx *Tx) SaveMedia(m *Media) error {
	var message any
	if m.Message != (ident.MessageID{}) {
		message = m.Message[:]
	}
	return tx.exec("INSERT OR REPLACE INTO media ("+mediaColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		m.ID[:], m.Key, m.Hash, m.Size, int(m.State), m.Local, message, m.Error, m.CreatedAt)
}

// DeleteMedia forgets a file.
func (tx *Tx) DeleteMedia(id MediaID) error {
	return tx.exec("DELETE FROM media WHERE media_id = ?", id[:])
}
