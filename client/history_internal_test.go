package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the database driver

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls/hpke"
)

// stored is compression that only bounds, for tests in this package.
func stored(_ context.Context, b []byte, limit int) ([]byte, error) {
	if len(b) > limit {
		return nil, errors.New("too large")
	}
	return b, nil
}

// historyTest is a device that has asked for its history and is not connected.
type historyTest struct {
	testing.TB
	c    *Client
	h    *store.History
	peer ident.AccountID
}

func newHistoryTest(t testing.TB) *historyTest {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "device.db")+"?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Config{
		DB: db, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader, Now: time.Now, Inflate: stored,
		Deflate: func(_ context.Context, b []byte) ([]byte, error) { return b, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	c.identity = &store.Identity{Account: ident.AccountID{1}, Device: ident.DeviceID{1}}
	k := &historyTest{TB: t, c: c, peer: ident.AccountID{2}}
	k.update(func(tx *tx) error {
		if err := tx.beginHistory(1000); err != nil {
			return err
		}
		k.h, err = tx.FindHistory()
		return err
	})
	return k
}

func (k *historyTest) update(f func(*tx) error) {
	k.Helper()
	if err := k.c.update(k.Context(), f); err != nil {
		k.Fatal(err)
	}
}

// seal makes a chunk for the device and what an honest sibling tells of it.
func (k *historyTest) seal(id byte, plain []byte) (*store.HistoryPart, []byte) {
	k.Helper()
	key, err := hpke.MLKEM768X25519().NewPrivateKey(k.h.PrivateKey)
	if err != nil {
		k.Fatal(err)
	}
	chunk := bytes.Repeat([]byte{id}, 16)
	sealed, err := hpke.Seal(key.PublicKey(), hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), historyInfo(k.h.Request[:], chunk), plain)
	if err != nil {
		k.Fatal(err)
	}
	hash := sha256.Sum256(sealed)
	return &store.HistoryPart{ChunkID: chunk, Hash: hash[:]}, sealed
}

func (k *historyTest) contact(key byte) *content.Contact {
	return &content.Contact{AccountID: k.peer[:], AccountKey: bytes.Repeat([]byte{key}, 32), Phone: "+32470000002", Name: "Bob"}
}

func (k *historyTest) message(id byte, sender ident.AccountID, at int64) *content.StoredMessage {
	return &content.StoredMessage{MessageID: bytes.Repeat([]byte{id}, 16), Sequence: uint64(id), SenderAccount: sender[:], Text: "text", TimeMS: at}
}

func (k *historyTest) cursor(at int64) store.HistoryCursor {
	return store.HistoryCursor{At: at, ID: make([]byte, 16)}
}

func (k *historyTest) apply(part *store.HistoryPart, chats ...*content.HistoryChat) {
	k.Helper()
	k.update(func(tx *tx) error { return tx.applyHistory(part, &content.HistoryChunk{Chats: chats}) })
}

// held are the ids of the messages that the device has.
func (k *historyTest) held() (ids []byte) {
	k.update(func(tx *tx) error {
		all, err := tx.FindMessages(store.MessagePage{Chat: ident.ChatWith(k.peer), Limit: 100})
		for _, m := range all {
			ids = append(ids, m.ID[0])
		}
		return err
	})
	return ids
}

// M10: what no device of one's own has told, or what was meant for another
// place, is not opened, and what expands to too much neither.
func TestM10_ForgedChunks(t *testing.T) {
	k := newHistoryTest(t)
	plain := content.Encode(&content.HistoryChunk{Chats: []*content.HistoryChat{{Contact: k.contact(7)}}})
	part, sealed := k.seal(1, plain)
	if _, err := k.c.openHistoryChunk(t.Context(), k.h, part, sealed); err != nil {
		t.Fatal(err)
	}
	other, otherSealed := k.seal(2, plain)
	moved := *other
	moved.ChunkID = part.ChunkID
	stranger := *k.h
	stranger.Request = ident.MessageID{9}
	large, largeSealed := k.seal(3, make([]byte, maxHistoryPlain+1))
	garbage, garbageSealed := k.seal(4, []byte{0xff, 0xff})
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	sibling := *k.h
	if sibling.PrivateKey, err = key.Bytes(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		h      *store.History
		part   *store.HistoryPart
		sealed []byte
	}{
		"another chunk in its place": {k.h, part, otherSealed},
		"under another id":           {k.h, &moved, otherSealed},
		"for another request":        {&stranger, part, sealed},
		"with a sibling's own key":   {&sibling, part, sealed},
		"a bit changed":              {k.h, part, append([]byte{sealed[0] ^ 1}, sealed[1:]...)},
		"empty":                      {k.h, part, nil},
		"too large":                  {k.h, large, largeSealed},
		"not a chunk":                {k.h, garbage, garbageSealed},
	} {
		if _, err := k.c.openHistoryChunk(t.Context(), c.h, c.part, c.sealed); !errors.Is(err, errHistoryChunk) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// M9, M10: of a chunk counts only what fits its place, is not too old, and is of
// the chat; a known key stays.
func TestM10_WhatAChunkMayHold(t *testing.T) {
	k := newHistoryTest(t)
	own, stranger := k.c.identity.Account, ident.AccountID{3}
	first := &store.HistoryPart{End: k.cursor(3000), Total: 9, Remaining: 5}
	k.apply(first, &content.HistoryChat{Contact: k.contact(7), Messages: []*content.StoredMessage{
		k.message(1, own, 4000), k.message(2, k.peer, 4001), k.message(3, stranger, 4002), k.message(4, own, 999), nil,
		{MessageID: []byte{5}, Sequence: 5, SenderAccount: own[:], TimeMS: 4003},
		{MessageID: bytes.Repeat([]byte{6}, 16), SenderAccount: own[:], TimeMS: 4003},
	}}, &content.HistoryChat{Messages: []*content.StoredMessage{k.message(7, own, 4004)}})
	if got := k.held(); !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("held are %v", got)
	}
	replayed := &content.HistoryChat{Contact: k.contact(8), Messages: []*content.StoredMessage{k.message(8, own, 4000)}}
	k.apply(first, replayed)                                                           // it stands further by now
	k.apply(&store.HistoryPart{Behind: k.cursor(2000), End: k.cursor(1500)}, replayed) // something is left out
	if got := k.held(); !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("held are %v", got)
	}
	k.apply(&store.HistoryPart{Behind: k.cursor(3000), End: k.cursor(0), Done: true}, replayed)
	if got := k.held(); !bytes.Equal(got, []byte{1, 2, 8}) {
		t.Errorf("held are %v", got)
	}
	k.update(func(tx *tx) error {
		account, err := tx.FindAccount(k.peer)
		if account == nil || account.Key[0] != 7 {
			t.Errorf("the contact is %+v", account)
		}
		h, err2 := tx.FindHistory()
		if !h.Done() || h.Taken != 3 {
			t.Errorf("history is %+v", h)
		}
		return errors.Join(err, err2)
	})
}

