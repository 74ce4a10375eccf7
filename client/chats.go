package client

import (
	"context"
	"strings"
	"unicode"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// maxText leaves room for the rest of a message below wire.MaxMessage.
const maxText = 48 << 10

// Page sizes of messages and search.
const (
	defaultPage = 50
	largestPage = 500
)

func parseChatID(text string) (ident.ChatID, error) {
	id, err := ident.ParseID[ident.ChatID](text)
	if err != nil {
		return id, api.ErrChatUnknown
	}
	return id, nil
}

// listChats implements api.ListChats.
func (c *Client) listChats(ctx context.Context, _ api.None) (api.Chats, error) {
	list := api.Chats{Chats: []api.Chat{}}
	err := c.view(ctx, func(tx *tx) error {
		if _, err := tx.expireMessages(); err != nil {
			return err
		}
		chats, err := tx.FindChats()
		if err != nil {
			return err
		}
		for _, chat := range chats {
			shown, err := tx.showChat(chat.ID)
			if err != nil {
				return err
			}
			list.Chats = append(list.Chats, *shown)
		}
		return nil
	})
	return list, err
}

// getChat implements api.GetChat.
func (c *Client) getChat(ctx context.Context, p api.ChatID) (api.Chat, error) {
	id, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Chat{}, err
	}
	var shown *api.Chat
	err = c.view(ctx, func(tx *tx) (err error) {
		shown, err = tx.showChat(id)
		return err
	})
	if err != nil {
		return api.Chat{}, err
	}
	return *shown, nil
}

// openChat implements api.OpenChat.
func (c *Client) openChat(ctx context.Context, p api.OpenChatParams) (api.Chat, error) {
	phone, err := ident.ParsePhone(p.Phone)
	if err != nil {
		return api.Chat{}, api.ErrPhoneInvalid
	}
	id, err := c.accountOf(ctx, phone)
	if err != nil {
		return api.Chat{}, err
	}
	var shown *api.Chat
	err = c.update(ctx, func(tx *tx) error {
		chat, err := tx.chatOrNotes(id)
		if err != nil {
			return err
		}
		tx.chatChanged(chat.ID)
		shown, err = tx.showChat(chat.ID)
		return err
	})
	if err != nil {
		return api.Chat{}, err
	}
	return *shown, nil
}

// accountOf finds the account with a number, at the relay unless a chat exists.
func (c *Client) accountOf(ctx context.Context, phone ident.Phone) (id ident.AccountID, err error) {
	var known *store.Account
	err = c.view(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		if tx.identity.Phone == phone {
			known = &store.Account{ID: tx.identity.Account}
			return nil
		}
		known, err = tx.FindAccountByPhone(phone)
		return err
	})
	if err != nil || known != nil {
		if known != nil {
			id = known.ID
		}
		return id, err
	}
	s, err := c.connected(ctx)
	if err != nil {
		return id, err
	}
	found, err := request[*wire.Account](ctx, s, &wire.LookUpAccount{Phone: string(phone)})
	if err != nil {
		return id, err
	}
	err = c.update(ctx, func(tx *tx) error {
		id, err = tx.takeAccount(found)
		return err
	})
	return id, err
}

// listMessages implements api.ListMessages.
func (c *Client) listMessages(ctx context.Context, p api.MessagesParams) (api.Messages, error) {
	id, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Messages{}, err
	}
	limit := pageSize(p.Limit)
	page := api.Messages{Messages: []api.Message{}}
	err = c.view(ctx, func(tx *tx) error {
		if _, err := tx.expireMessages(); err != nil {
			return err
		}
		if p.Since > 0 {
			if p.After, err = tx.FindSort(id, p.Since); err != nil {
				return err
			}
		}
		found, err := tx.FindMessages(store.MessagePage{Chat: id, Before: p.Before, After: p.After, Limit: limit + 1})
		if err != nil {
			return err
		}
		if page.More = len(found) > limit; page.More {
			if p.After != 0 {
				found = found[:limit]
			} else {
				found = found[1:]
			}
		}
		for _, m := range found {
			shown, err := tx.showMessage(m)
			if err != nil {
				return err
			}
			page.Messages = append(page.Messages, *shown)
		}
		return nil
	})
	return page, err
}

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, largestPage)
}

// send implements api.Send.
func (c *Client) send(ctx context.Context, p api.SendParams) (api.Message, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Message{}, err
	}
	id, err := c.messageID(p.ID)
	if err != nil {
		return api.Message{}, err
	}
	text, err := cleanText(p.Text)
	if err != nil {
		return api.Message{}, err
	}
	arrived := c.watchMessage(id)
	defer arrived.cancel()
	shown, err := c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		context, err := tx.replyContext(chat, p.ReplyTo, p.Mentions)
		if err != nil {
			return nil, err
		}
		if preview := previewToSend(p.Preview); preview != nil {
			if context == nil {
				context = &content.Context{}
			}
			context.Preview = preview
		}
		return tx.queueMessage(chat, id, &content.Content{Body: &content.Text{Text: text}, Context: context})
	})
	if err != nil || !p.Wait || shown.Status != api.MessagePending {
		return shown, err
	}
	return arrived.wait(ctx)
}

func (c *Client) messageID(text string) (ident.MessageID, error) {
	if text == "" {
		return ident.NewID[ident.MessageID](c.cfg.Rand)
	}
	id, err := ident.ParseID[ident.MessageID](text)
	if err != nil {
		return id, api.ErrBadParams
	}
	return id, nil
}

// newMessageID implements api.NewMessageID.
func (c *Client) newMessageID(context.Context, api.None) (api.MessageID, error) {
	id, err := ident.NewID[ident.MessageID](c.cfg.Rand)
	return api.MessageID{ID: id.String()}, err
}

// search implements api.Search.
func (c *Client) search(ctx context.Context, p api.SearchParams) (api.SearchResult, error) {
	result := api.SearchResult{Hits: []api.SearchHit{}}
	words := strings.FieldsFunc(p.Query, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	if len(words) == 0 {
		return result, nil
	}
	var chat *ident.ChatID
	if p.ChatID != "" {
		id, err := parseChatID(p.ChatID)
		if err != nil {
			return result, err
		}
		chat = &id
	}
	err := c.view(ctx, func(tx *tx) error {
		if _, err := tx.expireMessages(); err != nil {
			return err
		}
		hits, err := tx.Search(words, chat, pageSize(p.Limit))
		if err != nil {
			return err
		}
		for _, h := range hits {
			shown, err := tx.showHit(h)
			if err != nil {
				return err
			}
			result.Hits = append(result.Hits, *shown)
		}
		return nil
	})
	return result, err
}
