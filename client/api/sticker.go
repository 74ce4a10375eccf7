package api

// Sticker is one of the person's own stickers, which all devices of the account have.
type Sticker struct {
	ID string `json:"id"`
	// What the pack is called that it is in; may be empty.
	Pack string `json:"pack"`
	// image/webp.
	Type string `json:"type"`
	// Pixels.
	Width  int   `json:"width"`
	Height int   `json:"height"`
	Size   int64 `json:"size"`
	// SHA-256 of the picture, base64; may be empty.
	Digest string `json:"digest,omitempty"`
	// Its picture is on this device.
	Here bool `json:"here"`
}

// Stickers are all of the person's own, the latest first.
type Stickers struct {
	Stickers []Sticker `json:"stickers"`
}

// StickerID names one.
type StickerID struct {
	ID string `json:"id"`
}

// AddStickerParams makes a file that was put into the core a sticker.
type AddStickerParams struct {
	// A WebP file of at most 512 pixels in width and height and 500 KiB.
	FileID string `json:"fileId"`
	Type   string `json:"type"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Pack   string `json:"pack"`
	// SHA-256 of the picture, base64: of one that is there already no other is made.
	Digest string `json:"digest,omitempty"`
}

// SendStickerParams sends one of the person's own stickers.
type SendStickerParams struct {
	ChatID    string `json:"chatId"`
	StickerID string `json:"stickerId"`
	// The message's id, as in SendParams.
	ID string `json:"id,omitempty"`
}