// M10: notices that do not follow what was announced, are of another round, or
// are malformed, are not taken, and their chunks deleted.
func TestM10_Notices(t *testing.T) {
	k := newHistoryTest(t)
	sibling := ident.DeviceID{2}
	part := func(change func(*content.HistoryPart)) bool {
		p := &content.HistoryPart{
			RequestID: k.h.Request[:], ChunkID: make([]byte, 16), Hash: make([]byte, 32), End: encodeCursor(k.cursor(3000)),
		}
		change(p)
		wanted := false
		k.update(func(tx *tx) error {
			if err := tx.DeleteHistoryParts(); err != nil {
				return err
			}
			if err := tx.takeHistoryPart(p, sibling); err != nil {
				return err
			}
			got, err := tx.FindHistoryPart()
			wanted = got != nil && got.Wanted
			return err
		})
		return wanted
	}
	for name, change := range map[string]func(*content.HistoryPart){
		"of another round":    func(p *content.HistoryPart) { p.Round = 1 },
		"of another request":  func(p *content.HistoryPart) { p.RequestID = make([]byte, 16) },
		"that leaves out":     func(p *content.HistoryPart) { p.Behind = encodeCursor(k.cursor(4000)) },
		"with a short hash":   func(p *content.HistoryPart) { p.Hash = p.Hash[1:] },
		"with a short id":     func(p *content.HistoryPart) { p.ChunkID = p.ChunkID[1:] },
		"with a short cursor": func(p *content.HistoryPart) { p.End.MessageID = p.End.MessageID[1:] },
	} {
		if part(change) {
			t.Errorf("a notice %s was taken", name)
		}
	}
	if !part(func(*content.HistoryPart) {}) {
		t.Error("a proper notice was not taken")
	}
	if part(func(p *content.HistoryPart) { p.Behind = p.End }) {
		t.Error("a notice that leads nowhere was taken")
	}
}

// M9, X9: what lies between history and this device's own reading is asked for,
// and nothing else, in whatever order the two become known.
func TestM9_GapBesideHistory(t *testing.T) {
	k := newHistoryTest(t)
	ids := []ident.ConversationID{{1}, {2}, {3}, {4}}
	reach := func(i int, last uint64) *content.HistoryReach {
		return &content.HistoryReach{ConversationID: ids[i][:], Last: last}
	}
	see := func(tx *tx, i int, first uint64) error {
		c := &store.Conversation{ID: ids[i], Kind: store.KindDirect}
		if err := tx.firstSeen(c, first); err != nil {
			return err
		}
		c.LastSequence = first
		return tx.SaveConversation(c)
	}
	k.update(func(tx *tx) error { return errors.Join(see(tx, 0, 10), see(tx, 1, 10)) })
	overview := &content.HistoryChunk{
		Reached: []*content.HistoryReach{reach(0, 5), reach(1, 12), reach(2, 7)},
		Missing: []*content.HistoryReach{{ConversationID: ids[1][:], First: 2, Last: 3}, {ConversationID: ids[1][:], First: 3, Last: 2}},
	}
	k.update(func(tx *tx) error { return tx.applyHistory(&store.HistoryPart{}, overview) })
	k.update(func(tx *tx) error { return errors.Join(see(tx, 2, 9), see(tx, 3, 4)) })
	k.update(func(tx *tx) error {
		gaps, err := tx.FindGaps(1 << 62)
		got := map[ident.ConversationID][2]uint64{}
		for _, g := range gaps {
			got[g.Conversation] = [2]uint64{g.First, g.Last}
		}
		want := map[ident.ConversationID][2]uint64{ids[0]: {6, 9}, ids[1]: {2, 3}, ids[2]: {8, 8}, ids[3]: {1, 3}}
		if len(gaps) != len(want) {
			t.Errorf("%d gaps: %v", len(gaps), got)
		}
		for id, r := range want {
			if got[id] != r {
				t.Errorf("of conversation %d %v is asked for, want %v", id[0], got[id], r)
			}
		}
		return err
	})
}
