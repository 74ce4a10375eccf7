package api

// Media is the file of a message. What it is says its sender alone.
type Media struct {
	ID   string    `json:"id"`
	Kind MediaKind `json:"kind"`
	// MIME type; do not open by it what the bytes do not say as well.
	Type string `json:"type"`
	// Name without folders; empty for photos and voice messages.
	Name string `json:"name,omitempty"`
	Size int64  `json:"size"`
	// Pixels as it is shown; 0 if unknown.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Milliseconds; 0 if unknown.
	DurationMS int64 `json:"durationMs,omitempty"`
	// Levels of a voice message, 0 to 255 each, base64.
	Waveform string `json:"waveform,omitempty"`
	// A tiny picture to show until the file is there: JPEG, PNG or WebP, base64.
	Preview string `json:"preview,omitempty"`
	// A photo that moves.
	Animated bool       `json:"animated,omitempty"`
	State    MediaState `json:"state"`
	// With failed and gone: why, and what to do.
	Error *Error `json:"error,omitempty"`
}

// MediaKind is how a file is shown.
type MediaKind string

// Kinds of files.
const (
	MediaDocument MediaKind = "document"
	MediaPhoto    MediaKind = "photo"
	MediaVideo    MediaKind = "video"
	MediaVoice    MediaKind = "voice"
	MediaAudio    MediaKind = "audio"
	MediaSticker  MediaKind = "sticker"
)

// MediaState is where a file is.
type MediaState string

// States of a file.
const (
	MediaUploading   MediaState = "uploading"
	MediaPaused      MediaState = "paused"
	MediaFailed      MediaState = "failed"
	MediaRemote      MediaState = "remote" // at the relay, to be asked for
	MediaDownloading MediaState = "downloading"
	MediaLocal       MediaState = "local" // on this device
	MediaGone        MediaState = "gone"  // not to be had
	// The relay does not keep it any more: the person's other devices are asked for it,
	// then those of who sent it.
	MediaAsking MediaState = "asking"
)

// PutFileParams names a file on this machine.
type PutFileParams struct {
	// An absolute path.
	Path string `json:"path"`
}

// StoredFile is a file that this device keeps, sealed, to be sent.
type StoredFile struct {
	FileID string `json:"fileId"`
	Size   int64  `json:"size"`
}

// SealedFile is a file that was sealed beside the core, in the browser.
type SealedFile struct {
	FileID string `json:"fileId"`
	// 32 bytes each, base64.
	Key  string `json:"key"`
	Hash string `json:"hash"`
	// Bytes before sealing.
	Size int64 `json:"size"`
}

// SendMediaParams sends a file that was put into the core.
type SendMediaParams struct {
	ChatID string `json:"chatId"`
	// Of putFile; each can be sent once.
	FileID string    `json:"fileId"`
	Kind   MediaKind `json:"kind"`
	Type   string    `json:"type"`
	Name   string    `json:"name,omitempty"`
	// As in Media.
	Width      int    `json:"width,omitempty"`
	Height     int    `json:"height,omitempty"`
	DurationMS int64  `json:"durationMs,omitempty"`
	Waveform   string `json:"waveform,omitempty"`
	Preview    string `json:"preview,omitempty"`
	Animated   bool   `json:"animated,omitempty"`
	Caption    string `json:"caption,omitempty"`
	// A photo, video or voice message without a caption may be sent to be opened once by
	// everybody who gets it (X3); not by who sends it.
	ViewOnce bool `json:"viewOnce,omitempty"`
	// The message's id, as in SendParams.
	ID string `json:"id,omitempty"`
	// Return only when the relay has taken the message.
	Wait bool `json:"wait,omitempty"`
}

// Once is a file that could be opened once and is not here: it was opened, or this
// device never had it.
type Once struct {
	Kind MediaKind `json:"kind"`
	// This account opened it, on one of its devices.
	Opened bool `json:"opened,omitempty"`
	// How many people opened it.
	By int `json:"by,omitempty"`
}

// DownloadParams asks for the file of a message.
type DownloadParams struct {
	// The message's id.
	ID string `json:"id"`
	// Return only when the file is on this device.
	Wait bool `json:"wait,omitempty"`
}

// SaveFileParams writes the file of a message to this machine.
type SaveFileParams struct {
	ID string `json:"id"`
	// An absolute path; a file that is there is not replaced.
	Path string `json:"path"`
}

// OpenedFile is what opens a file that is on this device, for the browser's worker.
type OpenedFile struct {
	FileID string `json:"fileId"`
	Key    string `json:"key"`
	Size   int64  `json:"size"`
	Type   string `json:"type"`
	Name   string `json:"name,omitempty"`
}

// MediaProgress tells how a file moves, a few times a second.
type MediaProgress struct {
	// The file's id, as in Media.
	ID    string     `json:"id"`
	State MediaState `json:"state"`
	// Bytes that have moved, of all.
	Moved int64 `json:"moved"`
	Total int64 `json:"total"`
	// It waits for the network and goes on by itself.
	Waiting bool `json:"waiting,omitempty"`
	// With failed and gone.
	Error *Error `json:"error,omitempty"`
}
