package relay_test

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/ident"
	"parley/internal/relay"
	"parley/wire"
)

const somePIN = "304857"

// mailBox is a mailer that keeps what it was given.
type mailBox struct {
	mu    sync.Mutex
	mails []sentMail
	fail  error
}

type sentMail struct{ address, subject, text string }

func (b *mailBox) SendMail(_ context.Context, address, subject, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, sentMail{address, subject, text})
	return b.fail
}

// code returns the code in the last mail to an address.
func (b *mailBox) code(address string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	code := ""
	for _, m := range b.mails {
		if m.address == address {
			code = regexp.MustCompile(`\b\d{6}\b`).FindString(m.text)
		}
	}
	return code
}

// prove proves a number on a new connection.
func (w *world) prove(phone string) (*peer, *wire.VerifyCodeResult) {
	w.Helper()
	p := w.greet()
	code, _, err := relay.Invite(context.Background(), w.store, rand.Reader, time.Now(), ident.Phone(phone))
	if err != nil {
		w.Fatal(err)
	}
	return p, must[*wire.VerifyCodeResult](p, &wire.VerifyCode{Phone: phone, Code: code})
}

// another is a device that would become the primary of a proven number.
func (w *world) another(p *peer, phone string, proven *wire.VerifyCodeResult) *device {
	return &device{
		peer: p, world: w, phone: phone, account: ident.AccountID(proven.AccountID),
		accountKey: newKey(), id: newID[ident.DeviceID](), key: newKey(),
	}
}

// guarded is the primary of an account with a PIN.
func (w *world) guarded(phone string) *device {
	w.Helper()
	d := w.register(phone)
	must[*wire.Done](d.peer, &wire.SetPin{Pin: somePIN})
	event[*wire.TwoStepChanged](d.peer)
	return d
}

// recoverable has a confirmed recovery address besides.
func (w *world) recoverable(phone, address string) *device {
	w.Helper()
	d := w.guarded(phone)
	must[*wire.MailCodeResult](d.peer, &wire.SetRecoveryEmail{Address: address})
	must[*wire.Done](d.peer, &wire.CheckMailCode{Code: w.mails.code(address)})
	event[*wire.TwoStepChanged](d.peer)
	return d
}

// Without the PIN nobody registers a number anew, whoever made the code (M35, M37).
func TestPIN_GuardsRegistration(t *testing.T) {
	for _, kind := range []string{"sent code", "invitation"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			alice := w.guarded(somePhone)
			var p *peer
			var proven *wire.VerifyCodeResult
			if kind == "invitation" {
				p, proven = w.prove(somePhone)
			} else {
				p = w.greet()
				must[*wire.RequestCodeResult](p, &wire.RequestCode{Phone: somePhone})
				proven = must[*wire.VerifyCodeResult](p, &wire.VerifyCode{Phone: somePhone, Code: w.codes.last(somePhone)})
			}
			if !proven.PinNeeded || proven.PinTriesLeft != wire.PINTries || proven.Email != "" || proven.ResetReadyMS != 0 {
				t.Errorf("the number was proven with %+v", proven)
			}
			next := w.another(p, somePhone, proven)
			next.refused(wire.ErrorPinNeeded, next.registration(proven.Token))
			next.refused(wire.ErrorPinInvalid, &wire.CheckPin{Token: proven.Token, Pin: "12345"})
			if e := next.refused(wire.ErrorPinWrong, &wire.CheckPin{Token: proven.Token, Pin: "304858"}); e.TriesLeft != 4 || e.RetryAfterMS == 0 {
				t.Errorf("the wrong PIN was answered by %+v", e)
			}
			next.refused(wire.ErrorPinNeeded, next.registration(proven.Token))
			must[*wire.Done](alice.peer, &wire.Ping{}) // nobody was logged out
		})
	}
}

