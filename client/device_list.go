package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"slices"
	"sort"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// listsPerPart is how many lists one message carries.
const listsPerPart = 64

// removalGrace is how long a device may stay in a group after its account has
// logged it out, before it is told: its removal takes a moment.
const removalGrace = 30 * time.Second

// errNotRemoved holds a chat's messages back: who was logged out would read them.
var errNotRemoved = &api.Error{
	Code:    "device_not_removed",
	Message: "The server has not taken a logged-out device out of this chat, so nothing is sent there. Ask whoever runs the server.",
}

// errDeviceReturned: the relay lists a device that was logged out.
var errDeviceReturned = &api.Error{
	Code:    "device_returned",
	Message: "The server let in a device that you had logged out. It was logged out again; ask whoever runs the server.",
}

// deviceLists are the latest known lists of devices.
type deviceLists struct {
	mu    sync.Mutex
	known map[ident.AccountID]*knownList
}

// knownList is a list, parsed when it is first needed.
type knownList struct {
	encoded []byte
	// cut is the serial of the last list that took a device away.
	cut    uint64
	parsed *ident.DeviceList
}

// load reads all lists.
func (l *deviceLists) load(tx *store.Tx) error {
	all, err := tx.FindDeviceLists()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known = map[ident.AccountID]*knownList{}
	for _, s := range all {
		l.known[s.Account] = &knownList{encoded: s.List, cut: s.Cut}
	}
	return err
}

// find returns the list of an account under a key, nil if none is known.
func (l *deviceLists) find(account ident.AccountID, key ed25519.PublicKey) *ident.DeviceList {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.known[account]
	if known == nil {
		return nil
	}
	if known.parsed == nil {
		parsed, err := ident.ParseDeviceList(known.encoded)
		if err != nil {
			return nil // it was verified when it came
		}
		known.parsed = parsed
	}
	if !known.parsed.AccountKey.Equal(key) {
		return nil
	}
	return known.parsed
}

// revoked reports whether a certificate is of a device that its account has
// logged out, as far as this device knows.
func (l *deviceLists) revoked(c *ident.Certificate) bool {
	list := l.find(c.Account, c.AccountKey)
	return list != nil && list.Revokes(c)
}

// set takes a list that was verified and is stored.
func (l *deviceLists) set(list *ident.DeviceList, cut uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[list.Account] = &knownList{encoded: list.Marshal(), cut: cut, parsed: list}
}

// cut is the serial of the last list of an account that took a device away.
func (l *deviceLists) cut(account ident.AccountID) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.known[account]; known != nil {
		return known.cut
	}
	return 0
}

// ownList is the latest list of the account's own devices, nil if there is none.
func (tx *tx) ownList() *ident.DeviceList {
	return tx.c.lists.find(tx.identity.Account, tx.identity.AccountKey)
}

// saveList takes a verified list; changed tells whether it replaced one.
func (tx *tx) saveList(l *ident.DeviceList) (changed bool, err error) {
	before := tx.c.lists.find(l.Account, l.AccountKey)
	if !l.Replaces(before) {
		return false, nil
	}
	saved := store.DeviceList{Account: l.Account, List: l.Marshal()}
	if before != nil {
		saved.Cut = tx.c.lists.cut(l.Account)
		if slices.ContainsFunc(before.Devices, func(id ident.DeviceID) bool { return !slices.Contains(l.Devices, id) }) {
			saved.Cut = l.Serial
		}
	}
	tx.lists = true
	tx.c.lists.set(l, saved.Cut)
	return before != nil, tx.SaveDeviceList(saved)
}

