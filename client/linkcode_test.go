package client_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/client/api"
	"parley/client/content"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/client/linking"
	"parley/client/linkwords"
	"parley/wire"
	"parley/wire/linkuri"
)

// same and differ are what a person at the new device says about words.
func same(words []int) api.LinkWordsAnswer   { return api.LinkWordsAnswer{Words: words, Same: true} }
func differ(words []int) api.LinkWordsAnswer { return api.LinkWordsAnswer{Words: words} }

// wantUnlinked fails unless neither side has got anything.
func wantUnlinked(t *testing.T, primary, fresh *Device) {
	t.Helper()
	if got := len(Call(primary, api.ListDevices, api.None{}).Devices); got != 1 {
		t.Errorf("the account has %d devices", got)
	}
	if s := Call(fresh, api.GetStatus, api.None{}).State; s == api.StateReady {
		t.Error("the new device has an account")
	}
}

func newPair(t *testing.T) (r *Relay, primary, fresh *Device) {
	t.Helper()
	r = NewRelay(t)
	primary, fresh = r.NewDevice("Alice"), r.NewDevice("Desk PC")
	primary.Register(alice)
	return r, primary, fresh
}

// M5, M25, M26: a device is linked by a code that a person types, in any way that
// people type it; both see the same words, and nothing happens before both said so.
func TestLinkByCode(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	fresh := r.NewDevice("Desk PC")
	code, shown, ended := fresh.ShowCode()
	typed := strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(strings.ToLower(code))
	claimed := Call(a1, api.ClaimLinkCode, api.LinkCodeParams{Code: typed})
	if got := <-shown; !slices.Equal(got, claimed.Words) || slices.Contains(linkwords.Of(got), "") || len(got) != 4 {
		t.Fatalf("the new device shows %v, the primary %v", got, claimed.Words)
	}
	if again := Call(a1, api.ClaimLinkCode, api.LinkCodeParams{Code: code}); !slices.Equal(again.Words, claimed.Words) || again.URI != claimed.URI {
		t.Error("asked again, the primary shows something else")
	}
	_, err := Try(a1, api.AcceptLink, api.LinkURI{URI: claimed.URI})
	wantCode(t, err, "link_waiting")
	Call(fresh, api.ConfirmLinkWords, same([]int{1, 2, 3, 4})) // words of a code before
	_, err = Try(a1, api.AcceptLink, api.LinkURI{URI: claimed.URI})
	wantCode(t, err, "link_waiting")
	Call(fresh, api.ConfirmLinkWords, same(claimed.Words))
	request := Call(a1, api.InspectLink, api.LinkURI{URI: claimed.URI})
	if request.DeviceName != "Desk PC" || request.Platform != "cli" || request.Phone != string(alice) {
		t.Errorf("the primary asks about %+v", request)
	}
	Call(a1, api.AcceptLink, api.LinkURI{URI: claimed.URI})
	if end := <-ended; end.State != api.LinkAccepted || end.Phone != string(alice) {
		t.Fatalf("the new device ends with %v %v", end.State, end.Error)
	}
	fresh.WantTexts(bob, []string{"before"})
	fresh.Send(bob, "from the desk")
	b1.WantTexts(alice, []string{"before", "from the desk"})
	_, err = Try(b1, api.ClaimLinkCode, api.LinkCodeParams{Code: code})
	wantCode(t, err, "link_used")
}

// The primary's person may look at the words for as long as they like: InspectLink
// waits for the new device.
func TestLinkByCode_PrimaryWaits(t *testing.T) {
	t.Parallel()
	_, primary, fresh := newPair(t)
	typed := primary.TypeCode(fresh)
	var inspected sync.WaitGroup
	inspected.Go(func() { Call(primary, api.InspectLink, api.LinkURI{URI: typed.URI}) })
	time.Sleep(2 * wire.LinkPoll) // it has been told to wait
	Call(fresh, api.ConfirmLinkWords, same(typed.New))
	inspected.Wait()
	Call(primary, api.RejectLink, api.RejectLinkParams{URI: typed.URI})
	if end := <-typed.Ended; end.State != api.LinkRejected {
		t.Errorf("the new device ends with %v %v", end.State, end.Error)
	}
	wantUnlinked(t, primary, fresh)
}

