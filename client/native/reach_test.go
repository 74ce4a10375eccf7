package native

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/client/api"
)

// direct uses no proxy.
func direct(*http.Request) (*url.URL, error) { return nil, nil }

// codes are the codes of what was found, in order.
func codes(t *testing.T, checks []api.Check) string {
	t.Helper()
	var all []string
	for _, c := range checks {
		if c.ID == api.CheckHTTP && (c.State == api.CheckOK) != (c.Code == "http_ok") {
			t.Errorf("%+v", c)
		}
		all = append(all, c.Code)
	}
	return strings.Join(all, " ")
}

func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			http.NotFound(w, r)
			return
		}
		if status == http.StatusFound {
			http.Redirect(w, r, "/login", status)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// M198: each step on the way to the relay is told apart.
func TestReach_HTTP(t *testing.T) {
	for want, handler := range map[string]http.Handler{
		"http_ok":        answering(200, "ok\n"),
		"http_not_relay": answering(200, "<html>Welcome to the hotel"),
		"http_status":    answering(502, "bad gateway"),
	} {
		server := httptest.NewServer(handler)
		if got := codes(t, reachVia(t.Context(), server.URL, direct)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		server.Close()
	}
	login := httptest.NewServer(answering(http.StatusFound, ""))
	defer login.Close()
	found := reachVia(t.Context(), login.URL, direct)
	if len(found) != 1 || found[0].Code != "http_status" || found[0].HTTPStatus != http.StatusFound {
		t.Errorf("a page to log in: %+v", found)
	}
}

func TestReach_NobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := codes(t, reachVia(ctx, "http://"+address, direct)); got != "http_timeout" {
		t.Errorf("silent: %q", got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, reachVia(t.Context(), "http://"+address, direct)); got != "http_refused" {
		t.Errorf("nobody listens: %q", got)
	}
	if got := codes(t, reachVia(t.Context(), "https://"+address, direct)); got != "tls_not_reached http_refused" {
		t.Errorf("nobody listens, with TLS: %q", got)
	}
	// RFC 6761: this name is never found.
	if got := codes(t, reachVia(t.Context(), "http://nobody.invalid", direct)); got != "dns_failed http_failed" {
		t.Errorf("no name: %q", got)
	}
	proxy, err := url.Parse("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	viaProxy := func(*http.Request) (*url.URL, error) { return proxy, nil }
	if got := codes(t, reachVia(t.Context(), "http://chat.example.org", viaProxy)); got != "proxy_failed" {
		t.Errorf("proxy that does not answer: %q", got)
	}
}

func TestReach_TLS(t *testing.T) {
	year := 365 * 24 * time.Hour
	for want, c := range map[string]*x509.Certificate{
		"tls_untrusted http_failed":  {IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(year)},
		"tls_expired http_failed":    {IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(-time.Hour)},
		"tls_wrong_name http_failed": {DNSNames: []string{"other.example.org"}, NotAfter: time.Now().Add(year)},
	} {
		c.NotBefore, c.SerialNumber = time.Now().Add(-year), big.NewInt(1)
		server := httptest.NewUnstartedServer(answering(200, "ok"))
		server.TLS = &tls.Config{Certificates: []tls.Certificate{certify(t, c)}}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		if got := codes(t, reachVia(t.Context(), server.URL, direct)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		server.Close()
	}
	plain := httptest.NewServer(answering(200, "ok"))
	defer plain.Close()
	if got := codes(t, reachVia(t.Context(), "https"+plain.URL[len("http"):], direct)); got != "tls_failed http_failed" {
		t.Errorf("no TLS there: %q", got)
	}
}

// certify signs a certificate with its own key.
func certify(t *testing.T, c *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestRoom(t *testing.T) {
	free, err := room(t.TempDir())
	if err != nil || free <= 0 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if _, err := room("/does/not/exist"); err == nil {
		t.Error("a folder that is not there has room")
	}
}
