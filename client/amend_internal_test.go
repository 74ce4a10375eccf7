package client

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// amendTest is a device with a chat, and what comes in it.
type amendTest struct {
	*historyTest
	chat *store.Chat
	n    byte
}

func newAmendTest(t testing.TB) *amendTest {
	t.Helper()
	k := &amendTest{historyTest: newHistoryTest(t)}
	k.chat = store.DirectChat(k.peer)
	k.update(func(tx *tx) error { return tx.SaveChat(k.chat) })
	return k
}

// says is a message of the contact at a sequence, and a time.
func (k *amendTest) says(sequence uint64, at int64) {
	k.Helper()
	m := k.message(byte(sequence), k.peer, at)
	k.update(func(tx *tx) error {
		stored, ok := tx.storedMessage(k.chat, m)
		if !ok {
			return errors.New("no message")
		}
		_, err := tx.createOrMove(stored)
		return err
	})
}

// amends has an amendment come.
func (k *amendTest) amends(sequence uint64, sender ident.AccountID, at int64, body content.ContentBody) {
	k.Helper()
	k.n++
	id := bytes.Repeat([]byte{200, k.n}, 8)
	k.update(func(tx *tx) error {
		return tx.takeAmendments(k.chat, []*content.StoredAmendment{{
			MessageID: id, Sequence: sequence, SenderAccount: sender[:], TimeMS: at, Content: content.Encode(&content.Content{Body: body, Quiet: true}),
		}})
	})
}

// shows is what the device shows of a message.
func (k *amendTest) shows(id byte) (shown string) {
	k.Helper()
	k.update(func(tx *tx) error {
		m, err := tx.FindMessage(ident.MessageID(bytes.Repeat([]byte{id}, 16)))
		if err != nil || m == nil {
			return err
		}
		s, err := tx.showMessage(m)
		if err == nil {
			shown = fmt.Sprint(s.Kind, " ", s.Text, " ", s.Edited, " ", len(s.Reactions))
		}
		return err
	})
	return shown
}

func (k *amendTest) want(id byte, want string) {
	k.Helper()
	if got := k.shows(id); got != want {
		k.Errorf("message %d shows %q, want %q", id, got, want)
	}
}

func target(id byte) []byte { return bytes.Repeat([]byte{id}, 16) }

// X2, X9: amendments count the same whether they come before the message, as when a gap
// is filled, or behind it, and in whatever order.
func TestAmendments_InAnyOrder(t *testing.T) {
	k := newAmendTest(t)
	k.amends(12, k.peer, 3000, &content.Edit{MessageID: target(10), Text: "third"})
	k.amends(11, k.peer, 2000, &content.Edit{MessageID: target(10), Text: "second"})
	k.amends(14, k.peer, 2000, &content.Reaction{MessageID: target(10), Emoji: ""})
	k.amends(13, k.peer, 2000, &content.Reaction{MessageID: target(10), Emoji: "👍"})
	k.says(10, 1000)
	k.want(10, "text third true 0")
	k.amends(15, k.peer, 4000, &content.Deletion{MessageID: target(10)})
	k.amends(16, k.peer, 4000, &content.Edit{MessageID: target(10), Text: "back"})
	k.want(10, "deleted  false 0")
	k.amends(21, k.peer, 1000, &content.Deletion{MessageID: target(20)})
	k.says(20, 1000)
	k.want(20, "deleted  false 0")
}

// X2, X3: others cannot change what somebody wrote, nor the author after the time; an
// edit from before the message, and one of no message, change nothing.
func TestAmendments_ThatDoNotCount(t *testing.T) {
	k := newAmendTest(t)
	k.says(10, 1000)
	own := ident.AccountID{1}
	k.amends(11, own, 2000, &content.Edit{MessageID: target(10), Text: "forged"})
	k.amends(12, own, 2000, &content.Deletion{MessageID: target(10)})
	k.amends(13, k.peer, 1000+editWithin+1, &content.Edit{MessageID: target(10), Text: "late"})
	k.amends(14, k.peer, 1000+deleteWithin+1, &content.Deletion{MessageID: target(10)})
	k.amends(9, k.peer, 1000, &content.Edit{MessageID: target(10), Text: "earlier"})
	k.amends(15, ident.AccountID{9}, 1000, &content.Reaction{MessageID: target(10), Emoji: "👍"})
	k.amends(16, k.peer, 1000, &content.Reaction{MessageID: target(10), Emoji: "not an emoji"})
	k.amends(17, k.peer, 1000, &content.Edit{MessageID: []byte{1}, Text: "nothing"})
	k.want(10, "text text false 0")
}

