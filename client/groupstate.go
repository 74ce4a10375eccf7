package client

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
	"parley/wire/grouprules"
)

// A group is an MLS group whose leaves are the devices of up to wire.MaxGroupAccounts
// accounts. What its members have agreed on is in the group context
// (docs/design/0017-the-state-of-a-group.md).

// detailsState are the encoded details of a group, an entry of the app state.
const detailsState = "details"

// Bounds of the details.
const (
	maxDescription = 2048
	groupSaltSize  = 16
	linkSecretSize = 16
)

// errGroupState: a group context without the state that every group has.
var errGroupState = errors.New("the group has no state that can be read")

// stateIn returns the state in a group context, and the other extensions.
func stateIn(extensions []mls.Extension) (state *wire.GroupState, others []mls.Extension, err error) {
	for _, e := range extensions {
		if e.Type != wire.GroupStateExtension {
			others = append(others, e)
			continue
		}
		if state != nil {
			return nil, nil, errGroupState
		}
		if state, err = grouprules.Parse(e.Data); err != nil {
			return nil, nil, err
		}
	}
	if state == nil {
		return nil, nil, errGroupState
	}
	return state, others, nil
}

// withState is a group context with a state.
func withState(others []mls.Extension, state *wire.GroupState) []mls.Extension {
	return append(others[:len(others):len(others)], mls.Extension{Type: wire.GroupStateExtension, Data: grouprules.Encode(state)})
}

// accountsIn are the accounts of members, each at its lowest leaf, without some leaves.
func accountsIn(members []mls.Member, without map[mls.LeafIndex]bool) []ident.AccountID {
	var accounts []ident.AccountID
	seen := make(map[ident.AccountID]bool, len(members))
	for _, m := range members {
		account, ok := ident.CertificateAccount(m.Credential.Identity)
		if ok && !seen[account] && !without[m.Index] {
			seen[account] = true
			accounts = append(accounts, account)
		}
	}
	return accounts
}

// groupView is what a device knows of a group it is in.
type groupView struct {
	*store.GroupChat
	state   *wire.GroupState
	details *content.GroupDetails
	// present are the accounts by their lowest leaf; empty if this device is not a member.
	present []ident.AccountID
}

// viewGroup returns nil if the group is not known.
func (tx *tx) viewGroup(id ident.ConversationID) (*groupView, error) {
	known, err := tx.FindGroupChat(id)
	if err != nil || known == nil {
		return nil, err
	}
	v := &groupView{GroupChat: known}
	if v.state, err = grouprules.Parse(known.State); err != nil {
		return nil, err
	}
	if v.details, err = tx.groupDetails(id); err != nil {
		return nil, err
	}
	conversation, err := tx.FindConversation(id)
	if err != nil || conversation == nil || !conversation.Joined {
		return v, err
	}
	g, err := tx.group(conversation)
	if err == nil && g != nil {
		v.present = accountsIn(g.Members(), pendingRemovals(g))
	}
	return v, err
}

// groupDetails are those known of a group, which may be older than the agreed ones; empty
// if there are none.
func (tx *tx) groupDetails(id ident.ConversationID) (*content.GroupDetails, error) {
	encoded, err := tx.appState(detailsState, id)
	if err != nil {
		return nil, err
	}
	d, err := decodeDetails(encoded)
	if err != nil {
		d = &content.GroupDetails{}
	}
	d.Name = shownName(d.Name)
	return d, nil
}

// lacksDetails reports whether the agreed details are not here.
func (tx *tx) lacksDetails(v *groupView) (bool, error) {
	encoded, err := tx.appState(detailsState, v.Conversation)
	hash := sha256.Sum256(encoded)
	return string(hash[:]) != string(v.state.Details), err
}

// errDetails: details that no member may show.
var errDetails = errors.New("the details of the group are malformed")

// decodeDetails reads details; what comes from others is looked at before it is shown.
func decodeDetails(encoded []byte) (*content.GroupDetails, error) {
	d, err := content.Decode[content.GroupDetails](encoded)
	if err != nil {
		return nil, err
	}
	name, err := cleanName(d.Name)
	if err != nil || name != d.Name || len(d.Description) > maxDescription || !utf8.ValidString(d.Description) ||
		len(d.Picture) > 0 && pictureType(d.Picture) == "" || len(d.LinkSecret) != 0 && len(d.LinkSecret) != linkSecretSize || !linksWellFormed(d) {
		return nil, errDetails
	}
	return d, nil
}

// linkToken is what the relay and the members are shown of an invite link.
func linkToken(secret []byte) []byte {
	sum := sha256.Sum256(append([]byte("parley group link v1\x00"), secret...))
	return sum[:]
}

