package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"parley/ident"
	"parley/internal/codetext"
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
	// RootCAs are who may vouch for the server; nil means those of the system.
	RootCAs *x509.CertPool
}

// SMTP sends mail, and codes by mail.
type SMTP struct{ options SMTPOptions }

// smtpTimeout bounds each step of a delivery.
const smtpTimeout = 15 * time.Second

// NewSMTP returns a sender of codes; the error says what is wrong with the
// options.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	s, err := NewMailer(o)
	if err != nil {
		return nil, err
	}
	_, err = s.message("+10000000", "000000", codetext.English)
	return s, err
}

// NewMailer returns what can send mail to any address; To may be empty.
func NewMailer(o SMTPOptions) (*SMTP, error) {
	s := &SMTP{options: o}
	if _, err := s.mail("nobody@example.org", "", ""); err != nil {
		return nil, err
	}
	_, err := s.client()
	return s, err
}

// SendMail implements relay.Mailer.
func (s *SMTP) SendMail(ctx context.Context, address, subject, text string) error {
	message, err := s.mail(address, subject, text)
	if err != nil {
		return err
	}
	return s.deliver(ctx, message, address, "[address]")
}

// Name implements Sender.
func (*SMTP) Name() string { return "smtp" }

// Send implements Sender.
func (s *SMTP) Send(ctx context.Context, phone ident.Phone, code string, language codetext.Language) error {
	message, err := s.message(phone, code, language)
	if err != nil {
		return err
	}
	// The server's answer may quote the recipient, which is a phone number.
	return s.deliver(ctx, message, strings.TrimPrefix(string(phone), "+"), "[phone]")
}

// deliver hands a mail over; its error has other words in place of what must
// not be told.
func (s *SMTP) deliver(ctx context.Context, message *mail.Msg, secret, instead string) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		text := err.Error()
		for _, form := range []string{secret, strings.ToLower(secret)} {
			text = strings.ReplaceAll(text, form, instead)
		}
		return fmt.Errorf("deliver by smtp: %s", text)
	}
	return nil
}

func (s *SMTP) message(phone ident.Phone, code string, language codetext.Language) (*mail.Msg, error) {
	digits := strings.TrimPrefix(string(phone), "+")
	to := strings.NewReplacer("{phone}", string(phone), "{digits}", digits).Replace(s.options.To)
	subject, text := codetext.RegistrationMail(language, phone, code)
	return s.mail(to, subject, text)
}

// mail makes a mail of plain text.
func (s *SMTP) mail(to, subject, text string) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := m.From(s.options.From); err != nil {
		return nil, errors.New("the sender's address is not a mail address")
	}
	if err := m.To(to); err != nil {
		return nil, errors.New("the recipient's address is not a mail address")
	}
	m.SetMessageID()
	m.SetDate()
	m.Subject(subject)
	m.SetBodyString(mail.TypeTextPlain, text)
	return m, nil
}

func (s *SMTP) client() (*mail.Client, error) {
	o := s.options
	options := []mail.Option{
		mail.WithPort(o.Port), mail.WithTimeout(smtpTimeout),
		mail.WithTLSConfig(&tls.Config{ServerName: o.Host, RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12}),
	}
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
