package main

import (
	"io"
	"time"

	"parley/internal/config"
	"parley/internal/notify"
	"parley/internal/relay"
)

// newSender makes what brings registration codes to people.
func newSender(c config.Config, out io.Writer) (notify.Sender, error) {
	switch c.Registration.Sender {
	case "smtp":
		return notify.NewSMTP(smtpOptions(c.SMTP))
	case "twilio":
		t := c.Twilio
		return notify.NewTwilio(notify.TwilioOptions{
			BaseURL: t.BaseURL, AccountSID: t.AccountSID, AuthToken: t.AuthToken,
			From: t.From, MessagingServiceSID: t.MessagingServiceSID,
		})
	case "webhook":
		w := c.Webhook
		return notify.NewWebhook(notify.WebhookOptions{Method: w.Method, URL: w.URL, Headers: w.Headers, Body: w.Body})
	}
	return notify.NewConsole(out, time.Now), nil
}

// newMailer makes what sends mail to recovery addresses, or nil without a mail
// server.
func newMailer(s config.SMTP) (relay.Mailer, error) {
	if s.Host == "" {
		return nil, nil
	}
	mailer, err := notify.NewMailer(smtpOptions(s))
	if err != nil {
		return nil, err // and not a Mailer that holds a nil pointer
	}
	return mailer, nil
}

func smtpOptions(s config.SMTP) notify.SMTPOptions {
	return notify.SMTPOptions{
		Host: s.Host, Port: s.Port, Username: s.Username, Password: s.Password, TLS: s.TLS, From: s.From, To: s.To,
	}
}
