package client_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/devicetest"
	"parley/ident"
)

const (
	guardedPhone ident.Phone = "+32470200001"
	somePIN      string      = "304857"
)

// wantCode fails unless err is the error of a code.
func wantAPIError(t *testing.T, err error, code string) *api.Error {
	t.Helper()
	var e *api.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("the error is %v, want %s", err, code)
	}
	return e
}

// twoSteps is what a device tells of its two-step verification.
func twoSteps(d *devicetest.Device) (<-chan api.TwoStep, func()) {
	told := make(chan api.TwoStep, 100)
	cancel := d.Core.Subscribe(func(event string, data json.RawMessage) {
		var ts api.TwoStep
		if event == api.OnTwoStep.Name && json.Unmarshal(data, &ts) == nil {
			told <- ts
		}
	})
	return told, cancel
}

// A number with a PIN is registered on another phone with code and PIN, and the
// old phone is told (M4, M35, M37).
func TestPIN_Registration(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	old, next := r.NewDevice("Alice"), r.NewDevice("Alice's new phone")
	old.Register(guardedPhone)
	_, err := devicetest.Try(old, api.SetPIN, api.PINParams{PIN: "123456"})
	wantAPIError(t, err, "pin_weak")
	devicetest.Call(old, api.SetPIN, api.PINParams{PIN: somePIN})
	if ts := devicetest.Call(old, api.GetTwoStep, api.None{}); !ts.PINSet || ts.ReminderAt == 0 {
		t.Errorf("after setting the PIN: %+v", ts)
	}
	_, err = devicetest.Try(old, api.ConfirmPIN, api.PINParams{PIN: "999888"})
	wantAPIError(t, err, "pin_wrong")
	devicetest.Call(old, api.ConfirmPIN, api.PINParams{PIN: somePIN})

	params := api.RegisterParams{Relay: r.URL(), Phone: string(guardedPhone), Code: r.Invite(guardedPhone), Name: "Alice"}
	_, err = devicetest.Try(next, api.VerifyPIN, api.PINParams{PIN: somePIN})
	wantAPIError(t, err, "code_expired") // nothing was proven yet
	_, err = devicetest.Try(next, api.Register, params)
	wantAPIError(t, err, "pin_needed")
	verified := devicetest.Call(next, api.VerifyCode, api.VerifyCodeParams{Relay: params.Relay, Phone: params.Phone, Code: params.Code})
	if !verified.Existing || !verified.PINNeeded || verified.PINTriesLeft != 5 || verified.Email != "" {
		t.Errorf("the number was proven with %+v", verified)
	}
	_, err = devicetest.Try(next, api.VerifyPIN, api.PINParams{PIN: "999888"})
	if e := wantAPIError(t, err, "pin_wrong"); e.TriesLeft != 4 || e.RetryAfterMS == 0 {
		t.Errorf("the wrong PIN was answered by %+v", e)
	}
	_, err = devicetest.Try(next, api.VerifyPIN, api.PINParams{PIN: somePIN})
	wantAPIError(t, err, "rate_limited")
	// The owner's answer on the old phone gives the tries back.
	devicetest.Call(old, api.ConfirmPIN, api.PINParams{PIN: somePIN})
	devicetest.Call(next, api.VerifyPIN, api.PINParams{PIN: somePIN})
	if status := devicetest.Call(next, api.Register, params); !status.Primary {
		t.Errorf("the new phone is %+v", status)
	}
	old.Eventually("logged out", func() bool { return devicetest.Call(old, api.GetStatus, api.None{}).State == api.StateLoggedOut })
	if out := devicetest.Call(old, api.GetStatus, api.None{}); out.LogoutReason != "reregistered" {
		t.Errorf("the old phone was told %q", out.LogoutReason)
	}
	if devices := devicetest.Call(next, api.ListDevices, api.None{}).Devices; len(devices) != 1 || !devices[0].Primary {
		t.Errorf("the devices are %+v", devices)
	}
	// Nothing on the device could tell the PIN.
	for _, file := range []string{old.Storage(), next.Storage(), next.Storage() + "-wal"} {
		if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), somePIN) {
			t.Errorf("%s has the PIN", file)
		}
	}
}

