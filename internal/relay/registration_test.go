package relay_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/ident"
	"parley/internal/codetext"
	"parley/internal/relay"
	"parley/internal/relay/relaytest"
	"parley/internal/store"
	"parley/wire"
)

const somePhone = "+32470123456"

// wrongCode returns a code that is not the given one.
func wrongCode(right string) string {
	if right == "123456" {
		return "654321"
	}
	return "123456"
}

func TestRegisterWithSentCode(t *testing.T) {
	w := newWorld(t)
	p := w.greet()
	sent := must[*wire.RequestCodeResult](p, &wire.RequestCode{Phone: "+32 470 12 34 56"})
	if sent.Sender != "console" || sent.RetryAfterMS == 0 || sent.ExpiresInMS != 600_000 {
		t.Errorf("the request was answered by %+v", sent)
	}
	code := w.codes.last(somePhone)
	granted := must[*wire.VerifyCodeResult](p, &wire.VerifyCode{Phone: somePhone, Code: code})
	if granted.Existing {
		t.Error("a new number counts as existing")
	}
	d := &device{
		peer: p, world: w, account: ident.AccountID(granted.AccountID),
		accountKey: newKey(), id: newID[ident.DeviceID](), key: newKey(),
	}
	must[*wire.Done](p, d.registration(granted.Token))
	d.authenticate()
	if !d.auth.Primary || d.auth.Phone != somePhone || len(d.auth.ExternalSender) == 0 {
		t.Errorf("the primary was let in with %+v", d.auth)
	}
	again := w.greet()
	again.refused(wire.ErrorCodeExpired, &wire.VerifyCode{Phone: somePhone, Code: code})
	// The answer may have been lost: the same device may ask again, another may not.
	must[*wire.Done](again, d.registration(granted.Token))
	other := *d
	other.id, other.key = newID[ident.DeviceID](), newKey()
	again.refused(wire.ErrorCodeExpired, other.registration(granted.Token))
	must[*wire.Done](d.peer, &wire.Ping{}) // nobody was logged out
	w.register(somePhone)
	again.refused(wire.ErrorCodeExpired, d.registration(granted.Token)) // logged out since
	if log := w.log.String(); strings.Contains(log, code) || strings.Contains(log, "470123456") {
		t.Errorf("the log has the code or the number:\n%s", log)
	}
}

// The sixth try is refused even if it is right.
func TestSixthCodeIsRefused(t *testing.T) {
	for _, kind := range []string{"sent", "invitation"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			p := w.greet()
			var code string
			if kind == "sent" {
				must[*wire.RequestCodeResult](p, &wire.RequestCode{Phone: somePhone})
				code = w.codes.last(somePhone)
			} else {
				var err error
				if code, _, err = relay.Invite(t.Context(), w.store, rand.Reader, time.Now(), somePhone); err != nil {
					t.Fatal(err)
				}
			}
			for left := wire.CodeTries - 1; left >= 0; left-- {
				e := p.refused(wire.ErrorCodeWrong, &wire.VerifyCode{Phone: somePhone, Code: wrongCode(code)})
				if e.TriesLeft != uint32(left) {
					t.Errorf("%d tries are left, want %d", e.TriesLeft, left)
				}
			}
			p.refused(wire.ErrorCodeExpired, &wire.VerifyCode{Phone: somePhone, Code: code})
		})
	}
}

func TestCodeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.greet()
		must[*wire.RequestCodeResult](p, &wire.RequestCode{Phone: somePhone})
		time.Sleep(10*time.Minute + time.Second)
		w.greet().refused(wire.ErrorCodeExpired, &wire.VerifyCode{Phone: somePhone, Code: w.codes.last(somePhone)})
		w.stopEarly()
	})
}

// Between codes for a number people wait longer and longer; an hour has five.
func TestCodeWaitsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ask := func() wire.ResponseResult { return w.greet().call(&wire.RequestCode{Phone: somePhone}) }
		for i, want := range []time.Duration{30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute} {
			sent, ok := ask().(*wire.RequestCodeResult)
			if !ok || time.Duration(sent.RetryAfterMS)*time.Millisecond != want {
				t.Fatalf("code %d was answered by %+v, want a wait of %v", i+1, sent, want)
			}
			time.Sleep(want - time.Second)
			e, ok := ask().(*wire.Error)
			if !ok || e.Code != wire.ErrorRateLimited || e.RetryAfterMS == 0 || e.RetryAfterMS > 1000 {
				t.Fatalf("a second early, code %d was answered by %+v", i+2, e)
			}
			time.Sleep(time.Second)
		}
		if _, ok := ask().(*wire.RequestCodeResult); !ok {
			t.Fatal("the fifth code was refused")
		}
		time.Sleep(15 * time.Minute)
		if e, ok := ask().(*wire.Error); !ok || e.Code != wire.ErrorRateLimited {
			t.Errorf("the sixth code within the hour was answered by %+v", e)
		}
		w.stopEarly()
	})
}

