package client

import (
	"context"
	"errors"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
	"parley/mls"
)

// tx is a transaction with what the client keeps in memory: groups that were
// changed are saved with it, and events are published once it is committed.
type tx struct {
	*store.Tx
	c        *Client
	identity *store.Identity
	progress store.Progress
	groups   map[ident.ConversationID]*openGroup
	chats    map[ident.ChatID]bool
	messages map[ident.MessageID]bool
	order    []ident.MessageID
	removed  []api.RemovedMessage
	// media tells files that stand elsewhere on their way.
	media    []api.MediaProgress
	devices  bool
	notices  bool
	settings bool
	status   bool
	history  bool
	// stickersChanged: the person's own stickers are others.
	stickersChanged bool
	// lists: lists of devices were changed.
	lists bool
}

// openGroup is an MLS group used in a transaction. Ratchets that changed are
// always saved; the state is if stateChanged says so.
type openGroup struct {
	*mls.Group
	stateChanged bool
}

// needAccount is api.ErrNotRegistered on a device that has no account, or none any
// more.
func (tx *tx) needAccount() error {
	if tx.identity == nil || tx.identity.LoggedOut {
		return api.ErrNotRegistered
	}
	return nil
}

// update runs f in a transaction. If f fails, nothing is changed, in memory
// either: groups that f touched are read anew when next used.
func (c *Client) update(ctx context.Context, f func(*tx) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &tx{
		c: c, identity: c.identity, progress: c.progress,
		groups:   map[ident.ConversationID]*openGroup{},
		chats:    map[ident.ChatID]bool{},
		messages: map[ident.MessageID]bool{},
	}
	var events []busEvent
	err := c.store.Update(ctx, func(stx *store.Tx) error {
		t.Tx = stx
		if err := f(t); err != nil {
			return err
		}
		if err := t.save(); err != nil {
			return err
		}
		var err error
		events, err = t.collectEvents()
		return err
	})
	if err != nil {
		for id := range t.groups {
			delete(c.groups, id)
		}
		c.forgetJudgements()
		if t.lists {
			return errors.Join(err, c.store.View(context.WithoutCancel(ctx), c.lists.load))
		}
		return err
	}
	for _, g := range t.groups {
		g.RatchetsSaved()
	}
	c.identity, c.progress = t.identity, t.progress
	for _, e := range events {
		c.bus.publish(e)
	}
	return nil
}

// view is update for functions that change nothing.
func (c *Client) view(ctx context.Context, f func(*tx) error) error { return c.update(ctx, f) }

// save writes the groups that changed and the progress.
func (t *tx) save() error {
	for id, g := range t.groups {
		if err := t.saveGroup(id, g); err != nil {
			return err
		}
	}
	p, q := t.progress, t.c.progress
	if p.Feed == q.Feed && p.Acknowledged == q.Acknowledged && p.Receipts == q.Receipts &&
		p.ClockOffset == q.ClockOffset && string(p.ExternalSender) == string(q.ExternalSender) {
		return nil
	}
	return t.SaveProgress(p)
}

func (t *tx) saveGroup(id ident.ConversationID, g *openGroup) error {
	if g.stateChanged {
		if err := t.SaveGroupState(id, g.MarshalState()); err != nil {
			return err
		}
	}
	for _, record := range g.ChangedRatchets() {
		if err := t.SaveGroupRatchet(id, store.RatchetRecord(record)); err != nil {
			return err
		}
	}
	return nil
}

// setIdentity replaces the identity, here and in the database.
func (t *tx) setIdentity(i *store.Identity) error {
	t.identity = i
	t.status = true
	return t.SaveIdentity(i)
}

// chatChanged and messageChanged have events published after the commit.
func (t *tx) chatChanged(id ident.ChatID) { t.chats[id] = true }

// contactChanged is chatChanged for the chat with an account.
// There may be none: with a member of a group.
func (t *tx) contactChanged(id ident.AccountID) { t.chatTouched(ident.ChatWith(id)) }

// chatTouched is chatChanged for a chat that may not be on this device.
func (t *tx) chatTouched(id ident.ChatID) {
	if _, known := t.chats[id]; !known {
		t.chats[id] = false
	}
}

func (t *tx) messageChanged(id ident.MessageID) {
	if !t.messages[id] {
		t.messages[id] = true
		t.order = append(t.order, id)
	}
}

// messageRemoved has told that a message is not there any more.
func (t *tx) messageRemoved(m *store.Message) {
	t.removed = append(t.removed, api.RemovedMessage{ID: m.ID.String(), ChatID: m.Chat.String()})
	t.chatChanged(m.Chat)
}

// collectEvents reads what changed as people see it.
func (t *tx) collectEvents() ([]busEvent, error) {
	var events []busEvent
	for _, id := range t.order {
		m, err := t.FindMessage(id)
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue
		}
		shown, err := t.showMessage(m)
		if err != nil {
			return nil, err
		}
		events = append(events, newEvent(api.OnMessage, *shown))
	}
	for _, moved := range t.media {
		events = append(events, newEvent(api.OnMediaProgress, moved))
	}
	for _, gone := range t.removed {
		events = append(events, newEvent(api.OnMessageRemoved, gone))
	}
	for id, exists := range t.chats {
		shown, err := t.showChat(id)
		if errors.Is(err, api.ErrChatUnknown) && !exists {
			continue
		}
		if err != nil {
			return nil, err
		}
		events = append(events, newEvent(api.OnChat, *shown))
	}
	if t.devices {
		events = append(events, newEvent(api.OnDevices, api.None{}))
	}
	if t.notices || t.devices { // names of devices are told in notices
		shown, err := t.showNotices()
		if err != nil {
			return nil, err
		}
		events = append(events, newEvent(api.OnNotices, shown))
	}
	if t.settings {
		shown, err := t.showSettings()
		if err != nil {
			return nil, err
		}
		events = append(events, newEvent(api.OnSettings, shown))
	}
	if t.stickersChanged {
		events = append(events, newEvent(api.OnStickers, api.None{}))
	}
	if t.history {
		shown, err := t.showHistory()
		if err != nil {
			return nil, err
		}
		events = append(events, newEvent(api.OnHistory, shown))
	}
	if t.status {
		s, err := t.showStatus()
		if err != nil {
			return nil, err
		}
		events = append(events, newEvent(api.OnStatus, s))
	}
	return events, nil
}

// dropKeys forgets every key of a primary whose number was registered
// elsewhere, and keeps its chats.
func (t *tx) dropKeys(reason string) error {
	conversations, err := t.FindConversations()
	if err != nil {
		return err
	}
	for _, conversation := range conversations {
		t.closeGroup(conversation.ID)
		if err := t.DeleteConversation(conversation.ID); err != nil {
			return err
		}
	}
	if err := t.DeleteKeyPackagesBefore(1 << 62); err != nil {
		return err
	}
	gone := *t.identity
	gone.LoggedOut, gone.LogoutReason = true, reason
	gone.AccountSeed, gone.DeviceSeed = nil, nil
	t.progress = store.Progress{ClockOffset: t.progress.ClockOffset}
	return t.setIdentity(&gone)
}
