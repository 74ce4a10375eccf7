package store_test

import (
	"testing"

	"parley/client/store"
)

// Devices that set an entry at the same time come to the same value, in
// whatever order they hear of each other.
func TestAppState_LatestWins(t *testing.T) { onEachDriver(t, testAppStateLatestWins) }

func testAppStateLatestWins(t *testing.T, s *store.Store) {
	early, late := store.AppState{Key: "k", Value: []byte("z"), SetAt: 1}, store.AppState{Key: "k", Value: []byte("a"), SetAt: 2}
	same := store.AppState{Key: "k", Value: []byte("b"), SetAt: 2}
	for _, order := range [][]store.AppState{{early, late, same}, {same, late, early}, {late, same, early}, {same, early, late}} {
		if err := s.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		update(t, s, func(tx *store.Tx) error {
			for _, entry := range order {
				if _, err := tx.SaveAppState(entry); err != nil {
					return err
				}
			}
			got, err := tx.FindAppState("k")
			if err == nil && (got == nil || string(got.Value) != "b") {
				t.Errorf("holds %+v, want b", got)
			}
			return err
		})
	}
}
