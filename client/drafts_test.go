package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

// M98: a draft keeps what it answers, on all own devices, through a restart, until it is
// sent or that message is gone; nothing but a text that is written there ends it.
func TestM98_DraftsKeepTheReply(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	b1.Send(alice, "Lunch?")
	b1.Send(alice, "Or dinner?")
	lunch := wait(a1, bob, "it", "Lunch?", anyMessage)
	dinner := wait(a1, bob, "it", "Or dinner?", anyMessage)
	chat := chatID(a1, bob)
	draft := func(d *Device, text, answers string) {
		t.Helper()
		d.Eventually("the draft", func() bool {
			c := chatOf(d, bob)
			if answers == "" {
				return c.Draft == text && c.DraftReply == nil
			}
			return c.Draft == text && c.DraftReply != nil && c.DraftReply.Text == answers && c.DraftReply.Order > 0
		})
	}
	Call(a1, api.ChangeChat, api.ChatChange{ChatID: chat, Draft: ptr("At noon"), DraftReplyTo: &lunch.ID})
	draft(a1, "At noon", "Lunch?")
	draft(a2, "At noon", "Lunch?")
	a1.Stop()
	a1.Start()
	draft(a1, "At noon", "Lunch?")
	Call(a2, api.SendLocation, api.SendLocationParams{ChatID: chat, Name: "Café"})
	Call(a2, api.Forward, api.ForwardParams{ChatIDs: []string{chat}, IDs: []string{dinner.ID}})
	draft(a2, "At noon", "Lunch?")
	Call(a2, api.Send, api.SendParams{ChatID: chat, Text: "At noon", ReplyTo: lunch.ID})
	draft(a2, "", "")
	draft(a1, "", "")

	Call(a1, api.ChangeChat, api.ChatChange{ChatID: chat, Draft: ptr("At eight"), DraftReplyTo: &dinner.ID})
	Call(a1, api.Delete, api.DeleteParams{IDs: []string{dinner.ID}})
	draft(a1, "At eight", "")
	_, err := Try(a1, api.ChangeChat, api.ChatChange{ChatID: chat, DraftReplyTo: ptr("nonsense")})
	wantCode(t, err, api.ErrBadParams.Code)
}

// X3: a timer that was chosen for new chats holds in those that the person begins from
// then on, for the first message, too; in others, and where the other begins, nothing
// changes.
func TestX3_DefaultTimer(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "from before")
	for i, phone := range []ident.Phone{carol, dave} {
		r.NewDevice([]string{"Carol", "Dave"}[i]).Register(phone)
	}
	Call(a2, api.ChangeSettings, api.SettingsChange{Timer: ptr("7d")})
	a1.Eventually("the setting", func() bool { return Call(a1, api.GetSettings, api.None{}).Timer == "7d" })
	keptFor := func(m api.Message) int64 {
		if m.ExpiresAt == 0 {
			return 0
		}
		return m.ExpiresAt - m.SentAt
	}
	a1.Send(bob, "as before")
	if got := keptFor(wait(b1, alice, "it", "as before", anyMessage)); got != 0 {
		t.Errorf("a chat from before has a timer of %d ms", got)
	}
	chat := chatID(a1, carol)
	for _, text := range []string{"one", "two"} { // both before the relay has the timer
		Call(a1, api.Send, api.SendParams{ChatID: chat, Text: text})
	}
	for _, d := range []*Device{a1, a2} {
		for _, text := range []string{"one", "two"} {
			m := wait(d, carol, text, text, func(m api.Message) bool { return m.Status == api.MessageSent || m.Status == api.MessageDelivered })
			if got := keptFor(m); got != 7*24*3600*1000 {
				t.Errorf("%s keeps %s for %d ms", d.Name, text, got)
			}
		}
		d.WantTexts(carol, []string{"[timer]", "one", "two"})
		if got := Call(d, api.GetChat, api.ChatID{ChatID: chat}).KeptFor; got != 7*24*3600 {
			t.Errorf("%s: the chat keeps messages for %d s", d.Name, got)
		}
	}
	group := groupOf(a1, "Choir", bob, carol)
	if got := Call(a1, api.GetChat, api.ChatID{ChatID: group}).KeptFor; got != 7*24*3600 {
		t.Errorf("a new group keeps messages for %d s", got)
	}
	wantSaid(t, group, []string{"[timer]"}, a1, b1)
	Call(a1, api.SetTimer, api.SetTimerParams{ChatID: chat, Seconds: 60}) // the relay does not have it yet
	if got := keptFor(Call(a1, api.Send, api.SendParams{ChatID: chat, Text: "behind another timer"})); got != 60_000 {
		t.Errorf("behind another timer a message is kept for %d ms", got)
	}
	Call(a1, api.ChangeSettings, api.SettingsChange{Timer: ptr("off")})
	Call(a1, api.Send, api.SendParams{ChatID: chatID(a1, dave), Text: "stays", Wait: true})
	a1.WantTexts(dave, []string{"stays"})
}
