package client

import (
	"context"
	"crypto/sha256"
	"slices"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
	"parley/wire/grouprules"
)

// beginGroup makes a group with its first commit and keeps the request that creates it at the
// relay; sendPending sends it. members are other accounts, at most wire.MaxGroupAdds - 1.
func (tx *tx) beginGroup(details *content.GroupDetails, state *wire.GroupState, members []ident.AccountID, packages []*wire.DeviceKeyPackage) (id ident.ConversationID, message ident.MessageID, err error) {
	if id, err = ident.NewID[ident.ConversationID](tx.c.cfg.Rand); err != nil {
		return id, message, err
	}
	if message, err = ident.NewID[ident.MessageID](tx.c.cfg.Rand); err != nil {
		return id, message, err
	}
	if details.Salt, err = tx.randomBytes(groupSaltSize); err != nil {
		return id, message, err
	}
	wanted := details.AppendTo(nil)
	hash := sha256.Sum256(wanted)
	state.Version, state.Details, state.Admins = 1, hash[:], [][]byte{tx.identity.Account[:]}
	conversation := &store.Conversation{ID: id, Kind: store.KindGroup}
	g, first, list, err := tx.foundGroupWith(conversation, id[:], packages, state)
	if err != nil {
		return id, message, err
	}
	own := tx.identity.Account
	conversation.Pending = &store.PendingCommit{MessageID: message, Request: encodePending(&wire.CreateConversation{
		ConversationID: id[:], Kind: wire.ConversationGroup, MessageID: message[:], Commit: first.Message, Welcome: first.Welcome,
		GroupInfo: first.GroupInfo, Members: list, Accounts: append([][]byte{own[:]}, accountBytes(members)...),
	})}
	if err := tx.SaveConversation(conversation); err != nil {
		return id, message, err
	}
	if _, err := tx.openNewGroup(id, g); err != nil {
		return id, message, err
	}
	err = tx.SaveGroupChat(&store.GroupChat{Conversation: id, State: grouprules.Encode(state), Wanted: wanted, Gone: store.GroupLeft})
	return id, message, err
}

// groupStateFor is the state with which a group is reset; nil for other conversations.
func (tx *tx) groupStateFor(conversation *store.Conversation) (*wire.GroupState, error) {
	if conversation.Kind != store.KindGroup {
		return nil, nil
	}
	v, err := tx.viewGroup(conversation.ID)
	if err != nil || v == nil {
		return nil, err
	}
	return v.state, nil
}

// resetMembers are the accounts whose devices come into a group that is reset: the members that this device knows,
// without those that are in the group no more, as a device that lost it may not have heard. Whom the relay alone names
// does not come in.
func (w *worker) resetMembers(ctx context.Context, id ident.ConversationID, own ident.AccountID) (accounts []ident.AccountID, err error) {
	r, err := request[*wire.ListConversationsResult](ctx, w.s, &wire.ListConversations{})
	if err != nil {
		return nil, err
	}
	var present []ident.AccountID
	for _, c := range r.Conversations {
		if string(c.ConversationID) == string(id[:]) {
			present = accountsOf(c.Accounts)
		}
	}
	err = w.view(ctx, func(tx *tx) error {
		members, err := tx.FindGroupMembers(id)
		for _, m := range members {
			if m.Gone == 0 && m.Account != own && slices.Contains(present, m.Account) {
				accounts = append(accounts, m.Account)
			}
		}
		return err
	})
	return append(accounts, own), err
}

// leafCapabilities are those of every leaf of this device's own.
func leafCapabilities() mls.Capabilities {
	return mls.DefaultCapabilities(mls.ExtensionType(wire.GroupStateExtension))
}
