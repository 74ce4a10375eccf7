package client_test

import (
	"slices"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

// pinnedTexts are what stands at the top of a chat.
func pinnedTexts(d *Device, chat string) (texts []string) {
	for _, p := range Call(d, api.GetChat, api.ChatID{ChatID: chat}).Pins {
		texts = append(texts, p.Message.Text)
	}
	return texts
}

func wantPinned(chat string, want []string, devices ...*Device) {
	for _, d := range devices {
		d.Eventually("pins", func() bool { return slices.Equal(pinnedTexts(d, chat), want) })
	}
}

// pinFor has a device pin a message that it knows by its text.
func pinFor(t *testing.T, d *Device, with ident.Phone, text string, seconds int64) {
	t.Helper()
	id := wait(d, with, text, text, anyMessage).ID
	if _, err := Try(d, api.Pin, api.PinParams{ID: id, Seconds: seconds}); err != nil {
		t.Fatal(err)
	}
}

// aDay is in seconds.
const aDay = 24 * 3600

// X2: what one of two pins stands at the top of the chat on every device, at most three
// at a time, until it is unpinned, deleted for everyone, or its time is over; a device
// linked later has it, too.
func TestX2_Pins(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	for _, text := range []string{"one", "two", "three", "four"} {
		a1.Send(bob, text)
	}
	ofAlice, ofBob := chatID(a1, bob), chatID(b1, alice)
	wantAll := func(want ...string) {
		t.Helper()
		wantPinned(ofAlice, want, a1, a2)
		wantPinned(ofBob, want, b1, b2)
	}
	for i, text := range []string{"one", "two", "three", "four"} {
		pinFor(t, b1, alice, text, int64(i+1)*aDay)
		Call(b1, api.Sync, api.None{})
	}
	wantAll("four", "three", "two")
	pinFor(t, a2, bob, "two", 7*aDay) // anew, for longer
	wantAll("two", "four", "three")
	pinFor(t, b2, alice, "four", 0)
	wantAll("two", "three")
	line := b2.Messages(alice)
	last := line[len(line)-1]
	if last.Kind != api.MessagePin || !last.Mine || last.KeptFor != 0 || last.Quote == nil || last.Quote.Text != "four" {
		t.Errorf("the chat ends with %+v", last)
	}
	if unread := Call(a1, api.GetChat, api.ChatID{ChatID: ofAlice}).Unread; unread != 0 {
		t.Errorf("%d unread", unread)
	}
	three := wait(a1, bob, "it", "three", anyMessage)
	Call(a1, api.Edit, api.EditParams{ID: three.ID, Text: "3"})
	wantAll("two", "3")

	late := r.NewDevice("Bob's tablet")
	b1.Link(late)
	wantPinned(ofBob, []string{"two", "3"}, late)
	Call(a1, api.Delete, api.DeleteParams{IDs: []string{three.ID}, ForEveryone: true})
	wantAll("two")
	for _, d := range []*Device{a1, a2, b1, b2, late} {
		d.Stop()
	}
	r.Pass(8 * 24 * time.Hour)
	for _, d := range []*Device{a1, b2, late} {
		d.Start()
		d.WantOnline()
	}
	wantPinned(ofAlice, nil, a1)
	wantPinned(ofBob, nil, b2, late)
}

// X2: what is no message of people cannot be pinned, nor for longer than a month.
func TestX2_PinsRefused(t *testing.T) {
	t.Parallel()
	_, a1, _, b1, _ := people(t)
	a1.Send(bob, "one")
	one := wait(b1, alice, "one", "one", anyMessage)
	Call(b1, api.SetTimer, api.SetTimerParams{ChatID: chatID(b1, alice), Seconds: 86400})
	timer := b1.Messages(alice)[1]
	_, err := Try(b1, api.Pin, api.PinParams{ID: timer.ID, Seconds: aDay})
	wantCode(t, err, api.ErrNotPinnable.Code)
	for _, seconds := range []int64{-1, 30*aDay + 1} {
		_, err = Try(b1, api.Pin, api.PinParams{ID: one.ID, Seconds: seconds})
		wantCode(t, err, api.ErrBadParams.Code)
	}
	pin := Call(b1, api.Pin, api.PinParams{ID: one.ID, Seconds: aDay})
	if pin.ExpiresAt != 0 {
		t.Error("a pin disappears with the messages")
	}
	for _, p := range []api.DeleteParams{{IDs: []string{pin.ID}}, {IDs: []string{pin.ID}, ForEveryone: true}} {
		_, err = Try(b1, api.Delete, p)
		wantCode(t, err, api.ErrMessageUnknown.Code)
	}
	Call(a1, api.Sync, api.None{})
	wantPinned(chatID(a1, bob), []string{"one"}, a1)
}

// X2, X5: in a group everybody pins, until only admins change its details.
func TestX5_PinsInAGroup(t *testing.T) {
	t.Parallel()
	a1, _, b1, _, c := threePeople(t)
	chat := groupOf(a1, "Choir", bob, carol)
	say(a1, chat, "rehearsal at 8")
	wantSaid(t, chat, []string{"rehearsal at 8"}, a1, b1, c)
	id := Call(b1, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages
	said := id[len(id)-1].ID
	Call(b1, api.Pin, api.PinParams{ID: said, Seconds: aDay})
	wantPinned(chat, []string{"rehearsal at 8"}, a1, b1, c)
	only := true
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsEdit: &only})
	b1.Eventually("only admins pin", func() bool { return !Call(b1, api.GetChat, api.ChatID{ChatID: chat}).MayPin })
	_, err := Try(b1, api.Pin, api.PinParams{ID: said})
	wantCode(t, err, api.ErrPinAdmins.Code)
	if !Call(a1, api.GetChat, api.ChatID{ChatID: chat}).MayPin {
		t.Error("the admin may not pin")
	}
	Call(a1, api.Pin, api.PinParams{ID: said})
	wantPinned(chat, nil, a1, b1, c)
}
