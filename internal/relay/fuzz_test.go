package relay_test

import (
	"strings"
	"testing"

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
		&wire.PublishKeyPackages{OneTime: [][]byte{{}}}, &wire.LookUpAccount{Phone: "\x00"}, &wire.MarkRead{Sequence: 1 << 63},
	} {
		f.Add(wire.Encode(&wire.Frame{ID: 7, Body: &wire.Request{Call: call}}))
	}
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\xff", 40)))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newWorld(t)
		alice := w.register(somePhone)
		for _, p := range []*peer{w.dial(), w.greet(), alice.peer} {
			p.session.Receive(b)
			response := p.pipe.take(isResponse)
			if response == nil {
				t.Fatal("the frame ended the connection without an answer")
			}
			frame, err := wire.Decode(b)
			if err == nil {
				if _, ok := frame.Body.(*wire.Request); ok && frame.ID != 0 {
					continue
				}
			}
			e, ok := response.Body.(*wire.Response).Result.(*wire.Error)
			if !ok || e.Code != wire.ErrorMalformed {
				t.Fatalf("a malformed frame was answered by %+v", response.Body)
			}
		}
		if err := w.store.View(t.Context(), func(r store.Reader) error {
			a, err := r.FindAccount(alice.account)
			if err == nil && string(a.Phone) != somePhone {
				t.Error("the account changed")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.greet().call(&wire.Ping{}).(*wire.Done); !ok {
			t.Fatal("the relay does not answer any more")
		}
	})
}
