package client

import (
	"context"
	"strings"

	"parley/client/api"
	"parley/wire"
)

// Nothing of the PIN is kept on the device: six digits could be found from
// anything that can be compared with them. The relay compares, and counts.

// callRelay makes a request on this device's connection.
func callRelay[R wire.ResponseResult](ctx context.Context, c *Client, call wire.RequestCall) (R, error) {
	s, err := c.connected(ctx)
	if err != nil {
		var none R
		return none, err
	}
	return request[R](ctx, s, call)
}

// getTwoStep implements api.GetTwoStep.
func (c *Client) getTwoStep(ctx context.Context, _ api.None) (api.TwoStep, error) {
	r, err := callRelay[*wire.TwoStep](ctx, c, &wire.GetTwoStep{})
	if err != nil {
		return api.TwoStep{}, err
	}
	return c.showTwoStep(r), nil
}

func (c *Client) showTwoStep(r *wire.TwoStep) api.TwoStep {
	shown := api.TwoStep{
		PINSet: r.PinSet, Email: r.Email, EmailPending: r.EmailPending, EmailAvailable: r.EmailAvailable,
		ResetRequestedAt: c.localMS(r.ResetRequestedMS), ResetReadyAt: c.localMS(r.ResetReadyMS), ResetByOperator: r.ResetByOperator,
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity != nil && c.identity.Primary {
		shown.ReminderAt = c.localMS(r.ReminderMS)
	}
	return shown
}

// tellTwoStep publishes the two-step verification once a connection and after
// each change, so that every device hears of a reset (M37).
func (w *worker) tellTwoStep(ctx context.Context) (bool, error) {
	if w.twoStepTold {
		return false, nil
	}
	w.twoStepTold = true
	r, err := request[*wire.TwoStep](ctx, w.s, &wire.GetTwoStep{})
	if err != nil {
		w.twoStepTold = false
		return false, err
	}
	publish(w.bus, api.OnTwoStep, w.showTwoStep(r))
	return true, nil
}

// setPIN implements api.SetPIN.
func (c *Client) setPIN(ctx context.Context, p api.PINParams) (api.None, error) {
	_, err := callRelay[*wire.Done](ctx, c, &wire.SetPin{Pin: strings.TrimSpace(p.PIN)})
	return api.None{}, err
}

// confirmPIN implements api.ConfirmPIN.
func (c *Client) confirmPIN(ctx context.Context, p api.PINParams) (api.None, error) {
	_, err := callRelay[*wire.Done](ctx, c, &wire.CheckPin{Pin: strings.TrimSpace(p.PIN)})
	return api.None{}, err
}

// setRecoveryEmail implements api.SetRecoveryEmail.
func (c *Client) setRecoveryEmail(ctx context.Context, p api.EmailParams) (api.MailSent, error) {
	r, err := callRelay[*wire.MailCodeResult](ctx, c, &wire.SetRecoveryEmail{Address: strings.TrimSpace(p.Address), Language: p.Language})
	return mailSent(r), err
}

// confirmRecoveryEmail implements api.ConfirmRecoveryEmail.
func (c *Client) confirmRecoveryEmail(ctx context.Context, p api.MailCodeParams) (api.None, error) {
	code, err := cleanCode(p.Code)
	if err != nil {
		return api.None{}, err
	}
	_, err = callRelay[*wire.Done](ctx, c, &wire.CheckMailCode{Code: code})
	return api.None{}, err
}

// cancelPINReset implements api.CancelPINReset.
func (c *Client) cancelPINReset(ctx context.Context, _ api.None) (api.None, error) {
	_, err := callRelay[*wire.Done](ctx, c, &wire.CancelPinReset{})
	return api.None{}, err
}
