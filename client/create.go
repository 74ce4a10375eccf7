package client

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// createSelf makes the conversation of the account's own devices; the primary
// does, once.
func (w *worker) createSelf(ctx context.Context) (did bool, err error) {
	err = w.update(ctx, func(tx *tx) error {
		if !tx.identity.Primary {
			return nil
		}
		self, err := tx.FindSelfConversation()
		if err != nil || self != nil {
			return err
		}
		did = true
		return tx.beginConversation(&store.Conversation{Kind: store.KindSelf}, nil)
	})
	return did, err
}

// createDirect makes the conversation with an account: every device of both
// accounts is added by a key package.
func (w *worker) createDirect(ctx context.Context, peer ident.AccountID) error {
	packages, err := w.claimPackages(ctx, &store.Conversation{Kind: store.KindDirect, Peer: peer})
	if err != nil {
		return err
	}
	if err := w.refreshKey(ctx, peer); err != nil {
		return err
	}
	return w.update(ctx, func(tx *tx) error {
		chat, err := tx.chatWith(peer)
		if err != nil || chat.Conversation != (ident.ConversationID{}) {
			return err
		}
		return tx.beginConversation(&store.Conversation{Kind: store.KindDirect, Peer: peer}, packages)
	})
}

// claimPackages takes a key package of every device that is to be in the group of a
// conversation, except this one.
func (w *worker) claimPackages(ctx context.Context, conversation *store.Conversation) (packages []*wire.DeviceKeyPackage, err error) {
	w.mu.Lock()
	own := w.identity
	w.mu.Unlock()
	if conversation.Kind == store.KindGroup {
		accounts, err := w.resetMembers(ctx, conversation.ID, own.Account)
		if err == nil {
			packages, err = w.claimFor(ctx, accounts)
		}
		return slices.DeleteFunc(packages, func(p *wire.DeviceKeyPackage) bool { return string(p.DeviceID) == string(own.Device[:]) }), err
	}
	accounts := []ident.AccountID{own.Account}
	if conversation.Kind == store.KindDirect {
		accounts = []ident.AccountID{conversation.Peer, own.Account}
	}
	for _, account := range accounts {
		r, err := request[*wire.ClaimKeyPackagesResult](ctx, w.s, &wire.ClaimKeyPackages{
			AccountID: account[:], Suite: uint32(suiteOf(conversation.Kind)),
		})
		if err != nil {
			return nil, err
		}
		for _, p := range r.Packages {
			if string(p.DeviceID) != string(own.Device[:]) {
				packages = append(packages, p)
			}
		}
	}
	return packages, nil
}

// refreshKey asks the directory for a contact's key before a conversation with it
// is made: it may have registered anew since. A change is told in the chat.
func (w *worker) refreshKey(ctx context.Context, peer ident.AccountID) error {
	var known *store.Account
	err := w.view(ctx, func(tx *tx) (err error) {
		known, err = tx.FindAccount(peer)
		return err
	})
	if err != nil || known == nil || known.Phone == "" {
		return err
	}
	found, err := request[*wire.Account](ctx, w.s, &wire.LookUpAccount{Phone: string(known.Phone)})
	if err != nil {
		return err
	}
	if string(found.AccountID) != string(peer[:]) || len(found.AccountKey) != ed25519.PublicKeySize {
		return wire.NewError(wire.ErrorAccountUnknown)
	}
	return w.update(ctx, func(tx *tx) error {
		return tx.noteKey(&store.Conversation{Kind: store.KindDirect}, peer, found.AccountKey)
	})
}