// takeGroupDetails takes details if they are those that the group has agreed on.
func (tx *tx) takeGroupDetails(conversation *store.Conversation, from ident.AccountID, encoded []byte, at int64) error {
	v, err := tx.viewGroup(conversation.ID)
	if err != nil || v == nil {
		return err
	}
	hash := sha256.Sum256(encoded)
	lacks, err := tx.lacksDetails(v)
	if err != nil || !lacks || string(hash[:]) != string(v.state.Details) {
		return err
	}
	d, err := decodeDetails(encoded)
	if err != nil {
		tx.skip("details of a group", err)
		return nil
	}
	return tx.setDetails(conversation, from, v.details, d, encoded, at)
}

// setDetails keeps agreed details and tells people what is new.
func (tx *tx) setDetails(conversation *store.Conversation, by ident.AccountID, before, now *content.GroupDetails, encoded []byte, at int64) error {
	chat := ident.ChatOfGroup(conversation.ID)
	for key, value := range map[string][]byte{stateKey(detailsState, conversation.ID): encoded, stateKey(pictureState, chat): now.Picture} {
		held, err := tx.FindAppState(key)
		if err != nil {
			return err
		}
		setAt := at
		if held != nil {
			if string(held.Value) == string(value) {
				continue
			}
			setAt = max(at, held.SetAt+1)
		}
		if _, err := tx.SaveAppState(store.AppState{Key: key, Value: value, SetAt: setAt}); err != nil {
			return err
		}
	}
	tx.chatChanged(chat)
	if err := tx.linksChanged(conversation.ID, before, now); err != nil || before.Name == "" {
		return err
	}
	for _, change := range []struct {
		changed bool
		what    string
		text    string
	}{
		{before.Name != now.Name, noticeRenamed, now.Name},
		{strings.TrimSpace(before.Description) != strings.TrimSpace(now.Description), noticeDescribed, ""},
		{string(before.Picture) != string(now.Picture), noticePictured, ""},
	} {
		if !change.changed {
			continue
		}
		if err := tx.groupNotice(conversation, groupNotice{What: change.what, By: by.String(), Text: change.text}, at); err != nil {
			return err
		}
	}
	return nil
}

// tellDetails tells the members the details that are known here.
func (tx *tx) tellDetails(conversation *store.Conversation) error {
	encoded, err := tx.appState(detailsState, conversation.ID)
	if err != nil || len(encoded) == 0 {
		return err
	}
	chat := ident.ChatOfGroup(conversation.ID)
	return tx.tellIn(&chat, &content.Content{Body: &content.GroupDetailsTold{Details: encoded}})
}

// attachGroup ties a group to its chat, new if there is none.
func (tx *tx) attachGroup(conversation *store.Conversation) error {
	id := ident.ChatOfGroup(conversation.ID)
	chat, err := tx.FindChat(id)
	if err != nil {
		return err
	}
	if chat == nil {
		chat = &store.Chat{ID: id, Kind: store.ChatGroup, Updated: tx.c.relayNow().UnixMilli()}
		tx.chatChanged(id)
	}
	chat.Conversation = conversation.ID
	return tx.SaveChat(chat)
}

// joinToken is that of the invite link by which this account joins a group, nil in others.
func (tx *tx) joinToken(conversation *store.Conversation) ([]byte, error) {
	if conversation.Kind != store.KindGroup {
		return nil, nil
	}
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil || known == nil {
		return nil, err
	}
	return known.Token, nil
}

// refusesGroup reports whether a group is not joined again as it is (refuseGroup).
func (tx *tx) refusesGroup(conversation *store.Conversation) (bool, error) {
	if conversation.Kind != store.KindGroup {
		return false, nil
	}
	known, err := tx.FindGroupChat(conversation.ID)
	return known != nil && known.Refused != nil, err
}

// mayReset reports whether this device may give a conversation another MLS group: an admin's that knows
// who is in it.
func (tx *tx) mayReset(conversation *store.Conversation) (bool, error) {
	if conversation.Kind != store.KindGroup {
		return true, nil
	}
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil || known == nil {
		return false, err
	}
	if n, err := tx.CountGroupMembers(conversation.ID); err != nil || n == 0 {
		return false, err
	}
	state, err := grouprules.Parse(known.State)
	return err == nil && slices.ContainsFunc(state.Admins, func(b []byte) bool { return string(b) == string(tx.identity.Account[:]) }), nil
}

// leaveUnlisted takes away groups that this account is in no more: it left, or was removed,
// and what told so was retired.
func (tx *tx) leaveUnlisted(listed []*wire.Conversation) error {
	all, err := tx.FindConversations()
	if err != nil {
		return err
	}
	for _, c := range all {
		here := slices.ContainsFunc(listed, func(l *wire.Conversation) bool { return string(l.ConversationID) == string(c.ID[:]) })
		if c.Kind != store.KindGroup || here || isCreation(c) {
			continue
		}
		if err := tx.leftGroup(c, store.GroupLeft, tx.identity.Account, tx.c.relayNow().UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}
