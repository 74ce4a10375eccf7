package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/client/api"
)

const (
	alicePIN     = "304857"
	aliceMailbox = "32470000001@sms.example.org" // where her registration codes go
	aliceAddress = "alice@example.org"           // her recovery address
)

// registering starts to register a number with the code that is sent.
func registering(r *relay, d *device, more ...string) *process {
	r.t.Helper()
	return d.start(append([]string{"register", "--relay", r.url, "--phone", alicePhone, "--name", "Alice", "--take-over"}, more...)...)
}

// M35–M37: codes and the recovery of a forgotten PIN by real mail, from the
// first registration to the phone after the next.
func TestTwoStep_RecoveryByMail(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	r := startRelayWith(t, "[registration]\nsender = \"smtp\"\n"+in.startMail())
	alice := newDevice(r, "Alice")
	first := registering(r, alice)
	first.answers(in.code(aliceMailbox))
	first.done()

	if got := alice.answer(alicePIN+"\n"+alicePIN+"\n", "pin", "set"); got.status != 0 {
		t.Fatalf("setting the PIN: %+v", got)
	}
	confirming := alice.start("pin", "email", aliceAddress)
	code := in.code(aliceAddress)
	confirming.answers(otherCode(code), code)
	confirming.done()
	if !strings.Contains(confirming.errs.String(), "Code sent to a•••@e•••.org") {
		t.Errorf("asked for the code with %q", confirming.errs)
	}
	if ts := decode[api.TwoStep](t, alice.want("pin", "--json")); ts.Email != "a•••@e•••.org" || !ts.PINSet {
		t.Errorf("the recovery address is set: %+v", ts)
	}

	// The PIN is forgotten. The pace of codes begins anew with the relay.
	r.killAndRestart()
	next := newDevice(r, "Alice's new phone")
	next.env = []string{"LC_ALL=fr_BE.UTF-8"} // X12
	recovering := registering(r, next, "--reset-pin", "mail")
	recovering.answers(in.code(aliceMailbox))
	if in.last.subject != "Code d’enregistrement Parley" {
		t.Errorf("the code came as %+v", in.last)
	}
	code = in.code(aliceAddress)
	if in.last.subject != "Réinitialisation de votre PIN Parley" || !strings.Contains(in.last.text, "Ne le donnez à personne.") {
		t.Errorf("the reset came as %+v", in.last)
	}
	recovering.answers(otherCode(code), code)
	recovering.done()
	if s := next.status(); s.State != api.StateReady || !s.Primary {
		t.Errorf("the new phone: %+v", s)
	}
	if ts := decode[api.TwoStep](t, next.want("pin", "--json")); ts.PINSet || ts.Email != "" {
		t.Errorf("the PIN is still there: %+v", ts)
	}
	// Without PIN the number needs the code alone (M4: never two primaries).
	r.killAndRestart()
	third := newDevice(r, "Alice's third phone")
	again := registering(r, third)
	again.answers(in.code(aliceMailbox))
	again.done()
	if s := next.status(); s.State != api.StateLoggedOut || s.LogoutReason != "reregistered" {
		t.Errorf("the phone before: %+v", s)
	}
}

// otherCode is a code that is not the one.
func otherCode(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

// Codes as short messages, through a service that speaks like Twilio and
// through any other; and a number with PIN, whose owner mistypes it (M35).
func TestTwoStep_CodesByShortMessage(t *testing.T) {
	t.Parallel()
	for name, configure := range map[string]func(*inbox) string{"twilio": twilioConfig, "webhook": webhookConfig} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInbox(t)
			r := startRelayWith(t, configure(in))
			alice := newDevice(r, "Alice")
			first := registering(r, alice)
			first.answers(in.code(alicePhone))
			first.done()
			if got := alice.answer(alicePIN+"\n"+alicePIN+"\n", "pin", "set"); got.status != 0 {
				t.Fatalf("setting the PIN: %+v", got)
			}
			r.killAndRestart() // the pace of codes begins anew
			next := newDevice(r, "Alice's new phone")
			second := registering(r, next)
			code := in.code(alicePhone)
			second.answers(otherCode(code), code, "4711", alicePIN)
			second.done()
			for _, said := range []string{"PIN has six digits", "code is not right"} {
				if !strings.Contains(second.errs.String(), said) {
					t.Errorf("it did not say %q: %s", said, second.errs)
				}
			}
			if s := next.status(); s.State != api.StateReady || !s.Primary {
				t.Errorf("the new phone: %+v", s)
			}
		})
	}
}

// twilioConfig is the configuration of a relay for a service that checks what
// Twilio's Messages resource documents.
func twilioConfig(in *inbox) string {
	url := in.startGateway(http.StatusCreated, func(r *http.Request) (delivery, error) {
		user, password, _ := r.BasicAuth()
		if user != "AC42" || password != "open sesame" || r.URL.Path != "/2010-04-01/Accounts/AC42/Messages.json" || r.FormValue("From") != "+15005550006" {
			return delivery{}, errors.New("not as documented")
		}
		return delivery{to: r.PostFormValue("To"), text: r.PostFormValue("Body")}, nil
	})
	return fmt.Sprintf(`
[registration]
sender = "twilio"
[twilio]
base_url = %q
account_sid = "AC42"
auth_token = "open sesame"
from = "+15005550006"
`, url)
}

func webhookConfig(in *inbox) string {
	url := in.startGateway(http.StatusAccepted, func(r *http.Request) (delivery, error) {
		var sms struct{ Recipient, Message string }
		if r.Header.Get("X-Key") != "4711" {
			return delivery{}, errors.New("no key")
		}
		err := json.NewDecoder(r.Body).Decode(&sms)
		return delivery{to: sms.Recipient, text: sms.Message}, err
	})
	return fmt.Sprintf(`
[registration]
sender = "webhook"
[webhook]
url = %q
headers = "Content-Type: application/json\nX-Key: 4711"
body = '{"recipient": "{phone}", "message": "{text}"}'
`, url+"/send")
}
