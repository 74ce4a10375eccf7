package client_test

import (
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// X1: who sent a message sees who has it, who has read it, and when, in groups too and
// on each device; those who hide what they read are not seen reading, and see nobody.
func TestX1_ReceiptTimes(t *testing.T) {
	t.Parallel()
	a1, a2, b1, _, c := threePeople(t)
	began := time.Now().Add(-time.Minute).UnixMilli()
	chat := groupOf(a1, "Picnic", bob, carol)
	wantSaid(t, chat, nil, b1, c)
	c.Stop()
	say(a1, chat, "lunch?")
	say(a1, chat, "at noon")
	wantSaid(t, chat, []string{"lunch?", "at noon"}, a2, b1)
	all := Call(b1, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages
	read := all[len(all)-2]
	Call(b1, api.MarkRead, api.MarkReadParams{ChatID: chat, Order: read.Order})
	details := func(d *Device, id string) []api.ReceiptBy {
		return Call(d, api.GetMessageDetails, api.MessageID{ID: id}).Receipts
	}
	for _, d := range []*Device{a1, a2} {
		var got []api.ReceiptBy
		soon(t, d.Name+": Bob has read it", func() bool {
			got = details(d, read.ID)
			return len(got) == 2 && got[0].Status == api.MessageRead
		})
		if got[0].Name != string(bob) || got[0].ReadAt < began || got[0].DeliveredAt < began || got[0].DeliveredAt > got[0].ReadAt ||
			got[1].Status != api.MessageSent || got[1].DeliveredAt != 0 {
			t.Errorf("%s: the receipts are %+v", d.Name, got)
		}
		if later := details(d, all[len(all)-1].ID); later[0].Status != api.MessageDelivered || later[0].ReadAt != 0 {
			t.Errorf("%s: those of what was not read are %+v", d.Name, later)
		}
	}
	if got := details(b1, read.ID); len(got) != 0 {
		t.Errorf("who got it learns %+v", got)
	}
	off := "off"
	Call(a1, api.ChangeSettings, api.SettingsChange{ReadReceipts: &off})
	if got := details(a1, read.ID); got[0].Status != api.MessageDelivered || got[0].ReadAt != 0 {
		t.Errorf("who hides what they read learns %+v", got)
	}
}

// soon waits for what no event tells.
func soon(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
