package push

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// service is a push service: it checks each request as RFC 8030 and RFC 8292 say,
// and answers as the test wants.
type service struct {
	*httptest.Server
	t      *testing.T
	public []byte

	mu     sync.Mutex
	answer func(http.ResponseWriter)
	taken  []string
	tokens []string
}

func newService(t *testing.T, key *Key) *service {
	s := &service{t: t, public: key.Public(), answer: func(w http.ResponseWriter) { w.WriteHeader(http.StatusCreated) }}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) != 0 || r.Header.Get("Content-Encoding") != "" {
		s.t.Errorf("a wake-up has content: %q, %v", body, err)
	}
	if r.Method != http.MethodPost || r.Header.Get("TTL") != "2419200" || r.Header.Get("Urgency") != "high" || r.Header.Get("Topic") != "parley" {
		s.t.Errorf("%s with %v", r.Method, r.Header)
	}
	token, err := s.verify(r.Header.Get("Authorization"), r.Host)
	if err != nil {
		s.t.Error(err)
	}
	s.taken, s.tokens = append(s.taken, r.URL.Path), append(s.tokens, token)
	s.answer(w)
}

// verify checks the header as a push service does, without code of this package's.
func (s *service) verify(header, host string) (token string, err error) {
	var key string
	if _, err := fmt.Sscanf(strings.ReplaceAll(header, ",", ""), "vapid t=%s k=%s", &token, &key); err != nil {
		return "", fmt.Errorf("Authorization is %q: %w", header, err)
	}
	parts := strings.Split(token, ".")
	public, errKey := raw64.DecodeString(key)
	if len(parts) != 3 || errKey != nil || !bytes.Equal(public, s.public) {
		return "", fmt.Errorf("the token is %q, the key %q", token, key)
	}
	signature, err := raw64.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return "", fmt.Errorf("the signature is %q", parts[2])
	}
	point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(point, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", errors.New("the signature is wrong")
	}
	return token, s.claims(parts, host)
}

func (s *service) claims(parts []string, host string) error {
	var head struct{ Typ, Alg string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	for i, into := range []any{&head, &claims} {
		text, err := raw64.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			return err
		}
	}
	left := time.Until(time.Unix(claims.Exp, 0))
	if head.Alg != "ES256" || head.Typ != "JWT" || claims.Aud != "https://"+host || claims.Sub != "mailto:op@example.org" || left <= 0 || left > 24*time.Hour {
		return fmt.Errorf("the token says %+v %+v", head, claims)
	}
	return nil
}

func newKey(t *testing.T) *Key {
	t.Helper()
	key, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// toward returns a sender that reaches the service by the name push.example.
func toward(s *service, key *Key, now func() time.Time) *Sender {
	return newSender(key, "mailto:op@example.org", now, &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	})
}

