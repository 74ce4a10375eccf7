package client

import (
	"context"
	"strings"

	"parley/client/api"
	"parley/ident"
	"parley/wire"
)

// proof is a number that was proven to a relay and can be registered, for the
// few minutes that the relay remembers it. It is in memory: after a restart the
// person asks for a code again.
type proof struct {
	params   api.VerifyCodeParams
	token    []byte
	account  ident.AccountID
	verified api.CodeVerified
}

// verifyCode implements api.VerifyCode. Asked again with the same code, which
// is spent, it answers from the proof.
func (c *Client) verifyCode(ctx context.Context, p api.VerifyCodeParams) (api.CodeVerified, error) {
	phone, err := ident.ParsePhone(p.Phone)
	if err != nil {
		return api.CodeVerified{}, api.ErrPhoneInvalid
	}
	code, err := cleanCode(p.Code)
	if err != nil {
		return api.CodeVerified{}, err
	}
	if p.Name != "" {
		if _, err := cleanName(p.Name); err != nil {
			return api.CodeVerified{}, err
		}
	}
	held, err := c.prove(ctx, api.VerifyCodeParams{Relay: cleanRelay(p.Relay), Phone: string(phone), Code: code})
	if err != nil {
		return api.CodeVerified{}, err
	}
	return held.verified, nil
}

// prove returns the proof for a code.
func (c *Client) prove(ctx context.Context, p api.VerifyCodeParams) (*proof, error) {
	c.proofMu.Lock()
	defer c.proofMu.Unlock()
	if c.proof != nil && c.proof.params == p {
		return c.proof, nil
	}
	s, err := c.connect(ctx, p.Relay)
	if err != nil {
		return nil, err
	}
	defer s.close(errConnection)
	r, err := request[*wire.VerifyCodeResult](ctx, s, &wire.VerifyCode{Phone: p.Phone, Code: p.Code})
	if err != nil {
		return nil, err
	}
	account, err := ident.IDFromBytes[ident.AccountID](r.AccountID)
	if err != nil {
		return nil, wire.NewError(wire.ErrorMalformed)
	}
	c.proof = &proof{params: p, token: r.Token, account: account, verified: api.CodeVerified{
		Existing: r.Existing, PINNeeded: r.PinNeeded, PINTriesLeft: int(r.PinTriesLeft), PINRetryAfterMS: int64(r.PinRetryAfterMS),
		Email: r.Email, ResetReadyAt: c.localMS(r.ResetReadyMS),
	}}
	return c.proof, nil
}

// cleanCode checks what the person typed.
func cleanCode(text string) (string, error) {
	code := strings.TrimSpace(text)
	if len(code) != wire.CodeDigits || strings.Trim(code, "0123456789") != "" {
		return "", api.ErrCodeFormat
	}
	return code, nil
}

func cleanRelay(text string) string { return strings.TrimSuffix(strings.TrimSpace(text), "/") }

// localMS is a time of the relay's as this device's clock shows it; 0 stays.
func (c *Client) localMS(ms int64) int64 {
	if ms == 0 {
		return 0
	}
	return ms + c.clockOffset()
}

// provenCall makes a request about the proven number.
func provenCall[R wire.ResponseResult](ctx context.Context, c *Client, call func(token []byte) wire.RequestCall) (R, error) {
	var none R
	c.proofMu.Lock()
	held := c.proof
	c.proofMu.Unlock()
	if held == nil {
		return none, wire.NewError(wire.ErrorCodeExpired)
	}
	s, err := c.connect(ctx, held.params.Relay)
	if err != nil {
		return none, err
	}
	defer s.close(errConnection)
	return request[R](ctx, s, call(held.token))
}

// dropProof forgets a proof that is spent, or that the relay has forgotten.
func (c *Client) dropProof(held *proof) {
	c.proofMu.Lock()
	defer c.proofMu.Unlock()
	if c.proof == held {
		c.proof = nil
	}
}

// verifyPIN implements api.VerifyPIN.
func (c *Client) verifyPIN(ctx context.Context, p api.PINParams) (api.None, error) {
	_, err := provenCall[*wire.Done](ctx, c, func(token []byte) wire.RequestCall {
		return &wire.CheckPin{Token: token, Pin: strings.TrimSpace(p.PIN)}
	})
	return api.None{}, err
}

// requestPINResetMail implements api.RequestPINResetMail.
func (c *Client) requestPINResetMail(ctx context.Context, p api.MailParams) (api.MailSent, error) {
	r, err := provenCall[*wire.MailCodeResult](ctx, c, func(token []byte) wire.RequestCall {
		return &wire.RequestPinResetMail{Token: token, Language: p.Language}
	})
	return mailSent(r), err
}

func mailSent(r *wire.MailCodeResult) api.MailSent {
	if r == nil {
		return api.MailSent{}
	}
	return api.MailSent{Email: r.Email, RetryAfterMS: int64(r.RetryAfterMS), ExpiresInMS: int64(r.ExpiresInMS)}
}

// verifyPINResetMail implements api.VerifyPINResetMail.
func (c *Client) verifyPINResetMail(ctx context.Context, p api.MailCodeParams) (api.None, error) {
	code, err := cleanCode(p.Code)
	if err != nil {
		return api.None{}, err
	}
	_, err = provenCall[*wire.Done](ctx, c, func(token []byte) wire.RequestCall {
		return &wire.CheckMailCode{Token: token, Code: code}
	})
	return api.None{}, err
}

// startPINReset implements api.StartPINReset.
func (c *Client) startPINReset(ctx context.Context, _ api.None) (api.PINResetStarted, error) {
	r, err := provenCall[*wire.StartPinResetResult](ctx, c, func(token []byte) wire.RequestCall {
		return &wire.StartPinReset{Token: token}
	})
	if err != nil {
		return api.PINResetStarted{}, err
	}
	return api.PINResetStarted{ReadyAt: c.localMS(r.ReadyMS)}, nil
}
