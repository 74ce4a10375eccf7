package client

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"parley/client/api"
	"parley/client/json"
	"parley/client/store"
	"parley/ident"
	"parley/wire/grouprules"
	"parley/wire/linkuri"
)

// groupSender is who wrote a message of a group; empty in other chats.
func (tx *tx) groupSender(m *store.Message) string {
	if m.Chat == ident.ChatWith(m.Sender) {
		return ""
	}
	return m.Sender.String()
}

// showGroupChat adds what the chat list shows of a group.
func (tx *tx) showGroupChat(shown *api.Chat, chat *store.Chat) error {
	id := ident.ConversationID(chat.ID)
	known, err := tx.FindGroupChat(id)
	if err == nil && known != nil {
		shown.Waiting = known.Waiting
	}
	if err != nil || known == nil || known.Gone != 0 {
		return err
	}
	if shown.JoinRequests, err = tx.CountJoinRequests(id); err != nil {
		return err
	}
	if shown.Members, err = tx.countMembers(id); err != nil {
		return err
	}
	if err := tx.showChatCommunity(shown, id); err != nil {
		return err
	}
	state, err := grouprules.Parse(known.State)
	if err != nil || !state.AdminsWrite {
		shown.MayWrite = err == nil
		return nil //nolint:nilerr // nobody writes in a group whose state is unknown
	}
	v, err := tx.viewGroup(id)
	if err == nil {
		shown.MayWrite = grouprules.MayWrite(v.state, v.present, tx.identity.Account)
	}
	return err
}

// countMembers is CountGroupMembers, which is held in memory: each change of a chat tells it.
func (tx *tx) countMembers(id ident.ConversationID) (n int, err error) {
	n, held := tx.c.memberCounts[id]
	if held {
		return n, nil
	}
	if n, err = tx.CountGroupMembers(id); err == nil {
		tx.c.memberCounts[id] = n
	}
	return n, err
}

// SaveGroupMember is that of the store.
func (tx *tx) SaveGroupMember(id ident.ConversationID, m store.GroupMember) error {
	delete(tx.c.memberCounts, id)
	return tx.Tx.SaveGroupMember(id, m)
}

// receiptOf is how far the other side of a chat has got; in a group, everybody.
func (tx *tx) receiptOf(chat *store.Chat) (store.Receipt, error) {
	if chat.Kind != store.ChatGroup {
		return tx.FindReceipt(chat.Conversation, chat.Account)
	}
	return tx.FindGroupReceipt(ident.ConversationID(chat.ID), tx.identity.Account)
}

// getGroup implements api.GetGroup.
func (c *Client) getGroup(ctx context.Context, p api.ChatID) (api.Group, error) {
	id, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Group{}, err
	}
	var shown api.Group
	err = c.view(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		shown, err = tx.showGroup(ident.ConversationID(id))
		return err
	})
	return shown, err
}

func (tx *tx) showGroup(id ident.ConversationID) (api.Group, error) {
	v, err := tx.viewGroup(id)
	if err != nil {
		return api.Group{}, err
	}
	if v == nil {
		return api.Group{}, api.ErrChatUnknown
	}
	own := tx.identity.Account
	shown := api.Group{
		ChatID: ident.ChatOfGroup(id).String(), Name: v.details.Name, Description: v.details.Description, Member: v.Gone == 0,
		AdminsEdit: v.state.AdminsEdit, AdminsAdd: v.state.AdminsAdd, AdminsWrite: v.state.AdminsWrite, AdminsApprove: v.state.AdminsApprove, Members: []api.GroupMember{},
	}
	if shown.Member {
		shown.Admin = grouprules.IsAdmin(v.state, v.present, own)
		shown.MayEdit, shown.MayAdd = grouprules.MayEdit(v.state, v.present, own), grouprules.MayAdd(v.state, v.present, own)
		shown.MayWrite = grouprules.MayWrite(v.state, v.present, own)
	}
	if len(v.details.LinkSecret) > 0 && grouprules.OpensLink(v.state, linkToken(v.details.LinkSecret)) {
		shown.Link = linkuri.Group{Relay: tx.identity.RelayURL, Conversation: id, Secret: v.details.LinkSecret}.String()
	}
	if err := tx.showRequests(&shown, id); err != nil {
		return shown, err
	}
	return shown, tx.showMembers(&shown, v)
}