// A wake-up has no content, and a push service knows whose it is (M92).
func TestWake(t *testing.T) {
	key := newKey(t)
	s := newService(t, key)
	now := time.Now()
	sender := toward(s, key, func() time.Time { return now })
	for range 2 {
		if err := sender.Wake(t.Context(), "https://push.example/send/1"); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(tokenLifetime/2 + time.Second)
	if err := sender.Wake(t.Context(), "https://push.example/send/1"); err != nil {
		t.Fatal(err)
	}
	if len(s.tokens) != 3 || s.tokens[0] != s.tokens[1] || s.tokens[1] == s.tokens[2] {
		t.Errorf("%d wake-ups came; a token is used for half its time", len(s.tokens))
	}
}

func TestAnswers(t *testing.T) {
	key := newKey(t)
	s := newService(t, key)
	sender := toward(s, key, time.Now)
	for status, check := range map[int]func(error) bool{
		200: func(err error) bool { return err == nil },
		202: func(err error) bool { return err == nil },
		404: func(err error) bool { return errors.Is(err, ErrGone) },
		410: func(err error) bool { return errors.Is(err, ErrGone) },
		403: func(err error) bool {
			var r *RefusedError
			return errors.As(err, &r) && r.Status == 403 && !r.Temporary()
		},
		429: func(err error) bool {
			var r *RefusedError
			return errors.As(err, &r) && r.Temporary() && r.RetryAfter == 7*time.Second
		},
		503: func(err error) bool { var r *RefusedError; return errors.As(err, &r) && r.Temporary() },
		// Redirects lead nowhere.
		307: func(err error) bool { var r *RefusedError; return errors.As(err, &r) && r.Status == 307 },
	} {
		s.answer = func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://push.example/elsewhere")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		}
		if err := sender.Wake(t.Context(), "https://push.example/send"); !check(err) {
			t.Errorf("status %d is %v", status, err)
		}
	}
	for _, path := range s.taken {
		if path != "/send" {
			t.Errorf("a redirect was followed to %s", path)
		}
	}
}

// An endpoint cannot lead into the network of the relay: not as an address, and not
// as a name that resolves to one.
func TestEndpointsInsideAreRefused(t *testing.T) {
	key := newKey(t)
	s := newService(t, key)
	sender := NewSender(key, "", time.Now)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, host := range []string{"localhost:" + port, "127.0.0.1:" + port, "[::ffff:127.0.0.1]:" + port, "2130706433:" + port, "localhost.:" + port} {
		err := sender.Wake(t.Context(), "https://"+host+"/send")
		if err == nil || len(s.taken) > 0 {
			t.Errorf("%s was reached: %v", host, err)
		}
		if strings.Contains(err.Error(), "/send") {
			t.Errorf("the error tells the endpoint: %v", err)
		}
	}
	if err := sender.Wake(t.Context(), "https://localhost:"+port+"/send"); !errors.Is(err, ErrEndpoint) {
		t.Errorf("a name of this machine: %v", err)
	}
}

func TestCheckEndpoint(t *testing.T) {
	for _, good := range []string{"https://fcm.googleapis.com/fcm/send/abc", "https://web.push.apple.com/Q", "https://8.8.8.8/x", "https://[2606:4700::1]:8443/x"} {
		if err := CheckEndpoint(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "http://push.example/x", "ftp://push.example/", "https://", "https:///x", "https://user@push.example/", "https://push.example/#x", "//push.example", "https://\x00",
		"https://127.0.0.1/x", "https://[::1]/x", "https://10.1.2.3/", "https://[fd00::1]/", "https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/",
		"https://push.example/" + strings.Repeat("x", MaxEndpoint),
	} {
		if err := CheckEndpoint(bad); !errors.Is(err, ErrEndpoint) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}

func TestKeys(t *testing.T) {
	key := newKey(t)
	again, err := ParseKey(key.Bytes())
	if err != nil || !bytes.Equal(again.Public(), key.Public()) || len(key.Public()) != 65 || len(key.Bytes()) != KeySize {
		t.Errorf("the key came back as %v, %v", again, err)
	}
	for _, bad := range [][]byte{nil, make([]byte, KeySize), bytes.Repeat([]byte{0xff}, KeySize), make([]byte, KeySize+1)} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%x is a key", bad)
		}
	}
	// Bytes that are no key are passed over.
	source := io.MultiReader(bytes.NewReader(make([]byte, KeySize)), bytes.NewReader(key.Bytes()))
	if found, err := NewKey(source); err != nil || !bytes.Equal(found.Bytes(), key.Bytes()) {
		t.Errorf("made %v, %v", found, err)
	}
	if _, err := NewKey(bytes.NewReader(nil)); err == nil {
		t.Error("a key was made of nothing")
	}
}

func FuzzCheckEndpoint(f *testing.F) {
	for _, seed := range []string{"https://push.example/x", "https://127.1/", "https://[::ffff:7f00:1]/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, endpoint string) {
		if CheckEndpoint(endpoint) != nil {
			return
		}
		if _, err := http.NewRequest(http.MethodPost, endpoint, http.NoBody); err != nil || len(endpoint) > MaxEndpoint {
			t.Errorf("%q cannot be asked: %v", endpoint, err)
		}
	})
}
