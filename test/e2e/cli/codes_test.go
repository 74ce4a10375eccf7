package cli_test

import (
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// delivery is what somebody gets: a mail or a short message.
type delivery struct{ to, subject, text string }

// inbox is where everybody's deliveries arrive.
type inbox struct {
	t   *testing.T
	got chan delivery
	// last is what the last code came in.
	last delivery
}

func newInbox(t *testing.T) *inbox { return &inbox{t: t, got: make(chan delivery, 100)} }

// next is the next delivery, which must be to somebody.
func (i *inbox) next(to string) delivery {
	i.t.Helper()
	select {
	case d := <-i.got:
		if d.to != to {
			i.t.Fatalf("this went to %q, want %q: %s", d.to, to, d.text)
		}
		return d
	case <-time.After(patience):
		i.t.Fatalf("nothing came for %s", to)
	}
	return delivery{}
}

var digits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code is the code in the next delivery.
func (i *inbox) code(to string) string {
	i.t.Helper()
	d := i.next(to)
	i.last = d
	codes := digits.FindAllString(d.text, -1)
	if len(codes) != 1 {
		i.t.Fatalf("the text for %s has %d codes: %q", to, len(codes), d.text)
	}
	return codes[0]
}

// startMail starts a mail server that puts all mail there, and returns the
// relay's configuration for it.
func (i *inbox) startMail() string {
	i.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		i.t.Fatal(err)
	}
	server := smtp.NewServer(i)
	server.Domain = "localhost"
	go server.Serve(listener)
	i.t.Cleanup(func() { server.Close() })
	return fmt.Sprintf(`
[smtp]
host = "127.0.0.1"
port = %d
tls = "none"
from = "parley@example.org"
to = "{digits}@sms.example.org"
`, listener.Addr().(*net.TCPAddr).Port)
}

// NewSession implements smtp.Backend.
func (i *inbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{inbox: i}, nil }

type mailSession struct {
	inbox *inbox
	to    string
}

func (*mailSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body := m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	s.inbox.got <- delivery{s.to, subject, string(text)}
	return err
}

func (*mailSession) Reset()        {}
func (*mailSession) Logout() error { return nil }

// startGateway starts an HTTP server that takes what read understands, and
// returns its address.
func (i *inbox) startGateway(status int, read func(*http.Request) (delivery, error)) string {
	i.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, err := read(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(status)
		i.got <- d
	}))
	i.t.Cleanup(server.Close)
	return server.URL
}

// answers gives a running command the answers to its questions.
func (p *process) answers(lines ...string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, strings.Join(lines, "\n")+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

// done waits for the end of a command that must succeed.
func (p *process) done() {
	p.t.Helper()
	if status := p.wait(); status != 0 {
		p.t.Fatalf("%v: exit status %d: %s", p.cmd.Args[1:], status, p.errs)
	}
}
