package relay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/store"
	"parley/internal/store/sqlite"
	"parley/wire"
)

// slowStore takes a time for each acknowledgement.
type slowStore struct {
	store.Store
	slow time.Duration
}

func (s *slowStore) SubmitHinted(hint store.Hint, fn func(store.Tx) error, done func(error)) {
	if hint.Kind == store.HintAck && s.slow > 0 {
		told := done
		done = func(err error) { time.AfterFunc(s.slow, func() { told(err) }) }
	}
	s.Store.SubmitHinted(hint, fn, done)
}

// The first acknowledgement goes to the store at once. The next waits, longer where the store has
// much to do: four times what the last took, 50 ms to a second after that began.
func TestAcknowledgementsWaitForOneAnother(t *testing.T) {
	for name, c := range map[string]struct {
		slow time.Duration
		// answered is when each of three in a row is answered, after the first was sent.
		answered [3]time.Duration
	}{
		"quick":    {0, [3]time.Duration{0, 50 * time.Millisecond, 100 * time.Millisecond}},
		"busy":     {30 * time.Millisecond, [3]time.Duration{30 * time.Millisecond, 150 * time.Millisecond, 270 * time.Millisecond}},
		"busier":   {300 * time.Millisecond, [3]time.Duration{300 * time.Millisecond, 1300 * time.Millisecond, 2300 * time.Millisecond}},
		"too busy": {2 * time.Second, [3]time.Duration{2 * time.Second, 4 * time.Second, 6 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opened, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
				if err != nil {
					t.Fatal(err)
				}
				w := newWorldWith(t, &slowStore{opened, c.slow})
				alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
				conversation := alice.direct(bob)
				for range 2 {
					must[*wire.SendResult](alice.peer, text(conversation, 1))
				}
				began := time.Now()
				for i, want := range c.answered {
					must[*wire.Done](bob.peer, &wire.Ack{Position: uint64(i) + 1})
					if took := time.Since(began); took != want {
						t.Errorf("acknowledgement %d was answered after %v, want %v", i+1, took, want)
					}
				}
				w.stopEarly()
			})
		})
	}
}