// With the PIN the number moves to another phone: there is one primary, the
// old one is told, and the PIN stays (M4, M35).
func TestPIN_LetsItsOwnerRegister(t *testing.T) {
	w := newWorld(t)
	alice := w.guarded(somePhone)
	tablet := alice.link()
	p, proven := w.prove(somePhone)
	must[*wire.Done](p, &wire.CheckPin{Token: proven.Token, Pin: somePIN})
	next := w.another(p, somePhone, proven)
	must[*wire.Done](p, next.registration(proven.Token))
	next.authenticate()
	for _, old := range []*device{alice, tablet} {
		if e := event[*wire.LoggedOut](old.peer); e.Reason != wire.LogoutReregistered {
			t.Errorf("the reason is %v", e.Reason)
		}
	}
	if d := must[*wire.ListDevicesResult](next.peer, &wire.ListDevices{}).Devices; len(d) != 1 || !d[0].Primary {
		t.Errorf("the devices are %+v", d)
	}
	if ts := must[*wire.TwoStep](next.peer, &wire.GetTwoStep{}); !ts.PinSet {
		t.Error("the PIN is gone")
	}
	if log := w.log.String(); strings.Contains(log, somePIN) {
		t.Errorf("the log has the PIN:\n%s", log)
	}
}

// A PIN that is set or changed between proof and registration counts (M37).
func TestPIN_SetMeanwhile(t *testing.T) {
	w := newWorld(t)
	alice := w.register(somePhone)
	p, proven := w.prove(somePhone)
	if proven.PinNeeded {
		t.Error("a PIN is asked for that is not set")
	}
	must[*wire.Done](alice.peer, &wire.SetPin{Pin: somePIN})
	next := w.another(p, somePhone, proven)
	p.refused(wire.ErrorPinNeeded, next.registration(proven.Token))
	must[*wire.Done](p, &wire.CheckPin{Token: proven.Token, Pin: somePIN})
	must[*wire.Done](alice.peer, &wire.SetPin{Pin: "304859"})
	p.refused(wire.ErrorPinNeeded, next.registration(proven.Token))
	must[*wire.Done](alice.peer, &wire.SetPin{})
	must[*wire.Done](p, next.registration(proven.Token))
}

// Five tries with growing waits, whatever restarts in between (M37).
func TestPIN_TriesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.guarded(somePhone)
		waits := []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}
		for i, wait := range waits {
			p, proven := w.prove(somePhone)
			e := p.refused(wire.ErrorPinWrong, &wire.CheckPin{Token: proven.Token, Pin: "999888"})
			if got := time.Duration(e.RetryAfterMS) * time.Millisecond; e.TriesLeft != uint32(4-i) || got != wait {
				t.Errorf("after wrong PIN %d there are %d tries left in %v, want %v", i+1, e.TriesLeft, got, wait)
			}
			w.restartRelay()
			time.Sleep(wait - time.Second)
			p, proven = w.prove(somePhone)
			if proven.PinTriesLeft != uint32(4-i) || proven.PinRetryAfterMS != 1000 {
				t.Errorf("a new code was answered by %+v", proven)
			}
			p.refused(wire.ErrorRateLimited, &wire.CheckPin{Token: proven.Token, Pin: somePIN})
			time.Sleep(time.Second)
		}
		p, proven := w.prove(somePhone)
		p.refused(wire.ErrorPinLocked, &wire.CheckPin{Token: proven.Token, Pin: "999888"})
		time.Sleep(48 * time.Hour)
		p, proven = w.prove(somePhone)
		p.refused(wire.ErrorPinLocked, &wire.CheckPin{Token: proven.Token, Pin: somePIN})
		// The owner answers a reminder on the primary: the tries are back.
		alice.reconnect()
		must[*wire.Done](alice.peer, &wire.CheckPin{Pin: somePIN})
		must[*wire.Done](p, &wire.CheckPin{Token: proven.Token, Pin: somePIN})
		w.stopEarly()
	})
}

