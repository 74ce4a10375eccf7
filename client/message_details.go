package client

import (
	"cmp"
	"context"
	"slices"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// messageDetails implements api.GetMessageDetails.
func (c *Client) messageDetails(ctx context.Context, p api.MessageID) (api.MessageDetails, error) {
	details := api.MessageDetails{
		Versions: []api.MessageVersion{}, Reactions: []api.ReactionBy{}, Votes: []api.VoteBy{}, Receipts: []api.ReceiptBy{},
	}
	err := c.view(ctx, func(tx *tx) error {
		m, err := tx.findWritten(p.ID)
		if err != nil {
			return err
		}
		shown, err := tx.showMessage(m)
		if err != nil {
			return err
		}
		details.Message = *shown
		return tx.addDetails(&details, m)
	})
	return details, err
}

func (tx *tx) addDetails(details *api.MessageDetails, m *store.Message) error {
	all, err := tx.FindAmendments(m.Chat, m.ID)
	if err != nil {
		return err
	}
	for _, a := range latestBySender(all, store.AmendReaction) {
		emoji := emojiOf(a)
		name, err := tx.nameOf(a.Sender)
		if err != nil {
			return err
		}
		if emoji != "" {
			mine := a.Sender == tx.identity.Account
			details.Reactions = append(details.Reactions, api.ReactionBy{Emoji: emoji, Name: name, Mine: mine, At: a.SentAt})
		}
	}
	tx.addVersions(details, m, all)
	if err := tx.addVotes(details, m, all); err != nil {
		return err
	}
	return tx.addReceipts(details, m, all)
}

func (tx *tx) addVersions(details *api.MessageDetails, m *store.Message, all []*store.Amendment) {
	first, ok := firstContent(m)
	if m.Original == nil || !ok {
		return
	}
	_, text, _ := messageKind(first)
	details.Versions = append(details.Versions, api.MessageVersion{Text: text, At: m.SentAt})
	for _, a := range all {
		c, err := content.Decode[content.Content](a.Content)
		if err != nil || !tx.counts(m, a, editWithin) {
			continue
		}
		if edit, ok := c.Body.(*content.Edit); ok {
			details.Versions = append(details.Versions, api.MessageVersion{Text: edit.Text, At: a.SentAt})
		}
	}
	details.Versions = details.Versions[:len(details.Versions)-1] // the last is what it says now
}

func (tx *tx) addVotes(details *api.MessageDetails, m *store.Message, all []*store.Amendment) error {
	c, ok := contentOf(m)
	if !ok {
		return nil
	}
	poll, ok := c.Body.(*content.Poll)
	if !ok {
		return nil
	}
	for _, v := range latestBySender(all, store.AmendVote) {
		name, err := tx.nameOf(v.Sender)
		if err != nil {
			return err
		}
		if chosen := choices(poll, v); len(chosen) > 0 {
			details.Votes = append(details.Votes, api.VoteBy{Name: name, Mine: v.Sender == tx.identity.Account, Options: chosen})
		}
	}
	return nil
}

// addReceipts tells how far a message of our own got with each other person who was in
// the chat.
func (tx *tx) addReceipts(details *api.MessageDetails, m *store.Message, all []*store.Amendment) error {
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil || !m.Mine || m.Sequence == 0 || tx.isOwn(chat.ID) {
		return err
	}
	people, err := tx.readersOf(chat, m.Sequence)
	if err != nil {
		return err
	}
	hidden, err := tx.hides(receiptsSetting)
	if err != nil {
		return err
	}
	for _, person := range people {
		by, err := tx.receiptBy(chat, m, person, hidden)
		if err != nil {
			return err
		}
		for _, a := range openings(m, all) {
			if a.Sender == person && isOnce(m) {
				by.OpenedAt = a.SentAt
			}
		}
		details.Receipts = append(details.Receipts, by)
	}
	order := map[api.MessageStatus]int{api.MessageRead: 0, api.MessageDelivered: 1, api.MessageSent: 2}
	slices.SortStableFunc(details.Receipts, func(a, b api.ReceiptBy) int {
		return cmp.Or(cmp.Compare(order[a.Status], order[b.Status]), cmp.Compare(a.Name, b.Name))
	})
	return nil
}

// readersOf are the others who were in a chat when a message got its place.
func (tx *tx) readersOf(chat *store.Chat, sequence uint64) ([]ident.AccountID, error) {
	if chat.Kind != store.ChatGroup {
		return []ident.AccountID{chat.Account}, nil
	}
	members, err := tx.FindGroupMembers(chat.Conversation)
	var people []ident.AccountID
	for _, member := range members {
		if member.Account != tx.identity.Account && member.Since <= sequence && (member.Gone == 0 || member.Gone > sequence) {
			people = append(people, member.Account)
		}
	}
	return people, err
}

// receiptBy is how far a message got with a person. hidden: this account shows nobody
// what it has read, and learns it of nobody.
func (tx *tx) receiptBy(chat *store.Chat, m *store.Message, person ident.AccountID, hidden bool) (by api.ReceiptBy, err error) {
	by.Status = api.MessageSent
	if by.Name, err = tx.nameOf(person); err != nil {
		return by, err
	}
	receipt, err := tx.FindReceipt(chat.Conversation, person)
	if err != nil || receipt.Delivered < m.Sequence && receipt.Read < m.Sequence {
		return by, err
	}
	by.Status = api.MessageDelivered
	if by.DeliveredAt, err = tx.FindReceiptTime(chat.Conversation, person, false, m.Sequence); err != nil {
		return by, err
	}
	if receipt.Read < m.Sequence || hidden {
		return by, nil
	}
	by.Status = api.MessageRead
	by.ReadAt, err = tx.FindReceiptTime(chat.Conversation, person, true, m.Sequence)
	return by, err
}