// signList says who the account's devices are from now on, here and to all own
// devices; contacts are told by tellLists. Only on the primary.
func (tx *tx) signList(devices []ident.DeviceID) error {
	if len(tx.identity.AccountSeed) == 0 {
		return nil
	}
	sort.Slice(devices, func(i, j int) bool { return bytes.Compare(devices[i][:], devices[j][:]) < 0 })
	if before := tx.ownList(); before != nil && slices.Equal(before.Devices, devices) {
		return nil
	}
	next := *tx.identity
	next.Serial = tx.nextSerial()
	l := &ident.DeviceList{Account: next.Account, Serial: next.Serial, Issued: tx.c.relayNow(), Devices: devices}
	l.Sign(ed25519.NewKeyFromSeed(next.AccountSeed))
	if err := tx.setIdentity(&next); err != nil {
		return err
	}
	if _, err := tx.saveList(l); err != nil {
		return err
	}
	return tx.tell(&content.Content{Body: &content.DeviceLists{Lists: [][]byte{l.Marshal()}}})
}

// nextSerial is above all that were used, also by the former life of a device
// that was restored from a backup: it follows the time.
func (tx *tx) nextSerial() uint64 {
	return max(tx.identity.Serial+1, uint64(max(tx.c.relayNow().Unix(), 0)))
}

// keepDevices signs a list without the devices that keep says no to.
func (tx *tx) keepDevices(keep func(ident.DeviceID) bool) error {
	list := tx.ownList()
	if list == nil {
		return nil // the relay's list of devices brings the first one
	}
	return tx.signList(slices.DeleteFunc(slices.Clone(list.Devices), func(id ident.DeviceID) bool { return !keep(id) }))
}

// listDevice signs a list with one more device.
func (tx *tx) listDevice(id ident.DeviceID) error {
	list := tx.ownList()
	if list == nil || slices.Contains(list.Devices, id) {
		return nil
	}
	return tx.signList(append(slices.Clone(list.Devices), id))
}

// followDevices brings the signed list in step with the devices that the relay
// tells: those that are gone go, those the primary certified since come. One
// that was logged out never comes back.
func (tx *tx) followDevices(known []ownDevice) error {
	if !tx.identity.Primary {
		return nil
	}
	var devices []ident.DeviceID
	for _, d := range known {
		devices = append(devices, d.Device)
	}
	return tx.signList(devices)
}

// followRelay brings the signed list in step before the person changes it: that of
// a primary restored from a backup may lack who was linked since, who would be
// left out for ever by a list made from it. Linked devices sign none.
func (c *Client) followRelay(ctx context.Context, s *session) error {
	for {
		signed := c.signedList()
		r, err := request[*wire.ListDevicesResult](ctx, s, &wire.ListDevices{})
		if err != nil {
			return err
		}
		again := false
		err = c.update(ctx, func(tx *tx) error {
			if tx.identity == nil || tx.identity.LoggedOut {
				return api.ErrNotRegistered
			}
			if again = tx.ownList() != signed; again {
				return nil
			}
			return tx.followDevices(tx.knownDevices(r))
		})
		if err != nil || !again {
			return err
		}
	}
}

