package relay_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"parley/internal/linkpreview"
	"parley/wire"
)

// pageBox answers with what a page says of itself, or fails.
type pageBox struct{}

const goodPage = "https://shop.example/tea"

func (*pageBox) Fetch(_ context.Context, address string) (*linkpreview.Preview, error) {
	if address != goodPage {
		return nil, errors.New("no such page")
	}
	return &linkpreview.Preview{Title: "Tea", Description: "All kinds", Picture: []byte("picture")}, nil
}

// X2: devices alone have pages asked, not too often; which page it was is nowhere.
func TestLinkPreview(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	ask := &wire.FetchLinkPreview{Url: goodPage}
	if p := must[*wire.LinkPreview](alice.peer, ask); p.Title != "Tea" || p.Description != "All kinds" || string(p.Picture) != "picture" {
		t.Errorf("the preview is %+v", p)
	}
	if p := must[*wire.LinkPreview](alice.peer, &wire.FetchLinkPreview{Url: "https://inside.example/"}); p.Title != "" || p.Picture != nil {
		t.Errorf("a page that gives none has %+v", p)
	}
	w.greet().refused(wire.ErrorNotAuthenticated, ask)
	for range 18 {
		must[*wire.LinkPreview](alice.peer, ask)
	}
	alice.refused(wire.ErrorRateLimited, ask)
	if log := w.log.String(); strings.Contains(log, "shop.example") || strings.Contains(log, "inside.example") {
		t.Errorf("the log tells the page:\n%s", log)
	}
}

// The operator may turn previews off: there are none then, and nothing is asked.
func TestLinkPreview_Off(t *testing.T) {
	w := newWorld(t)
	w.pages = nil
	w.restartRelay()
	alice := w.register(w.nextPhone())
	if p := must[*wire.LinkPreview](alice.peer, &wire.FetchLinkPreview{Url: goodPage}); p.Title != "" {
		t.Errorf("the preview is %+v", p)
	}
}