func TestCodesPerAddress(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.CodesPerAddress = 3 })
	p := w.greet()
	for range 3 {
		must[*wire.RequestCodeResult](p, &wire.RequestCode{Phone: w.nextPhone()})
	}
	if e := p.refused(wire.ErrorRateLimited, &wire.RequestCode{Phone: w.nextPhone()}); e.RetryAfterMS == 0 {
		t.Error("the refusal does not say when to try again")
	}
}

// A number has one form, however people write it.
func TestPhoneForms(t *testing.T) {
	for _, written := range []string{"+32470123456", "+32 470 12 34 56", "0032 470/12.34.56", "+32 (0)470 12 34 56"} {
		if phone, err := relay.ParsePhone(written); phone != somePhone || err != nil {
			t.Errorf("%q was read as %q, %v", written, string(phone), err)
		}
	}
}

func TestRegistrationRefusals(t *testing.T) {
	w := newWorld(t)
	p := w.greet()
	for _, phone := range []string{"", "12", "+3", "+999123456789", "+32 12", "hello", "+32470123456789012"} {
		p.refused(wire.ErrorPhoneInvalid, &wire.RequestCode{Phone: phone})
		p.refused(wire.ErrorPhoneInvalid, &wire.VerifyCode{Phone: phone, Code: "123456"})
	}
	p.refused(wire.ErrorCodeExpired, &wire.VerifyCode{Phone: somePhone, Code: "123456"})
	w.codes.fail = errors.New("no line")
	p.refused(wire.ErrorCodeNotSent, &wire.RequestCode{Phone: somePhone})

	closed := newWorld(t, func(s *relay.Settings) { s.InvitationOnly = true })
	q := closed.greet()
	if !q.hello.InvitationOnly {
		t.Error("hello does not say that accounts need an invitation")
	}
	q.refused(wire.ErrorInvitationNeeded, &wire.RequestCode{Phone: somePhone})
	closed.register(somePhone)
}

func TestRegisterChecksTheCertificate(t *testing.T) {
	w := newWorld(t)
	p := w.greet()
	code, _, err := relay.Invite(t.Context(), w.store, rand.Reader, time.Now(), somePhone)
	if err != nil {
		t.Fatal(err)
	}
	granted := must[*wire.VerifyCodeResult](p, &wire.VerifyCode{Phone: somePhone, Code: code})
	fresh := func() *device {
		return &device{
			peer: p, world: w, account: ident.AccountID(granted.AccountID),
			accountKey: newKey(), id: newID[ident.DeviceID](), key: newKey(),
		}
	}
	known := w.register(w.nextPhone())
	for name, spoil := range map[string]func(*device) *wire.Register{
		"another account": func(d *device) *wire.Register {
			d.account = newID[ident.AccountID]()
			return d.registration(granted.Token)
		},
		"another key": func(d *device) *wire.Register {
			m := d.registration(granted.Token)
			d.accountKey = newKey()
			m.Certificate = d.certificate(true)
			return m
		},
		"not a primary": func(d *device) *wire.Register {
			m := d.registration(granted.Token)
			m.Certificate = d.certificate(false)
			return m
		},
		"a byte changed": func(d *device) *wire.Register {
			m := d.registration(granted.Token)
			m.Certificate[40] ^= 1
			return m
		},
		"a device that exists": func(d *device) *wire.Register { d.id = known.id; return d.registration(granted.Token) },
		"nothing":              func(d *device) *wire.Register { return &wire.Register{Token: granted.Token} },
	} {
		t.Run(name, func(t *testing.T) {
			p.on(t)
			p.refused(wire.ErrorCertificateInvalid, spoil(fresh()))
		})
	}
	p.on(t)
	d := fresh()
	must[*wire.Done](p, d.registration(granted.Token)) // the token is still good
	d.authenticate()
}

