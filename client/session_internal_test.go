package client

import (
	"testing"
	"time"
)

// Devices with the right time agree on it however slow the relay answers; else the error is half the time that the answer took.
func TestClockOffset(t *testing.T) {
	at := time.UnixMilli(1_000_000)
	for _, c := range []struct {
		name            string
		took            time.Duration
		relayMS, offset int64
	}{
		{"right, at once", 0, 1_000_000, 0},
		{"right, the relay was slow to hear", 800 * time.Millisecond, 1_000_790, 0},
		{"right, the answer was slow", 800 * time.Millisecond, 1_000_010, 0},
		{"ahead", 100 * time.Millisecond, 940_050, 60_000},
		{"behind", 100 * time.Millisecond, 1_060_050, -60_000},
		{"just behind", 100 * time.Millisecond, 1_000_102, -52},
	} {
		if got := clockOffset(at, at.Add(c.took), c.relayMS); got != c.offset {
			t.Errorf("%s: %d, want %d", c.name, got, c.offset)
		}
	}
}
