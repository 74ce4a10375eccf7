package push

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"parley/internal/publicnet"
)

const (
	// timeToLive is how long a push service keeps a wake-up for a device that is
	// off: what services allow at most, four weeks.
	timeToLive = 28 * 24 * time.Hour
	// tokenLifetime is below the 24 hours of RFC 8292; a token is used for half of it.
	tokenLifetime = 12 * time.Hour
	// topic has a service keep one wake-up for a device instead of many (RFC 8030, section 5.4).
	topic = "parley"
	// answerTime bounds how long a push service may take.
	answerTime = 15 * time.Second
	// maxTokens bounds the memory for tokens: devices choose the origins.
	maxTokens = 64
)

// ErrGone: the subscription does not exist any more.
var ErrGone = errors.New("push: the subscription is gone")

// RefusedError is an answer that is neither a success nor ErrGone.
type RefusedError struct {
	Status int
	// RetryAfter is what the service asks for, at most an hour; 0 if it does not.
	RetryAfter time.Duration
}

// Error implements error.
func (r *RefusedError) Error() string {
	return fmt.Sprintf("push: the service answered with status %d", r.Status)
}

// Temporary reports whether a later try may succeed.
func (r *RefusedError) Temporary() bool {
	return r.Status == http.StatusTooManyRequests || r.Status >= 500
}

// Sender sends wake-ups. All methods may be called at the same time.
type Sender struct {
	key     *Key
	contact string
	now     func() time.Time
	client  *http.Client

	mu     sync.Mutex
	tokens map[string]token
}

type token struct {
	text    string
	renewAt time.Time
}

// NewSender returns a sender. The contact, "mailto:…" or "https://…", tells push
// services whom to ask about this relay; some refuse who has none.
func NewSender(key *Key, contact string, now func() time.Time) *Sender {
	dialer := &net.Dialer{Timeout: answerTime, Control: publicnet.Control}
	return newSender(key, contact, now, &http.Transport{
		DialContext: dialer.DialContext, Proxy: nil, ForceAttemptHTTP2: true, TLSHandshakeTimeout: answerTime,
		MaxIdleConns: 16, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10, DisableCompression: true,
	})
}

func newSender(key *Key, contact string, now func() time.Time, transport http.RoundTripper) *Sender {
	return &Sender{key: key, contact: contact, now: now, tokens: make(map[string]token), client: &http.Client{
		Transport: transport, Timeout: answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// PublicKey returns what devices subscribe with.
func (s *Sender) PublicKey() []byte { return s.key.Public() }

// Wake sends a wake-up without content to a subscription, and returns when the
// push service has taken it. The error is ErrGone if the subscription is to be
// forgotten, ErrEndpoint if it never was one, *RefusedError, or of the network.
func (s *Sender) Wake(ctx context.Context, endpoint string) error {
	u, err := parseEndpoint(endpoint)
	if err != nil {
		return err
	}
	authorization, err := s.authorization(u)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, http.NoBody)
	if err != nil {
		return ErrEndpoint
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("TTL", strconv.Itoa(int(timeToLive/time.Second)))
	request.Header.Set("Topic", topic)
	request.Header.Set("Urgency", "high") // a person waits for an answer
	response, err := s.client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	_ = response.Body.Close() // nothing in it matters
	return s.judge(response)
}

// withoutURL takes the endpoint, which is as good as a password, out of an error.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, publicnet.ErrNotPublic) {
		return ErrEndpoint
	}
	return fmt.Errorf("push: reach the service: %w", err)
}

func (s *Sender) judge(response *http.Response) error {
	switch status := response.StatusCode; {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return ErrGone
	default:
		return &RefusedError{Status: status, RetryAfter: s.retryAfter(response.Header.Get("Retry-After"))}
	}
}

// retryAfter reads the header (RFC 9110, section 10.2.3).
func (s *Sender) retryAfter(header string) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(max(seconds, 0), 3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(s.now())
	}
	return min(max(wait, 0), time.Hour)
}

// authorization returns the header's value for the service of an endpoint.
func (s *Sender) authorization(endpoint *url.URL) (string, error) {
	origin := "https://" + endpoint.Host
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.tokens[origin]; ok && now.Before(t.renewAt) {
		return t.text, nil
	}
	signed, err := s.key.token(origin, s.contact, now.Add(tokenLifetime))
	if err != nil {
		return "", err
	}
	if len(s.tokens) >= maxTokens {
		clear(s.tokens)
	}
	text := "vapid t=" + signed + ", k=" + raw64.EncodeToString(s.key.Public())
	s.tokens[origin] = token{text, now.Add(tokenLifetime / 2)}
	return text, nil
}
