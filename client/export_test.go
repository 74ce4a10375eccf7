package client

import (
	"context"
	"sync"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls"
)

// UseSuite has devices make their conversations with a suite and publish key
// packages of no other, as other versions did, until undo. No device may run while
// it is changed.
func UseSuite(suite mls.CipherSuite) (undo func()) {
	made, offered := suites, published
	suites = map[uint32]mls.CipherSuite{store.KindSelf: suite, store.KindDirect: suite}
	published = []mls.CipherSuite{suite}
	return sync.OnceFunc(func() { suites, published = made, offered })
}

// GroupSuites are the cipher suites of the device's groups, by the kind of conversation.
func (c *Client) GroupSuites(ctx context.Context) (found map[uint32][]mls.CipherSuite, err error) {
	found = map[uint32][]mls.CipherSuite{}
	err = c.view(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		if err != nil {
			return err
		}
		for _, conversation := range all {
			g, err := tx.group(conversation)
			if err != nil {
				return err
			}
			if g != nil && conversation.Joined {
				found[conversation.Kind] = append(found[conversation.Kind], g.CipherSuite())
			}
		}
		return nil
	})
	return found, err
}

// MaxHistoryPlain is how large a chunk of history may be, expanded.
const MaxHistoryPlain = maxHistoryPlain

// DecodeHistoryChunk reads a chunk of history that was unsealed.
func DecodeHistoryChunk(ctx context.Context, cfg Config, compressed []byte) (*content.HistoryChunk, error) {
	return (&Client{cfg: cfg}).decodeHistoryChunk(ctx, compressed)
}

// SetUnjoinablePatience changes how long a device is patient with a group that
// cannot be joined, while no device runs, and returns what undoes it.
func SetUnjoinablePatience(d time.Duration) (undo func()) {
	before := unjoinablePatience
	unjoinablePatience = d
	return func() { unjoinablePatience = before }
}

// EditDetails changes the details of a group, as a modified app may.
func (c *Client) EditDetails(ctx context.Context, chat string, edit func(*content.GroupDetails)) error {
	id, err := parseChatID(chat)
	if err != nil {
		return err
	}
	return c.changeGroup(ctx, &groupWish{group: ident.ConversationID(id), edit: edit})
}
