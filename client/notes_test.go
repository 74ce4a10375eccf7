package client_test

import (
	"slices"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/internal/relay/retention"
)

func noteTo(d *Device, text string) {
	chat := Call(d, api.OpenChat, api.OpenChatParams{Phone: string(alice)})
	if !chat.Self {
		panic("the chat with the own number is somebody else's")
	}
	Call(d, api.Send, api.SendParams{ChatID: chat.ID, Text: text, Wait: true})
}

// M12: what somebody writes to themselves is on all own devices, later ones too,
// and on nobody else's.
func TestM12_NotesToSelf(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	noteTo(a1, "buy bread")
	a2.WantTexts(alice, []string{"buy bread"})
	noteTo(a2, "and butter")
	a1.WantTexts(alice, []string{"buy bread", "and butter"})
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.WantTexts(alice, []string{"buy bread", "and butter"})
	noteTo(a3, "and tea")
	want := []string{"buy bread", "and butter", "and tea"}
	for _, d := range []*Device{a1, a2, a3} {
		d.WantTexts(alice, want)
		d.Eventually("nothing unread", func() bool { return unreadNotes(d) == 0 })
	}
	if chats := Call(b1, api.ListChats, api.None{}).Chats; len(chats) != 0 {
		t.Errorf("Bob has %d chats", len(chats))
	}
	_, err := Try(a1, api.GetSafetyNumber, api.ChatID{ChatID: Call(a1, api.GetStatus, api.None{}).AccountID})
	wantCode(t, err, api.ErrChatUnknown.Code)
}

// X9: a device that was away longer than the relay keeps entries gets notes from
// its siblings.
func TestX9_NotesWhileAway(t *testing.T) {
	t.Parallel()
	r, a1, a2, _, _ := people(t)
	noteTo(a1, "before")
	a2.WantTexts(alice, []string{"before"})
	a2.Stop()
	noteTo(a1, "meanwhile")
	a1.Texts(alice)
	r.Retire(21 * 24 * time.Hour)
	noteTo(a1, "after")
	a2.Start()
	a2.WantTexts(alice, []string{"before", "meanwhile", "after"})
}

func unreadNotes(d *Device) int {
	for _, chat := range Call(d, api.ListChats, api.None{}).Chats {
		if chat.Self {
			return chat.Unread
		}
	}
	return -1
}

// M14: from the tenth day of the primary's silence on, every linked device finds a
// message to oneself that says so; reading it on one is enough.
func TestM14_SilenceIsToldInNotes(t *testing.T) {
	t.Parallel()
	r, a1, a2, _, _ := people(t)
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.Texts(bob)
	leave(a1, a2)
	r.Pass(retention.DefaultRules().PrimaryWarning + time.Hour)
	for _, d := range []*Device{a2, a3} {
		d.Stop()
		d.Start()
		d.Eventually("a warning", func() bool { return unreadNotes(d) == 1 })
		i := slices.IndexFunc(d.Messages(alice), func(m api.Message) bool { return m.Kind == api.MessagePrimarySilent })
		if i < 0 {
			t.Fatalf("%s was not warned", d.Name)
		}
		if m := d.Messages(alice)[i]; m.Text == "" || m.Until <= m.SentAt {
			t.Errorf("the warning names %q and ends %d ms later", m.Text, m.Until-m.SentAt)
		}
	}
	messages := a2.Messages(alice)
	Call(a2, api.MarkRead, api.MarkReadParams{ChatID: messages[0].ChatID, Order: messages[len(messages)-1].Order})
	a3.Eventually("read", func() bool { return unreadNotes(a3) == 0 })
}
