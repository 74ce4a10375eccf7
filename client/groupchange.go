package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
	"parley/wire/grouprules"
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
	done   chan error
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
		return nil
	})
	if err != nil || !ready {
		return false, err
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

// commitChange makes the commit of a wish, with the removals that are pending.
func (tx *tx) commitChange(conversation *store.Conversation, g *openGroup, wish *groupWish, packages []*wire.DeviceKeyPackage) error {
	before, others, err := stateIn(g.Extensions())
	if err != nil {
		return err
	}
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil || known == nil {
		return err
	}
	present := accountsIn(g.Members(), pendingRemovals(g))
	add := slices.DeleteFunc(slices.Clone(wish.add), func(a ident.AccountID) bool { return slices.Contains(present, a) })
	after, err := tx.wantedState(conversation.ID, known, before, wish)
	if err != nil {
		return err
	}
	if len(present)+len(add) > wire.MaxGroupAccounts {
		return wire.NewError(wire.ErrorGroupFull)
	}
	change := grouprules.Change{By: tx.identity.Account, After: after, Added: add, Removed: wish.remove}
	if grouprules.Check(before, present, change) != nil {
		return wire.NewError(wire.ErrorNotAllowed)
	}
	epoch := g.Epoch()
	removed := removedDevices(g)
	options := mls.CommitOptions{Leaf: tx.leafOptions(), Add: tx.usableFor(conversation, packages, add)}
	for _, m := range members(g.Members()) {
		if slices.Contains(wish.remove, m.certificate.Account) {
			options.Remove = append(options.Remove, m.leaf)
			removed = append(removed, m.certificate.Device[:])
		}
	}
	slices.SortFunc(removed, func(a, b []byte) int { return slices.Compare(a, b) })
	removed = slices.CompactFunc(removed, func(a, b []byte) bool { return string(a) == string(b) })
	if after.Version != before.Version {
		options.Extensions = withState(others, after)
	}
	result, err := g.Commit(options)
	if err != nil {
		return err
	}
	g.stateChanged = true
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	send := &wire.Send{
		ConversationID: conversation.ID[:], MessageID: id[:], Kind: wire.EntryCommit, Epoch: epoch,
		Message: result.Message, Welcome: result.Welcome, GroupInfo: result.GroupInfo, Removed: removed,
		AddedAccounts: accountBytes(add), RemovedAccounts: accountBytes(wish.remove),
	}
	if len(add) > 0 {
		if send.Added, err = addedMembers(result.GroupInfo, add); err != nil {
			return err
		}
	}
	wish.commit = &id
	conversation.Pending = &store.PendingCommit{MessageID: id, Request: encodePending(send)}
	return tx.SaveConversation(conversation)
}

// wantedState is the state that a wish leads to. New details are kept until the commit is taken.
func (tx *tx) wantedState(id ident.ConversationID, known *store.GroupChat, before *wire.GroupState, wish *groupWish) (*wire.GroupState, error) {
	after := *before
	after.Admins = slices.Clone(before.Admins)
	if wish.change != nil {
		wish.change(&after)
	}
	if wish.edit != nil {
		details, err := tx.groupDetails(id)
		if err != nil {
			return nil, err
		}
		wish.edit(details)
		if details.Salt, err = tx.randomBytes(groupSaltSize); err != nil {
			return nil, err
		}
		known.Wanted = details.AppendTo(nil)
		hash := sha256.Sum256(known.Wanted)
		after.Details = hash[:]
		if err := tx.SaveGroupChat(known); err != nil {
			return nil, err
		}
	}
	if string(grouprules.Encode(&after)) != string(grouprules.Encode(before)) {
		after.Version++
	}
	return &after, nil
}

func (tx *tx) randomBytes(n int) ([]byte, error) {
	b := make([]byte, n)
	for filled := 0; filled < n; {
		read, err := tx.c.cfg.Rand.Read(b[filled:])
		if err != nil {
			return nil, err
		}
		filled += read
	}
	return b, nil
}

// usableFor is usable for the accounts that are added.
func (tx *tx) usableFor(conversation *store.Conversation, packages []*wire.DeviceKeyPackage, add []ident.AccountID) [][]byte {
	packages = slices.DeleteFunc(slices.Clone(packages), func(p *wire.DeviceKeyPackage) bool {
		account, err := ident.IDFromBytes[ident.AccountID](p.AccountID)
		return err != nil || !slices.Contains(add, account)
	})
	return tx.usable(conversation, packages)
}

// pendingRemovals are the leaves that the next commit takes out.
func pendingRemovals(g *openGroup) map[mls.LeafIndex]bool {
	gone := map[mls.LeafIndex]bool{}
	for _, p := range g.PendingProposals() {
		if p.Proposal.Type == mls.ProposalRemove && p.Sender.Type == mls.SenderExternal {
			gone[p.Proposal.Removed] = true
		}
	}
	return gone
}

// addedMembers are the devices of accounts in a GroupInfo, for the relay.
func addedMembers(groupInfo []byte, accounts []ident.AccountID) ([]*wire.Member, error) {
	all, err := groupMembers(groupInfo)
	return slices.DeleteFunc(all, func(m *wire.Member) bool { return !slices.Contains(accounts, ident.AccountID(m.AccountID)) }), err
}

func accountBytes(ids []ident.AccountID) (list [][]byte) {
	for i := range ids {
		list = append(list, ids[i][:])
	}
	return list
}

// confirmGroup takes what this device's own commit has changed, now that the relay has it.
func (tx *tx) confirmGroup(conversation *store.Conversation, p *store.PendingCommit, g *openGroup, e *wire.Entry) error {
	call, err := decodePending(p.Request)
	if err != nil {
		return err
	}
	var removed []ident.AccountID
	tell := false
	switch call := call.(type) {
	case *wire.Send:
		tell = len(call.AddedAccounts) > 0
		for _, id := range call.RemovedAccounts {
			removed = append(removed, ident.AccountID(id))
		}
	case *wire.CreateConversation:
		tell = true
	}
	if err := tx.noteGroup(conversation, g, tx.identity.Account, removed, e); err != nil {
		return err
	}
	tx.c.wishes.settle(p.MessageID, nil)
	v, err := tx.viewGroup(conversation.ID)
	if err != nil || v == nil {
		return err
	}
	hash := sha256.Sum256(v.Wanted)
	if v.Wanted != nil && string(hash[:]) == string(v.state.Details) {
		now, err := decodeDetails(v.Wanted)
		if err != nil {
			return err
		}
		if err := tx.setDetails(conversation, tx.identity.Account, v.details, now, v.Wanted, e.TimeMS); err != nil {
			return err
		}
		tell, v.Wanted = true, nil
		if err := tx.SaveGroupChat(v.GroupChat); err != nil {
			return err
		}
	}
	if !tell {
		return nil
	}
	return tx.tellDetails(conversation)
}
