package relay

import (
	"errors"
	"testing"
	"time"

	"parley/wire"
)

// Many writes are let in while they are quick, few while they are slow, and more again
// when there is room.
func TestLoad(t *testing.T) {
	var l load
	begin := func(n int) error {
		for range n {
			if err := l.begin(); err != nil {
				return err
			}
		}
		return nil
	}
	if err := begin(2 * busyWrites); err != nil {
		t.Fatalf("quick writes are refused: %v", err)
	}
	l.end(busyTime + time.Millisecond)
	for range busySpread {
		var busy *wire.Error
		if err := begin(1); !errors.As(err, &busy) || busy.Code != wire.ErrorUnavailable {
			t.Fatalf("a write beside many slow ones gets %v, want UNAVAILABLE", busy)
		}
		if after := time.Duration(busy.RetryAfterMS) * time.Millisecond; after < busyRetry || after >= 2*busyRetry {
			t.Errorf("it is told to come back after %v", after)
		}
	}
	for range busyWrites {
		l.end(busyTime + time.Millisecond)
	}
	if err := begin(1); err != nil {
		t.Errorf("there is room, and a write is refused: %v", err)
	}
}
