package client

import (
	"strings"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// Kinds of entries of the app state. A key is a kind, or a kind and an id:
// "verified/<account>".
const (
	// verifiedState: the account key under which the person compared safety
	// numbers with a contact; empty when the mark was taken away (X6).
	verifiedState = "verified"
)

// Bounds of what another device may set.
const (
	maxStateKey   = 128
	maxStateValue = 32 << 10
)

func stateKey(kind string, id interface{ String() string }) string { return kind + "/" + id.String() }

// setAppState sets an entry here and on all own devices.
func (tx *tx) setAppState(key string, value []byte) error {
	s := store.AppState{Key: key, Value: value, SetAt: tx.c.relayNow().UnixMilli()}
	before, err := tx.FindAppState(key)
	if err != nil {
		return err
	}
	if before != nil {
		if string(before.Value) == string(value) {
			return nil
		}
		// What the person does now comes after what is there, whatever the clocks say.
		s.SetAt = max(s.SetAt, before.SetAt+1)
	}
	if _, err := tx.SaveAppState(s); err != nil {
		return err
	}
	tx.appStateChanged(key)
	return tx.tell(&content.Content{Body: &content.AppState{Key: key, Value: value, SetMS: s.SetAt}})
}

// takeAppState takes what another of our own devices set.
func (tx *tx) takeAppState(s *content.AppState) error {
	if s.Key == "" || len(s.Key) > maxStateKey || len(s.Value) > maxStateValue {
		return nil // malformed content is skipped
	}
	changed, err := tx.SaveAppState(store.AppState{Key: s.Key, Value: s.Value, SetAt: s.SetMS})
	if changed {
		tx.appStateChanged(s.Key)
	}
	return err
}

// appStateChanged has shown anew what depends on an entry.
func (tx *tx) appStateChanged(key string) {
	kind, id, _ := strings.Cut(key, "/")
	if kind == verifiedState {
		if account, err := ident.ParseID[ident.AccountID](id); err == nil {
			tx.chatChanged(account)
		}
	}
}
