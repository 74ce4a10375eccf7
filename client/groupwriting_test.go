package client_test

import (
	"slices"
	"testing"

	"parley/client/api"
	"parley/client/content"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
	"parley/wire"
)

// inGroup is a message of a group by its text.
func inGroup(d *Device, chat, text string) api.Message {
	for _, m := range Call(d, api.ListMessages, api.MessagesParams{ChatID: chat, Limit: 50, After: -1}).Messages {
		if m.Text == text {
			return m
		}
	}
	return api.Message{}
}

// wantFailed waits until a message is shown as one that was not sent.
func wantFailed(d *Device, chat, text string, why *api.Error) {
	d.Eventually(text+" failed", func() bool {
		m := inGroup(d, chat, text)
		return m.Status == api.MessageFailed && m.Error != nil && *m.Error == *why
	})
}

// M50, X5: what waited to be sent while it was settled that only admins write is not sent, and whoever
// wrote it is told; what everybody may do there is. It goes out when it is tried again and they may.
func TestX5_WaitedWhileWritingEnded(t *testing.T) {
	t.Parallel()
	a1, a2, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "one")
	say(b1, chat, "first")
	everybody := []*Device{a1, a2, b1, b2, c}
	wantSaid(t, chat, []string{"one", "first"}, everybody...)
	r := a1.Relay()
	r.Cut(func(device string, _ *wire.Frame) bool { return device == b1.Name })
	Call(b1, api.Send, api.SendParams{ChatID: chat, Text: "two"})
	Call(b1, api.Edit, api.EditParams{ID: inGroup(b1, chat, "first").ID, Text: "changed"})
	Call(b1, api.React, api.ReactParams{ID: inGroup(b1, chat, "one").ID, Emoji: "👍"})
	yes, no := true, false
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsWrite: &yes})
	r.Cut(nil)
	wantFailed(b1, chat, "two", api.ErrGroupWriting)
	for _, d := range everybody {
		d.Eventually("has the reaction", func() bool { return len(inGroup(d, chat, "one").Reactions) == 1 })
	}
	say(a1, chat, "three")
	wantSaid(t, chat, []string{"one", "first", "three"}, a1, a2, b2, c)
	wantSaid(t, chat, []string{"one", "first", "three", "two"}, b1)

	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsWrite: &no})
	b1.Eventually("may write", func() bool { return Call(b1, api.GetGroup, api.ChatID{ChatID: chat}).MayWrite })
	Call(b1, api.Retry, api.MessageID{ID: inGroup(b1, chat, "two").ID})
	wantSaid(t, chat, []string{"one", "first", "three", "two"}, everybody...)
}

// M50, X5: what waited to be sent by somebody who is removed meanwhile is not sent.
func TestX5_WaitedWhileRemoved(t *testing.T) {
	t.Parallel()
	a1, _, b1, _, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "one")
	wantSaid(t, chat, []string{"one"}, b1, c)
	r := a1.Relay()
	r.Cut(func(device string, _ *wire.Frame) bool { return device == b1.Name })
	Call(b1, api.Send, api.SendParams{ChatID: chat, Text: "two"})
	Call(a1, api.RemoveFromGroup, api.GroupPeople{ChatID: chat, AccountIDs: []string{Call(b1, api.GetStatus, api.None{}).AccountID}})
	r.Cut(nil)
	wantFailed(b1, chat, "two", api.ErrGroupGone)
	say(c, chat, "three")
	wantSaid(t, chat, []string{"one", "three"}, a1, c)
}

// X5: members take nothing, and no edit, of somebody who may not write, whatever the app of that person sends.
func TestX5_WritingAsNoAdmin(t *testing.T) {
	t.Parallel()
	a1, a2, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(b1, chat, "first")
	first, err := ident.ParseID[ident.MessageID](inGroup(b1, chat, "first").ID)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsWrite: &yes})
	b1.Eventually("hears of it", func() bool { return Call(b1, api.GetGroup, api.ChatID{ChatID: chat}).AdminsWrite })
	unknown := []byte{0xfa, 0x3f, 0x00} // a field that nobody knows
	sayRaw(t, b1, chat, content.Encode(&content.Content{Body: &content.Text{Text: "forced"}}), unknown,
		content.Encode(&content.Content{Body: &content.Edit{MessageID: first[:], Text: "changed"}}))
	Call(b1, api.Sync, api.None{})
	say(a1, chat, "done")
	for _, d := range []*Device{a1, a2, b2, c} {
		d.Eventually("has all that counts", func() bool { return slices.Contains(texts(d, chat), "done") })
		if said := texts(d, chat); !slices.Equal(said, []string{"first", "done"}) {
			t.Errorf("%s shows %q", d.Name, said)
		}
	}
}
