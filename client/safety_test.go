package client_test

import (
	"slices"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

// chatOf is a device's chat with a number.
func chatOf(d *Device, with ident.Phone) api.Chat {
	return Call(d, api.OpenChat, api.OpenChatParams{Phone: string(with)})
}

func safetyNumber(d *Device, with ident.Phone) api.SafetyNumber {
	return Call(d, api.GetSafetyNumber, api.ChatID{ChatID: chatOf(d, with).ID})
}

func compare(t *testing.T, d *Device, with ident.Phone, code string) bool {
	t.Helper()
	return Call(d, api.CompareSafetyCode, api.CompareSafetyCodeParams{ChatID: chatOf(d, with).ID, Code: code}).Match
}

// X6: every device of both people shows the same number; scanning one device's
// code on another verifies the contact on all own devices.
func TestX6_CompareByScanning(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, b2 := people(t)
	a1.Send(bob, "hello")
	b2.WantTexts(alice, []string{"hello"})
	want := safetyNumber(a1, bob)
	for _, shown := range []api.SafetyNumber{safetyNumber(a2, bob), safetyNumber(b1, alice), safetyNumber(b2, alice)} {
		if !slices.Equal(shown.Groups, want.Groups) || shown.Verified {
			t.Errorf("shows %v, want %v", shown, want.Groups)
		}
	}
	if !compare(t, a1, bob, safetyNumber(b2, alice).Code) {
		t.Fatal("the codes do not match")
	}
	a2.Eventually("Bob is verified", func() bool { return chatOf(a2, bob).Verified })
	if chatOf(b1, alice).Verified {
		t.Error("Bob's side is verified, though he compared nothing")
	}
	Call(a2, api.SetVerified, api.SetVerifiedParams{ChatID: chatOf(a2, bob).ID})
	a1.Eventually("Bob is not verified any more", func() bool { return !chatOf(a1, bob).Verified })
}

// X6: a contact with other keys has another number, is not verified any more,
// and a line in the chat says so.
func TestX6_KeysChange(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "hello")
	b1.WantTexts(alice, []string{"hello"})
	before := safetyNumber(a1, bob)
	old := safetyNumber(b1, alice).Code
	if !compare(t, a1, bob, old) {
		t.Fatal("the codes do not match")
	}
	fresh := r.NewDevice("Bob's new phone")
	fresh.Register(bob)
	fresh.Send(alice, "new phone")
	a1.WantTexts(bob, []string{"hello", "[keysChanged]", "new phone"})
	after := safetyNumber(a1, bob)
	if slices.Equal(after.Groups, before.Groups) || after.Verified || chatOf(a1, bob).Verified {
		t.Errorf("shows %v, before %v", after, before.Groups)
	}
	if compare(t, a1, bob, old) {
		t.Error("the code of the old keys still matches")
	}
	if !compare(t, a1, bob, safetyNumber(fresh, alice).Code) {
		t.Error("the code of the new keys does not match")
	}
}

// X6: codes of others, and what is no code, are named and change nothing.
func TestX6_OtherCodes(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	carol := r.NewDevice("Carol")
	carol.Register("+32470000003")
	for _, d := range []*Device{a1, carol} {
		d.Send(bob, "hello")
	}
	b1.Eventually("Carol's chat", func() bool { return len(b1.Held("+32470000003")) == 1 })
	chat := chatOf(a1, bob)
	_, err := Try(a1, api.CompareSafetyCode, api.CompareSafetyCodeParams{ChatID: chat.ID, Code: safetyNumber(b1, "+32470000003").Code})
	wantCode(t, err, api.ErrSafetyOtherPerson.Code)
	_, err = Try(a1, api.CompareSafetyCode, api.CompareSafetyCodeParams{ChatID: chat.ID, Code: "https://example.org"})
	wantCode(t, err, api.ErrSafetyCode.Code)
	if chatOf(a1, bob).Verified {
		t.Error("Bob is verified")
	}
}
