package api

// VerifyCodeParams proves a number before it is registered.
type VerifyCodeParams struct {
	Relay string `json:"relay"`
	Phone string `json:"phone"`
	Code  string `json:"code"`
	// What Register will be given, to be checked before the code is spent; may be
	// empty where it is asked for later.
	Name string `json:"name,omitempty"`
}

// CodeVerified is what registering a proven number still needs.
type CodeVerified struct {
	// The number has an account; registering logs all its devices out.
	Existing bool `json:"existing"`
	// Register is refused until VerifyPIN or VerifyPINResetMail has succeeded;
	// the rest is set only then (M35, M37).
	PINNeeded bool `json:"pinNeeded"`
	// 0 if the PIN is not asked for any more.
	PINTriesLeft int `json:"pinTriesLeft,omitempty"`
	// When the next try may be made, milliseconds from now.
	PINRetryAfterMS int64 `json:"pinRetryAfterMs,omitempty"`
	// The recovery address with most of it hidden; empty if there is none.
	Email string `json:"email,omitempty"`
	// When no PIN is needed any more, because a reset was asked for; 0 if none was.
	ResetReadyAt int64 `json:"resetReadyAt,omitempty"`
}

// PINParams carries a PIN of six digits.
type PINParams struct {
	PIN string `json:"pin"`
}

// MailCodeParams carries a code that came by mail.
type MailCodeParams struct {
	Code string `json:"code"`
}

// EmailParams carries a mail address; empty removes it.
type EmailParams struct {
	Address string `json:"address"`
	// As in RequestCodeParams.
	Language string `json:"language,omitempty"`
}

// MailParams asks for a mail.
type MailParams struct {
	// As in RequestCodeParams.
	Language string `json:"language,omitempty"`
}

// MailSent says that a code is on its way by mail.
type MailSent struct {
	// The address with most of it hidden.
	Email        string `json:"email"`
	RetryAfterMS int64  `json:"retryAfterMs"`
	ExpiresInMS  int64  `json:"expiresInMs"`
}

// PINResetStarted says when no PIN is needed any more.
type PINResetStarted struct {
	ReadyAt int64 `json:"readyAt"`
}

// TwoStep is the account's two-step verification (M35–M37).
type TwoStep struct {
	PINSet bool `json:"pinSet"`
	// The confirmed recovery address, and one that waits for its code, with
	// most of them hidden.
	Email        string `json:"email,omitempty"`
	EmailPending string `json:"emailPending,omitempty"`
	// The server can send mail; without it there is no recovery address.
	EmailAvailable bool `json:"emailAvailable"`
	// On the primary: from when the person should be asked for the PIN, so that
	// it is not forgotten; 0 for never.
	ReminderAt int64 `json:"reminderAt,omitempty"`
	// Somebody has asked to register the number without PIN: when, and from
	// when it works. CancelPINReset ends it. 0 if nobody has.
	ResetRequestedAt int64 `json:"resetRequestedAt,omitempty"`
	ResetReadyAt     int64 `json:"resetReadyAt,omitempty"`
	ResetByOperator  bool  `json:"resetByOperator,omitempty"`
}
