package client

import (
	"context"
	"errors"
	"slices"
	"sync"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// groupWish is a change of a group that a person wants. It becomes a commit when the group can
// take one, and another if somebody else's commit comes first.
type groupWish struct {
	group       ident.ConversationID
	add, remove []ident.AccountID
	// change changes the state; nil for none. edit changes the details; nil for none.
	change func(*wire.GroupState)
	edit   func(*content.GroupDetails)
	// commit is the one that is on its way.
	commit *ident.MessageID
	// read: the feed was read to its end since it was wanted.
	read bool
	done chan error
}

// groupWishes are those that are open, the oldest first, and what became of commits.
type groupWishes struct {
	mu      sync.Mutex
	list    []*groupWish
	watched map[ident.MessageID]chan error
}

func (g *groupWishes) add(w *groupWish) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = append(g.list, w)
}

func (g *groupWishes) drop(w *groupWish) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = slices.DeleteFunc(g.list, func(other *groupWish) bool { return other == w })
}

func (g *groupWishes) all() []*groupWish {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.list)
}

// watch has a commit's fate told once.
func (g *groupWishes) watch(id ident.MessageID) <-chan error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watched == nil {
		g.watched = map[ident.MessageID]chan error{}
	}
	fate := make(chan error, 1)
	g.watched[id] = fate
	return fate
}

// settle tells what became of a commit.
func (g *groupWishes) settle(id ident.MessageID, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if fate := g.watched[id]; fate != nil {
		fate <- err
		delete(g.watched, id)
	}
	for _, w := range g.list {
		if w.commit != nil && *w.commit == id {
			w.done <- err
			g.list = slices.DeleteFunc(slices.Clone(g.list), func(other *groupWish) bool { return other == w })
			return
		}
	}
}

// fulfil ends a wish of which nothing is left to be done.
func (g *groupWishes) fulfil(w *groupWish) {
	g.drop(w)
	w.done <- nil
}

// changeGroup makes a change and waits until the group has it.
func (c *Client) changeGroup(ctx context.Context, wish *groupWish) error {
	if _, err := c.connected(ctx); err != nil {
		return err
	}
	wish.done = make(chan error, 1)
	c.wishes.add(wish)
	defer c.wishes.drop(wish)
	c.nudge()
	select {
	case err := <-wish.done:
		return err
	case <-ctx.Done():
		return api.ErrTimeout
	}
}

// commitWishes makes commits of what people want.
func (w *worker) commitWishes(ctx context.Context) (did bool, err error) {
	for _, wish := range w.wishes.all() {
		made, err := w.commitWish(ctx, wish)
		if err != nil {
			var refusal *wire.Error
			var told *api.Error
			if !errors.As(err, &told) && (!errors.As(err, &refusal) || isTemporary(refusal.Code)) {
				return did, err
			}
			w.wishes.drop(wish)
			wish.done <- err
			continue
		}
		did = did || made
	}
	return did, nil
}

func (w *worker) commitWish(ctx context.Context, wish *groupWish) (made bool, err error) {
	ready := false
	err = w.view(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(wish.group)
		if err != nil {
			return err
		}
		if conversation == nil {
			return api.ErrGroupGone
		}
		waits := wish.commit != nil && conversation.Pending != nil && conversation.Pending.MessageID == *wish.commit
		ready = !waits && tx.takesCommit(conversation)
		if ready && !wish.read && len(wish.add) > 0 {
			if made, err = tx.addsMembers(wish); err != nil || made {
				tx.c.pullAsked.Store(true)
				wish.read, ready = true, false
				return err
			}
		}
		if !ready || wish.edit == nil {
			return nil
		}
		ready, err = w.hasDetails(tx, wish.group)
		return err
	})
	if err != nil || !ready {
		return made, err
	}
	packages, err := w.claimFor(ctx, wish.add)
	if err != nil {
		return false, err
	}
	err = w.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(wish.group)
		if err != nil || conversation == nil || !tx.takesCommit(conversation) {
			return err
		}
		g, err := tx.group(conversation)
		if err != nil || g == nil {
			return err
		}
		made = true
		return tx.commitChange(conversation, g, wish, packages)
	})
	return made, err
}

// addsMembers reports whether a wish adds somebody who is a member as far as this device knows. They may have left,
// and the feed not have told it yet.
func (tx *tx) addsMembers(wish *groupWish) (bool, error) {
	v, err := tx.viewGroup(wish.group)
	if err != nil || v == nil {
		return false, err
	}
	return slices.ContainsFunc(wish.add, func(a ident.AccountID) bool { return slices.Contains(v.present, a) }), nil
}

// detailRoundsWaited is how often a group is asked for its details before what is here is changed instead.
const detailRoundsWaited = 2

// hasDetails reports whether the details can be changed: those that somebody else has just changed
// are on their way, and would be undone.
func (w *worker) hasDetails(tx *tx, id ident.ConversationID) (bool, error) {
	v, err := tx.viewGroup(id)
	if err != nil || v == nil {
		return true, err
	}
	lacks, err := tx.lacksDetails(v)
	if err != nil || !lacks {
		return true, err
	}
	tx.c.detailsDue[id] = true
	asked := w.detailsAsked[id]
	return asked != nil && asked.round >= detailRoundsWaited, nil
}

// takesCommit reports whether a commit can be made in a conversation now.
func (tx *tx) takesCommit(c *store.Conversation) bool {
	return c.Joined && c.Pending == nil && !c.Rewound && c.Replace == nil
}

// claimFor takes a key package of every device of accounts.
func (w *worker) claimFor(ctx context.Context, accounts []ident.AccountID) ([]*wire.DeviceKeyPackage, error) {
	return claimMany(ctx, w.s, accounts)
}

func claimMany(ctx context.Context, s *session, accounts []ident.AccountID) (packages []*wire.DeviceKeyPackage, err error) {
	for part := range slices.Chunk(accounts, wire.MaxGroupAdds) {
		call := &wire.ClaimKeyPackages{Suite: uint32(suiteOf(store.KindGroup))}
		for _, id := range part {
			call.AccountIDs = append(call.AccountIDs, id[:])
		}
		r, err := request[*wire.ClaimKeyPackagesResult](ctx, s, call)
		if err != nil {
			return nil, err
		}
		packages = append(packages, r.Packages...)
	}
	return packages, nil
}