// Guesses at the same time are as many tries as they are guesses (M37).
func TestPIN_GuessesAtTheSameTime(t *testing.T) {
	w := newWorld(t)
	w.guarded(somePhone)
	p, proven := w.prove(somePhone)
	peers := []*peer{p}
	for range 7 {
		peers = append(peers, w.greet())
	}
	var wrong, waits int
	var mu sync.Mutex
	var guesses sync.WaitGroup
	for _, p := range peers {
		guesses.Go(func() {
			e, _ := p.call(&wire.CheckPin{Token: proven.Token, Pin: "999888"}).(*wire.Error)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case e != nil && e.Code == wire.ErrorPinWrong:
				wrong++
			case e != nil && e.Code == wire.ErrorRateLimited:
				waits++
			}
		})
	}
	guesses.Wait()
	if wrong != 1 || waits != len(peers)-1 {
		t.Errorf("%d guesses were looked at and %d told to wait", wrong, waits)
	}
}

// Reminders come on days 1, 3, 7 and 14 and then every 28 days, each after the
// right answer to the one before (M35).
func TestPIN_Reminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.guarded(somePhone)
		start := time.Now()
		due := func() time.Time {
			alice.reconnect()
			return time.UnixMilli(must[*wire.TwoStep](alice.peer, &wire.GetTwoStep{}).ReminderMS)
		}
		for _, day := range []int{1, 3, 7, 14, 42, 70} {
			want := start.Add(time.Duration(day) * 24 * time.Hour)
			if got := due(); !got.Equal(want.Truncate(time.Millisecond)) {
				t.Fatalf("the reminder of day %d is due at %v", day, got.Sub(start))
			}
			time.Sleep(time.Until(want))
			alice.reconnect()
			alice.refused(wire.ErrorPinWrong, &wire.CheckPin{Pin: "999888"})
			if got := due(); got.After(want) {
				t.Error("a wrong answer put the reminder off")
			}
			must[*wire.Done](alice.peer, &wire.CheckPin{Pin: somePIN})
			event[*wire.TwoStepChanged](alice.peer)
		}
		// Whoever has forgotten it sets another, and is asked tomorrow.
		must[*wire.Done](alice.peer, &wire.SetPin{Pin: "740381"})
		if got := due(); time.Until(got).Round(time.Second) != 24*time.Hour {
			t.Errorf("the reminder of a new PIN is due in %v", time.Until(got))
		}
		w.stopEarly()
	})
}

// Who has the unlocked phone cannot search for the PIN by reminders.
func TestPIN_RemindersArePaced(t *testing.T) {
	w := newWorld(t)
	alice := w.guarded(somePhone)
	for range 9 {
		alice.refused(wire.ErrorPinWrong, &wire.CheckPin{Pin: "999888"})
	}
	alice.refused(wire.ErrorRateLimited, &wire.CheckPin{Pin: somePIN})
}

