package relay

import (
	"io"
	"slices"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/mls/delivery"
	"parley/wire"
)

// removalResult is what removing devices has led to: the devices that must be
// logged out, and the entries that must be delivered.
type removalResult struct {
	devices []ident.DeviceID
	entries []appended
}

// remover logs devices out in the store; it needs no running relay.
type remover struct {
	identity store.Identity
	random   io.Reader
	now      time.Time
}

func (r *Relay) remover() remover { return remover{r.identity, r.random, r.now()} }

// removeDevices turns devices into tombstones and proposes their removal in
// every group they are members of.
func (r remover) removeDevices(tx store.Tx, devices []store.Device, reason wire.LogoutReason) (out removalResult, err error) {
	var touched []ident.ConversationID
	seen := make(map[ident.ConversationID]bool)
	for _, d := range devices {
		memberships, err := tx.ListMemberships(d.ID)
		if err != nil {
			return removalResult{}, err
		}
		for _, id := range memberships {
			if !seen[id] {
				seen[id] = true
				touched = append(touched, id)
			}
		}
		if err := tx.RemoveDevice(d.ID, r.now, reason); err != nil {
			return removalResult{}, err
		}
		out.devices = append(out.devices, d.ID)
		notify(tx, &notice{kind: noticeLoggedOut, accounts: []ident.AccountID{d.Account}, devices: []ident.DeviceID{d.ID}, number: uint64(reason)})
	}
	if len(devices) > 0 {
		notifyEvent(tx, &wire.DevicesChanged{}, devices[0].Account)
	}
	for _, id := range touched {
		entries, err := r.proposeRemovals(tx, id, out.devices)
		if err != nil {
			return removalResult{}, err
		}
		out.entries = append(out.entries, entries...)
	}
	return out, nil
}

// proposeRemovals appends the relay's Remove proposals for a conversation's
// present epoch: for those of the devices that are members, or for every
// removal that is pending if devices is nil.
func (r remover) proposeRemovals(tx store.Tx, id ident.ConversationID, devices []ident.DeviceID) ([]appended, error) {
	c, err := tx.FindConversation(id)
	if err != nil {
		return nil, err
	}
	pending, err := tx.ListRemovals(id)
	if err != nil {
		return nil, err
	}
	if len(pending) == 0 {
		return nil, nil
	}
	accounts, err := tx.ListConversationAccounts(id)
	if err != nil {
		return nil, err
	}
	var entries []appended
	for _, m := range pending {
		if devices != nil && !slices.Contains(devices, m.Device) {
			continue
		}
		a, err := r.proposeRemoval(tx, c, m, !slices.Contains(accounts, m.Account))
		if err != nil {
			return nil, err
		}
		entries = append(entries, a)
	}
	return entries, nil
}

// proposeRemoval proposes to take a member out. left: its account is in the conversation no more, and the
// entry names it.
func (r remover) proposeRemoval(tx store.Tx, c store.Conversation, m store.Member, left bool) (appended, error) {
	proposal, err := delivery.ProposeRemove(c.Group, c.Epoch, 0, m.Leaf, r.identity.Signer, c.Suite)
	if err != nil {
		return appended{}, err
	}
	id, err := ident.NewID[ident.MessageID](r.random)
	if err != nil {
		return appended{}, err
	}
	e := store.Entry{Conversation: c.ID, Kind: wire.EntryProposal, ID: id, Epoch: c.Epoch, Time: r.now, Message: proposal}
	if left {
		e.SenderAccount = m.Account
	}
	return appendEntry(tx, c.Kind, e)
}

// appendEntry appends an entry and keeps what its delivery needs.
func appendEntry(tx store.Tx, kind wire.ConversationKind, e store.Entry) (appended, error) {
	places, err := tx.AppendEntry(&e)
	notifyAppended(tx, places)
	return appended{entry: e, kind: kind, places: places}, err
}