// Registering a number anew keeps the account and logs all its devices out.
func TestRegisterAgain(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(somePhone), w.register(w.nextPhone())
	tablet := alice.link()
	conversation := alice.direct(bob, tablet)
	bob.live()
	next := w.register(somePhone)
	if next.account != alice.account {
		t.Fatalf("the account is %v, want %v", next.account, alice.account)
	}
	for _, old := range []*device{alice, tablet} {
		if e := event[*wire.LoggedOut](old.peer); e.Reason != wire.LogoutReregistered {
			t.Errorf("the reason is %v", e.Reason)
		}
	}
	for _, old := range []*device{alice, tablet} {
		if bob.pushed().Kind != wire.EntryProposal {
			t.Errorf("the removal of device %v was not proposed", old.id)
		}
	}
	account := must[*wire.Account](bob.peer, &wire.LookUpAccount{Phone: somePhone})
	if len(account.Certificates) != 1 || string(account.AccountKey) != string(next.registration(nil).AccountKey) {
		t.Errorf("the account now is %+v", account)
	}
	must[*wire.SendResult](next.peer, next.externalCommit(conversation, 1, 3))
	must[*wire.SendResult](bob.peer, bob.commit(conversation, 2, alice, tablet))
	must[*wire.SendResult](next.peer, text(conversation, 3))
	if d := must[*wire.ListDevicesResult](next.peer, &wire.ListDevices{}).Devices; len(d) != 1 || !d[0].Primary || !d[0].Online {
		t.Errorf("the devices are %+v", d)
	}
}

func TestAuthentication(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	for name, spoil := range map[string]func(*wire.Authenticate){
		"wrong signature": func(m *wire.Authenticate) { m.Signature[3] ^= 1 },
		"no signature":    func(m *wire.Authenticate) { m.Signature = nil },
		"other account":   func(m *wire.Authenticate) { m.AccountID = bob.account[:] },
		"other device":    func(m *wire.Authenticate) { m.DeviceID = bob.id[:] },
		"unknown device":  func(m *wire.Authenticate) { m.DeviceID = newMessageID() },
		"short id":        func(m *wire.Authenticate) { m.DeviceID = m.DeviceID[:3] },
	} {
		t.Run(name, func(t *testing.T) {
			d := *alice
			d.peer = w.greet()
			d.on(t)
			m := d.proof()
			spoil(m)
			d.refused(wire.ErrorAuthenticationFailed, m)
			// The nonce is spent: not even the right signature helps now.
			d.refused(wire.ErrorAuthenticationFailed, d.proof())
			d.refused(wire.ErrorNotAuthenticated, &wire.ListDevices{})
		})
	}
	t.Run("signature for another connection", func(t *testing.T) {
		d := *alice
		d.peer = w.greet()
		m := d.proof()
		d.peer = w.greet()
		d.refused(wire.ErrorAuthenticationFailed, m)
	})
}

// A device has one connection: a newer one replaces the older.
func TestNewerConnectionReplacesOlder(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	older := alice.peer
	alice.reconnect()
	event[*wire.Closing](older)
	if older.call(&wire.Ping{}) != nil {
		t.Error("the older connection still answers")
	}
	must[*wire.Done](alice.peer, &wire.Ping{})
}

// Who opens connections and says nothing takes room from its own address only, and the relay
// has as many as it can carry.
func TestConnectionsAreBounded(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.Connections, s.ConnectionsPerAddress = 6, 3 })
	open := func(address string) *relay.Session {
		s := w.relay.Open(newPipe(), address)
		if s != nil {
			t.Cleanup(s.Close)
		}
		return s
	}
	alice := w.register(w.nextPhone()) // at the address of the others, and not nobody's
	first, _, third := open("192.0.2.1"), open("192.0.2.1"), open("192.0.2.1")
	if third == nil || open("192.0.2.1") != nil {
		t.Error("an address has not its three connections, or four")
	}
	first.Close()
	if open("192.0.2.1") == nil {
		t.Error("a connection that is closed still counts")
	}
	if open("192.0.2.2") == nil || open("192.0.2.3") == nil || open("192.0.2.4") != nil {
		t.Error("the relay has not its six connections, or seven")
	}
	must[*wire.Done](alice.peer, &wire.Ping{})
}