// Who says that the words differ ends it on both, with the reason.
func TestLinkByCode_WordsDiffer(t *testing.T) {
	t.Parallel()
	t.Run("on the new device", func(t *testing.T) {
		_, primary, fresh := newPair(t)
		typed := primary.TypeCode(fresh)
		Call(fresh, api.ConfirmLinkWords, differ(typed.New))
		wantEnd(t, typed, "link_words_differ")
		_, err := Try(primary, api.InspectLink, api.LinkURI{URI: typed.URI})
		wantCode(t, err, "link_words_differ")
		Call(primary, api.RejectLink, api.RejectLinkParams{URI: typed.URI, WordsDiffer: true}) // said at the same time
		wantUnlinked(t, primary, fresh)
	})
	t.Run("on the primary", func(t *testing.T) {
		_, primary, fresh := newPair(t)
		typed := primary.TypeCode(fresh)
		Call(fresh, api.ConfirmLinkWords, same(typed.New))
		Call(primary, api.InspectLink, api.LinkURI{URI: typed.URI})
		Call(primary, api.RejectLink, api.RejectLinkParams{URI: typed.URI, WordsDiffer: true})
		wantEnd(t, typed, "link_words_differ")
		_, err := Try(primary, api.AcceptLink, api.LinkURI{URI: typed.URI})
		wantCode(t, err, "link_used")
		wantUnlinked(t, primary, fresh)
	})
}

func wantEnd(t *testing.T, typed *Typed, code string) {
	t.Helper()
	if end := <-typed.Ended; end.State != api.LinkFailed || end.Error == nil || end.Error.Code != code {
		t.Errorf("the new device ends with %v %v, want %s", end.State, end.Error, code)
	}
}

// What is wrong with a code is said by name, and costs nothing where the relay
// need not be asked.
func TestLinkByCode_BadCodes(t *testing.T) {
	t.Parallel()
	r, primary, fresh := newPair(t)
	for _, text := range []string{"", "1234", "parley://link?v=1", "UUUU-UUUU"} {
		_, err := Try(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: text})
		wantCode(t, err, "link_code_malformed")
	}
	_, err := Try(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: "0000-0000"})
	wantCode(t, err, "link_code_unknown")
	former, _, _ := fresh.ShowCode()
	code, _, _ := fresh.ShowCode()
	_, err = Try(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: former})
	wantCode(t, err, "link_expired")
	_, err = Try(r.NewDevice("nobody's"), api.ClaimLinkCode, api.LinkCodeParams{Code: code})
	wantCode(t, err, "not_registered")
	_, err = Try(r.NewDevice("another"), api.ConfirmLinkWords, same(nil))
	wantCode(t, err, "link_expired")
	Call(fresh, api.CancelLink, api.None{})
	_, err = Try(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: code})
	wantCode(t, err, "link_expired")
	for range 8 {
		_, err = Try(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: "0000-0000"})
	}
	wantCode(t, err, "rate_limited")
	wantUnlinked(t, primary, fresh)
}

// A primary whose connection breaks before each of its requests goes on where it
// was; one that has lost its memory gets no second try at the words.
func TestLinkByCode_LostRequests(t *testing.T) {
	t.Parallel()
	r, primary, fresh := newPair(t)
	var mu sync.Mutex
	lost := map[string]bool{}
	r.Cut(func(device string, frame *wire.Frame) bool {
		request, ok := frame.Body.(*wire.Request)
		if !ok || device != primary.Name {
			return false
		}
		kind := ""
		switch request.Call.(type) {
		case *wire.ClaimCodeSlot:
			kind = "claim code"
		case *wire.ExchangeLinkShare:
			kind = "exchange"
		case *wire.ClaimLinkSlot:
			kind = "claim"
		case *wire.AddDevice:
			kind = "add"
		}
		mu.Lock()
		defer mu.Unlock()
		first := kind != "" && !lost[kind]
		lost[kind] = true
		return first
	})
	code, shown, ended := fresh.ShowCode()
	claimed := persist(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: code})
	if got := <-shown; !slices.Equal(got, claimed.Words) {
		t.Fatalf("the new device shows %v, the primary %v", got, claimed.Words)
	}
	Call(fresh, api.ConfirmLinkWords, same(claimed.Words))
	persist(primary, api.InspectLink, api.LinkURI{URI: claimed.URI})
	persist(primary, api.AcceptLink, api.LinkURI{URI: claimed.URI})
	if end := <-ended; end.State != api.LinkAccepted {
		t.Errorf("the new device ends with %v %v", end.State, end.Error)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(lost) < 4 {
		t.Errorf("lost only %v", lost)
	}
}

// persist repeats a call while there is no connection, as apps do.
func persist[P, R any](d *Device, m api.Method[P, R], params P) (result R) {
	d.Eventually(m.Name, func() bool {
		var err error
		result, err = Try(d, m, params)
		return err == nil
	})
	return result
}