// A thousand edits and reactions leave a message as the last says, and few rows.
func TestAmendments_Flood(t *testing.T) {
	k := newAmendTest(t)
	k.says(10, 1000)
	for i := range 60 {
		k.amends(uint64(100+2*i), k.peer, 2000, &content.Edit{MessageID: target(10), Text: fmt.Sprint("edit ", i)})
		k.amends(uint64(101+2*i), k.peer, 2000, &content.Reaction{MessageID: target(10), Emoji: "👍"})
	}
	k.want(10, "text edit 59 true 1")
	k.update(func(tx *tx) error {
		all, err := tx.FindAmendments(k.chat.ID, ident.MessageID(target(10)))
		if len(all) > maxEdits+1 {
			t.Errorf("%d rows are kept", len(all))
		}
		return err
	})
}

// Who floods a chat with edits of others' messages, or of messages that there never
// were, fills no storage; the latest that wait still count when their message comes.
func TestAmendments_FloodByOthers(t *testing.T) {
	k := newAmendTest(t)
	k.says(10, 1000)
	own := ident.AccountID{1}
	nowhere := func(n int) []byte { return append(bytes.Repeat([]byte{99}, 14), byte(n>>8), byte(n)) }
	k.update(func(tx *tx) error {
		var all []*content.StoredAmendment
		for i := range 2 * maxWaiting {
			for j, body := range []content.ContentBody{
				&content.Edit{MessageID: target(10), Text: "forged"}, &content.Deletion{MessageID: target(10)}, &content.Reaction{MessageID: nowhere(i), Emoji: "👍"},
			} {
				id := append(bytes.Repeat([]byte{98, byte(j)}, 7), byte(i>>8), byte(i))
				all = append(all, &content.StoredAmendment{
					MessageID: id, Sequence: uint64(1000 + 3*i + j), SenderAccount: own[:], TimeMS: 2000, Content: content.Encode(&content.Content{Body: body, Quiet: true}),
				})
			}
		}
		return tx.takeAmendments(k.chat, all)
	})
	k.want(10, "text text false 0")
	k.update(func(tx *tx) error {
		kept, err := tx.FindAmendmentsInRange(k.chat.ID, 0, 1<<40)
		if len(kept) != maxWaiting {
			t.Errorf("%d amendments are kept, want %d", len(kept), maxWaiting)
		}
		return err
	})
	last := k.message(30, k.peer, 1000)
	last.MessageID = nowhere(2*maxWaiting - 1)
	k.update(func(tx *tx) error {
		stored, ok := tx.storedMessage(k.chat, last)
		if !ok {
			return errors.New("no message")
		}
		if _, err := tx.createOrMove(stored); err != nil {
			return err
		}
		shown, err := tx.showAgain(stored.ID)
		if err == nil && len(shown.Reactions) != 1 {
			t.Errorf("the message that came last shows %+v", shown)
		}
		return err
	})
}

// Whatever a member of a group writes is bounded, shown or refused: mentions without
// number, a name of many pages, a quote of nothing.
func TestHostileContext(t *testing.T) {
	id := target(7)
	many := make([]*content.Mention, 10_000)
	for i := range many {
		many[i] = &content.Mention{AccountID: id, Name: "Bob"}
	}
	for name, c := range map[string]*content.Context{
		"10,000 mentions": {Mentions: many},
		"a long name":     {Mentions: []*content.Mention{{AccountID: id, Name: string(make([]byte, 1000))}}},
		"an odd account":  {Mentions: []*content.Mention{{AccountID: id[:5], Name: "Bob"}}},
		"an odd quote":    {Quote: &content.Quote{MessageID: id, SenderAccount: []byte{1}}},
		"a long quote":    {Quote: &content.Quote{MessageID: id, SenderAccount: id, Text: string(make([]byte, 1000))}},
	} {
		if fillMessage(new(store.Message), &content.Content{Body: &content.Text{Text: "@Bob"}, Context: c}) {
			t.Errorf("%s: taken", name)
		}
	}
	for name, body := range map[string]content.ContentBody{
		"a giant text":        &content.Text{Text: string(make([]byte, maxText+1))},
		"a poll of one":       &content.Poll{Question: "?", Options: []string{"a"}},
		"a poll of the same":  &content.Poll{Question: "?", Options: []string{"a", "a"}},
		"a place elsewhere":   &content.Location{LatitudeE6: 91e6},
		"a card of no number": &content.ContactCard{Name: "Bob", Phone: "javascript:alert(1)"},
		"a timer of ages":     &content.Timer{Seconds: 1 << 62},
		"a file without key":  &content.Media{MediaID: id, Hash: make([]byte, 32)},
	} {
		if fillMessage(new(store.Message), &content.Content{Body: body}) {
			t.Errorf("%s: taken", name)
		}
	}
}