func TestPIN_Refusals(t *testing.T) {
	w := newWorld(t)
	alice := w.register("+32470304857")
	tablet := alice.link()
	for pin, code := range map[string]wire.ErrorCode{
		"12345": wire.ErrorPinInvalid, "1234567": wire.ErrorPinInvalid, "12345a": wire.ErrorPinInvalid, "１２３４５６": wire.ErrorPinInvalid,
		"000000": wire.ErrorPinWeak, "123456": wire.ErrorPinWeak, "987654": wire.ErrorPinWeak, "246802": wire.ErrorPinWeak,
		"121212": wire.ErrorPinWeak, "470470": wire.ErrorPinWeak, "304857": wire.ErrorPinWeak,
	} {
		t.Run(pin, func(t *testing.T) {
			alice.on(t)
			alice.refused(code, &wire.SetPin{Pin: pin})
		})
	}
	alice.on(t)
	alice.refused(wire.ErrorPinUnset, &wire.CheckPin{Pin: somePIN})
	alice.refused(wire.ErrorMalformed, &wire.CheckPin{Token: []byte("token"), Pin: somePIN})
	alice.refused(wire.ErrorPinUnset, &wire.SetRecoveryEmail{Address: "alice@example.org"})
	for _, call := range []wire.RequestCall{
		&wire.SetPin{Pin: somePIN}, &wire.SetPin{}, &wire.CheckPin{Pin: somePIN},
		&wire.SetRecoveryEmail{Address: "alice@example.org"}, &wire.CheckMailCode{Code: "123456"},
	} {
		tablet.refused(wire.ErrorPrimaryOnly, call)
	}
	must[*wire.TwoStep](tablet.peer, &wire.GetTwoStep{})
	p := w.greet()
	p.refused(wire.ErrorNotAuthenticated, &wire.CheckPin{Pin: somePIN})
	p.refused(wire.ErrorNotAuthenticated, &wire.GetTwoStep{})
	for _, call := range []wire.RequestCall{
		&wire.CheckPin{Token: []byte("token"), Pin: somePIN}, &wire.CheckMailCode{Token: []byte("token"), Code: "123456"},
		&wire.RequestPinResetMail{Token: []byte("token")}, &wire.StartPinReset{Token: []byte("token")},
	} {
		p.refused(wire.ErrorCodeExpired, call)
	}
}

// A recovery address counts when its code has come back, is shown masked, and
// resets the PIN (M36).
func TestRecoveryEmail(t *testing.T) {
	const address = "alice@mail.example.org"
	w := newWorld(t)
	alice := w.guarded(somePhone)
	sent := must[*wire.MailCodeResult](alice.peer, &wire.SetRecoveryEmail{Address: " " + address + " "})
	if sent.Email != "a•••@m•••.org" || sent.RetryAfterMS != 30_000 || sent.ExpiresInMS != 1_800_000 {
		t.Errorf("the code was sent with %+v", sent)
	}
	if ts := must[*wire.TwoStep](alice.peer, &wire.GetTwoStep{}); ts.Email != "" || ts.EmailPending != sent.Email || !ts.EmailAvailable {
		t.Errorf("before the confirmation: %+v", ts)
	}
	if _, proven := w.prove(somePhone); proven.Email != "" {
		t.Error("an unconfirmed address is offered")
	}
	if e := alice.refused(wire.ErrorCodeWrong, &wire.CheckMailCode{Code: wrongCode(w.mails.code(address))}); e.TriesLeft != wire.CodeTries-1 {
		t.Errorf("%d tries are left", e.TriesLeft)
	}
	must[*wire.Done](alice.peer, &wire.CheckMailCode{Code: w.mails.code(address)})
	if ts := must[*wire.TwoStep](alice.peer, &wire.GetTwoStep{}); ts.Email != sent.Email || ts.EmailPending != "" {
		t.Errorf("after the confirmation: %+v", ts)
	}
	alice.refused(wire.ErrorCodeExpired, &wire.CheckMailCode{Code: w.mails.code(address)})
	for _, bad := range []string{"alice", "a@", "Alice <a@example.org>", "a@example.org\r\nBcc: b@example.org", strings.Repeat("a", 250) + "@example.org"} {
		alice.refused(wire.ErrorEmailInvalid, &wire.SetRecoveryEmail{Address: bad})
	}
	if log := w.log.String(); strings.Contains(log, "alice@") {
		t.Errorf("the log has the address:\n%s", log)
	}
	must[*wire.MailCodeResult](alice.peer, &wire.SetRecoveryEmail{})
	if ts := must[*wire.TwoStep](alice.peer, &wire.GetTwoStep{}); ts.Email != "" || !ts.PinSet {
		t.Errorf("after the removal: %+v", ts)
	}
}

