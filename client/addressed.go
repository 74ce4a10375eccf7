package client

import (
	"bytes"
	"slices"
	"strings"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// addressesMe reports whether somebody else wrote a message of a group for this
// account's person: it mentions them where everybody sees it, or answers what they
// wrote. Who is answered, this device's own copy decides if it has one.
func (tx *tx) addressesMe(m *store.Message) (bool, error) {
	if m.Mine || len(m.Content) == 0 || tx.groupSender(m) == "" {
		return false, nil
	}
	c, ok := contentOf(m)
	if !ok || c.Context == nil {
		return false, nil
	}
	own := tx.identity.Account
	mentioned := slices.ContainsFunc(c.Context.Mentions, func(n *content.Mention) bool {
		return bytes.Equal(n.AccountID, own[:]) && strings.Contains(m.Text, "@"+n.Name)
	})
	if mentioned || c.Context.Quote == nil {
		return mentioned, nil
	}
	id, err := ident.IDFromBytes[ident.MessageID](c.Context.Quote.MessageID)
	if err != nil {
		return false, nil //nolint:nilerr // malformed content addresses nobody
	}
	answered, err := tx.FindMessage(id)
	if err == nil && answered != nil && answered.Chat == m.Chat {
		return answered.Mine, nil
	}
	return bytes.Equal(c.Context.Quote.SenderAccount, own[:]), err
}
