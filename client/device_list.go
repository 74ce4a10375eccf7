package client

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"sort"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// removalGrace is how long a device may stay in a group after its account has
// logged it out, before it is told: its removal takes a moment.
const removalGrace = 30 * time.Second

// errNotRemoved holds a chat's messages back: who was logged out would read them.
var errNotRemoved = &api.Error{
	Code:    "device_not_removed",
	Message: "The server has not taken a logged-out device out of this chat, so nothing is sent there. Ask whoever runs the server.",
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
	tx.c.trustChanges++
	tx.c.lists.set(l, saved.Cut)
	return before != nil, tx.SaveDeviceList(saved)
}

// signList says who the account's devices are from now on, here and to all own
// devices; contacts are told by tellLists. Only on the primary.
func (tx *tx) signList(devices []ident.DeviceID) error {
	if !tx.identity.Primary {
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
// that was restored from a backup, and by the primary before: it follows the time.
func (tx *tx) nextSerial() uint64 {
	next := max(tx.identity.Serial+1, uint64(max(tx.c.relayNow().Unix(), 0)))
	if list := tx.ownList(); list != nil {
		next = max(next, list.Serial+1)
	}
	return next
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
