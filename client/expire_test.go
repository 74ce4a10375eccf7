package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/wire"
)

// A timer that the relay refuses does not stay set on this device: the one from before
// holds again, until the person tries once more and the relay takes it.
func TestTimer_RefusedIsNotKept(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	chat := chatID(a1, bob)
	keptFor := func() int64 { return Call(a1, api.GetChat, api.ChatID{ChatID: chat}).KeptFor }
	Call(a1, api.SetTimer, api.SetTimerParams{ChatID: chat, Seconds: 86400})
	b1.WantTexts(alice, []string{"[timer]"})
	Call(a1, api.Sync, api.None{})
	r.Forge(func(device string, f *wire.Frame) {
		switch body := f.Body.(type) {
		case *wire.Response:
			if _, ok := body.Result.(*wire.SendResult); ok && device == a1.Name {
				body.Result = wire.NewError(wire.ErrorTooLarge)
			}
		case *wire.Event: // nor does the feed bring what was not taken
			if device == a1.Name {
				body.Happening = nil
			}
		}
	})
	refused := Call(a1, api.SetTimer, api.SetTimerParams{ChatID: chat, Seconds: 60})
	a1.Eventually("it failed", func() bool {
		all := Call(a1, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages
		return all[len(all)-1].ID == refused.ID && all[len(all)-1].Status == api.MessageFailed
	})
	if got := keptFor(); got != 86400 {
		t.Errorf("after the refusal messages are kept for %d s", got)
	}
	r.Forge(nil)
	Call(a1, api.Retry, api.MessageID{ID: refused.ID})
	if got := keptFor(); got != 60 {
		t.Errorf("tried again, messages are kept for %d s", got)
	}
	Call(a1, api.Sync, api.None{})
	if got := keptFor(); got != 60 {
		t.Errorf("once it was taken, messages are kept for %d s", got)
	}
}
