package devicetest

import (
	"context"
	"encoding/binary"

	"parley/internal/linkpreview"
)

// Page is the address of the one page that a test relay gets a preview of.
const Page = "https://shop.example/tea"

// pages is the web of a test.
type pages struct{}

// Fetch implements relay.Previewer.
func (pages) Fetch(_ context.Context, address string) (*linkpreview.Preview, error) {
	if address != Page {
		return nil, linkpreview.ErrNoPreview
	}
	return &linkpreview.Preview{Title: "Tea", Description: "All kinds", Picture: Picture(320, 200)}, nil
}

// Picture is as much of a PNG file as devices read: it says how many pixels it has.
func Picture(width, height uint32) []byte {
	file := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	file = binary.BigEndian.AppendUint32(file, width)
	file = binary.BigEndian.AppendUint32(file, height)
	return append(file, 8, 6, 0, 0, 0, 0, 0, 0, 0)
}
