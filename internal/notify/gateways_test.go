package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/codetext"
	"parley/internal/notify"
)

var (
	_ notify.Sender = (*notify.Twilio)(nil)
	_ notify.Sender = (*notify.Webhook)(nil)
)

const somePhone ident.Phone = "+32470123456"

const someCode = "012345"

// smsService is a real HTTP server that keeps what it gets and answers as told.
type smsService struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	// answers are given one after the other; the last one goes on.
	answers []func(http.ResponseWriter, *http.Request)
}

func newSMSService(t *testing.T, answers ...func(http.ResponseWriter, *http.Request)) *smsService {
	t.Helper()
	s := &smsService{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
		answer := s.answers[min(len(s.requests), len(s.answers))-1]
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// last returns the last request and how many there were.
func (s *smsService) last() (*http.Request, string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.requests)
	if n == 0 {
		return nil, "", 0
	}
	return s.requests[n-1], s.bodies[n-1], n
}

func status(code int, body string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func twilio(t *testing.T, base string) *notify.Twilio {
	t.Helper()
	sender, err := notify.NewTwilio(notify.TwilioOptions{BaseURL: base, AccountSID: "AC123", AuthToken: "secret", From: "+15005550006"})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func TestTwilio_SendsTheForm(t *testing.T) {
	service := newSMSService(t, status(http.StatusCreated, `{"sid":"SM1","status":"queued"}`))
	if err := twilio(t, service.URL).Send(t.Context(), somePhone, someCode, codetext.English); err != nil {
		t.Fatal(err)
	}
	r, body, n := service.last()
	user, password, _ := r.BasicAuth()
	if n != 1 || r.Method != http.MethodPost || r.URL.Path != "/2010-04-01/Accounts/AC123/Messages.json" || user != "AC123" || password != "secret" {
		t.Errorf("%d requests, the last %s %s as %q", n, r.Method, r.URL, user)
	}
	form, err := url.ParseQuery(body)
	if err != nil || form.Get("To") != string(somePhone) || form.Get("From") != "+15005550006" || !strings.Contains(form.Get("Body"), someCode) {
		t.Errorf("the form is %q, %v", body, err)
	}
}

func TestTwilio_MessagingService(t *testing.T) {
	service := newSMSService(t, status(http.StatusCreated, `{}`))
	sender, err := notify.NewTwilio(notify.TwilioOptions{BaseURL: service.URL, AccountSID: "AC123", AuthToken: "secret", MessagingServiceSID: "MG1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), somePhone, someCode, codetext.English); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := service.last(); !strings.Contains(body, "MessagingServiceSid=MG1") || strings.Contains(body, "From=") {
		t.Errorf("the form is %q", body)
	}
}

// Refusals are told in words of our own, without number, code or password, and
// are not repeated: the message might have gone out.
func TestGateways_Refusals(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   string
	}{
		"known error": {status(400, `{"code":21614,"message":"'To' number +32470123456 is not a valid mobile number","status":400}`), "not a mobile number"},
		"credentials": {status(401, `{"code":20003,"message":"Authenticate"}`), "auth token is not right"},
		"other error": {status(400, `{"code":21999,"message":"+32470123456 012345"}`), "error 21999"},
		"no JSON":     {status(502, `<html>+32470123456 012345</html>`), "HTTP status 502"},
		"a redirect":  {status(302, "", "Location", "https://elsewhere.example.org/"), "HTTP status 302"},
		"a cut answer": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			conn.Close()
		}, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			service := newSMSService(t, c.answer)
			err := twilio(t, service.URL).Send(t.Context(), somePhone, someCode, codetext.English)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
			wantDiscreet(t, err)
			if _, _, n := service.last(); n != 1 {
				t.Errorf("the message was sent %d times", n)
			}
		})
	}
}

func wantDiscreet(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"470123456", someCode, "secret"} {
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("the error is %v", err)
		}
	}
}

