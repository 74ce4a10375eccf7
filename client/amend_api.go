package client

import (
	"context"
	"strings"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// cleanText is a text as it is sent.
func cleanText(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", api.ErrMessageEmpty
	case len(text) > maxText:
		return "", api.ErrMessageTooLong
	case !utf8.ValidString(text):
		return "", api.ErrBadParams
	}
	return text, nil
}

// findWritten is a message of people by the text of its id.
func (tx *tx) findWritten(text string) (*store.Message, error) {
	id, err := ident.ParseID[ident.MessageID](text)
	if err != nil {
		return nil, api.ErrBadParams
	}
	m, err := tx.FindMessage(id)
	if err != nil {
		return nil, err
	}
	if m == nil || !store.IsWritten(m.Kind) || m.Kind == store.KindPin {
		return nil, api.ErrMessageUnknown
	}
	return m, nil
}

// changeMessage runs f with a message of people and returns what it shows then.
func (c *Client) changeMessage(ctx context.Context, id string, f func(*tx, *store.Message) error) (api.Message, error) {
	return c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		if err := tx.needAccount(); err != nil {
			return nil, err
		}
		m, err := tx.findWritten(id)
		if err != nil {
			return nil, err
		}
		if err := f(tx, m); err != nil {
			return nil, err
		}
		return tx.showAgain(m.ID)
	})
}

// showAfter runs f in a transaction, has what it left to do done, and returns the
// message that it shows.
func (c *Client) showAfter(ctx context.Context, f func(*tx) (*api.Message, error)) (api.Message, error) {
	var shown *api.Message
	err := c.update(ctx, func(tx *tx) (err error) {
		shown, err = f(tx)
		return err
	})
	if err != nil {
		return api.Message{}, err
	}
	c.nudge()
	return *shown, nil
}

// showAgain is what a message shows after a change.
func (tx *tx) showAgain(id ident.MessageID) (*api.Message, error) {
	m, err := tx.FindMessage(id)
	if err != nil {
		return nil, err
	}
	return tx.showMessage(m)
}

// edit implements api.Edit.
func (c *Client) edit(ctx context.Context, p api.EditParams) (api.Message, error) {
	text, err := cleanText(p.Text)
	if err != nil {
		return api.Message{}, err
	}
	mentions, err := mentionsOf(p.Mentions)
	if err != nil {
		return api.Message{}, err
	}
	return c.changeMessage(ctx, p.ID, func(tx *tx, m *store.Message) error {
		switch {
		case !m.Mine:
			return api.ErrNotAuthor
		case m.Kind != store.KindText:
			return api.ErrBadParams
		case m.Text == text:
			return nil
		case tx.tooLate(m, editWithin):
			return api.ErrEditTooLate
		}
		return tx.queueAmendment(m, &content.Edit{MessageID: m.ID[:], Text: text, Mentions: mentions})
	})
}

// tooLate reports whether the author may not change a message any more.
func (tx *tx) tooLate(m *store.Message, within int64) bool {
	return m.Sequence > 0 && tx.c.relayNow().UnixMilli()-m.SentAt > within
}

// react implements api.React.
func (c *Client) react(ctx context.Context, p api.ReactParams) (api.Message, error) {
	if p.Emoji != "" && !isEmoji(p.Emoji) {
		return api.Message{}, api.ErrEmojiInvalid
	}
	return c.changeMessage(ctx, p.ID, func(tx *tx, m *store.Message) error {
		if m.Kind == store.KindDeleted {
			return api.ErrMessageUnknown
		}
		if now, err := tx.ownReaction(m); err != nil || now == p.Emoji {
			return err
		}
		return tx.queueAmendment(m, &content.Reaction{MessageID: m.ID[:], Emoji: p.Emoji})
	})
}

// deleteMessages implements api.Delete.
func (c *Client) deleteMessages(ctx context.Context, p api.DeleteParams) (api.None, error) {
	err := c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		for _, id := range p.IDs {
			m, err := tx.findWritten(id)
			if err != nil {
				return err
			}
			if p.ForEveryone {
				err = tx.deleteForEveryone(m)
			} else {
				err = tx.deleteForMe(m)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	c.nudge()
	return api.None{}, err
}

func (tx *tx) deleteForEveryone(m *store.Message) error {
	switch {
	case !m.Mine:
		return api.ErrNotAuthor
	case m.Kind == store.KindDeleted:
		return nil
	case tx.tooLate(m, deleteWithin):
		return api.ErrDeleteTooLate
	case m.Error != "": // it never got anywhere
		return tx.deleteForMe(m)
	}
	return tx.queueAmendment(m, &content.Deletion{MessageID: m.ID[:]})
}

// deleteForMe takes a message away from all devices of the account, for good.
func (tx *tx) deleteForMe(m *store.Message) error {
	if err := tx.setAppState(stateKey(hiddenState, m.ID), stateOn); err != nil {
		return err
	}
	return tx.forgetMessage(m.ID)
}

// replyContext is the context of a text that answers a message of the chat, and that
// mentions people; nil if it does neither.
func (tx *tx) replyContext(chat ident.ChatID, replyTo string, named []api.Mention) (*content.Context, error) {
	mentions, err := mentionsOf(named)
	if err != nil {
		return nil, err
	}
	c := &content.Context{Mentions: mentions}
	if replyTo != "" {
		m, err := tx.findWritten(replyTo)
		if err != nil {
			return nil, err
		}
		if m.Chat != chat {
			return nil, api.ErrBadParams
		}
		c.Quote = &content.Quote{MessageID: m.ID[:], SenderAccount: m.Sender[:], Text: beginning(m.Text, maxQuoteText)}
		if file := fileOf(m); file != nil {
			c.Quote.Media = file.Kind
		}
	}
	if c.Quote == nil && len(c.Mentions) == 0 {
		return nil, nil
	}
	return c, nil
}

func mentionsOf(named []api.Mention) ([]*content.Mention, error) {
	var mentions []*content.Mention
	for _, n := range named {
		id, err := ident.ParseID[ident.AccountID](n.AccountID)
		if err != nil || n.Name == "" || len(n.Name) > maxNameText || len(named) > maxMentions {
			return nil, api.ErrBadParams
		}
		mentions = append(mentions, &content.Mention{AccountID: id[:], Name: n.Name})
	}
	return mentions, nil
}

// beginning is the first characters of a text, at most limit bytes.
func beginning(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