// A name that somebody else chose stands in a line without changing what is around it.
func TestShownName(t *testing.T) {
	for name, want := range map[string]string{
		"Bob": "Bob", " Bob\n\t Builder ": "Bob Builder", "Bob \u202ereliuB": "Bob reliuB", "\u2066Bob\u2069\u200f\ufeff": "Bob",
		"B\x00o\x7fb\xff": "Bob", "👩\u200d👩\u200d👧 🏴\U000e0067\U000e007f": "👩\u200d👩\u200d👧 🏴\U000e0067\U000e007f", "می\u200cخواهم": "می\u200cخواهم", "\u202e": "",
		string(bytes.Repeat([]byte("é"), 1000)): string(bytes.Repeat([]byte("é"), maxName)),
	} {
		if got := shownName(name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

// What people cannot put under a message is no reaction.
func TestIsEmoji(t *testing.T) {
	for s, want := range map[string]bool{
		"👍": true, "👍🏽": true, "❤️": true, "👨‍👩‍👧‍👦": true, "🇧🇪": true, "🏴󠁧󠁢󠁥󠁮󠁧󠁿": true, "1️⃣": true, "©️": true, "🧑🏻‍❤️‍💋‍🧑🏿": true,
		"": false, "a": false, "12": false, "👍a": false, "\u202e👍": false, "👍\n": false, "<b>": false, "\xff": false, " ": false, "\u200d": false,
	} {
		if got := isEmoji(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// X2: three pins hold, the last three by their order, whatever the order in which they
// come; pins of messages that are not here, of themselves, and of what the app tells are
// not shown, and a pin from before a month is none.
func TestPins_InAnyOrder(t *testing.T) {
	k := newAmendTest(t)
	var now int64
	k.update(func(tx *tx) error { now = tx.c.relayNow().UnixMilli(); return nil })
	for sequence := range uint64(6) {
		k.says(sequence+1, now-1000)
	}
	pin := func(sequence uint64, at int64, of byte, seconds uint64) {
		m := k.message(byte(sequence), k.peer, at)
		m.Text, m.Content = "", content.Encode(&content.Content{Body: &content.Pin{MessageID: target(of), Seconds: seconds}})
		k.update(func(tx *tx) error {
			stored, ok := tx.storedMessage(k.chat, m)
			if !ok {
				return errors.New("no pin")
			}
			_, err := tx.createOrMove(stored)
			return err
		})
	}
	want := func(want string) {
		t.Helper()
		k.update(func(tx *tx) error {
			chat, err := tx.showChat(k.chat.ID)
			got := ""
			for _, p := range chat.Pins {
				id, err := ident.ParseID[ident.MessageID](p.Message.ID)
				if err != nil {
					return err
				}
				got += fmt.Sprintf("%02d", id[0])
			}
			if got != want {
				t.Errorf("pinned are %s, want %s", got, want)
			}
			return err
		})
	}
	pin(24, now, 4, 3600)
	pin(22, now, 2, 3600)
	want("0402")
	pin(23, now, 3, 3600)
	pin(21, now, 1, 3600)
	want("040302")
	pin(25, now, 5, 0) // was not pinned
	pin(26, now, 3, 0)
	want("0402")
	pin(20, now-longestPin*1000-1, 6, longestPin)
	want("0402")
	pin(27, now, 99, 3600) // not here
	pin(28, now, 28, 3600) // itself
	want("04")
}

// A message that a former version could not read is shown once this one starts; what this
// one cannot read either stays as it came.
func TestReadAgain(t *testing.T) {
	k := newAmendTest(t)
	question := content.Encode(&content.Content{
		Body: &content.Poll{Question: "Lunch?", Options: []string{"yes", "no"}}, Context: &content.Context{ExpiresAfterS: 1 << 30},
	})
	unknown := []byte{0xfa, 0x3f, 0x00} // field 1023
	for id, plain := range map[byte][]byte{10: question, 11: unknown, 12: {0xff}} {
		k.update(func(tx *tx) error {
			_, err := tx.CreateMessage(&store.Message{
				ID: ident.MessageID(target(id)), Chat: k.chat.ID, Sequence: uint64(id), Sender: k.peer, Kind: store.KindUnsupported, SentAt: 1 << 50, Content: plain,
			})
			return err
		})
	}
	k.update((*tx).readAgain)
	k.want(10, "poll Lunch? false 0")
	k.want(11, "unsupported  false 0")
	k.want(12, "unsupported  false 0")
	k.update(func(tx *tx) error {
		hits, err := tx.Search([]string{"lunch"}, nil, 9)
		if len(hits) != 1 {
			t.Errorf("search finds %d", len(hits))
		}
		return err
	})
}

var errRollBack = errors.New("nothing is to be kept")

// Whatever a contact puts into a message is shown or refused, and what is shown is
// handed on the same.
func FuzzContent(f *testing.F) {
	id := target(7)
	for _, c := range []*content.Content{
		{Body: &content.Text{Text: "\u202etext"}, Context: &content.Context{
			Quote:    &content.Quote{MessageID: id, SenderAccount: id, Text: "quote"},
			Mentions: []*content.Mention{{AccountID: id, Name: "Bob"}}, ExpiresAfterS: 1 << 60,
		}},
		{Body: &content.Poll{Question: "?", Options: []string{"a", "b"}}},
		{Body: &content.Location{LatitudeE6: 50_000_000, LongitudeE6: -4_000_000}},
		{Body: &content.ContactCard{Name: "Bob", Phone: "+32470000002"}},
		{Body: &content.Edit{MessageID: id, Text: "edit"}},
		{Body: &content.Reaction{MessageID: id, Emoji: "👍"}},
		{Body: &content.Deletion{MessageID: id}},
		{Body: &content.PollVote{MessageID: id, Options: []uint64{0, 1 << 63}}},
		{Body: &content.Timer{Seconds: 1 << 63}},
		{Body: &content.Pin{MessageID: id, Seconds: 3600}},
		{Body: &content.Pin{MessageID: target(8), Seconds: 3600}}, // itself
		{Body: &content.Viewed{MessageID: id}},
		{Body: &content.Media{
			MediaID: id, Key: make([]byte, 32), Hash: make([]byte, 32), Size: 1 << 40, Kind: content.MediaPhoto, Type: "text/html",
			Name: "../\u202egnp.exe", Width: 1 << 31, Height: 1 << 31, Caption: "\xff", Preview: []byte("RIFF"),
		}},
		{Body: &content.Media{MediaID: id, Key: make([]byte, 32), Hash: make([]byte, 32), Kind: content.MediaVoice}, Context: &content.Context{ViewOnce: true}},
		{Body: &content.Media{Kind: content.MediaVideo}, Context: &content.Context{ViewOnce: true}},
		{Body: &content.Text{Text: "https://example.org"}, Context: &content.Context{Preview: &content.LinkPreview{Url: "javascript:alert(1)", Title: "\u202e", Picture: []byte("<svg>")}}},
		{},
	} {
		f.Add(content.Encode(c))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		k := newAmendTest(t)
		k.says(7, 1000)
		err := k.c.update(t.Context(), func(tx *tx) error {
			m := &content.StoredMessage{MessageID: target(8), Sequence: 8, SenderAccount: k.peer[:], TimeMS: tx.c.relayNow().UnixMilli(), Content: plain}
			if stored, ok := tx.storedMessage(k.chat, m); ok {
				if _, err := tx.createOrMove(stored); err != nil {
					return err
				}
				if again, ok := tx.storedMessage(k.chat, asStored(stored)); !ok || again.Kind != stored.Kind && again.Kind != store.KindOnce || again.Text != stored.Text {
					t.Errorf("handed on, %+v is %+v", stored, again)
				}
			}
			err := tx.takeAmendments(k.chat, []*content.StoredAmendment{{
				MessageID: target(9), Sequence: 9, SenderAccount: k.peer[:], TimeMS: 1000, Content: plain,
			}})
			if err != nil {
				return err
			}
			all, err := tx.FindMessages(store.MessagePage{Chat: k.chat.ID, Limit: 9})
			for _, m := range all {
				if _, err := tx.showMessage(m); err != nil {
					t.Errorf("cannot show %+v: %v", m, err)
				}
			}
			if err != nil {
				return err
			}
			return errRollBack
		})
		if !errors.Is(err, errRollBack) {
			t.Error(err)
		}
	})
}