func TestLinkByCode_PrimaryRestarts(t *testing.T) {
	t.Parallel()
	_, primary, fresh := newPair(t)
	typed := primary.TypeCode(fresh)
	primary.Stop()
	primary.Start()
	_, err := Try(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: typed.Code})
	wantCode(t, err, "link_used")
	wantUnlinked(t, primary, fresh)
}

// M6: the relay stands between the two and swaps keys in both directions. The
// words differ, and whatever it goes on to show, no offer and no certificate leave
// before a person has said that they are the same.
func TestMaliciousRelay_CodeInTheMiddle(t *testing.T) {
	t.Parallel()
	r, primary, fresh := newPair(t)
	between := r.StandBetween(fresh, primary)
	typed := primary.TypeCode(fresh)
	if slices.Equal(typed.New, typed.Primary) {
		t.Fatalf("both show %q", linkwords.Of(typed.New))
	}
	Call(fresh, api.ConfirmLinkWords, differ(typed.New))
	wantEnd(t, typed, "link_words_differ")
	// It keeps that to itself, and has a device of its own ask.
	request := Call(primary, api.InspectLink, api.LinkURI{URI: typed.URI})
	if request.DeviceName != "Tablet" {
		t.Fatalf("the primary asks about %+v", request)
	}
	Call(primary, api.RejectLink, api.RejectLinkParams{URI: typed.URI, WordsDiffer: true})
	if offers, additions := between.Passed(); offers != 0 || additions != 0 {
		t.Errorf("%d offers, %d devices passed", offers, additions)
	}
	wantUnlinked(t, primary, fresh)
}

// M6: the relay swaps the new device's share alone, which does not fit the
// commitment. Neither goes on, and the code cannot be tried again.
func TestMaliciousRelay_CodeCommitment(t *testing.T) {
	t.Parallel()
	r, primary, fresh := newPair(t)
	r.Forge(func(device string, frame *wire.Frame) {
		response, ok := frame.Body.(*wire.Response)
		if !ok || device != primary.Name {
			return
		}
		if x, ok := response.Result.(*wire.ExchangeLinkShareResult); ok && len(x.Share) > 0 {
			x.Share[len(x.Share)-1] ^= 1
		}
	})
	code, _, ended := fresh.ShowCode()
	for range 2 {
		_, err := Try(primary, api.ClaimLinkCode, api.LinkCodeParams{Code: code})
		wantCode(t, err, api.ErrLinkTampered.Code)
		r.Forge(nil)
	}
	if end := <-ended; end.State != api.LinkRejected {
		t.Errorf("the new device ends with %v %v", end.State, end.Error)
	}
	wantUnlinked(t, primary, fresh)
}

// instead has a relay tell the new device something else than that the primary
// said no.
func instead(r *Relay, fresh *Device, e wire.LinkEvent) {
	r.Forge(func(device string, frame *wire.Frame) {
		event, ok := frame.Body.(*wire.Event)
		if !ok || device != fresh.Name {
			return
		}
		if link, ok := event.Happening.(*wire.LinkEvent); ok && link.State == wire.LinkRejected {
			e.SlotID = link.SlotID
			event.Happening = &e
		}
	})
}

// M6: a relay that has seen the new device's share sends a second one for the
// primary: with another try it could search for words that are alike.
func TestMaliciousRelay_CodeSecondShare(t *testing.T) {
	t.Parallel()
	r, primary, fresh := newPair(t)
	other, err := linking.NewExchange(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	typed := primary.TypeCode(fresh)
	instead(r, fresh, wire.LinkEvent{State: wire.LinkShared, Share: other.Share()})
	Call(primary, api.RejectLink, api.RejectLinkParams{URI: typed.URI})
	wantEnd(t, typed, api.ErrLinkTampered.Code)
	wantUnlinked(t, primary, fresh)
}

// M6: a bundle that comes before the person at the new device has compared the
// words is not taken, however well it is sealed.
func TestMaliciousRelay_CodeBundleTooEarly(t *testing.T) {
	t.Parallel()
	r, primary, fresh := newPair(t)
	typed := primary.TypeCode(fresh)
	link, err := linkuri.Parse(typed.URI)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := linking.SealBundle(link, &content.LinkBundle{})
	if err != nil {
		t.Fatal(err)
	}
	instead(r, fresh, wire.LinkEvent{State: wire.LinkAccepted, SealedBundle: sealed})
	Call(primary, api.RejectLink, api.RejectLinkParams{URI: typed.URI})
	wantEnd(t, typed, api.ErrLinkTampered.Code)
	wantUnlinked(t, primary, fresh)
}