// beginConversation makes a group with its first commit and keeps the request
// that creates it at the relay; sendPending sends it.
func (tx *tx) beginConversation(conversation *store.Conversation, packages []*wire.DeviceKeyPackage) error {
	id, err := ident.NewID[ident.ConversationID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	message, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	conversation.ID = id
	g, result, list, err := tx.foundGroup(conversation, id[:], packages)
	if err != nil {
		return err
	}
	request := &wire.CreateConversation{
		ConversationID: id[:], Kind: wire.ConversationKind(conversation.Kind), MessageID: message[:],
		Commit: result.Message, Welcome: result.Welcome, GroupInfo: result.GroupInfo, Members: list,
	}
	if !conversation.Peer.IsZero() {
		request.Peer = conversation.Peer[:]
	}
	chat, _ := tx.chatOf(conversation)
	if request.AfterSequence, err = tx.FindLastPlace(chat); err != nil {
		return err
	}
	conversation.Pending = &store.PendingCommit{MessageID: message, Request: encodePending(request)}
	if err := tx.SaveConversation(conversation); err != nil {
		return err
	}
	if _, err := tx.openNewGroup(id, g); err != nil {
		return err
	}
	return tx.attachChat(conversation)
}

// foundGroup makes a group with its first commit, which adds the devices whose key
// packages can be used. list are its members, for the relay.
func (tx *tx) foundGroup(conversation *store.Conversation, id []byte, packages []*wire.DeviceKeyPackage) (g *mls.Group, first *mls.CommitResult, list []*wire.Member, err error) {
	state, err := tx.groupStateFor(conversation)
	if err != nil {
		return nil, nil, nil, err
	}
	return tx.foundGroupWith(conversation, id, packages, state)
}

// foundGroupWith is foundGroup with the state of a group; nil for other conversations.
func (tx *tx) foundGroupWith(conversation *store.Conversation, id []byte, packages []*wire.DeviceKeyPackage, state *wire.GroupState) (g *mls.Group, first *mls.CommitResult, list []*wire.Member, err error) {
	if g, err = tx.newGroup(conversation, id, state); err != nil {
		return nil, nil, nil, err
	}
	if first, err = g.Commit(mls.CommitOptions{Add: tx.usable(conversation, packages)}); err != nil {
		return nil, nil, nil, fmt.Errorf("add devices: %w", err)
	}
	list, err = groupMembers(first.GroupInfo)
	return g, first, list, err
}

func (tx *tx) newGroup(conversation *store.Conversation, id []byte, state *wire.GroupState) (*mls.Group, error) {
	options := mls.GroupOptions{
		GroupID: id, CipherSuite: suiteOf(conversation.Kind), Leaf: tx.leafOptions(),
	}
	if sender := tx.progress.ExternalSender; len(sender) > 0 {
		options.Extensions = []mls.Extension{{Type: mls.ExtensionExternalSenders, Data: sender}}
	}
	if state != nil {
		options.Extensions = withState(options.Extensions, state)
	}
	return mls.NewGroup(tx.mlsConfig(conversation), options)
}

// usable leaves out key packages that are not what they should be: one bad
// device must not keep the others from being written to.
func (tx *tx) usable(conversation *store.Conversation, packages []*wire.DeviceKeyPackage) [][]byte {
	var good [][]byte
	for _, p := range packages {
		err := tx.checkKeyPackage(conversation, p.KeyPackage)
		if err != nil {
			tx.skip("key package", err)
			continue
		}
		good = append(good, p.KeyPackage)
	}
	return good
}

// errKeyPackage: a key package of another suite, outside its lifetime, or of a
// device that is certified by another key than the account's.
var errKeyPackage = errors.New("the key package cannot be used")

func (tx *tx) checkKeyPackage(conversation *store.Conversation, message []byte) error {
	parsed, err := mls.ParseKeyPackage(message)
	if err != nil {
		return err
	}
	if err := tx.mlsConfig(conversation).ValidateLeaf(parsed.LeafNode, mls.LeafContext{}); err != nil {
		return err
	}
	certificate, err := leafCertificate(parsed.LeafNode)
	if err != nil {
		return err
	}
	trusted, err := tx.trusts(certificate)
	if err != nil {
		return err
	}
	now := uint64(tx.c.relayNow().Unix())
	l := parsed.LeafNode.Lifetime
	knowsGroups := slices.Contains(parsed.LeafNode.Capabilities.Extensions, mls.ExtensionType(wire.GroupStateExtension))
	if conversation.Kind == store.KindGroup && !knowsGroups {
		return errKeyPackage // an app from before there were groups
	}
	if !trusted || parsed.CipherSuite != suiteOf(conversation.Kind) || now < l.NotBefore || now > l.NotAfter {
		return errKeyPackage
	}
	return nil
}

// groupMembers lists the members in a GroupInfo of this device's own making, for the relay.
func groupMembers(groupInfo []byte) ([]*wire.Member, error) {
	view, err := mls.InspectGroupInfo(groupInfo)
	if err != nil {
		return nil, err
	}
	var list []*wire.Member
	for _, m := range members(view.Members) {
		list = append(list, &wire.Member{
			AccountID: m.certificate.Account[:], DeviceID: m.certificate.Device[:], LeafIndex: uint32(m.leaf),
		})
	}
	return list, nil
}
