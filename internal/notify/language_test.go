package notify_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"testing"

	"parley/internal/codetext"
	"parley/internal/notify"
)

// X12: a code comes in the language that its reader's device asked for,
// whichever way it goes, and arrives with its accents.
func TestSenders_Language(t *testing.T) {
	for language, want := range map[codetext.Language]string{
		codetext.English: "Give it to nobody.", codetext.French: "Ne le donnez à personne.", codetext.Dutch: "Geef hem aan niemand.",
	} {
		service := newSMSService(t, status(http.StatusCreated, `{}`))
		if err := twilio(t, service.URL).Send(t.Context(), somePhone, someCode, language); err != nil {
			t.Fatal(err)
		}
		_, body, _ := service.last()
		if form, err := url.ParseQuery(body); err != nil || !strings.HasSuffix(form.Get("Body"), want) {
			t.Errorf("Twilio, %s: %q, %v", language, form.Get("Body"), err)
		}
		webhook, err := notify.NewWebhook(notify.WebhookOptions{
			Method: "POST", URL: service.URL + "/{digits}", Headers: "Content-Type: text/plain; charset=utf-8", Body: "{text}",
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := webhook.Send(t.Context(), somePhone, someCode, language); err != nil {
			t.Fatal(err)
		}
		if _, body, _ := service.last(); !strings.HasSuffix(body, want) {
			t.Errorf("webhook, %s: %q", language, body)
		}
		server := new(mailServer)
		sender, err := notify.NewSMTP(server.start(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := sender.Send(t.Context(), somePhone, someCode, language); err != nil {
			t.Fatal(err)
		}
		wantSubject, _ := codetext.RegistrationMail(language, somePhone, someCode)
		if subject, text := server.read(t); subject != wantSubject || !strings.Contains(text, want) {
			t.Errorf("mail, %s: %q %q", language, subject, text)
		}
	}
}

// read returns the mail that came as a person sees it.
func (s *mailServer) read(t *testing.T) (subject, text string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := mail.ReadMessage(strings.NewReader(s.data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	body := m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	all, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return subject, string(all)
}
