package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// acmeServer is an authority that speaks as much ACME (RFC 8555) as one order takes. It signs
// only after it has seen the answer to its challenge on the port of http.
type acmeServer struct {
	*httptest.Server
	*authority
	t *testing.T
	// web answers for the domain on port 80.
	web     http.Handler
	proven  bool
	chain   []byte
	ordered int
}

const token = "a-token-of-the-authority"

func newACMEServer(t *testing.T) *acmeServer {
	s := &acmeServer{authority: newAuthority(t), t: t}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *acmeServer) reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.t.Error(err)
	}
}

// payload reads what a request has signed; the signature is not what is tested.
func (s *acmeServer) payload(r *http.Request, to any) {
	var jws struct{ Payload string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		s.t.Error(err)
	}
	text, err := base64.RawURLEncoding.DecodeString(jws.Payload)
	if err != nil {
		s.t.Error(err)
	}
	if len(text) > 0 && to != nil {
		if err := json.Unmarshal(text, to); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *acmeServer) order() map[string]any {
	o := map[string]any{
		"status": "pending", "authorizations": []string{s.URL + "/authz"}, "finalize": s.URL + "/finalize",
		"identifiers": []map[string]string{{"type": "dns", "value": "chat.example.org"}},
	}
	if s.proven {
		o["status"] = "ready"
	}
	if s.chain != nil {
		o["status"], o["certificate"] = "valid", s.URL+"/certificate"
	}
	return o
}

func (s *acmeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Replay-Nonce", fmt.Sprint(time.Now().UnixNano()))
	challenge := map[string]any{"type": "http-01", "url": s.URL + "/challenge", "token": token, "status": "pending"}
	switch r.URL.Path {
	case "/directory":
		s.reply(w, http.StatusOK, map[string]string{
			"newNonce": s.URL + "/nonce", "newAccount": s.URL + "/account", "newOrder": s.URL + "/order", "revokeCert": s.URL + "/revoke", "keyChange": s.URL + "/key",
		})
	case "/account":
		w.Header().Set("Location", s.URL+"/account/1")
		s.reply(w, http.StatusCreated, map[string]string{"status": "valid"})
	case "/order":
		s.ordered++
		w.Header().Set("Location", s.URL+"/order/1")
		s.reply(w, http.StatusCreated, s.order())
	case "/order/1":
		s.reply(w, http.StatusOK, s.order())
	case "/authz":
		status := "pending"
		if s.proven {
			status = "valid"
		}
		s.reply(w, http.StatusOK, map[string]any{
			"status": status, "identifier": map[string]string{"type": "dns", "value": "chat.example.org"}, "challenges": []any{challenge},
		})
	case "/challenge":
		s.prove()
		s.reply(w, http.StatusOK, challenge)
	case "/finalize":
		s.finalize(r)
		w.Header().Set("Location", s.URL+"/order/1")
		s.reply(w, http.StatusOK, s.order())
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(s.chain)
	}
}

// prove asks the domain for the answer to the challenge.
func (s *acmeServer) prove() {
	answer := httptest.NewRecorder()
	s.web.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://chat.example.org/.well-known/acme-challenge/"+token, nil))
	s.proven = answer.Code == http.StatusOK && len(answer.Body.String()) > len(token) && answer.Body.String()[:len(token)] == token
}

func (s *acmeServer) finalize(r *http.Request) {
	var asked struct{ CSR string }
	s.payload(r, &asked)
	der, err := base64.RawURLEncoding.DecodeString(asked.CSR)
	if err != nil {
		s.t.Error(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		s.t.Error(err)
		return
	}
	if !s.proven {
		s.t.Error("a certificate was asked for before the domain was proven")
		return
	}
	s.chain = s.sign(s.t, csr.PublicKey, csr.DNSNames...)
}

// serveTLS serves "hello" with a configuration and returns the address.
func serveTLS(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{TLSConfig: c, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })}
	server.ErrorLog = nil
	go func() { _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// get asks a name for its page, at an address, and trusts an authority alone.
func get(t *testing.T, name, address string, trusted *x509.Certificate) (string, error) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(trusted)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		},
	}
	defer transport.CloseIdleConnections()
	r, err := (&http.Client{Transport: transport}).Get("https://" + name + "/")
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r.Body)
	return string(text), errors.Join(err, r.Body.Close())
}

// The first connection gets a certificate from the authority; after a restart it is still
// there. Other names get none, and nobody is asked about them.
func TestACMEGetsACertificate(t *testing.T) {
	s, dir := newACMEServer(t), t.TempDir()
	for range 2 {
		a := NewACME(Authority{Domains: []string{"chat.example.org"}, Directory: s.URL + "/directory", Folder: dir, Client: s.Client()})
		s.web = a.Handler()
		address := serveTLS(t, a.Config())
		if text, err := get(t, "chat.example.org", address, s.certificate); err != nil || text != "hello" {
			t.Fatalf("got %q, %v", text, err)
		}
		if _, err := get(t, "other.example.org", address, s.certificate); err == nil {
			t.Error("a name that is not the relay's got a certificate")
		}
	}
	if s.ordered != 1 {
		t.Errorf("%d certificates were ordered, want 1", s.ordered)
	}
	people := httptest.NewRecorder()
	s.web.ServeHTTP(people, httptest.NewRequest(http.MethodGet, "http://chat.example.org/", nil))
	if to := people.Header().Get("Location"); to != "https://chat.example.org/" {
		t.Errorf("people are sent to %q", to)
	}
}
