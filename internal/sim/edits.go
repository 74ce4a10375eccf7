package sim

import (
	"fmt"

	"parley/client/api"
)

// edit changes something that all devices of the account show.
func (w *world) edit(p *person, d *device) {
	if d.core == nil {
		return
	}
	p.edits++
	switch w.random.IntN(5) {
	case 0:
		call(d, api.SetName, api.SetNameParams{Name: fmt.Sprintf("%s, %d", p.name, p.edits)})
		return
	case 1:
		theme := []string{"system", "light", "dark"}[w.random.IntN(3)]
		call(d, api.ChangeSettings, api.SettingsChange{Theme: &theme})
		return
	}
	chats := call(d, api.ListChats, api.None{}).Chats
	if len(chats) == 0 {
		return
	}
	chat := chats[w.random.IntN(len(chats))]
	found := call(d, api.ListMessages, api.MessagesParams{ChatID: chat.ID, Limit: 500}).Messages
	if len(found) > 0 && w.random.IntN(2) == 0 {
		m := found[w.random.IntN(len(found))]
		if m.Kind == api.MessageText && w.random.IntN(2) == 0 {
			call(d, api.Star, api.StarParams{ID: m.ID, Starred: w.random.IntN(3) > 0})
			return
		}
		call(d, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: m.Order})
		return
	}
	call(d, api.ChangeChat, w.chatChange(p, chat.ID))
}

func (w *world) chatChange(p *person, chat string) api.ChatChange {
	change := api.ChatChange{ChatID: chat}
	yes := w.random.IntN(2) == 0
	text := fmt.Sprintf("text %d", p.edits)
	switch w.random.IntN(5) {
	case 0:
		change.Archived = &yes
	case 1:
		change.Pinned = &yes
	case 2:
		change.MarkedUnread = &yes
	case 3:
		change.Name = &text
	default:
		change.Draft = &text
	}
	return change
}
