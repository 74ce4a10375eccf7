package relay_test

import (
	"strings"
	"testing"

	"parley/internal/relay"
	"parley/internal/store"
	"parley/wire"
)

// FuzzReceive gives every stage of a connection the fuzz string as a frame, as
// the body of a frame, and checks that what is malformed is refused as such,
// that the relay lives on, and that the account is as before unless the frame
// was a proper request.
func FuzzReceive(f *testing.F) {
	for _, call := range []wire.RequestCall{
		&wire.Ping{}, &wire.Hello{Version: 1}, &wire.Authenticate{AccountID: []byte{1}}, &wire.Send{Kind: 1, Message: []byte{1}},
		&wire.CreateConversation{Members: []*wire.Member{{}}}, &wire.Pull{After: 1 << 63}, &wire.Ack{Position: 1 << 63},
		&wire.WatchPresence{AccountIDs: [][]byte{{}}}, &wire.AddDevice{SlotID: []byte{1}}, &wire.Register{Token: []byte{1}},
		&wire.PutHistoryChunk{Data: []byte{1}}, &wire.GetHistoryChunk{ChunkID: []byte{1}},
		&wire.PublishKeyPackages{OneTime: [][]byte{{}}}, &wire.LookUpAccount{Phone: "\x00"}, &wire.MarkRead{Sequence: 1 << 63},
	} {
		f.Add(wire.Encode(&wire.Frame{ID: 7, Body: &wire.Request{Call: call}}))
	}
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\xff", 40)))
	w := newWorld(f, func(s *relay.Settings) { s.CallsPerSecond, s.CallBurst = 1_000_000, 1_000_000 })
	alice := w.register(somePhone)
	f.Fuzz(func(t *testing.T, b []byte) {
		w.TB = t
		alice.on(t)
		alice.pipe.Close()
		alice.reconnect()
		for _, p := range []*peer{w.dial(), w.greet(), alice.peer} {
			p.session.Receive(b)
			response := p.pipe.take(isResponse)
			if response == nil {
				t.Fatal("the frame ended the connection without an answer")
			}
			if isRequest(b) {
				continue
			}
			e, ok := response.Body.(*wire.Response).Result.(*wire.Error)
			if !ok || e.Code != wire.ErrorMalformed {
				t.Fatalf("a malformed frame was answered by %+v", response.Body)
			}
		}
		err := w.store.View(t.Context(), func(r store.Reader) error {
			a, err := r.FindAccount(alice.account)
			if err == nil && string(a.Phone) != somePhone {
				t.Error("the account changed")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// isRequest reports whether b is a frame that asks for something.
func isRequest(b []byte) bool {
	frame, err := wire.Decode(b)
	if err != nil || frame.ID == 0 {
		return false
	}
	request, ok := frame.Body.(*wire.Request)
	return ok && request.Call != nil
}
