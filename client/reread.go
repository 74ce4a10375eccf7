package client

import (
	"parley/client/content"
	"parley/client/store"
)

// unsupported makes of a message one that only a later version of the app can show. It
// is kept as it came, and read again by each version that starts.
func unsupported(m *store.Message, c *content.Content, plain []byte) {
	m.Kind, m.Content = store.KindUnsupported, plain
	if c.Context != nil {
		m.ExpiresAfter = min(c.Context.ExpiresAfterS, longestExpiry)
	}
}

// readAgain shows what a former version of the app could not read and this one can.
func (tx *tx) readAgain() error {
	ids, err := tx.FindUnsupported()
	if err != nil {
		return err
	}
	for _, id := range ids {
		m, err := tx.FindMessage(id)
		if err != nil {
			return err
		}
		if err := tx.readMessageAgain(m); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) readMessageAgain(m *store.Message) error {
	c, err := content.Decode[content.Content](m.Content)
	if err != nil || c.Body == nil {
		return nil //nolint:nilerr // it stays for the next version
	}
	m.Content = nil
	if !fillMessage(m, c) {
		return nil
	}
	if m.Addressed, err = tx.addressesMe(m); err != nil {
		return err
	}
	if err := tx.SettleMessage(m); err != nil {
		return err
	}
	if err := tx.takeTimer(m); err != nil {
		return err
	}
	if err := tx.fetchSmall(c); err != nil {
		return err
	}
	return tx.settle(m.Chat, m.ID)
}
