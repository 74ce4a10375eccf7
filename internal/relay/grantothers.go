package relay

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// Grants are in memory, and the other relays on a database hear of each: who has proven a number may
// register it wherever the device connects next.

// encode is the expiry and the parts of a grant, each behind its length, numbers as uvarints.
func (g *grant) encode(key grantKey) *notice {
	reset := byte(0)
	if g.reset {
		reset = 1
	}
	b := append([]byte{reset}, key[:]...)
	for _, part := range [][]byte{[]byte(g.phone), g.certificate, g.passed} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	return &notice{kind: noticeGrant, accounts: []ident.AccountID{g.account}, number: uint64(g.expires.UnixMilli()), event: b}
}

func decodeGrant(n *notice) (key grantKey, g grant, err error) {
	b := n.event
	if len(n.accounts) != 1 || len(b) < 1+len(key) {
		return key, g, errNotice
	}
	g.account, g.expires, g.reset = n.accounts[0], time.UnixMilli(int64(n.number)), b[0] == 1
	b = b[1+copy(key[:], b[1:]):]
	var parts [3][]byte
	for i := range parts {
		size, read := binary.Uvarint(b)
		if read <= 0 || size > uint64(len(b)-read) {
			return key, grant{}, errNotice
		}
		if size > 0 {
			parts[i] = b[read : read+int(size)]
		}
		b = b[read+int(size):]
	}
	g.phone, g.certificate, g.passed = ident.Phone(parts[0]), parts[1], parts[2]
	return key, g, nil
}

// findGrant returns the grant of a token as it is now, wherever it was given or changed.
func (r *Relay) findGrant(token []byte) (grant, bool) {
	if r.others.journal != nil {
		r.others.catchUp()
	}
	return r.grants.find(token, r.now())
}

// shareGrant tells the other relays of a grant that is new or has changed, and waits.
func (r *Relay) shareGrant(token []byte) {
	g, ok := r.grants.find(token, r.now())
	if !ok || r.others.journal == nil {
		return
	}
	err := r.store.Update(r.ctx, func(tx store.Tx) error {
		notify(tx, g.encode(keyOf(token)))
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrClosed) {
		r.log.Warn("the other relays do not know of a number that was proven", slog.Any("cause", err))
	}
}
