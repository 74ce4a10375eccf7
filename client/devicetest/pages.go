package devicetest

import (
	"context"

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
	return &linkpreview.Preview{Title: "Tea", Description: "All kinds", Picture: []byte("\x89PNG\r\n\x1a\n and more")}, nil
}
