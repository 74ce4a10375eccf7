package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"parley/ident"
)

// SMTPOptions say how mail with codes is sent.
type SMTPOptions struct {
	Host string
	Port int
	// Username and Password authenticate if Username is set.
	Username string
	Password string
	// TLS is "required" (STARTTLS), "implicit" (from the first byte) or "none".
	TLS string
	// From is the sender's address.
	From string
	// To is the recipient; {phone} stands for the number with its plus sign,
	// {digits} for the number without: "{digits}@sms.example.org" for a
	// gateway from mail to SMS.
	To string
}

// SMTP sends codes by mail.
type SMTP struct{ options SMTPOptions }

// smtpTimeout bounds each step of a delivery.
const smtpTimeout = 15 * time.Second

// NewSMTP returns a sender; the error says what is wrong with the options.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	s := &SMTP{options: o}
	if _, err := s.message("+10000000", "000000"); err != nil {
		return nil, err
	}
	_, err := s.client()
	return s, err
}

// Name implements Sender.
func (*SMTP) Name() string { return "smtp" }

// Send implements Sender.
func (s *SMTP) Send(ctx context.Context, phone ident.Phone, code string) error {
	message, err := s.message(phone, code)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		// The server's answer may quote the recipient, which is a phone number.
		return fmt.Errorf("deliver by smtp: %s", withoutPhone(err, phone))
	}
	return nil
}

// withoutPhone returns the text of an error without the number.
func withoutPhone(err error, phone ident.Phone) string {
	return strings.ReplaceAll(err.Error(), strings.TrimPrefix(string(phone), "+"), "[phone]")
}

func (s *SMTP) message(phone ident.Phone, code string) (*mail.Msg, error) {
	digits := strings.TrimPrefix(string(phone), "+")
	to := strings.NewReplacer("{phone}", string(phone), "{digits}", digits).Replace(s.options.To)
	m := mail.NewMsg()
	if err := m.From(s.options.From); err != nil {
		return nil, errors.New("the sender's address is not a mail address")
	}
	if err := m.To(to); err != nil {
		return nil, errors.New("the recipient's address is not a mail address")
	}
	m.Subject("Parley registration code")
	m.SetBodyString(mail.TypeTextPlain, fmt.Sprintf(
		"%s is the Parley registration code for %s. It is good for 10 minutes. Give it to nobody.\n", code, string(phone)))
	return m, nil
}

func (s *SMTP) client() (*mail.Client, error) {
	o := s.options
	options := []mail.Option{mail.WithPort(o.Port), mail.WithTimeout(smtpTimeout)}
	switch o.TLS {
	case "implicit":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if o.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(o.Username), mail.WithPassword(o.Password))
	}
	return mail.NewClient(o.Host, options...)
}
