package client

import (
	"cmp"
	"context"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
)

// getSafetyNumber implements api.GetSafetyNumber.
func (c *Client) getSafetyNumber(ctx context.Context, p api.ChatID) (api.SafetyNumber, error) {
	var shown api.SafetyNumber
	err := c.withContact(ctx, p.ChatID, func(tx *tx, contact *store.Account) error {
		own, theirs := tx.parties(contact)
		shown.Groups = ident.NewSafetyNumber(own, theirs).Groups()
		shown.Code = ident.SafetyCode{Shower: own, Scanner: theirs}.String()
		var err error
		shown.Verified, err = tx.contactVerified(contact)
		return err
	})
	return shown, err
}

// compareSafetyCode implements api.CompareSafetyCode.
func (c *Client) compareSafetyCode(ctx context.Context, p api.CompareSafetyCodeParams) (api.SafetyComparison, error) {
	code, err := ident.ParseSafetyCode(p.Code)
	if err != nil {
		return api.SafetyComparison{}, api.ErrSafetyCode
	}
	var result api.SafetyComparison
	err = c.withContact(ctx, p.ChatID, func(tx *tx, contact *store.Account) error {
		own, theirs := tx.parties(contact)
		if code.Shower.Account != theirs.Account || code.Scanner.Account != own.Account {
			return api.ErrSafetyOtherPerson
		}
		result.Match = code.Shower.Equal(theirs) && code.Scanner.Equal(own)
		return tx.markVerified(contact, result.Match)
	})
	c.nudge()
	return result, err
}

// setVerified implements api.SetVerified.
func (c *Client) setVerified(ctx context.Context, p api.SetVerifiedParams) (api.None, error) {
	err := c.withContact(ctx, p.ChatID, func(tx *tx, contact *store.Account) error {
		return tx.markVerified(contact, p.Verified)
	})
	c.nudge()
	return api.None{}, err
}

// withContact runs f with the contact of a chat.
func (c *Client) withContact(ctx context.Context, chatID string, f func(*tx, *store.Account) error) error {
	id, err := parseChatID(chatID)
	if err != nil {
		return err
	}
	return c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		contact, err := tx.contactOf(id)
		if err != nil {
			return err
		}
		return f(tx, contact)
	})
}

// contactOf is whom a direct chat is with; api.ErrChatUnknown for any other.
func (tx *tx) contactOf(id ident.ChatID) (*store.Account, error) {
	contact, err := tx.accountOf(id)
	if err != nil || contact == nil || tx.isOwn(id) {
		return nil, cmp.Or(err, error(api.ErrChatUnknown))
	}
	return contact, nil
}

// parties are the two sides of a safety number as this device knows them.
func (tx *tx) parties(contact *store.Account) (own, theirs ident.Party) {
	own = ident.Party{Account: tx.identity.Account, Key: tx.identity.AccountKey}
	return own, ident.Party{Account: contact.ID, Key: contact.Key}
}

// contactVerified tells whether the person has compared the key the contact has now.
func (tx *tx) contactVerified(contact *store.Account) (bool, error) {
	s, err := tx.FindAppState(stateKey(verifiedState, contact.ID))
	return s != nil && string(s.Value) == string(contact.Key), err
}

// markVerified marks a contact as verified under its present key, or takes the
// mark away, on all own devices.
func (tx *tx) markVerified(contact *store.Account, verified bool) error {
	var value []byte
	if verified {
		value = contact.Key
	} else if was, err := tx.contactVerified(contact); err != nil || !was {
		return err
	}
	return tx.setAppState(stateKey(verifiedState, contact.ID), value)
}

// accountOf is whom a direct chat is with; nil if it is not known, or no direct chat.
func (tx *tx) accountOf(id ident.ChatID) (*store.Account, error) {
	chat, err := tx.FindChat(id)
	if err != nil || chat == nil || chat.Kind != store.ChatDirect {
		return nil, err
	}
	return tx.FindAccount(chat.Account)
}
