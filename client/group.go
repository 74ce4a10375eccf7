package client

import (
	"crypto/ed25519"
	"errors"

	"parley/client/api"
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

// verifiedGroup is a group, and what its devices were judged by.
type verifiedGroup struct {
	id                  string
	epoch, trustChanges uint64
}

// forgetJudgements forgets what is held in memory of what is in the database.
func (c *Client) forgetJudgements() {
	clear(c.accountKeys)
	clear(c.memberCounts)
	clear(c.verified)
}

// unverifiedIn is unverified, which is held in memory as long as there is nothing new to judge.
func (tx *tx) unverifiedIn(id ident.ConversationID, g *openGroup) (why *api.Error, wait bool, err error) {
	now := verifiedGroup{string(g.ID()), g.Epoch(), tx.c.trustChanges}
	if tx.c.verified[id] == now {
		return nil, false, nil
	}
	if why, wait, err = tx.unverified(g); why == nil && err == nil {
		tx.c.verified[id] = now
	}
	return why, wait, err
}

// unverified returns why nothing may be sent to the group, nil if something may:
// every device in it must be certified by the key we know for its account, and
// not have been logged out by it. Whoever slipped another in would read along.
// wait tells that it will probably be gone in a moment.
func (tx *tx) unverified(g *openGroup) (why *api.Error, wait bool, err error) {
	for _, m := range members(g.Members()) {
		if tx.c.lists.revoked(m.certificate) {
			list := tx.c.lists.find(m.certificate.Account, m.certificate.AccountKey)
			return errNotRemoved, tx.c.relayNow().Sub(list.Issued) < removalGrace, nil
		}
		ok, err := tx.trusts(m.certificate)
		if err != nil || !ok {
			return errUnverified, false, err
		}
	}
	return nil, false, nil
}

// trusts reports whether a certificate is under the key known for its account,
// and of a device that the account has not logged out.
func (tx *tx) trusts(certificate *ident.Certificate) (bool, error) {
	if tx.c.lists.revoked(certificate) {
		return false, nil
	}
	if certificate.Account == tx.identity.Account {
		return certificate.AccountKey.Equal(tx.identity.AccountKey), nil
	}
	key, held := tx.c.accountKeys[certificate.Account]
	if !held {
		known, err := tx.FindAccount(certificate.Account)
		if err != nil || known == nil {
			return false, err
		}
		key = known.Key
		tx.c.accountKeys[certificate.Account] = key
	}
	return key.Equal(certificate.AccountKey), nil
}

// SaveAccount is that of the store. The keys of accounts are held in memory: before a message
// goes to a group of a thousand, a thousand are compared.
func (tx *tx) SaveAccount(a *store.Account) error {
	delete(tx.c.accountKeys, a.ID)
	tx.c.trustChanges++
	a.Name = shownName(a.Name)
	return tx.Tx.SaveAccount(a)
}

// leafCertificate is the certificate in a leaf, checked against the leaf's key.
func leafCertificate(leaf mls.LeafNode) (*ident.Certificate, error) {
	certificate, err := ident.ParseCertificate(leaf.Credential.Identity)
	if err != nil {
		return nil, err
	}
	if !certificate.DeviceKey.Equal(ed25519.PublicKey(leaf.SignatureKey)) {
		return nil, errLeafKey
	}
	return certificate, nil
}

// leafOptions is this device's own leaf.
func (tx *tx) leafOptions() mls.LeafOptions {
	return mls.LeafOptions{Credential: mls.BasicCredential(tx.identity.Certificate), Capabilities: leafCapabilities()}
}

// leafIsCurrent reports whether a group has this device's present certificate.
func (tx *tx) leafIsCurrent(g *openGroup) bool {
	m, ok := g.Member(g.OwnLeaf())
	return ok && string(m.Credential.Identity) == string(tx.identity.Certificate)
}

// member is a device in a group.
type member struct {
	leaf        mls.LeafIndex
	certificate *ident.Certificate
}

// members lists the devices in a group; leaves were validated when they came.
func members(all []mls.Member) []member {
	list := make([]member, 0, len(all))
	for _, m := range all {
		certificate, err := ident.ReadVerifiedCertificate(m.Credential.Identity)
		if err == nil {
			list = append(list, member{m.Index, certificate})
		}
	}
	return list
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
