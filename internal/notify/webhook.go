package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"parley/ident"
	"parley/internal/codetext"
)

// WebhookOptions are a template for the HTTP request that sends a code. In URL
// and Body {phone} stands for the number with its plus sign, {digits} for the
// number without, {code} for the code, and {text} for a whole sentence with it,
// each escaped as its place needs.
type WebhookOptions struct {
	Method string
	URL    string
	// Headers are lines "Name: value"; among them Content-Type, which says how
	// the body is escaped: application/json, application/x-www-form-urlencoded,
	// or text/plain, which is not.
	Headers string
	Body    string
}

// Webhook sends codes by any HTTP service.
type Webhook struct {
	options WebhookOptions
	headers http.Header
	// escape makes a value fit for the body.
	escape  func(string) string
	gateway gateway
}

// NewWebhook returns a sender; the error says what is wrong with the options.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	w := &Webhook{options: o, gateway: newGateway()}
	var err error
	if w.headers, err = parseHeaders(o.Headers); err != nil {
		return nil, err
	}
	if w.escape, err = bodyEscape(w.headers.Get("Content-Type"), o.Body); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodGet}, o.Method) {
		return nil, errors.New("webhook: the method must be POST, PUT or GET")
	}
	if o.Method == http.MethodGet && o.Body != "" {
		return nil, errors.New("webhook: GET has no body")
	}
	return w, w.check()
}

// check fills the template in once.
func (w *Webhook) check() error {
	if template := w.options.URL + w.options.Body; !strings.Contains(template, "{code}") && !strings.Contains(template, "{text}") {
		return errors.New("webhook: neither the address nor the body has {code} or {text}")
	}
	if template := w.options.URL + w.options.Body; !strings.Contains(template, "{phone}") && !strings.Contains(template, "{digits}") {
		return errors.New("webhook: neither the address nor the body has {phone} or {digits}")
	}
	r, err := w.request(context.Background(), sample)
	if err != nil {
		return err
	}
	if r.URL.Host == "" || r.URL.Scheme != "https" && r.URL.Scheme != "http" {
		return errors.New("webhook: the address must begin with https:// and name a host")
	}
	if host, _, _ := strings.Cut(strings.SplitN(w.options.URL, "://", 2)[1], "/"); strings.Contains(host, "{") {
		return errors.New("webhook: the host must not depend on the number or the code")
	}
	return w.checkJSON()
}

func (w *Webhook) checkJSON() error {
	if !isJSON(w.headers.Get("Content-Type")) {
		return nil
	}
	if !json.Valid([]byte(sample.fill(w.options.Body, w.escape))) {
		return errors.New("webhook: the body is not JSON; write placeholders inside quotes, like \"{text}\"")
	}
	return nil
}

// Name implements Sender.
func (*Webhook) Name() string { return "sms" }

// Send implements Sender.
func (w *Webhook) Send(ctx context.Context, phone ident.Phone, code string, language codetext.Language) error {
	a, err := w.gateway.deliver(ctx, func(ctx context.Context) (*http.Request, error) {
		return w.request(ctx, registrationCode{phone, code, language})
	})
	if err != nil {
		return fmt.Errorf("deliver by webhook: %w", err)
	}
	if !a.accepted() {
		// What the service says may quote the number and the code.
		return fmt.Errorf("deliver by webhook: refused with HTTP status %d", a.status)
	}
	return nil
}

func (w *Webhook) request(ctx context.Context, c registrationCode) (*http.Request, error) {
	path, query, hasQuery := strings.Cut(w.options.URL, "?")
	address := c.fill(path, url.PathEscape)
	if hasQuery {
		address += "?" + c.fill(query, url.QueryEscape)
	}
	var body io.Reader
	if w.options.Body != "" {
		body = strings.NewReader(c.fill(w.options.Body, w.escape))
	}
	r, err := http.NewRequestWithContext(ctx, w.options.Method, address, body)
	if err != nil {
		return nil, errors.New("webhook: the address is not one")
	}
	for name, values := range w.headers {
		r.Header[name] = values
	}
	return r, nil
}

// registrationCode is what is put into the template.
type registrationCode struct {
	phone    ident.Phone
	code     string
	language codetext.Language
}

// sample is for trying a template out.
var sample = registrationCode{"+10000000", "000000", codetext.English}

// fill puts the values into a template, each escaped.
func (c registrationCode) fill(template string, escape func(string) string) string {
	return strings.NewReplacer(
		"{phone}", escape(string(c.phone)), "{digits}", escape(strings.TrimPrefix(string(c.phone), "+")),
		"{code}", escape(c.code), "{text}", escape(codetext.SMS(c.language, c.code)),
	).Replace(template)
}

// parseHeaders reads lines "Name: value".
func parseHeaders(text string) (http.Header, error) {
	h := http.Header{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t\"(),/;<=>?@[\\]{}") {
			return nil, errors.New("webhook: write each header as a line 'Name: value'")
		}
		h.Add(textproto.CanonicalMIMEHeaderKey(name), strings.TrimSpace(value))
	}
	return h, nil
}

func isJSON(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// bodyEscape chooses the escaping by the content type.
func bodyEscape(contentType, body string) (func(string) string, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch {
	case body == "" || kind == "text/plain":
		return func(value string) string { return value }, nil
	case isJSON(contentType):
		return jsonEscape, nil
	case kind == "application/x-www-form-urlencoded":
		return url.QueryEscape, nil
	}
	return nil, errors.New("webhook: a body needs the header Content-Type: application/json, application/x-www-form-urlencoded or text/plain")
}

// jsonEscape returns a value as it stands inside the quotes of a JSON string.
func jsonEscape(value string) string {
	b, err := json.Marshal(value)
	if err != nil {
		return "" // a string always encodes
	}
	return string(b[1 : len(b)-1])
}
