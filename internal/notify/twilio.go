package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"parley/ident"
	"parley/internal/codetext"
)

// TwilioOptions say how short messages are sent through Twilio's Messages
// resource, or a service that speaks like it.
type TwilioOptions struct {
	// BaseURL is where the service is, without the path of its version.
	BaseURL    string
	AccountSID string
	AuthToken  string
	// From is the sender's number, or MessagingServiceSID the service that
	// chooses one; exactly one is set.
	From                string
	MessagingServiceSID string
}

// Twilio sends codes as short messages.
type Twilio struct {
	options TwilioOptions
	address string
	gateway gateway
}

// NewTwilio returns a sender; the error says what is wrong with the options.
func NewTwilio(o TwilioOptions) (*Twilio, error) {
	base, err := url.Parse(o.BaseURL)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http":
		return nil, errors.New("twilio: the base address is not an https address")
	case o.AccountSID == "" || o.AuthToken == "":
		return nil, errors.New("twilio: the account SID or the auth token is missing")
	case (o.From == "") == (o.MessagingServiceSID == ""):
		return nil, errors.New("twilio: set either the sender's number or a messaging service")
	}
	address := base.JoinPath("2010-04-01", "Accounts", url.PathEscape(o.AccountSID), "Messages.json").String()
	return &Twilio{options: o, address: address, gateway: newGateway()}, nil
}

// Name implements Sender.
func (*Twilio) Name() string { return "sms" }

// Send implements Sender.
func (t *Twilio) Send(ctx context.Context, phone ident.Phone, code string, language codetext.Language) error {
	form := url.Values{"To": {string(phone)}, "Body": {codetext.SMS(language, code)}}
	if t.options.From != "" {
		form.Set("From", t.options.From)
	} else {
		form.Set("MessagingServiceSid", t.options.MessagingServiceSID)
	}
	a, err := t.gateway.deliver(ctx, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.address, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, errors.New("twilio: the request could not be made")
		}
		r.SetBasicAuth(t.options.AccountSID, t.options.AuthToken)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "application/json")
		return r, nil
	})
	if err != nil {
		return fmt.Errorf("deliver by twilio: %w", err)
	}
	if a.accepted() {
		return nil
	}
	return twilioError(a)
}

// twilioReasons are the error codes that an operator or a person can do
// something about. The texts of the service quote the number.
var twilioReasons = map[int]string{
	20003: "the account SID or the auth token is not right",
	20429: "too many requests at once",
	21211: "the number cannot be reached by this service",
	21408: "the account may not send to this region",
	21606: "the sender's number cannot send short messages",
	21608: "a trial account sends to verified numbers only",
	21610: "the receiver has opted out of messages from this sender",
	21614: "the number is not a mobile number",
	30007: "the message was filtered",
}

func twilioError(a answer) error {
	var problem struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(a.body, &problem) != nil || problem.Code == 0 {
		return fmt.Errorf("deliver by twilio: refused with HTTP status %d", a.status)
	}
	reason, ok := twilioReasons[problem.Code]
	if !ok {
		reason = "see the service's list of errors"
	}
	return fmt.Errorf("deliver by twilio: refused with HTTP status %d, error %d: %s", a.status, problem.Code, reason)
}
