package client

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// maxStarred is how many starred messages are listed.
const maxStarred = 1000

// changeChat implements api.ChangeChat.
func (c *Client) changeChat(ctx context.Context, p api.ChatChange) (api.Chat, error) {
	id, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Chat{}, err
	}
	values, err := chatValues(p)
	if err != nil {
		return api.Chat{}, err
	}
	var shown *api.Chat
	err = c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		if chat, err := tx.FindChat(id); err != nil || chat == nil {
			return cmp.Or(err, error(api.ErrChatUnknown))
		}
		for kind, value := range values {
			if err := tx.setAppState(stateKey(kind, id), value); err != nil {
				return err
			}
		}
		shown, err = tx.showChat(id)
		return err
	})
	if err != nil {
		return api.Chat{}, err
	}
	c.nudge()
	return *shown, nil
}

// chatValues are the entries that a change sets, by kind.
func chatValues(p api.ChatChange) (map[string][]byte, error) {
	values := map[string][]byte{}
	for kind, on := range map[string]*bool{archivedState: p.Archived, pinnedState: p.Pinned, unreadState: p.MarkedUnread, previewState: p.Preview, mentionsState: p.MentionsOnly} {
		if on != nil {
			values[kind] = onOff(*on)
		}
	}
	if p.MutedUntil != nil {
		values[mutedState] = nil
		if *p.MutedUntil > 0 {
			values[mutedState] = strconv.AppendInt(nil, *p.MutedUntil, 10)
		}
	}
	if p.Name != nil {
		values[nameState] = nil
		if strings.TrimSpace(*p.Name) != "" {
			name, err := cleanName(*p.Name)
			if err != nil {
				return nil, err
			}
			values[nameState] = []byte(name)
		}
	}
	if p.Wallpaper != nil {
		if !isSetting(*p.Wallpaper) {
			return nil, api.ErrBadParams
		}
		values[wallpaperState] = []byte(*p.Wallpaper)
	}
	if p.Draft != nil {
		if len(*p.Draft) > maxStateValue || !utf8.ValidString(*p.Draft) {
			return nil, api.ErrMessageTooLong
		}
		values[draftState] = []byte(*p.Draft)
	}
	if p.DraftReplyTo != nil {
		values[draftReplyState] = nil
		if *p.DraftReplyTo != "" {
			id, err := ident.ParseID[ident.MessageID](*p.DraftReplyTo)
			if err != nil {
				return nil, api.ErrBadParams
			}
			values[draftReplyState] = id[:]
		}
	}
	return values, nil
}

func onOff(on bool) []byte {
	if on {
		return stateOn
	}
	return nil
}

// chatKinds are the kinds of entries that a chat shows.
var chatKinds = [11]string{archivedState, pinnedState, unreadState, mutedState, draftState, draftReplyState, nameState, verifiedState, previewState, mentionsState, wallpaperState}

// showChatState adds to a chat what all own devices agree on.
func (tx *tx) showChatState(shown *api.Chat, chat *store.Chat) error {
	var keys [len(chatKinds)]string
	for i, kind := range chatKinds {
		keys[i] = stateKey(kind, chat.ID)
	}
	values, err := tx.FindAppStateValues(keys)
	if err != nil || len(values) == 0 {
		return err
	}
	of := func(kind string) string { return string(values[stateKey(kind, chat.ID)]) }
	shown.Archived, shown.Pinned, shown.MarkedUnread = of(archivedState) != "", of(pinnedState) != "", of(unreadState) != ""
	shown.MutedUntil, _ = strconv.ParseInt(of(mutedState), 10, 64) // what is no time is no mute
	shown.Draft, shown.Preview = of(draftState), of(previewState) != ""
	shown.MentionsOnly = of(mentionsState) != ""
	if err := tx.showDraftReply(shown, chat.ID, of(draftReplyState)); err != nil {
		return err
	}
	if name := of(wallpaperState); isSetting(name) {
		shown.Wallpaper = name
	}
	if name := of(nameState); name != "" {
		shown.Title, shown.OwnName = name, shown.Title
	}
	account, err := tx.FindAccount(chat.Account)
	if err == nil && account != nil {
		shown.Verified = of(verifiedState) == string(account.Key)
	}
	return err
}

// showDraftReply adds which message a draft answers, if it is still here.
func (tx *tx) showDraftReply(shown *api.Chat, chat ident.ChatID, answered string) error {
	id, err := ident.IDFromBytes[ident.MessageID]([]byte(answered))
	if err != nil {
		return nil //nolint:nilerr // most drafts answer nothing
	}
	m, err := tx.FindMessage(id)
	if err != nil || m == nil || m.Chat != chat {
		return err
	}
	shown.DraftReply, err = tx.showQuote(chat, &content.Quote{MessageID: m.ID[:], SenderAccount: m.Sender[:]})
	return err
}

// star implements api.Star.
func (c *Client) star(ctx context.Context, p api.StarParams) (api.None, error) {
	id, err := ident.ParseID[ident.MessageID](p.ID)
	if err != nil {
		return api.None{}, api.ErrBadParams
	}
	err = c.update(ctx, func(tx *tx) error {
		m, err := tx.FindMessage(id)
		if err != nil || m == nil || !store.IsWritten(m.Kind) {
			return cmp.Or(err, error(api.ErrBadParams))
		}
		if p.Starred && isOnce(m) {
			return api.ErrViewOnce
		}
		return tx.setAppState(stateKey(starredState, id), onOff(p.Starred))
	})
	c.nudge()
	return api.None{}, err
}

// listStarred implements api.ListStarred.
func (c *Client) listStarred(ctx context.Context, _ api.None) (api.Messages, error) {
	list := api.Messages{Messages: []api.Message{}}
	err := c.view(ctx, func(tx *tx) error {
		keys, err := tx.FindAppStateKeys(starredState)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if len(list.Messages) == maxStarred {
				list.More = true
				return nil
			}
			id, err := ident.ParseID[ident.MessageID](strings.TrimPrefix(key, starredState+"/"))
			if err != nil {
				continue
			}
			m, err := tx.FindMessage(id)
			if err != nil {
				return err
			}
			if m == nil {
				continue // not on this device yet
			}
			shown, err := tx.showMessage(m)
			if err != nil {
				return err
			}
			list.Messages = append(list.Messages, *shown)
		}
		return nil
	})
	return list, err
}
