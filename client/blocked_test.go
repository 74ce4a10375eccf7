package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

// lastStatus is how far the last message of a device in a chat has got.
func lastStatus(d *Device, phone ident.Phone) api.MessageStatus {
	return chatOf(d, phone).Last.Status
}

// M55: nothing comes from a blocked contact, on any device of the account, and it is not
// told; when the block ends, what comes next is read, and what was not let through is
// neither shown nor waited for.
func TestM55_Block(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	phone, tablet, bobs := r.NewDevice("Alice"), r.NewDevice("Tablet"), r.NewDevice("Bob")
	phone.Register(alice)
	bobs.Register(bob)
	phone.Link(tablet)
	bobs.Send(alice, "before")
	phone.Send(bob, "hello")
	tablet.WantTexts(bob, []string{"before", "hello"})
	bobs.WantTexts(alice, []string{"before", "hello"})

	block := api.SetBlockedParams{ChatID: chatOf(phone, bob).ID, Blocked: true}
	if c := Call(phone, api.SetBlocked, block); !c.Blocked {
		t.Fatal("the chat is not blocked")
	}
	tablet.Eventually("the tablet knows of the block", func() bool { return chatOf(tablet, bob).Blocked })
	if list := Call(tablet, api.ListBlocked, api.None{}).Chats; len(list) != 1 || list[0].ID != block.ChatID {
		t.Errorf("blocked are %+v", list)
	}
	_, err := Try(tablet, api.Send, api.SendParams{ChatID: block.ChatID, Text: "to a blocked one"})
	wantCode(t, err, "contact_blocked")
	bobs.Send(alice, "while blocked")
	Call(bobs, api.Sync, api.None{})
	for _, d := range []*Device{phone, tablet} {
		Call(d, api.Sync, api.None{})
		d.WantTexts(bob, []string{"before", "hello"})
	}
	if s := lastStatus(bobs, alice); s != api.MessageSent {
		t.Errorf("the blocked message is %s", s)
	}

	block.Blocked = false
	Call(tablet, api.SetBlocked, block)
	bobs.Send(alice, "after")
	for _, d := range []*Device{phone, tablet} {
		d.WantTexts(bob, []string{"before", "hello", "after"})
		Call(d, api.Sync, api.None{})
		d.WantTexts(bob, []string{"before", "hello", "after"})
	}
	phone.Send(bob, "welcome back")
	bobs.WantTexts(alice, []string{"before", "hello", "while blocked", "after", "welcome back"})
}

// X1: what is hidden is not told, and what others tell of the same is not shown.
func TestX1_Privacy(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b := r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	off, nobody, contacts := "off", "nobody", "contacts"
	Call(a, api.ChangeSettings, api.SettingsChange{ReadReceipts: &off, Typing: &off, Presence: &contacts})
	b.Send(alice, "to Alice")
	a.WantTexts(bob, []string{"to Alice"})
	chat := chatOf(a, bob)
	Call(a, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order})
	Call(a, api.SetTyping, api.SetTypingParams{ChatID: chat.ID, Active: true})
	Call(a, api.SetAvailable, api.SetAvailableParams{Available: true})
	Call(a, api.Sync, api.None{})
	Call(b, api.Sync, api.None{})
	if c := chatOf(b, alice); c.Last.Status == api.MessageRead || c.Typing || c.Available {
		t.Errorf("Bob is told: %+v", c)
	}

	a.Send(bob, "to Bob") // now he is one of her contacts
	b.Eventually("Bob sees that Alice is there", func() bool {
		Call(a, api.SetAvailable, api.SetAvailableParams{})
		Call(a, api.SetAvailable, api.SetAvailableParams{Available: true})
		return chatOf(b, alice).Available
	})
	b.WantTexts(alice, []string{"to Alice", "to Bob"})
	back := chatOf(b, alice)
	Call(b, api.MarkRead, api.MarkReadParams{ChatID: back.ID, Order: back.Last.Order})
	Call(b, api.SetTyping, api.SetTypingParams{ChatID: back.ID, Active: true})
	Call(b, api.Sync, api.None{})
	Call(a, api.Sync, api.None{})
	if c := chatOf(a, bob); c.Last.Status == api.MessageRead || c.Typing {
		t.Errorf("Alice sees what she hides: %+v", c)
	}
	Call(a, api.ChangeSettings, api.SettingsChange{Presence: &nobody})
	b.Eventually("Bob does not see that Alice is there", func() bool { return !chatOf(b, alice).Available })
}

// X1: without a connection nobody tells who is there: it is not shown, and shown again with one.
func TestX1_NobodyIsSeenWithoutConnection(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b := r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	a.Send(bob, "to Bob")
	b.Send(alice, "to Alice")
	a.WantTexts(bob, []string{"to Bob", "to Alice"})
	Call(a, api.SetAvailable, api.SetAvailableParams{Available: true})
	b.Eventually("Bob sees that Alice is there", func() bool { return chatOf(b, alice).Available })
	r.Stop()
	b.Eventually("Bob does not see whether Alice is there", func() bool { return !chatOf(b, alice).Available })
	r.Start()
	b.Eventually("Bob sees Alice again", func() bool { return chatOf(b, alice).Available })
}