func (tx *tx) showRequests(shown *api.Group, id ident.ConversationID) error {
	requests, err := tx.FindJoinRequests(id)
	if err != nil || !shown.Admin {
		return err
	}
	for _, r := range requests {
		person, err := tx.showPerson(r.Account)
		if err != nil {
			return err
		}
		shown.Requests = append(shown.Requests, person)
	}
	return nil
}

// pastShown is how long past members are shown.
const pastShown = 60 * 24 * time.Hour

func (tx *tx) showMembers(shown *api.Group, v *groupView) error {
	members, err := tx.FindGroupMembers(v.Conversation)
	if err != nil {
		return err
	}
	admins := grouprules.Admins(v.state, v.present)
	since := tx.c.relayNow().Add(-pastShown).UnixMilli()
	for _, m := range members {
		person, err := tx.showPerson(m.Account)
		if err != nil {
			return err
		}
		member := api.GroupMember{
			AccountID: person.AccountID, Name: person.Name, Phone: person.Phone, Own: person.Own, Admin: slices.Contains(admins, m.Account), Removed: m.Removed,
		}
		if m.Gone == 0 {
			shown.Members = append(shown.Members, member)
		} else if member.GoneAt = m.GoneAt; m.GoneAt > since {
			shown.Past = append(shown.Past, member)
		}
	}
	slices.SortFunc(shown.Past, func(a, b api.GroupMember) int { return cmp.Compare(b.GoneAt, a.GoneAt) })
	slices.SortFunc(shown.Members, func(a, b api.GroupMember) int {
		return cmp.Or(firstIf(a.Own, b.Own), firstIf(a.Admin, b.Admin), strings.Compare(a.Name, b.Name), strings.Compare(a.AccountID, b.AccountID))
	})
	return nil
}

// firstIf orders what is true before what is not.
func firstIf(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// groupWatch waits until a group is joined.
type groupWatch struct {
	arrived chan api.Chat
	cancel  func()
}

func (c *Client) watchGroup(id ident.ConversationID) groupWatch {
	w := groupWatch{arrived: make(chan api.Chat, 1)}
	text := ident.ChatOfGroup(id).String()
	w.cancel = c.bus.subscribe(func(event string, data json.RawMessage) {
		var chat api.Chat
		if event != api.OnChat.Name || json.Unmarshal(data, &chat) != nil || chat.ID != text || chat.Members == 0 {
			return
		}
		select {
		case w.arrived <- chat:
		default:
		}
	})
	return w
}

func (w groupWatch) wait(ctx context.Context) (api.Chat, error) {
	select {
	case chat := <-w.arrived:
		return chat, nil
	case <-ctx.Done():
		return api.Chat{}, api.ErrTimeout
	}
}

// takeGroupReceipt has messages shown anew if everybody has got further.
func (tx *tx) takeGroupReceipt(chat *store.Chat, r store.Receipt) error {
	before, err := tx.FindGroupReceipt(r.Conversation, tx.identity.Account)
	if err != nil {
		return err
	}
	if err := tx.UpdateReceipt(r); err != nil {
		return err
	}
	now, err := tx.FindGroupReceipt(r.Conversation, tx.identity.Account)
	if err != nil {
		return err
	}
	return tx.receiptChanged(chat, before, now)
}

// typingChat is the chat in which somebody types.
func (c *Client) typingChat(account ident.AccountID, conversation []byte) ident.ChatID {
	chat := ident.ChatWith(account)
	id, err := ident.IDFromBytes[ident.ConversationID](conversation)
	if err != nil {
		return chat
	}
	_ = c.view(context.WithoutCancel(c.ctx), func(tx *tx) error {
		if found, err := tx.FindChatByConversation(id); err == nil && found != nil && found.Kind == store.ChatGroup {
			chat = found.ID
		}
		return nil
	}) // without a database there is no chat to show
	return chat
}

// refuseWriting is why this account may not write in a chat; nil if it may.
func (tx *tx) refuseWriting(chat *store.Chat) error {
	if chat.Kind != store.ChatGroup {
		return nil
	}
	var shown api.Chat
	if err := tx.showGroupChat(&shown, chat); err != nil {
		return err
	}
	switch {
	case shown.Waiting:
		return api.ErrGroupWaiting
	case shown.Members == 0:
		return api.ErrGroupGone
	case !shown.MayWrite:
		return api.ErrGroupWriting
	}
	return nil
}