// What a connection that has ended still has on its way is not carried out: the device
// may have acknowledged the message on the next one, and the relay have forgotten it.
func TestEndedConnectionSendsNothing(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation := alice.direct(bob)
	held, release := make(chan struct{}), make(chan struct{})
	w.store.Submit(func(store.Tx) error {
		close(held)
		<-release
		return nil
	}, func(error) {})
	<-held
	alice.start(relaytest.Text(conversation, "late"))
	alice.session.Close()
	close(release)
	alice.reconnect()
	must[*wire.SendResult](alice.peer, relaytest.Text(conversation, "again"))
	if entries := bob.pullFrom(0); len(entries) != 2 {
		t.Errorf("there are %d entries, want the first and what was sent again", len(entries))
	}
}

func TestOrderOfCalls(t *testing.T) {
	w := newWorld(t)
	p := w.dial()
	must[*wire.Done](p, &wire.Ping{})
	p.refused(wire.ErrorNotAuthenticated, &wire.RequestCode{Phone: somePhone})
	p.refused(wire.ErrorVersionUnsupported, &wire.Hello{Version: 99})
	p.refused(wire.ErrorVersionUnsupported, &wire.Hello{})
	must[*wire.HelloResult](p, &wire.Hello{Version: wire.Version})
	p.refused(wire.ErrorMalformed, &wire.Hello{Version: wire.Version})
	p.refused(wire.ErrorNotAuthenticated, &wire.Pull{})
	alice := w.register(somePhone)
	alice.refused(wire.ErrorMalformed, &wire.OpenLinkSlot{SealedOffer: []byte{1}})
}

// A connection that never signs in is closed; one that waits at an open
// linking slot is not.
func TestIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		idle, waiting, alice := w.greet(), w.greet(), w.register(somePhone)
		time.Sleep(time.Minute + 30*time.Second)
		must[*wire.OpenLinkSlotResult](waiting, &wire.OpenLinkSlot{SealedOffer: []byte{1}})
		time.Sleep(31 * time.Second)
		event[*wire.Closing](idle)
		must[*wire.Done](waiting, &wire.Ping{})
		must[*wire.Done](alice.peer, &wire.Ping{})
		time.Sleep(5 * time.Minute)
		event[*wire.Closing](waiting)
		must[*wire.Done](alice.peer, &wire.Ping{})
		w.stopEarly()
	})
}

func TestShutdownTellsDevices(t *testing.T) {
	w := newWorld(t)
	alice := w.register(somePhone)
	w.relay.Shutdown(t.Context())
	if e := event[*wire.Closing](alice.peer); e.RetryAfterMS == 0 {
		t.Error("the device is not told when to come back")
	}
	if w.relay.Open(newPipe(), "192.0.2.1") != nil {
		t.Error("a stopped relay takes connections")
	}
}

// stopEarly stops the world inside a synctest bubble.
func (w *world) stopEarly() {
	w.relay.Shutdown(context.Background())
	if err := w.store.Close(); err != nil {
		w.Error(err)
	}
}

// X12: the device says in which language codes come, by every way; what the
// relay does not know is English.
func TestCodes_Language(t *testing.T) {
	for tag, want := range map[string]codetext.Language{"fr-BE": codetext.French, "nl": codetext.Dutch, "": codetext.English, "tlh": codetext.English} {
		w := newWorld(t)
		must[*wire.RequestCodeResult](w.greet(), &wire.RequestCode{Phone: somePhone, Language: tag})
		if got := w.codes.language; got != want {
			t.Errorf("%q: the registration code is in %s, want %s", tag, got, want)
		}
		alice := w.guarded(somePhone)
		must[*wire.MailCodeResult](alice.peer, &wire.SetRecoveryEmail{Address: "alice@example.org", Language: tag})
		confirm, _ := codetext.ConfirmMail(want, "", 0)
		must[*wire.Done](alice.peer, &wire.CheckMailCode{Code: w.mails.code("alice@example.org")})
		w.restartRelay() // the pace of mails begins anew
		p, proven := w.prove(somePhone)
		must[*wire.MailCodeResult](p, &wire.RequestPinResetMail{Token: proven.Token, Language: tag})
		reset, _ := codetext.ResetMail(want, "", 0)
		if len(w.mails.mails) != 2 || w.mails.mails[0].subject != confirm || w.mails.mails[1].subject != reset {
			t.Errorf("%q: the mails are %+v, want %q and %q", tag, w.mails.mails, confirm, reset)
		}
	}
}
