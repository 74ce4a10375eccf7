package client

import (
	"crypto/ed25519"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire/grouprules"
)

// historyOf is what a chat is handed over with; nil for one that is not.
func (tx *tx) historyOf(id ident.ChatID) (*content.HistoryChat, error) {
	chat, err := tx.FindChat(id)
	if err != nil || chat == nil {
		return nil, err
	}
	if chat.Kind == store.ChatGroup {
		known, err := tx.FindGroupChat(ident.ConversationID(id))
		if err != nil || known == nil {
			return nil, err
		}
		return &content.HistoryChat{Group: &content.HistoryGroup{
			ConversationID: id[:], State: known.State, ReadSequence: chat.ReadSequence, UpdatedMS: chat.Updated, Gone: uint32(known.Gone),
		}}, nil
	}
	account, err := tx.FindAccount(chat.Account)
	if err != nil || account == nil {
		return nil, err
	}
	contact, err := tx.contact(*account)
	return &content.HistoryChat{Contact: contact}, err
}

// overviewStates bounds the states of groups in the overview.
const overviewStates = 128 << 10

// addGroups adds the groups of which the overview has no message: in some nothing was ever written, and
// a device that cannot join a group can show it, and reset it, only by its state.
func (tx *tx) addGroups(chunk *content.HistoryChunk, chats []*store.Chat) error {
	told := map[ident.ChatID]bool{}
	for _, chat := range chunk.Chats {
		if chat.Group != nil {
			told[ident.ChatID(chat.Group.ConversationID)] = true
		}
	}
	size := 0
	for _, chat := range chats {
		if chat.Kind != store.ChatGroup || told[chat.ID] {
			continue
		}
		group, err := tx.historyOf(chat.ID)
		if err != nil {
			return err
		}
		if group == nil {
			continue
		}
		if size += len(group.Group.State) + 64; size > overviewStates {
			break
		}
		chunk.Chats = append(chunk.Chats, group)
	}
	return nil
}

// overviewMembers bounds who is in the groups of the overview.
const overviewMembers = 192 << 10

// addMembers adds who is in the groups of the overview, each whole or not at all: a device that cannot join
// a group gives it another MLS group with all of them.
func (tx *tx) addMembers(chunk *content.HistoryChunk) error {
	size := 0
	for _, chat := range chunk.Chats {
		if chat.Group == nil || chat.Group.Gone != 0 {
			continue
		}
		members, err := tx.FindGroupMembers(ident.ConversationID(chat.Group.ConversationID))
		if err != nil {
			return err
		}
		if more := 72 * len(members); size+more <= overviewMembers {
			size += more
			if chat.Group.Members, err = tx.historyMembers(members); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *tx) historyMembers(members []store.GroupMember) (all []*content.HistoryMember, err error) {
	for _, m := range members {
		handed := &content.HistoryMember{AccountID: m.Account[:], Since: m.Since, Gone: m.Gone, GoneMS: m.GoneAt, Removed: m.Removed}
		account, err := tx.FindAccount(m.Account)
		if err != nil {
			return nil, err
		}
		if account != nil {
			handed.AccountKey = account.Key
		}
		all = append(all, handed)
	}
	return all, nil
}

// takeHistoryMembers takes who is in a group, unless this device is in it and sees for itself.
func (tx *tx) takeHistoryMembers(id ident.ConversationID, members []*content.HistoryMember) error {
	conversation, err := tx.FindConversation(id)
	if err != nil || conversation != nil && conversation.Joined {
		return err
	}
	for _, m := range members {
		account, err := ident.IDFromBytes[ident.AccountID](m.AccountID)
		if err != nil {
			continue
		}
		known, err := tx.FindAccount(account)
		if err != nil {
			return err
		}
		if known == nil && len(m.AccountKey) == ed25519.PublicKeySize && account != tx.identity.Account {
			if known, err = tx.newContact(account, m.AccountKey); err != nil {
				return err
			}
			if err := tx.SaveAccount(known); err != nil {
				return err
			}
		}
		err = tx.SaveGroupMember(id, store.GroupMember{Account: account, Since: m.Since, Gone: m.Gone, GoneAt: m.GoneMS, Removed: m.Removed})
		if err != nil {
			return err
		}
	}
	return nil
}

// nameWriters adds who has written to the groups of a chunk.
func (tx *tx) nameWriters(chunk *content.HistoryChunk) error {
	for _, chat := range chunk.Chats {
		if chat.Group == nil || len(chat.Group.People) > 0 {
			continue
		}
		seen := map[ident.AccountID]bool{tx.identity.Account: true}
		for _, m := range chat.Messages {
			id := ident.AccountID(m.SenderAccount)
			if seen[id] {
				continue
			}
			seen[id] = true
			account, err := tx.FindAccount(id)
			if err != nil {
				return err
			}
			if account == nil {
				continue
			}
			contact, err := tx.contact(*account)
			if err != nil {
				return err
			}
			chat.Group.People = append(chat.Group.People, contact)
		}
	}
	return nil
}

// takeHistoryOf returns the chat that history is of, new if there is none; nil if it is
// malformed.
func (tx *tx) takeHistoryOf(from *content.HistoryChat) (*store.Chat, error) {
	if from.Group == nil {
		return tx.takeContact(from.Contact)
	}
	g := from.Group
	id, err := ident.IDFromBytes[ident.ConversationID](g.ConversationID)
	if err != nil {
		return nil, nil //nolint:nilerr // malformed content is skipped
	}
	for _, k := range g.People {
		if _, err := tx.takePerson(k, false); err != nil {
			return nil, err
		}
	}
	known, err := tx.FindGroupChat(id)
	if err != nil {
		return nil, err
	}
	if _, err := grouprules.Parse(g.State); known == nil && err == nil && g.Gone <= store.GroupRemoved {
		// Until this device joins, if it can: then it sees for itself.
		gone := max(int(g.Gone), store.GroupLeft)
		if err := tx.SaveGroupChat(&store.GroupChat{Conversation: id, State: g.State, Gone: gone}); err != nil {
			return nil, err
		}
	}
	if err := tx.takeHistoryMembers(id, g.Members); err != nil {
		return nil, err
	}
	chat, err := tx.FindChat(ident.ChatOfGroup(id))
	if err != nil {
		return nil, err
	}
	if chat == nil {
		chat = &store.Chat{ID: ident.ChatOfGroup(id), Kind: store.ChatGroup, Updated: g.UpdatedMS}
		tx.chatChanged(chat.ID)
	}
	if g.ReadSequence > chat.ReadSequence {
		chat.ReadSequence = g.ReadSequence
		chat.ToldRelay, chat.ToldSelf = max(chat.ToldRelay, g.ReadSequence), max(chat.ToldSelf, g.ReadSequence)
		tx.chatChanged(chat.ID)
	}
	return chat, tx.SaveChat(chat)
}