// A code from the recovery address registers the number without PIN (M36).
func TestPIN_RecoveryEmail(t *testing.T) {
	t.Parallel()
	const address = "alice@example.org"
	r := devicetest.NewRelay(t)
	old, next := r.NewDevice("Alice"), r.NewDevice("Alice's new phone")
	old.Register(guardedPhone)
	_, err := devicetest.Try(old, api.SetRecoveryEmail, api.EmailParams{Address: address})
	wantAPIError(t, err, "pin_unset")
	devicetest.Call(old, api.SetPIN, api.PINParams{PIN: somePIN})
	sent := devicetest.Call(old, api.SetRecoveryEmail, api.EmailParams{Address: address})
	devicetest.Call(old, api.ConfirmRecoveryEmail, api.MailCodeParams{Code: r.MailedCode(address)})
	if ts := devicetest.Call(old, api.GetTwoStep, api.None{}); ts.Email != sent.Email || sent.Email != "a•••@e•••.org" {
		t.Errorf("the address is shown as %q and %q", sent.Email, ts.Email)
	}
	r.Stop() // the pace of mails begins anew
	r.Start()
	params := api.RegisterParams{Relay: r.URL(), Phone: string(guardedPhone), Code: r.Invite(guardedPhone), Name: "Alice"}
	verified := devicetest.Call(next, api.VerifyCode, api.VerifyCodeParams{Relay: params.Relay, Phone: params.Phone, Code: params.Code})
	if verified.Email != sent.Email {
		t.Errorf("the number was proven with %+v", verified)
	}
	devicetest.Call(next, api.RequestPINResetMail, api.MailParams{})
	devicetest.Call(next, api.VerifyPINResetMail, api.MailCodeParams{Code: r.MailedCode(address)})
	devicetest.Call(next, api.Register, params)
	if ts := devicetest.Call(next, api.GetTwoStep, api.None{}); ts.PINSet {
		t.Errorf("after the reset: %+v", ts)
	}
}

// Every device of the account hears of a reset, also one that was off, and each
// can cancel it (M37).
func TestPIN_ResetIsTold(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	alice, tablet, off, thief := r.NewDevice("Alice"), r.NewDevice("tablet"), r.NewDevice("laptop"), r.NewDevice("thief")
	alice.Register(guardedPhone)
	alice.Link(tablet)
	alice.Link(off)
	devicetest.Call(alice, api.SetPIN, api.PINParams{PIN: somePIN})
	off.Stop()
	told, cancel := twoSteps(tablet)
	defer cancel()
	devicetest.Call(thief, api.VerifyCode, api.VerifyCodeParams{Relay: r.URL(), Phone: string(guardedPhone), Code: r.Invite(guardedPhone)})
	started := devicetest.Call(thief, api.StartPINReset, api.None{})
	for ts := range told {
		if ts.ResetReadyAt == 0 {
			continue
		}
		if diff := ts.ResetReadyAt - started.ReadyAt; diff < -1000 || diff > 1000 || ts.ReminderAt != 0 {
			t.Errorf("the tablet was told %+v, the thief %d", ts, started.ReadyAt)
		}
		break
	}
	off.Start()
	if ts := devicetest.Call(off, api.GetTwoStep, api.None{}); ts.ResetReadyAt == 0 {
		t.Errorf("the device that was off sees %+v", ts)
	}
	devicetest.Call(off, api.CancelPINReset, api.None{})
	for ts := range told {
		if ts.ResetReadyAt == 0 {
			break
		}
	}
	_, err := devicetest.Try(thief, api.StartPINReset, api.None{})
	wantAPIError(t, err, "reset_cancelled")
	_, err = devicetest.Try(tablet, api.SetPIN, api.PINParams{PIN: somePIN})
	wantAPIError(t, err, "primary_only")
}