// A code from the recovery address registers the number without PIN (M36).
func TestRecoveryEmail_ResetsThePIN(t *testing.T) {
	const address = "alice@example.org"
	w := newWorld(t)
	w.recoverable(somePhone, address)
	w.restartRelay() // the pace of mails begins anew
	p, proven := w.prove(somePhone)
	if proven.Email != "a•••@e•••.org" {
		t.Errorf("the number was proven with %+v", proven)
	}
	must[*wire.MailCodeResult](p, &wire.RequestPinResetMail{Token: proven.Token})
	code := w.mails.code(address)
	next := w.another(p, somePhone, proven)
	p.refused(wire.ErrorCodeWrong, &wire.CheckMailCode{Token: proven.Token, Code: wrongCode(code)})
	p.refused(wire.ErrorPinNeeded, next.registration(proven.Token))
	must[*wire.Done](p, &wire.CheckMailCode{Token: proven.Token, Code: code})
	must[*wire.Done](p, next.registration(proven.Token))
	next.authenticate()
	if ts := must[*wire.TwoStep](next.peer, &wire.GetTwoStep{}); ts.PinSet || ts.Email != "" {
		t.Errorf("after the reset: %+v", ts)
	}
}

// A code for an address that was replaced since is dead (M36).
func TestRecoveryEmail_ReplacedMeanwhile(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.CodesPerNumber = 100 })
	alice := w.recoverable(somePhone, "old@example.org")
	w.restartRelay()
	p, proven := w.prove(somePhone)
	must[*wire.MailCodeResult](p, &wire.RequestPinResetMail{Token: proven.Token})
	alice.reconnect()
	must[*wire.MailCodeResult](alice.peer, &wire.SetRecoveryEmail{})
	p.refused(wire.ErrorCodeExpired, &wire.CheckMailCode{Token: proven.Token, Code: w.mails.code("old@example.org")})
	p.refused(wire.ErrorEmailUnavailable, &wire.RequestPinResetMail{Token: proven.Token})
}

// Mails wait longer and longer, an account causes five a day, and as many
// reach one address (M36).
func TestRecoveryEmail_Flood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.guarded(somePhone)
		set := &wire.SetRecoveryEmail{Address: "victim@example.org"}
		for sent := range 5 {
			must[*wire.MailCodeResult](alice.peer, set)
			e := alice.refused(wire.ErrorRateLimited, set)
			if sent == 0 && e.RetryAfterMS != 30_000 {
				t.Errorf("the second mail waits for %d ms", e.RetryAfterMS)
			}
			time.Sleep(20 * time.Minute)
		}
		if e := alice.refused(wire.ErrorRateLimited, set); e.RetryAfterMS < uint64(time.Hour.Milliseconds()) {
			t.Errorf("the sixth mail of a day waits for %d ms", e.RetryAfterMS)
		}
		bob := w.guarded(w.nextPhone())
		bob.refused(wire.ErrorRateLimited, &wire.SetRecoveryEmail{Address: "Victim@example.org"})
		time.Sleep(35 * time.Minute)
		must[*wire.MailCodeResult](bob.peer, &wire.SetRecoveryEmail{Address: "other@example.org"})
		time.Sleep(31 * time.Minute)
		bob.refused(wire.ErrorCodeExpired, &wire.CheckMailCode{Code: w.mails.code("other@example.org")})
		w.stopEarly()
	})
}

func TestRecoveryEmail_NotSent(t *testing.T) {
	w := newWorld(t)
	w.mails.fail = errors.New("no server")
	alice := w.guarded(somePhone)
	alice.refused(wire.ErrorCodeNotSent, &wire.SetRecoveryEmail{Address: "alice@example.org"})
	w.mails = nil
	w.restartRelay()
	alice.reconnect()
	alice.refused(wire.ErrorEmailUnavailable, &wire.SetRecoveryEmail{Address: "alice@example.org"})
	if ts := must[*wire.TwoStep](alice.peer, &wire.GetTwoStep{}); ts.EmailAvailable {
		t.Error("a relay without mail offers a recovery address")
	}
}
