package client_test

import (
	"strings"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

// wait returns the message with a text once it fits.
func wait(d *Device, with ident.Phone, what, text string, fits func(api.Message) bool) (found api.Message) {
	d.Eventually(what, func() bool {
		for _, m := range d.Messages(with) {
			if m.Text == text && fits(m) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func anyMessage(api.Message) bool { return true }

func chatID(d *Device, with ident.Phone) string {
	return Call(d, api.OpenChat, api.OpenChatParams{Phone: string(with)}).ID
}

func reactions(m api.Message) string {
	var shown []string
	for _, r := range m.Reactions {
		shown = append(shown, r.Emoji+strings.Repeat("+", r.Count))
	}
	return strings.Join(shown, " ")
}

// X2: an answer quotes what it answers, as each device has it; an edit and a reaction
// reach all devices, and one linked later.
func TestX2_ReplyReactEdit(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, b2 := people(t)
	a1.Send(bob, "one")
	one := wait(b1, alice, "one", "one", anyMessage)
	Call(b1, api.Send, api.SendParams{ChatID: chatID(b1, alice), Text: "answer", ReplyTo: one.ID, Wait: true})
	for _, d := range []*Device{a1, a2} {
		q := wait(d, bob, "the answer", "answer", anyMessage).Quote
		if q == nil || q.ID != one.ID || q.Text != "one" || !q.Mine || q.Order == 0 {
			t.Errorf("%s shows %+v", d.Name, q)
		}
	}
	Call(b1, api.React, api.ReactParams{ID: one.ID, Emoji: "👍"})
	wait(a2, bob, "the reaction", "one", func(m api.Message) bool { return reactions(m) == "👍+" })
	Call(a1, api.React, api.ReactParams{ID: one.ID, Emoji: "👍🏽"})
	wait(b2, alice, "both reactions", "one", func(m api.Message) bool { return len(m.Reactions) == 2 })
	Call(b2, api.React, api.ReactParams{ID: one.ID, Emoji: "❤️"})
	wait(a1, bob, "another reaction", "one", func(m api.Message) bool { return strings.Contains(reactions(m), "❤️+") && len(m.Reactions) == 2 })
	Call(b1, api.React, api.ReactParams{ID: one.ID})
	for _, d := range []*Device{a1, a2} {
		wait(d, bob, "no reaction of Bob", "one", func(m api.Message) bool { return reactions(m) == "👍🏽+" })
	}
	_, err := Try(b1, api.React, api.ReactParams{ID: one.ID, Emoji: "<b>"})
	wantCode(t, err, api.ErrEmojiInvalid.Code)

	_, err = Try(b1, api.Edit, api.EditParams{ID: one.ID, Text: "mine now"})
	wantCode(t, err, api.ErrNotAuthor.Code)
	Call(a2, api.Edit, api.EditParams{ID: one.ID, Text: "two"})
	wait(a1, bob, "the first edit", "two", anyMessage)
	Call(a1, api.Edit, api.EditParams{ID: one.ID, Text: "three"})
	for d, with := range map[*Device]ident.Phone{a1: bob, a2: bob, b1: alice, b2: alice} {
		wait(d, with, "the edit", "three", func(m api.Message) bool { return m.Edited && m.ID == one.ID })
	}
	wait(a1, bob, "the quote follows the edit", "answer", func(m api.Message) bool { return m.Quote.Text == "three" })
	details := Call(b2, api.GetMessageDetails, api.MessageID{ID: one.ID})
	if len(details.Versions) != 2 || details.Versions[0].Text != "one" || details.Versions[1].Text != "two" || len(details.Reactions) != 1 {
		t.Errorf("Bob sees %+v", details)
	}
	if hits := Call(b1, api.Search, api.SearchParams{Query: "three"}).Hits; len(hits) != 1 {
		t.Errorf("search finds %+v", hits)
	}

	late := b1.Relay().NewDevice("Bob's tablet")
	b1.Link(late)
	m := wait(late, alice, "history", "three", func(m api.Message) bool { return m.Edited && reactions(m) == "👍🏽+" })
	if got := Call(late, api.GetMessageDetails, api.MessageID{ID: m.ID}).Versions; len(got) != 2 {
		t.Errorf("the new device has the versions %+v", got)
	}
	wait(late, alice, "the answer", "answer", func(m api.Message) bool { return m.Quote != nil && m.Quote.Text == "three" })
}

// X3: what its author deletes for everyone is gone from every device, out of search, and
// not in history; what one deletes for oneself stays with others.
func TestX3_Delete(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, b2 := people(t)
	a1.Send(bob, "regretted")
	a1.Send(bob, "kept")
	a1.Send(bob, "tiresome")
	regretted := wait(b2, alice, "all", "regretted", anyMessage)
	tiresome := wait(b1, alice, "all", "tiresome", anyMessage)
	Call(b1, api.React, api.ReactParams{ID: regretted.ID, Emoji: "😮"})
	_, err := Try(b1, api.Delete, api.DeleteParams{IDs: []string{regretted.ID}, ForEveryone: true})
	wantCode(t, err, api.ErrNotAuthor.Code)
	Call(a2, api.Sync, api.None{})
	Call(a2, api.Delete, api.DeleteParams{IDs: []string{regretted.ID}, ForEveryone: true})
	Call(b1, api.Delete, api.DeleteParams{IDs: []string{tiresome.ID}})
	for _, d := range []*Device{b1, b2} {
		d.WantTexts(alice, []string{"[deleted]", "kept"})
	}
	for _, d := range []*Device{a1, a2} {
		d.WantTexts(bob, []string{"[deleted]", "kept", "tiresome"})
	}
	if hits := Call(b2, api.Search, api.SearchParams{Query: "regretted"}).Hits; len(hits) != 0 {
		t.Errorf("search still finds %+v", hits)
	}
	late := b1.Relay().NewDevice("Bob's tablet")
	b1.Link(late)
	late.WantTexts(alice, []string{"[deleted]", "kept"})
}

// X2, X3: who comes too late with an edit or a deletion is told, by the relay's clock.
func TestX3_TooLate(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "old")
	old := wait(b1, alice, "old", "old", anyMessage)
	restart := func(d time.Duration) {
		a1.Stop()
		r.Pass(d)
		a1.Start()
		a1.WantOnline()
	}
	restart(16 * time.Minute)
	_, err := Try(a1, api.Edit, api.EditParams{ID: old.ID, Text: "new"})
	wantCode(t, err, api.ErrEditTooLate.Code)
	restart(48 * time.Hour)
	_, err = Try(a1, api.Delete, api.DeleteParams{IDs: []string{old.ID}, ForEveryone: true})
	wantCode(t, err, api.ErrDeleteTooLate.Code)
}

// X3, M110: what is written while offline can be changed and deleted before it is sent;
// nobody sees what it was.
func TestX3_BeforeItIsSent(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "first")
	b1.WantTexts(alice, []string{"first"})
	r.Stop()
	for _, text := range []string{"draft", "never"} {
		try(a1, bob, text)
	}
	Call(a1, api.Edit, api.EditParams{ID: wait(a1, bob, "draft", "draft", anyMessage).ID, Text: "final"})
	Call(a1, api.Delete, api.DeleteParams{IDs: []string{wait(a1, bob, "never", "never", anyMessage).ID}, ForEveryone: true})
	r.Start()
	for _, d := range []*Device{a1, b1} {
		with := map[*Device]ident.Phone{a1: bob, b1: alice}[d]
		wait(d, with, "the last text", "final", anyMessage)
		d.Eventually("nothing else", func() bool { return len(d.Held(with)) == 2 || d.Held(with)[2] == "[deleted]" })
	}
}

// M49: several messages go to several chats, marked as forwarded, in their order; what
// cannot be handed on is refused whole.
func TestM49_Forward(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	for _, text := range []string{"one", "two"} {
		b1.Send(alice, text)
	}
	one, two := wait(a1, bob, "one", "one", anyMessage), wait(a1, bob, "two", "two", anyMessage)
	notes, back := chatID(a1, alice), chatID(a1, bob)
	Call(a1, api.Forward, api.ForwardParams{IDs: []string{two.ID, one.ID}, ChatIDs: []string{notes, back}})
	for d, with := range map[*Device]ident.Phone{a2: alice, b1: alice} {
		d.Eventually("both messages, forwarded", func() bool {
			var texts []string
			for _, m := range d.Messages(with) {
				if m.Forwarded {
					texts = append(texts, m.Text)
				}
			}
			return strings.Join(texts, " ") == "one two"
		})
	}
	poll := Call(a1, api.SendPoll, api.SendPollParams{ChatID: back, Question: "Pizza?", Options: []string{"yes", "no"}})
	_, err := Try(a1, api.Forward, api.ForwardParams{IDs: []string{one.ID, poll.ID}, ChatIDs: []string{back}})
	wantCode(t, err, api.ErrNotForwardable.Code)
	if n := len(a1.Held(bob)); n != 5 {
		t.Errorf("the chat holds %d messages", n)
	}
}

// X2: votes in a poll are counted once a person, may change, and reach all devices.
func TestX2_Polls(t *testing.T) {
	t.Parallel()
	_, a1, _, b1, b2 := people(t)
	a1.Send(bob, "hello")
	poll := Call(a1, api.SendPoll, api.SendPollParams{ChatID: chatID(a1, bob), Question: "When?", Options: []string{"Mon", " Tue ", "Tue", "Wed"}})
	tally := func(d *Device, with ident.Phone, want string) {
		t.Helper()
		wait(d, with, "votes "+want, "When?", func(m api.Message) bool {
			got := ""
			for _, o := range m.Poll.Options {
				got += o.Text + strings.Repeat("+", o.Votes)
			}
			return got == want
		})
	}
	tally(b2, alice, "MonTueWed")
	Call(b2, api.Vote, api.VoteParams{ID: poll.ID, Options: []int{1}})
	Call(a1, api.Vote, api.VoteParams{ID: poll.ID, Options: []int{1}})
	tally(b1, alice, "MonTue++Wed")
	_, err := Try(b1, api.Vote, api.VoteParams{ID: poll.ID, Options: []int{0, 2}})
	wantCode(t, err, api.ErrBadParams.Code)
	Call(b1, api.Vote, api.VoteParams{ID: poll.ID, Options: []int{2}})
	tally(a1, bob, "MonTue+Wed+")
	if votes := Call(a1, api.GetMessageDetails, api.MessageID{ID: poll.ID}).Votes; len(votes) != 2 {
		t.Errorf("the votes are %+v", votes)
	}
	_, err = Try(a1, api.SendPoll, api.SendPollParams{ChatID: chatID(a1, bob), Question: "?", Options: []string{"one"}})
	wantCode(t, err, api.ErrPollInvalid.Code)
}

// Messages sent under a timer are gone from every device when they are due, out of
// search, and a device linked later never gets them; those from before stay.
func TestDisappearingMessages(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "stays")
	b1.WantTexts(alice, []string{"stays"})
	Call(b1, api.SetTimer, api.SetTimerParams{ChatID: chatID(b1, alice), Seconds: 86400})
	a1.Eventually("the timer", func() bool {
		return Call(a1, api.GetChat, api.ChatID{ChatID: chatID(a1, bob)}).KeptFor == 86400
	})
	a1.Send(bob, "secret for a day")
	shown := wait(a2, bob, "it", "secret for a day", anyMessage)
	if kept := shown.ExpiresAt - shown.SentAt; kept != 86400_000 {
		t.Errorf("it is kept for %d ms", kept)
	}
	wait(b1, alice, "it", "secret for a day", anyMessage)
	for _, d := range []*Device{a1, a2, b1} {
		d.Stop()
	}
	r.Pass(25 * time.Hour)
	for _, d := range []*Device{a1, a2, b1} {
		d.Start()
		d.WantOnline()
		with := map[*Device]ident.Phone{a1: bob, a2: bob, b1: alice}[d]
		d.WantTexts(with, []string{"stays", "[timer]"})
		if hits := Call(d, api.Search, api.SearchParams{Query: "secret"}).Hits; len(hits) != 0 {
			t.Errorf("%s still finds %+v", d.Name, hits)
		}
	}
	late := r.NewDevice("Bob's tablet")
	b1.Link(late)
	late.WantTexts(alice, []string{"stays", "[timer]"})
	late.Eventually("the timer", func() bool {
		return Call(late, api.GetChat, api.ChatID{ChatID: chatID(late, alice)}).KeptFor == 86400
	})
}

// A place and a contact card arrive as they were sent; malformed ones are refused.
func TestPlacesAndContacts(t *testing.T) {
	t.Parallel()
	_, a1, _, b1, _ := people(t)
	a1.Send(bob, "hello")
	chat := chatID(a1, bob)
	Call(a1, api.SendLocation, api.SendLocationParams{ChatID: chat, Latitude: 50.879, Longitude: -4.7, Name: "Library"})
	Call(a1, api.SendContact, api.SendContactParams{ChatID: chat, Name: "Carol", Phone: "+32 470 00 00 03"})
	place := wait(b1, alice, "the place", "Library", anyMessage)
	if l := place.Location; l == nil || l.Latitude != 50.879 || l.Longitude != -4.7 {
		t.Errorf("the place is %+v", l)
	}
	if c := wait(b1, alice, "the card", "Carol", anyMessage).Contact; c == nil || c.Phone != "+32470000003" {
		t.Errorf("the card is %+v", c)
	}
	_, err := Try(a1, api.SendLocation, api.SendLocationParams{ChatID: chat, Latitude: 91})
	wantCode(t, err, api.ErrBadParams.Code)
	_, err = Try(a1, api.SendContact, api.SendContactParams{ChatID: chat, Phone: "+0"})
	wantCode(t, err, api.ErrPhoneInvalid.Code)
}

// A chat can be read from a time on: the earliest message that was sent then or later
// comes first, and nothing where there is none.
func TestMessagesSince(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "yesterday")
	a1.Stop()
	r.Pass(24 * time.Hour)
	a1.Start()
	a1.WantOnline()
	a1.Send(bob, "today")
	a1.Send(bob, "later")
	today := wait(b1, alice, "it", "today", anyMessage)
	wait(b1, alice, "all", "later", anyMessage)
	page := func(since int64, limit int) (texts []string, more bool) {
		p := Call(b1, api.ListMessages, api.MessagesParams{ChatID: chatID(b1, alice), Since: since, Limit: limit})
		for _, m := range p.Messages {
			texts = append(texts, m.Text)
		}
		return texts, p.More
	}
	if texts, more := page(today.SentAt-time.Hour.Milliseconds(), 1); strings.Join(texts, " ") != "today" || !more {
		t.Errorf("from today on there are %q, more: %v", texts, more)
	}
	if texts, _ := page(1, 9); strings.Join(texts, " ") != "yesterday today later" {
		t.Errorf("from the start on there are %q", texts)
	}
	if texts, _ := page(today.SentAt+time.Hour.Milliseconds(), 9); len(texts) > 0 {
		t.Errorf("later there are %q", texts)
	}
}
