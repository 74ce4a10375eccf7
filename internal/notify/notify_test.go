package notify_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"parley/internal/codetext"
	"parley/internal/notify"
)

var (
	_ notify.Sender = (*notify.Console)(nil)
	_ notify.Sender = (*notify.SMTP)(nil)
)

func TestConsolePrintsTheCode(t *testing.T) {
	var out bytes.Buffer
	c := notify.NewConsole(&out, func() time.Time { return time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) })
	if err := c.Send(t.Context(), "+32470123456", "012345", codetext.English); err != nil {
		t.Fatal(err)
	}
	if want := "09:30:00  registration code for +32470123456: 012345\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// mailServer is a real SMTP server that keeps what it gets.
type mailServer struct {
	mu       sync.Mutex
	from, to string
	data     string
	refuse   error
}

func (s *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{s}, nil }

type mailSession struct{ server *mailServer }

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.from = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.to = to
	return s.server.refuse
}

func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.data = string(b)
	return err
}

func (*mailSession) Reset()        {}
func (*mailSession) Logout() error { return nil }

// start returns the options that reach the server.
func (s *mailServer) start(t *testing.T) notify.SMTPOptions {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(s)
	server.Domain = "localhost"
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return notify.SMTPOptions{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: "none",
		From: "parley@example.org", To: "{digits}@sms.example.org",
	}
}

func TestSMTPDeliversTheCode(t *testing.T) {
	server := new(mailServer)
	sender, err := notify.NewSMTP(server.start(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), "+32470123456", "012345", codetext.English); err != nil {
		t.Fatal(err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.from != "parley@example.org" || server.to != "32470123456@sms.example.org" {
		t.Errorf("from %q to %q", server.from, server.to)
	}
	if !strings.Contains(server.data, "012345") {
		t.Errorf("the mail lacks the code:\n%s", server.data)
	}
}

func TestSMTPToOneMailbox(t *testing.T) {
	server := new(mailServer)
	options := server.start(t)
	options.To = "operator@example.org"
	sender, err := notify.NewSMTP(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), "+32470123456", "012345", codetext.English); err != nil {
		t.Fatal(err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.to != "operator@example.org" || !strings.Contains(server.data, "+32470123456") {
		t.Errorf("to %q:\n%s", server.to, server.data)
	}
}

// A failure says why, and neither the number nor the code.
func TestSMTPFailures(t *testing.T) {
	refusing := &mailServer{refuse: errors.New("no such user 32470123456")}
	dead := new(mailServer).start(t)
	dead.Port = 1
	for name, options := range map[string]notify.SMTPOptions{"refused": refusing.start(t), "nobody there": dead} {
		t.Run(name, func(t *testing.T) {
			sender, err := notify.NewSMTP(options)
			if err != nil {
				t.Fatal(err)
			}
			err = sender.Send(t.Context(), "+32470123456", "012345", codetext.English)
			if err == nil || strings.Contains(err.Error(), "470123456") || strings.Contains(err.Error(), "012345") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestSMTPOptions(t *testing.T) {
	good := notify.SMTPOptions{Host: "mail.example.org", Port: 587, TLS: "required", From: "a@example.org", To: "{phone}@example.org"}
	if _, err := notify.NewSMTP(good); err != nil {
		t.Errorf("good options: %v", err)
	}
	for name, change := range map[string]func(*notify.SMTPOptions){
		"no sender":    func(o *notify.SMTPOptions) { o.From = "" },
		"no recipient": func(o *notify.SMTPOptions) { o.To = "nobody" },
		"no host":      func(o *notify.SMTPOptions) { o.Host = "" },
	} {
		o := good
		change(&o)
		if _, err := notify.NewSMTP(o); err == nil {
			t.Errorf("%s: the options were taken", name)
		}
	}
}