// takeLists takes lists of devices: a contact tells of its own, own devices tell
// of anybody's. A newer list of a contact is noted in the chat (X6).
func (tx *tx) takeLists(conversation *store.Conversation, from *ident.Certificate, m *content.DeviceLists) error {
	for _, encoded := range m.Lists {
		l, err := ident.ParseDeviceList(encoded)
		if err != nil {
			tx.skip("device list", err)
			continue
		}
		if from.Account != tx.identity.Account && from.Account != l.Account {
			continue
		}
		if err := tx.takeList(conversation, l); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) takeList(conversation *store.Conversation, l *ident.DeviceList) error {
	own := l.Account == tx.identity.Account
	key := tx.identity.AccountKey
	if !own {
		known, err := tx.FindAccount(l.Account)
		if err != nil || known == nil {
			return err
		}
		key = known.Key
	}
	if !l.AccountKey.Equal(key) {
		return nil
	}
	if own && conversation.Kind == store.KindDirect {
		if err := tx.listTold(conversation.Peer, l.Serial); err != nil {
			return err
		}
	}
	changed, err := tx.saveList(l)
	if err != nil || !changed || own || conversation.Kind != store.KindDirect {
		return err
	}
	return tx.notice(conversation, l.Account, store.KindDevicesChanged)
}

// listTold notes that a contact knows a list of ours.
func (tx *tx) listTold(contact ident.AccountID, serial uint64) error {
	chat, err := tx.FindChat(contact)
	if err != nil || chat == nil || chat.ToldList >= serial {
		return err
	}
	chat.ToldList = serial
	return tx.SaveChat(chat)
}

// tellList puts the list of our devices into the outbox of a chat whose contact
// does not know it.
func (tx *tx) tellList(chat *store.Chat) error {
	list := tx.ownList()
	if list == nil || chat.ToldList >= list.Serial {
		return nil
	}
	chat.ToldList = list.Serial
	if err := tx.SaveChat(chat); err != nil {
		return err
	}
	return tx.tellIn(&chat.Account, &content.Content{Body: &content.DeviceLists{Lists: [][]byte{list.Marshal()}}})
}

// tellLists tells contacts that a device of ours is gone, one at a time; of a
// new one they learn with the next message.
func (w *worker) tellLists(ctx context.Context) (did bool, err error) {
	err = w.update(ctx, func(tx *tx) error {
		if !tx.identity.Primary || tx.ownList() == nil {
			return nil
		}
		chat, err := tx.FindChatBehindList(tx.c.lists.cut(tx.identity.Account))
		if err != nil || chat == nil {
			return err
		}
		did = true
		return tx.tellList(chat)
	})
	return did, err
}

// tellAllLists tells an own device the lists of everybody.
func (tx *tx) tellAllLists() error {
	all, err := tx.FindDeviceLists()
	if err != nil {
		return err
	}
	for part := range slices.Chunk(all, listsPerPart) {
		m := new(content.DeviceLists)
		for _, l := range part {
			m.Lists = append(m.Lists, l.List)
		}
		if err := tx.tell(&content.Content{Body: m}); err != nil {
			return err
		}
	}
	return nil
}

// signedList is the latest list of own devices, nil if there is none.
func (c *Client) signedList() (list *ident.DeviceList) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity != nil {
		list = c.lists.find(c.identity.Account, c.identity.AccountKey)
	}
	return list
}

// refuseReturned logs out again what the relay lists although signed, the list
// from before it was asked, says that it was logged out; once on a connection.
// Only on the primary.
func (w *worker) refuseReturned(ctx context.Context, r *wire.ListDevicesResult, signed *ident.DeviceList) error {
	w.mu.Lock()
	primary := w.identity != nil && w.identity.Primary
	w.mu.Unlock()
	if !primary || signed == nil {
		return nil
	}
	for _, d := range r.Devices {
		certificate, err := ident.ParseCertificate(d.Certificate)
		if err != nil || !signed.Revokes(certificate) || w.refused[certificate.Device] {
			continue
		}
		w.refused[certificate.Device] = true
		if err := w.removeAgain(ctx, certificate.Device); err != nil {
			return err
		}
	}
	return nil
}

// removeAgain logs a device out that the relay still lists. It is the relay's
// doing if the device had been gone before; else the request got lost.
func (w *worker) removeAgain(ctx context.Context, id ident.DeviceID) error {
	_, err := request[*wire.Done](ctx, w.s, &wire.RemoveDevice{DeviceID: id[:]})
	if err != nil && !hasCode(err, wire.ErrorDeviceUnknown) {
		return err
	}
	wasGone := false
	err = w.view(ctx, func(tx *tx) error {
		all, err := tx.FindNotices()
		wasGone = !hasNotice(all, string(api.NoticeDeviceAdded), id)
		return err
	})
	if err == nil && wasGone {
		err = errDeviceReturned
	}
	return err
}

// isDeviceLists reports whether what waits in the outbox are lists of devices,
// which everybody may read.
func isDeviceLists(o *store.Outgoing) bool {
	c, err := content.Decode[content.Content](o.Content)
	if err != nil {
		return false
	}
	_, ok := c.Body.(*content.DeviceLists)
	return ok
}
