package cli_test

import (
	"strings"
	"testing"

	"parley/client/api"
)

// answer runs a command on the device with answers to its questions.
func (d *device) answer(answers string, args ...string) result {
	d.t.Helper()
	return runParleyWith(d.t, d.env, answers, append(args, "--home", d.home)...)
}

// A number with a PIN is registered with code and PIN, and not without (M35,
// M37); the operator's reset is told to the device, which can cancel it.
func TestPIN(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	if got := alice.answer("304857\n304858\n", "pin", "set"); got.status != 1 || !strings.Contains(got.errs, "not the same") {
		t.Errorf("two PINs that differ: %+v", got)
	}
	if got := alice.answer("123456\n123456\n", "pin", "set"); got.status != 1 || !strings.Contains(got.errs, "easy to guess") {
		t.Errorf("a weak PIN: %+v", got)
	}
	if got := alice.answer("304857\n304857\n", "pin", "set"); got.status != 0 || !strings.Contains(got.out, "A PIN guards your number.") {
		t.Fatalf("setting the PIN: %+v", got)
	}
	if got := alice.answer("304857\n", "pin", "confirm"); got.status != 0 {
		t.Errorf("confirming the PIN: %+v", got)
	}
	alice.refused("email_unavailable", "pin", "email", "alice@example.org")

	reset := runParley(t, "", "admin", "reset-pin", "--data", r.data, "--phone", alicePhone)
	if reset.status != 0 || !strings.Contains(reset.out, "without PIN from") {
		t.Errorf("the operator's reset: %+v", reset)
	}
	if none := runParley(t, "", "admin", "reset-pin", "--data", r.data, "--phone", bobPhone); none.status != 1 {
		t.Errorf("the reset of a number without PIN: %+v", none)
	}
	if ts := decode[api.TwoStep](t, alice.want("pin", "--json")); ts.ResetReadyAt == 0 || !ts.ResetByOperator {
		t.Errorf("the device sees %+v", ts)
	}
	if ts := decode[api.TwoStep](t, alice.want("pin", "cancel-reset", "--json")); ts.ResetReadyAt != 0 || !ts.PINSet {
		t.Errorf("after the cancellation: %+v", ts)
	}

	next := newDevice(r, "Alice's new phone")
	args := []string{"register", "--relay", r.url, "--phone", alicePhone, "--name", "Alice", "--take-over", "--code"}
	if got := next.answer("999888\n", append(args, r.invite(alicePhone))...); got.status != 1 || !strings.Contains(got.errs, "PIN is not right") {
		t.Errorf("registering with a wrong PIN: %+v", got)
	}
	isNew(t, next)
	if got := next.answer("", append(args, r.invite(alicePhone), "--reset-pin", "wait")...); got.status != 1 || !strings.Contains(got.errs, "has cancelled the reset") {
		t.Errorf("asking for a reset after one was cancelled: %+v", got)
	}
	if got := alice.answer("304857\n", "pin", "confirm"); got.status != 0 { // gives the tries back
		t.Errorf("confirming the PIN: %+v", got)
	}
	if got := next.answer("12\n304857\n", append(args, r.invite(alicePhone))...); got.status != 0 {
		t.Fatalf("registering with the PIN: %+v", got)
	}
	if s := next.status(); s.State != api.StateReady || !s.Primary {
		t.Errorf("status %+v", s)
	}
}
