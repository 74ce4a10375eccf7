package apitest

import (
	"cmp"
	"context"

	"parley/client/api"
)

func changeChat(_ context.Context, c *Core, p api.ChatChange) (api.Chat, error) {
	found := c.findLocked(p.ChatID)
	if found == nil {
		return api.Chat{}, api.ErrChatUnknown
	}
	set(&found.Archived, p.Archived)
	set(&found.Pinned, p.Pinned)
	set(&found.MarkedUnread, p.MarkedUnread)
	set(&found.MutedUntil, p.MutedUntil)
	set(&found.Preview, p.Preview)
	set(&found.Draft, p.Draft)
	set(&found.Wallpaper, p.Wallpaper)
	if p.Name != nil {
		own := cmp.Or(found.OwnName, found.Title)
		found.Title, found.OwnName = cmp.Or(*p.Name, own), ""
		if *p.Name != "" {
			found.OwnName = own
		}
	}
	c.emitLocked(api.OnChat.Name, found.Chat)
	return found.Chat, nil
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func star(_ context.Context, c *Core, p api.StarParams) (api.None, error) {
	for _, chat := range c.chats {
		for i := range chat.messages {
			if m := &chat.messages[i]; m.ID == p.ID {
				m.Starred = p.Starred
				c.emitLocked(api.OnMessage.Name, *m)
				return api.None{}, nil
			}
		}
	}
	return api.None{}, api.ErrBadParams
}

func listStarred(_ context.Context, c *Core, _ api.None) (api.Messages, error) {
	list := api.Messages{Messages: []api.Message{}}
	for _, chat := range c.chats {
		for _, m := range chat.messages {
			if m.Starred {
				list.Messages = append(list.Messages, m)
			}
		}
	}
	return list, nil
}

func setBlocked(_ context.Context, c *Core, p api.SetBlockedParams) (api.Chat, error) {
	found := c.findLocked(p.ChatID)
	if found == nil {
		return api.Chat{}, api.ErrChatUnknown
	}
	found.Blocked = p.Blocked
	c.emitLocked(api.OnChat.Name, found.Chat)
	return found.Chat, nil
}

func listBlocked(_ context.Context, c *Core, _ api.None) (api.Chats, error) {
	list := api.Chats{Chats: []api.Chat{}}
	for _, one := range c.chats {
		if one.Blocked {
			list.Chats = append(list.Chats, one.Chat)
		}
	}
	return list, nil
}
