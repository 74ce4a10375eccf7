package relay

import (
	"context"

	"parley/internal/linkpreview"
	"parley/wire"
)

// Previewer asks pages what they say of themselves; *linkpreview.Fetcher is one.
type Previewer interface {
	// Fetch returns what the page at an address says, or an error without it. The
	// address is any text: what must not be asked is refused.
	Fetch(ctx context.Context, address string) (*linkpreview.Preview, error)
}

// previews bounds what previews cost the relay.
type previews struct {
	fetcher Previewer
	// slots has room for those that are fetched at the same time.
	slots chan struct{}
}

// fetchLinkPreview is answered when the page has answered; meanwhile the device's other
// requests go on. Which page it was is not logged.
func (s *Session) fetchLinkPreview(id uint64, m *wire.FetchLinkPreview) {
	p := &s.relay.previews
	if p.fetcher == nil {
		s.answer(id, &wire.LinkPreview{}, nil)
		return
	}
	if wait := s.relay.limits.previews.take(s.who.account, s.relay.now()); wait > 0 {
		s.answer(id, nil, refuseUntil(wait))
		return
	}
	select {
	case p.slots <- struct{}{}:
	default: // a preview is not worth a queue
		s.answer(id, &wire.LinkPreview{}, nil)
		return
	}
	s.begin()
	go func() {
		defer func() { <-p.slots }()
		result := new(wire.LinkPreview)
		if found, err := p.fetcher.Fetch(s.relay.ctx, m.Url); err == nil {
			result = &wire.LinkPreview{Title: found.Title, Description: found.Description, Picture: found.Picture}
		}
		s.finish(id, result, nil)
	}()
}
