package client

import (
	"crypto/ed25519"
	"errors"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
)

// Reasons why a leaf is refused.
var (
	errForeignAccount = errors.New("the device belongs to no account of this conversation")
	errOtherKey       = errors.New("the device is certified by another key than the account's")
	errLeafKey        = errors.New("the leaf key is not the one certified")
	errRevoked        = errors.New("the account has logged the device out")
)

// group returns the conversation's MLS group, nil if this device is not a member.
func (tx *tx) group(conversation *store.Conversation) (*openGroup, error) {
	if open, ok := tx.groups[conversation.ID]; ok {
		return open, nil
	}
	cached := tx.c.groups[conversation.ID]
	if cached == nil {
		state, saved, err := tx.FindGroup(conversation.ID)
		if err != nil || state == nil {
			return nil, err
		}
		ratchets := make([]mls.RatchetRecord, len(saved))
		for i, record := range saved {
			ratchets[i] = mls.RatchetRecord(record)
		}
		if cached, err = mls.Restore(tx.mlsConfig(conversation), state, ratchets); err != nil {
			return nil, err
		}
	}
	if conversation.Rewound {
		cached.MarkRewound()
	}
	return tx.openGroup(conversation.ID, cached), nil
}

// openGroup takes a group into the transaction; changes of its state are
// flagged by whoever makes them.
func (tx *tx) openGroup(id ident.ConversationID, g *mls.Group) *openGroup {
	tx.c.groups[id] = g
	open := &openGroup{Group: g}
	tx.groups[id] = open
	return open
}

// openNewGroup takes a group that has just been made, in place of a former one.
func (tx *tx) openNewGroup(id ident.ConversationID, g *mls.Group) (*openGroup, error) {
	if err := tx.DeleteGroup(id); err != nil {
		return nil, err
	}
	open := tx.openGroup(id, g)
	open.stateChanged = true
	return open, nil
}

// closeGroup forgets a group in memory.
func (tx *tx) closeGroup(id ident.ConversationID) {
	delete(tx.groups, id)
	delete(tx.c.groups, id)
}

// mlsConfig is how this device takes part in a conversation.
func (tx *tx) mlsConfig(conversation *store.Conversation) mls.Config {
	own := tx.identity.Account
	ownKey := tx.identity.AccountKey
	kind, peer, lists := conversation.Kind, conversation.Peer, tx.c.lists
	return mls.Config{
		Signer: ed25519.NewKeyFromSeed(tx.identity.DeviceSeed),
		Rand:   tx.c.cfg.Rand,
		Now:    tx.c.relayNow,
		ValidateLeaf: func(leaf mls.LeafNode, at mls.LeafContext) error {
			certificate, err := leafCertificate(leaf)
			if err != nil {
				return err
			}
			if at.Previous != nil {
				if err := sameDevice(at.Previous.Credential, certificate); err != nil {
					return err
				}
			}
			switch {
			case !at.Join && lists.revoked(certificate):
				// In a group that is joined it is tolerated, but nothing is sent before
				// it is gone (unverified).
				return errRevoked
			case kind == store.KindSelf && certificate.Account != own,
				kind == store.KindDirect && certificate.Account != own && certificate.Account != peer:
				return errForeignAccount
			case certificate.Account != own || certificate.AccountKey.Equal(ownKey):
				// The key of a contact may change; noteKeys tells, and nothing is
				// sent to devices under another key than the latest.
				return nil
			case kind == store.KindDirect && at.Join:
				// Left over from before this number was registered anew: tolerated in
				// the tree, but nothing is sent before it is gone (verified).
				return nil
			}
			return errOtherKey
		},
	}
}

// errOtherDevice: a leaf was replaced by that of another device.
var errOtherDevice = errors.New("the leaf belongs to another device than before")

// sameDevice checks that a leaf is replaced only by one of the same device.
func sameDevice(before mls.Credential, now *ident.Certificate) error {
	former, err := ident.ReadVerifiedCertificate(before.Identity)
	if err != nil {
		return err
	}
	if former.Account != now.Account || former.Device != now.Device || !former.AccountKey.Equal(now.AccountKey) {
		return errOtherDevice
	}
	return nil
}

// noteKeys compares the account keys in a group with those known, takes new
// ones, and puts a notice into the chat if a contact's key changed (X6).
func (tx *tx) noteKeys(conversation *store.Conversation, g *openGroup) error {
	return tx.noteKeysOf(conversation, members(g.Members()))
}

func (tx *tx) noteKeysOf(conversation *store.Conversation, devices []member) error {
	latest := map[ident.AccountID]*ident.Certificate{}
	for _, m := range devices {
		c := m.certificate
		if l := latest[c.Account]; l == nil || c.Issued.After(l.Issued) {
			latest[c.Account] = c
		}
	}
	for account, certificate := range latest {
		if account == tx.identity.Account {
			continue
		}
		if err := tx.noteKey(conversation, account, certificate.AccountKey); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) noteKey(conversation *store.Conversation, id ident.AccountID, key ed25519.PublicKey) error {
	known, err := tx.FindAccount(id)
	if err != nil {
		return err
	}
	if known == nil {
		contact, err := tx.newContact(id, key)
		if err != nil {
			return err
		}
		return tx.SaveAccount(contact)
	}
	if known.Key.Equal(key) {
		return nil
	}
	known.Key = key
	if err := tx.SaveAccount(known); err != nil {
		return err
	}
	return tx.notice(conversation, id, store.KindKeysChanged)
}

// notice puts a line about a contact into the chat with it.
func (tx *tx) notice(conversation *store.Conversation, account ident.AccountID, kind string) error {
	if conversation.Kind != store.KindDirect {
		return nil
	}
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	chat, err := tx.chatWith(account)
	if err != nil {
		return err
	}
	tx.chatChanged(chat.ID)
	tx.messageChanged(id)
	return tx.CreateNotice(&store.Message{
		ID: id, Chat: chat.ID, Sender: account, Kind: kind, SentAt: tx.c.relayNow().UnixMilli(),
	}, conversation.LastSequence)
}
