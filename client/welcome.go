package client

import (
	"errors"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// joinByWelcome joins if the commit brought a Welcome for this device. before is what this device knew of a
// group that is reset, nil of others: the reset counts if an admin made it.
func (tx *tx) joinByWelcome(conversation *store.Conversation, e *wire.Entry, before *groupView) error {
	if len(e.Welcome) == 0 {
		return nil
	}
	bundle, err := tx.bundleFor(e.Welcome)
	if err != nil || bundle == nil {
		return err
	}
	config, peer := tx.welcomeConfig(conversation)
	joined, used, err := mls.JoinWelcome(config, e.Welcome, []*mls.KeyPackageBundle{bundle}, nil)
	if err != nil {
		tx.skip("welcome", err)
		return nil
	}
	if err := fitsConversation(conversation, joined); err != nil || wire.IsResetGroupOf(joined.ID(), conversation.ID[:]) != isReset(e) {
		tx.skip("welcome", errors.Join(mls.ErrWrongGroup, err))
		return nil
	}
	if refused, err := tx.refusesReset(before, joined); err != nil || refused {
		if err != nil {
			return err
		}
		return tx.refuseReset(conversation, before, joined)
	}
	if !used.KeyPackage().LastResort() {
		if err := tx.DeleteKeyPackage(used.Ref()); err != nil {
			return err
		}
	}
	g, err := tx.openNewGroup(conversation.ID, joined)
	if err != nil {
		return err
	}
	conversation.Joined, conversation.JoinSequence, conversation.Pending = true, e.Sequence, nil
	conversation.Group, conversation.Peer = groupOf(conversation, g), *peer
	if err := tx.attachChat(conversation); err != nil {
		return err
	}
	if err := tx.noteKeys(conversation, g); err != nil || conversation.Kind != store.KindGroup {
		return err
	}
	by, _ := ident.IDFromBytes[ident.AccountID](e.SenderAccount)
	return tx.noteGroup(conversation, g, groupMoves{by: by, fresh: true}, e)
}

// welcomeConfig is mlsConfig for joining by a Welcome. Where a device of our
// own began a direct conversation, the entry does not name the other account:
// the only foreign one in the group is it. peer is set when the group was joined.
func (tx *tx) welcomeConfig(conversation *store.Conversation) (config mls.Config, peer *ident.AccountID) {
	config = tx.mlsConfig(conversation)
	known := conversation.Peer
	if conversation.Kind != store.KindDirect || !known.IsZero() {
		return config, &known
	}
	own := tx.identity.Account
	config.ValidateLeaf = func(leaf mls.LeafNode, _ mls.LeafContext) error {
		certificate, err := leafCertificate(leaf)
		if err != nil {
			return err
		}
		if known.IsZero() && certificate.Account != own {
			known = certificate.Account
		}
		if certificate.Account != own && certificate.Account != known {
			return errForeignAccount
		}
		return nil
	}
	return config, &known
}

// bundleFor finds which of our key packages a Welcome is for.
func (tx *tx) bundleFor(welcome []byte) (*mls.KeyPackageBundle, error) {
	refs, err := mls.WelcomeRefs(welcome)
	if err != nil {
		tx.skip("welcome", err)
		return nil, nil
	}
	for _, ref := range refs {
		stored, err := tx.FindKeyPackage(ref)
		if err != nil {
			return nil, err
		}
		if stored != nil {
			return mls.ParseKeyPackageBundle(stored.Bundle)
		}
	}
	return nil, nil
}
