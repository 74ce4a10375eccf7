package relay

import (
	"encoding/binary"
	"errors"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// noticeKind is what a notice tells the other relays on a database. The numbers stay: relays of
// two versions run beside each other during an upgrade.
type noticeKind byte

const (
	// noticeFeed: the feeds of accounts have come to positions.
	noticeFeed noticeKind = 1
	// noticeEvent: the devices of accounts are told something.
	noticeEvent noticeKind = 2
	// noticeEntered: a device has a newer connection.
	noticeEntered noticeKind = 3
	// noticeLoggedOut: devices of an account were removed, for a reason.
	noticeLoggedOut noticeKind = 4
	// noticeMoved: devices of an account come back as what they are now.
	noticeMoved noticeKind = 5
	// noticeParted: two accounts watch each other no more.
	noticeParted noticeKind = 6
	// noticeSubscribed and noticeUnsubscribed: a device can be woken, or not any more.
	noticeSubscribed   noticeKind = 7
	noticeUnsubscribed noticeKind = 8
	// noticeAvailable, noticeSeen and noticeAsked are of presence, and go over the bus alone: whether
	// the person of the first account is there, or when they last were in milliseconds, each as the
	// number times two (see limited), with the relay's id as event; and which accounts are asked for.
	noticeAvailable noticeKind = 9
	noticeSeen      noticeKind = 10
	noticeAsked     noticeKind = 11
	// noticeGrant: somebody has proven a number (grantothers.go). It stays in the database.
	noticeGrant noticeKind = 12
)

// notice is what one transaction tells the other relays. Its encoding is the kind, the number, the
// count of accounts, the accounts, the count of devices, the devices, the positions of a
// noticeFeed, and the event, all numbers as uvarints.
type notice struct {
	kind     noticeKind
	accounts []ident.AccountID
	devices  []ident.DeviceID
	// positions are those of the accounts, in a noticeFeed.
	positions []uint64
	// number is the connection in a noticeEntered, and the wire.LogoutReason in a noticeLoggedOut.
	number uint64
	// event is an encoded frame, or what the kind says.
	event []byte
}

var errNotice = errors.New("relay: a notice is damaged")

func (n *notice) encode() []byte {
	b := binary.AppendUvarint([]byte{byte(n.kind)}, n.number)
	b = binary.AppendUvarint(b, uint64(len(n.accounts)))
	for _, id := range n.accounts {
		b = append(b, id[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(n.devices)))
	for _, id := range n.devices {
		b = append(b, id[:]...)
	}
	for _, position := range n.positions {
		b = binary.AppendUvarint(b, position)
	}
	return append(b, n.event...)
}

func decodeNotice(b []byte) (n notice, err error) {
	if len(b) == 0 {
		return notice{}, errNotice
	}
	n.kind = noticeKind(b[0])
	b = b[1:]
	number := func() (v uint64) {
		v, size := binary.Uvarint(b)
		if size <= 0 {
			err, b = errNotice, nil
			return 0
		}
		b = b[size:]
		return v
	}
	n.number = number()
	n.accounts, b, err = takeIDs[ident.AccountID](b, number(), err)
	n.devices, b, err = takeIDs[ident.DeviceID](b, number(), err)
	if n.kind == noticeFeed {
		for range n.accounts {
			n.positions = append(n.positions, number())
		}
	}
	if err != nil {
		return notice{}, err
	}
	n.event = slices.Clip(b)
	return n, nil
}

// takeIDs takes n ids from the beginning of b.
func takeIDs[T ident.ID](b []byte, n uint64, err error) ([]T, []byte, error) {
	if err != nil || n > uint64(len(b)/wire.IDSize) {
		return nil, nil, errNotice
	}
	ids := make([]T, n)
	for i := range ids {
		copy(ids[i][:], b[i*wire.IDSize:])
	}
	return ids, b[n*wire.IDSize:], nil
}

// sharedTx is the transaction of a store that other relays use, too; nil of any other.
func sharedTx(tx store.Tx) store.SharedTx {
	if shared, ok := tx.(store.SharedTx); ok && shared.IsShared() {
		return shared
	}
	return nil
}

// notify has the other relays hear of something when the transaction is on disk. On a store that
// is not shared it does nothing.
func notify(tx store.Tx, n *notice) {
	if shared := sharedTx(tx); shared != nil {
		shared.Notify(n.encode())
	}
}

// notifyEvent is notify of an event for all devices of accounts.
func notifyEvent(tx store.Tx, event wire.EventHappening, accounts ...ident.AccountID) {
	if shared := sharedTx(tx); shared != nil && len(accounts) > 0 {
		shared.Notify((&notice{kind: noticeEvent, accounts: accounts, event: encodeEvent(event)}).encode())
	}
}

// notifyAppended is notify of an entry.
func notifyAppended(tx store.Tx, places []store.Place) {
	shared := sharedTx(tx)
	if shared == nil || len(places) == 0 {
		return
	}
	n := &notice{kind: noticeFeed}
	for _, p := range places {
		n.accounts, n.positions = append(n.accounts, p.Account), append(n.positions, p.Position)
	}
	shared.Notify(n.encode())
}
