package notify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"parley/internal/codetext"
	"parley/internal/notify"
	"parley/internal/relay"
)

var _ relay.Mailer = (*notify.SMTP)(nil)

// tlsServer is a mail server with TLS, to which only one account may send.
type tlsServer struct {
	mailServer
	options notify.SMTPOptions
}

func (s *tlsServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &authSession{mailSession{&s.mailServer}, c, false}, nil
}

type authSession struct {
	mailSession
	conn *smtp.Conn
	in   bool
}

func (*authSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if _, encrypted := s.conn.TLSConnectionState(); !encrypted || user != "parley" || password != "open sesame" {
			return errors.New("no")
		}
		s.in = true
		return nil
	}), nil
}

func (s *authSession) Mail(from string, o *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return s.mailSession.Mail(from, o)
}

// newTLSServer starts a server with STARTTLS, or with TLS from the first byte.
func newTLSServer(t *testing.T, implicit bool) *tlsServer {
	t.Helper()
	certificate, roots := newCertificate(t)
	s := new(tlsServer)
	server := smtp.NewServer(s)
	server.Domain = "localhost"
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.options = notify.SMTPOptions{
		Host: "localhost", Port: listener.Addr().(*net.TCPAddr).Port, TLS: "required", RootCAs: roots,
		Username: "parley", Password: "open sesame", From: "parley@example.org", To: "{digits}@sms.example.org",
	}
	if implicit {
		listener, s.options.TLS = tls.NewListener(listener, server.TLSConfig), "implicit"
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return s
}

func newCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// Codes and mail to recovery addresses go out encrypted and signed in (M36).
func TestSMTP_TLSAndAuthentication(t *testing.T) {
	for name, implicit := range map[string]bool{"STARTTLS": false, "implicit TLS": true} {
		t.Run(name, func(t *testing.T) {
			server := newTLSServer(t, implicit)
			sender, err := notify.NewSMTP(server.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := sender.Send(t.Context(), somePhone, someCode, codetext.English); err != nil {
				t.Fatal(err)
			}
			server.options.To = ""
			mailer, err := notify.NewMailer(server.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := mailer.SendMail(t.Context(), "alice@example.org", "Reset your PIN", "The code is 998877.\n"); err != nil {
				t.Fatal(err)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if server.to != "alice@example.org" || !strings.Contains(server.data, "Subject: Reset your PIN") || !strings.Contains(server.data, "998877") {
				t.Errorf("to %q:\n%s", server.to, server.data)
			}
		})
	}
}

// Without TLS that holds, nothing is sent: neither password, nor address, nor code.
func TestSMTP_Refusals(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *notify.SMTPOptions){
		"wrong password":      func(_ *testing.T, o *notify.SMTPOptions) { o.Password = "open barley" },
		"unknown certificate": func(_ *testing.T, o *notify.SMTPOptions) { o.RootCAs = x509.NewCertPool() },
		"other name":          func(_ *testing.T, o *notify.SMTPOptions) { o.Host = "127.0.0.1" },
		"server without TLS": func(t *testing.T, o *notify.SMTPOptions) {
			plain := new(mailServer).start(t)
			o.Host, o.Port = plain.Host, plain.Port
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := newTLSServer(t, false)
			o := server.options
			change(t, &o)
			mailer, err := notify.NewMailer(o)
			if err != nil {
				t.Fatal(err)
			}
			err = mailer.SendMail(t.Context(), "alice@example.org", "Reset your PIN", "The code is 998877.\n")
			if err == nil || strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), "998877") || strings.Contains(err.Error(), "open") {
				t.Errorf("the error is %v", err)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if bytes.Contains([]byte(server.data), []byte("998877")) {
				t.Error("the mail went out")
			}
		})
	}
}

// What a server says about an address does not reach the log.
func TestSMTP_RefusedAddress(t *testing.T) {
	server := &mailServer{refuse: errors.New("no such user Alice.Smith@example.org")}
	mailer, err := notify.NewMailer(server.start(t))
	if err != nil {
		t.Fatal(err)
	}
	err = mailer.SendMail(t.Context(), "Alice.Smith@example.org", "s", "t")
	if err == nil || strings.Contains(strings.ToLower(err.Error()), "smith") {
		t.Errorf("the error is %v", err)
	}
}
