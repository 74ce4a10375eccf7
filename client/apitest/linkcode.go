package apitest

import (
	"context"
	"slices"

	"parley/client/api"
	"parley/wire"
)

// LinkCode is the code that every new device shows, and LinkWords what both see.
const LinkCode = "7KQ4-M2XP"

// LinkWords are what both devices see.
func LinkWords() []int { return []int{0, 1, 2, 255} }

func startCodeLink(_ context.Context, c *Core, _ api.StartLinkParams) (api.LinkCode, error) {
	c.status.State = api.StateLinking
	c.link.offers++
	c.emitLocked(api.OnLink.Name, api.LinkProgress{State: api.LinkOpen})
	return api.LinkCode{Code: LinkCode, ExpiresAt: c.clock + 300_000}, nil
}

func confirmLinkWords(_ context.Context, c *Core, p api.LinkWordsAnswer) (api.None, error) {
	if !slices.Equal(p.Words, LinkWords()) {
		return api.None{}, nil
	}
	progress := api.LinkProgress{State: api.LinkClaimed}
	if !p.Same {
		differ := wire.ErrorLinkWordsDiffer
		progress = api.LinkProgress{State: api.LinkFailed, Error: &api.Error{Code: differ.String(), Message: differ.Sentence()}}
	}
	c.emitLocked(api.OnLink.Name, progress)
	return api.None{}, nil
}

func claimLinkCode(_ context.Context, c *Core, p api.LinkCodeParams) (api.LinkWords, error) {
	if p.Code != LinkCode {
		return api.LinkWords{}, api.ErrLinkCodeMalformed
	}
	return api.LinkWords{URI: "parley://link?good", Words: LinkWords(), ExpiresAt: c.clock + 180_000}, nil
}
