package client

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/wire"
)

// Bounds of a preview, bytes, and of the text that it may come with: both have to fit
// into one message.
const (
	maxPreviewURL     = 2048
	maxPreviewTitle   = 600
	maxPreviewText    = 1200
	maxPreviewPicture = 16 << 10
	maxPreviewedText  = 32 << 10
)

// fetchLinkPreview implements api.FetchLinkPreview.
func (c *Client) fetchLinkPreview(ctx context.Context, p api.LinkURL) (api.LinkPreview, error) {
	if len(p.URL) > maxPreviewURL || !isWebAddress(p.URL) {
		return api.LinkPreview{}, api.ErrBadParams
	}
	off := false
	err := c.view(ctx, func(tx *tx) (err error) {
		off, err = tx.hides(linkPreviewsSetting)
		return err
	})
	if err != nil || off {
		return api.LinkPreview{}, err
	}
	r, err := callRelay[*wire.LinkPreview](ctx, c, &wire.FetchLinkPreview{Url: p.URL})
	if err != nil {
		return api.LinkPreview{}, err
	}
	return api.LinkPreview{URL: p.URL, Title: r.Title, Description: r.Description, Picture: base64.StdEncoding.EncodeToString(r.Picture)}, nil
}

func isWebAddress(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// previewToSend is a preview as it goes into a message; nil if there is none.
func previewToSend(p *api.LinkPreview) *content.LinkPreview {
	if p == nil {
		return nil
	}
	picture, err := base64.StdEncoding.DecodeString(p.Picture)
	if err != nil {
		picture = nil
	}
	return &content.LinkPreview{Url: p.URL, Title: p.Title, Description: p.Description, Picture: picture}
}

// cleanPreview takes a preview out of content that cannot be one, or says something of
// another page than the text links to.
func cleanPreview(c *content.Content) {
	if c.Context == nil || c.Context.Preview == nil {
		return
	}
	p := c.Context.Preview
	text, ok := c.Body.(*content.Text)
	if !ok || len(text.Text) > maxPreviewedText || !linksTo(text.Text, p.Url) || p.Title == "" || len(p.Title) > maxPreviewTitle ||
		len(p.Description) > maxPreviewText || !utf8.ValidString(p.Title) || !utf8.ValidString(p.Description) {
		c.Context.Preview = nil
		return
	}
	if len(p.Picture) > maxPreviewPicture || pictureType(p.Picture) == "" {
		p.Picture = nil
	}
}

// linksTo reports whether a text has an address.
func linksTo(text, url string) bool {
	return len(url) <= maxPreviewURL && isWebAddress(url) && strings.Contains(text, url)
}

// showPreview is a preview as people see it, as long as the text has its address: it may
// have been edited.
func showPreview(p *content.LinkPreview, text string) *api.LinkPreview {
	if p == nil || !linksTo(text, p.Url) {
		return nil
	}
	return &api.LinkPreview{URL: p.Url, Title: p.Title, Description: p.Description, Picture: base64.StdEncoding.EncodeToString(p.Picture)}
}
