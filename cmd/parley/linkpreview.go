package main

import (
	"context"
	"encoding/base64"
	"regexp"
	"strings"
	"time"

	"parley/client/api"
	"parley/internal/picture"
)

const (
	// previewWait is how long a message waits for what a page says of itself.
	previewWait = 8 * time.Second
	// maxPreviewPicture is the most that the core puts into a message, bytes.
	maxPreviewPicture = 16 << 10
)

// linkIn finds an address, with what ends a sentence.
var linkIn = regexp.MustCompile(`https?://[^\s<>"]+`)

// firstLink is the first address in a text; empty if there is none.
func firstLink(text string) string {
	url := strings.TrimRight(linkIn.FindString(text), `.,;:!?'"]}`)
	if !strings.Contains(url, "(") {
		url = strings.TrimRight(url, `).,;:!?`)
	}
	return url
}

// linkPreview is what the first page that a text links to says of itself, by the relay; nil if
// there is none, it is turned off, or it takes too long: the message goes without it.
func (d *device) linkPreview(ctx context.Context, text string) *api.LinkPreview {
	url := firstLink(text)
	if url == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, previewWait)
	defer cancel()
	p, err := api.Call(ctx, d.core, api.FetchLinkPreview, api.LinkURL{URL: url})
	if err != nil || p.Title == "" {
		return nil
	}
	p.Picture = previewPicture(p.Picture)
	return &p
}

// previewPicture is the picture of a page drawn anew, small; empty if it cannot be.
func previewPicture(encoded string) string {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) == 0 {
		return ""
	}
	small, err := picture.Square(data)
	if err != nil || len(small) > maxPreviewPicture {
		return ""
	}
	return base64.StdEncoding.EncodeToString(small)
}