// What has surely not been accepted is tried again: 429, and a connection that
// was not made.
func TestGateways_TryAgain(t *testing.T) {
	busy := status(http.StatusTooManyRequests, `{"code":20429}`, "Retry-After", "0")
	t.Run("429 once", func(t *testing.T) {
		service := newSMSService(t, busy, status(http.StatusCreated, `{}`))
		if err := twilio(t, service.URL).Send(t.Context(), somePhone, someCode, codetext.English); err != nil {
			t.Error(err)
		}
		if _, _, n := service.last(); n != 2 {
			t.Errorf("%d requests came", n)
		}
	})
	t.Run("429 for ever", func(t *testing.T) {
		service := newSMSService(t, busy)
		err := twilio(t, service.URL).Send(t.Context(), somePhone, someCode, codetext.English)
		if _, _, n := service.last(); n != 3 || err == nil || !strings.Contains(err.Error(), "too many requests") {
			t.Errorf("%d requests came: %v", n, err)
		}
	})
	t.Run("429 for an hour", func(t *testing.T) {
		service := newSMSService(t, status(http.StatusTooManyRequests, ``, "Retry-After", "3600"))
		err := twilio(t, service.URL).Send(t.Context(), somePhone, someCode, codetext.English)
		if _, _, n := service.last(); n != 1 || err == nil {
			t.Errorf("%d requests came: %v", n, err)
		}
	})
	t.Run("nobody there at first", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		listener.Close()
		served := make(chan struct{})
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) })}
		go func() {
			defer close(served)
			time.Sleep(100 * time.Millisecond) // less than the pause before the second attempt
			if late, err := net.Listen("tcp", address); err == nil {
				server.Serve(late)
			}
		}()
		t.Cleanup(func() { server.Close(); <-served })
		if err := twilio(t, "http://"+address).Send(t.Context(), somePhone, someCode, codetext.English); err != nil {
			t.Error(err)
		}
	})
}

func TestGateways_EndWithTheContext(t *testing.T) {
	release := make(chan struct{})
	service := newSMSService(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := twilio(t, service.URL).Send(ctx, somePhone, someCode, codetext.English)
	if err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("the error is %v", err)
	}
	wantDiscreet(t, err)
	if _, _, n := service.last(); n != 1 {
		t.Errorf("%d requests came", n)
	}
}

func TestTwilio_Options(t *testing.T) {
	good := notify.TwilioOptions{BaseURL: "https://api.example.org", AccountSID: "AC1", AuthToken: "t", From: "+15005550006"}
	for name, change := range map[string]func(*notify.TwilioOptions){
		"no address":  func(o *notify.TwilioOptions) { o.BaseURL = "api.example.org" },
		"no account":  func(o *notify.TwilioOptions) { o.AccountSID = "" },
		"no token":    func(o *notify.TwilioOptions) { o.AuthToken = "" },
		"no sender":   func(o *notify.TwilioOptions) { o.From = "" },
		"two senders": func(o *notify.TwilioOptions) { o.MessagingServiceSID = "MG1" },
	} {
		o := good
		change(&o)
		if _, err := notify.NewTwilio(o); err == nil {
			t.Errorf("%s: the options were taken", name)
		}
	}
}

