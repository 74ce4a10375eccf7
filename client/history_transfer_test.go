package client_test

import (
	"fmt"
	"testing"
	"time"

	"parley/client/api"

	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// wantHistory waits until a device says that it has all of its history.
func wantHistory(t *testing.T, d *Device) api.HistoryReceiving {
	t.Helper()
	var got api.HistoryReceiving
	d.Eventually("has its history", func() bool {
		h := Call(d, api.GetHistory, api.None{})
		if h.Receiving == nil {
			return false
		}
		got = *h.Receiving
		return got.State == api.HistoryDone
	})
	return got
}

// M9, M10: a message of 364 days is on a new device, one of 366 is not.
func TestM9_AYearOfHistory(t *testing.T) {
	r := NewRelay(t)
	a1, b1 := r.NewDevice("a1"), r.NewDevice("b1")
	a1.Register(alice)
	b1.Register(bob)
	a1.Send(bob, "366 days old")
	b1.WantTexts(alice, []string{"366 days old"})
	r.Pass(2 * 24 * time.Hour)
	b1.Send(alice, "364 days old")
	a1.WantTexts(bob, []string{"366 days old", "364 days old"})
	for range 364 {
		r.Pass(24 * time.Hour)
	}
	a1.Stop() // and learn what time it is
	a1.Start()
	a1.Send(bob, "new")
	a2 := r.NewDevice("a2")
	a1.Link(a2)
	got := wantHistory(t, a2)
	a2.WantTexts(bob, []string{"364 days old", "new"})
	if got.Received != 2 || got.Total != 2 || got.DeviceName != "a1" {
		t.Errorf("the device tells of its history %+v", got)
	}
	a1.WantTexts(bob, []string{"366 days old", "364 days old", "new"})
}

var _ = fmt.Sprint
