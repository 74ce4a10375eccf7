package client

import (
	"slices"

	"parley/client/store"
	"parley/ident"
)

// A device that waits for history hands over what it has all the same, and says so:
// two devices that lost their places at the same time would otherwise wait for each
// other for ever. Who takes such a part goes on to ask, until a device has handed
// over its history that did not wait, or every other device what it has. Devices
// that do not wait are quicker to answer.

// endHistory notes that everything is here.
func (tx *tx) endHistory(h *store.History) error {
	h.PrivateKey, h.Remaining, h.Had = nil, 0, nil
	tx.history = true
	if err := tx.allChatsChanged(); err != nil {
		return err
	}
	return tx.SaveHistory(h)
}

// beginAgain asks from the start, because there may be more than was taken.
func (tx *tx) beginAgain(h *store.History) error {
	if !h.Mixed && !slices.Contains(h.Had, h.Sender) {
		h.Had = append(h.Had, h.Sender)
	}
	had, err := tx.hadFromAll(h)
	if err != nil {
		return err
	}
	if had {
		return tx.endHistory(h)
	}
	h.Behind, h.Ahead, h.Ask = store.HistoryCursor{}, store.HistoryCursor{}, false
	h.Partial, h.Mixed, h.Total, h.Remaining = false, false, 0, 0
	h.Tries = len(h.Had)
	h.Due = tx.c.relayNow().UnixMilli() // once what is announced was taken
	return tx.SaveHistory(h)
}

// hadFromAll reports whether every other device of the account has handed over all
// that it has.
func (tx *tx) hadFromAll(h *store.History) (bool, error) {
	if len(h.Had) == 0 {
		return false, nil
	}
	return tx.everyOtherDevice(h.Had)
}

// everyOtherDevice reports whether all other devices of the account, by the self
// conversation, are among some.
func (tx *tx) everyOtherDevice(some []ident.DeviceID) (bool, error) {
	self, err := tx.FindSelfConversation()
	if err != nil || self == nil {
		return false, err
	}
	return tx.everyDeviceOf(self, tx.identity.Account, some)
}

// everyDeviceOf reports whether all devices of an account in a conversation, but this one,
// are among some.
func (tx *tx) everyDeviceOf(conversation *store.Conversation, account ident.AccountID, some []ident.DeviceID) (bool, error) {
	if !conversation.Joined {
		return false, nil
	}
	g, err := tx.group(conversation)
	if err != nil || g == nil {
		return false, err
	}
	for _, m := range members(g.Members()) {
		id := m.certificate.Device
		if m.certificate.Account == account && id != tx.identity.Device && !slices.Contains(some, id) {
			return false, nil
		}
	}
	return true, nil
}

// hasHad reports whether a request says that a device has handed over all it had.
func hasHad(had [][]byte, id ident.DeviceID) bool {
	return slices.ContainsFunc(had, func(b []byte) bool { return string(b) == string(id[:]) })
}