// Placeholders are escaped as their place needs.
func TestWebhook_Templates(t *testing.T) {
	text := "012345 is your Parley code. It is good for 10 minutes. Give it to nobody."
	for name, c := range map[string]struct {
		options notify.WebhookOptions
		check   func(t *testing.T, r *http.Request, body string)
	}{
		"JSON": {
			notify.WebhookOptions{
				Method: "POST", URL: "/send", Headers: "Content-Type: application/json\nAuthorization: Bearer abc:def\n",
				Body: `{"to": ["{phone}"], "digits": "{digits}", "text": "{text}", "quoted": "\"{code}\""}`,
			},
			func(t *testing.T, r *http.Request, body string) {
				var got struct {
					To                   []string
					Digits, Text, Quoted string
				}
				if err := json.Unmarshal([]byte(body), &got); err != nil || got.To[0] != string(somePhone) || got.Digits != "32470123456" ||
					got.Text != text || got.Quoted != `"012345"` {
					t.Errorf("the body is %s, %v", body, err)
				}
				if r.Header.Get("Authorization") != "Bearer abc:def" || r.Method != http.MethodPost {
					t.Errorf("the headers are %v", r.Header)
				}
			},
		},
		"form": {
			notify.WebhookOptions{
				Method: "PUT", URL: "/send", Headers: "content-type: application/x-www-form-urlencoded", Body: "to={phone}&text={text}",
			},
			func(t *testing.T, r *http.Request, body string) {
				form, err := url.ParseQuery(body)
				if err != nil || form.Get("to") != string(somePhone) || form.Get("text") != text || r.Method != http.MethodPut {
					t.Errorf("the body is %s, %v", body, err)
				}
			},
		},
		"address": {
			notify.WebhookOptions{Method: "GET", URL: "/numbers/{phone}/{text}?to={phone}&text={text}&n={digits}"},
			func(t *testing.T, r *http.Request, body string) {
				q := r.URL.Query()
				if r.URL.Path != "/numbers/+32470123456/"+text || q.Get("to") != string(somePhone) || q.Get("text") != text || q.Get("n") != "32470123456" {
					t.Errorf("the address is %s", r.URL)
				}
				if body != "" {
					t.Errorf("the body is %q", body)
				}
			},
		},
		"text": {
			notify.WebhookOptions{Method: "POST", URL: "/{digits}", Headers: "Content-Type: text/plain; charset=utf-8", Body: "{text}"},
			func(t *testing.T, _ *http.Request, body string) {
				if body != text {
					t.Errorf("the body is %q", body)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			service := newSMSService(t, status(http.StatusOK, "ok"))
			c.options.URL = service.URL + c.options.URL
			sender, err := notify.NewWebhook(c.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := sender.Send(t.Context(), somePhone, someCode, codetext.English); err != nil {
				t.Fatal(err)
			}
			r, body, _ := service.last()
			c.check(t, r, body)
		})
	}
}

func TestWebhook_Refused(t *testing.T) {
	service := newSMSService(t, status(500, "+32470123456 012345 secret"))
	sender, err := notify.NewWebhook(notify.WebhookOptions{Method: "GET", URL: service.URL + "/secret?to={phone}&code={code}"})
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), somePhone, someCode, codetext.English)
	wantDiscreet(t, err)
	service.Close()
	wantDiscreet(t, sender.Send(t.Context(), somePhone, someCode, codetext.English))
}

func TestWebhook_Options(t *testing.T) {
	good := notify.WebhookOptions{
		Method: "POST", URL: "https://sms.example.org/send", Headers: "Content-Type: application/json", Body: `{"to":"{phone}","text":"{text}"}`,
	}
	if _, err := notify.NewWebhook(good); err != nil {
		t.Errorf("good options: %v", err)
	}
	for name, change := range map[string]func(*notify.WebhookOptions){
		"method":          func(o *notify.WebhookOptions) { o.Method = "DELETE" },
		"no address":      func(o *notify.WebhookOptions) { o.URL = "" },
		"no scheme":       func(o *notify.WebhookOptions) { o.URL = "sms.example.org/send" },
		"number as host":  func(o *notify.WebhookOptions) { o.URL = "https://{digits}.example.org/" },
		"no code":         func(o *notify.WebhookOptions) { o.Body = `{"to":"{phone}"}` },
		"no number":       func(o *notify.WebhookOptions) { o.Body = `{"text":"{text}"}` },
		"not JSON":        func(o *notify.WebhookOptions) { o.Body = `{"to":{phone},"text":"{text}"}` },
		"no content type": func(o *notify.WebhookOptions) { o.Headers = "" },
		"unknown type":    func(o *notify.WebhookOptions) { o.Headers = "Content-Type: text/xml" },
		"header":          func(o *notify.WebhookOptions) { o.Headers += "\nno colon" },
		"body with GET":   func(o *notify.WebhookOptions) { o.Method = "GET" },
	} {
		o := good
		change(&o)
		if _, err := notify.NewWebhook(o); err == nil {
			t.Errorf("%s: the options were taken", name)
		}
	}
}
