package postgres

import (
	"crypto/ed25519"
	"errors"
	"reflect"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/postgres/postgrestest"
	"parley/wire"
)

// Feeds that are read together are what each is when it is read alone: positions, Welcomes, bounds.
func TestPullFeeds(t *testing.T) {
	m := openShared(t, postgrestest.Database(t), 1)
	now := time.UnixMilli(1_800_000_000_000)
	accounts := []ident.AccountID{{1}, {2}, {3}}
	group, direct := ident.ConversationID{7}, ident.ConversationID{8}
	last := byte(0)
	entry := func(tx store.Tx, conversation ident.ConversationID, sender int, kind wire.EntryKind, welcome []byte) error {
		last++
		_, err := tx.AppendEntry(&store.Entry{
			Conversation: conversation, Kind: kind, SenderAccount: accounts[sender], SenderDevice: ident.DeviceID{byte(sender + 1)},
			ID: ident.MessageID{last}, Time: now, Message: make([]byte, 100), Welcome: welcome,
		})
		return err
	}
	err := m.update(func(tx store.SharedTx) error {
		var problems []error
		for i, id := range accounts {
			key := ed25519.PublicKey(make([]byte, 32))
			problems = append(problems, tx.CreateAccount(store.Account{ID: id, Phone: ident.Phone("+3247010000" + string(rune('1'+i))), Key: key, Created: now}),
				tx.CreateDevice(store.Device{ID: ident.DeviceID{byte(i + 1)}, Account: id, Certificate: []byte{1}, Key: key, Primary: true, Created: now, LastActive: now}))
		}
		problems = append(problems,
			tx.CreateConversation(store.Conversation{ID: direct, Kind: wire.ConversationDirect, LastActive: now, Suite: 3}, accounts[:2]),
			entry(tx, direct, 0, wire.EntryCommit, []byte("welcome")),
			tx.CreateConversation(store.Conversation{ID: group, Kind: wire.ConversationGroup, LastActive: now, Suite: 3}, accounts[:2]),
			entry(tx, group, 0, wire.EntryApplication, nil), entry(tx, direct, 1, wire.EntryApplication, nil),
			tx.AddConversationAccounts(group, accounts[2:]),
			entry(tx, group, 0, wire.EntryCommit, []byte("welcome of the third")), entry(tx, group, 2, wire.EntryApplication, nil))
		return errors.Join(problems...)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after           [3]uint64
		limit, maxBytes int
	}{{[3]uint64{}, 100, 1 << 20}, {[3]uint64{1, 2, 0}, 100, 1 << 20}, {[3]uint64{4, 4, 1}, 100, 1 << 20}, {[3]uint64{0, 1, 0}, 2, 1 << 20}, {[3]uint64{0, 1, 0}, 100, 250}, {[3]uint64{9, 9, 9}, 100, 1}} {
		var places []store.Place
		for i, id := range accounts {
			places = append(places, store.Place{Account: id, Position: c.after[i]})
		}
		err := m.View(t.Context(), func(r store.Reader) error {
			together, err := r.(store.SharedReader).PullFeeds(places, c.limit, c.maxBytes)
			if err != nil {
				return err
			}
			for i, p := range places {
				alone, err := r.PullFeed(p.Account, p.Position, c.limit, c.maxBytes)
				if err != nil {
					return err
				}
				if len(alone) != len(together[i]) || len(alone) > 0 && !reflect.DeepEqual(alone, together[i]) {
					t.Errorf("%+v: account %d has %+v, and %+v when all are read together", c, i, alone, together[i])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
