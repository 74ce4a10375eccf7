package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

// M50, X5: in a group, messages that mention a person or answer them are told apart from
// others, on all devices of the person alone, until they are read on one of them.
func TestM50_Addressed(t *testing.T) {
	t.Parallel()
	a1, a2, b1, _, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "who brings what?")
	wantSaid(t, chat, []string{"who brings what?"}, b1, c)
	own := func(d *Device) string { return Call(d, api.GetStatus, api.None{}).AccountID }
	question := Call(c, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages
	send := func(d *Device, text, replyTo string, mentions ...api.Mention) {
		Call(d, api.Send, api.SendParams{ChatID: chat, Text: text, ReplyTo: replyTo, Mentions: mentions, Wait: true})
	}
	say(c, chat, "hello all")
	send(c, "@Alice bread?", "", api.Mention{AccountID: own(a1), Name: "Alice"})
	send(c, "unseen", "", api.Mention{AccountID: own(a1), Name: "Alice"})
	send(b1, "wine", question[len(question)-1].ID)
	send(c, "@Bob red?", "", api.Mention{AccountID: own(b1), Name: "Bob"})
	addressed := map[string]bool{"@Alice bread?": true, "wine": true}
	for _, d := range []*Device{a1, a2} {
		var first api.Message
		d.Eventually("the mentions", func() bool {
			found := Call(d, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages
			for _, m := range found {
				if m.Addressed != addressed[m.Text] {
					t.Errorf("%s: %q is addressed: %v", d.Name, m.Text, m.Addressed)
				}
				if m.Text == "@Alice bread?" {
					first = m
				}
			}
			return found[len(found)-1].Text == "@Bob red?"
		})
		shown := Call(d, api.GetChat, api.ChatID{ChatID: chat})
		if shown.Mentions != 2 || shown.FirstMention != first.Order || shown.Unread != 5 {
			t.Errorf("%s shows %d mentions from %d on, %d unread", d.Name, shown.Mentions, shown.FirstMention, shown.Unread)
		}
	}
	mentions := func(d *Device) int { return Call(d, api.GetChat, api.ChatID{ChatID: chat}).Mentions }
	Call(a1, api.MarkRead, api.MarkReadParams{ChatID: chat, Order: Call(a1, api.GetChat, api.ChatID{ChatID: chat}).FirstMention})
	a2.Eventually("one is read", func() bool { return mentions(a2) == 1 })
	if n := mentions(b1); n != 1 {
		t.Errorf("Bob has %d mentions", n)
	}
	_, err := Try(b1, api.Send, api.SendParams{ChatID: chat, Text: "@nobody", Mentions: []api.Mention{{AccountID: ident.AccountID{}.String()}}})
	wantCode(t, err, api.ErrBadParams.Code)
}
