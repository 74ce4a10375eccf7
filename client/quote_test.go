package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// X2: what answers or pins a file without a caption tells what it is; where the file's
// message is not any more, as the answer says. An answer from before that was told has
// nothing, as that to a document.
func TestX2_QuoteOfAFileWithoutCaption(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b := r.NewDevice("alice"), r.NewDevice("bob")
	a.Register(alice)
	b.Register(bob)
	path, _ := fileOf(t, 1000)
	for _, c := range []struct{ kind, claimed api.MediaKind }{{api.MediaVoice, api.MediaVoice}, {api.MediaDocument, ""}} {
		stored := Call(a, api.PutFile, api.PutFileParams{Path: path})
		file := Call(a, api.SendMedia, api.SendMediaParams{ChatID: chatID(a, bob), FileID: stored.FileID, Kind: c.kind, Type: "audio/ogg", Wait: true})
		fileMessage(t, b, string(alice), func(m api.Message) bool { return m.ID == file.ID })
		answer := Call(b, api.Send, api.SendParams{ChatID: chatID(b, alice), Text: string("about " + c.kind), ReplyTo: file.ID, Wait: true})
		if q := answer.Quote; q == nil || q.Text != "" || q.Kind != api.MessageMedia || q.Media != c.kind {
			t.Errorf("%s: Bob sees an answer to %+v", c.kind, q)
		}
		Call(b, api.Pin, api.PinParams{ID: file.ID, Seconds: 24 * 3600})
		if pins := Call(b, api.GetChat, api.ChatID{ChatID: chatID(b, alice)}).Pins; pins[0].Message.Media != c.kind {
			t.Errorf("%s: pinned is %+v", c.kind, pins[0].Message)
		}
		Call(a, api.Delete, api.DeleteParams{IDs: []string{file.ID}})
		q := wait(a, bob, "the answer", answer.Text, anyMessage).Quote
		if q == nil || q.Text != "" || q.Kind != "" || q.Media != c.claimed {
			t.Errorf("%s: Alice, who has it no more, sees an answer to %+v", c.kind, q)
		}
	}
}
