package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"parley/internal/config"
	"parley/wire"
)

// The relay speaks https by itself: the page, and the socket of devices; http leads there.
func TestServeHTTPS(t *testing.T) {
	// The certificate of this server is for 127.0.0.1, and its key is known.
	known := httptest.NewUnstartedServer(nil)
	known.StartTLS()
	defer known.Close()
	dir := t.TempDir()
	pair := known.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	plain := freeAddress(t)
	relay := startRelay(t, t.TempDir(), "--config", unlimited(t, func(c *config.Config) {
		c.TLS = config.TLS{
			Certificate: writePEM(t, filepath.Join(dir, "chain.pem"), "CERTIFICATE", pair.Certificate[0]),
			Key:         writePEM(t, filepath.Join(dir, "key.pem"), "PRIVATE KEY", key), HTTPListen: plain,
		}
	}))
	if !strings.HasPrefix(relay.url, "https://") {
		t.Fatalf("the relay listens on %s", relay.url)
	}
	roots := x509.NewCertPool()
	roots.AddCert(known.Certificate())
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	r, err := client.Get(relay.url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if string(text) != "ok\n" {
		t.Errorf("health says %q", text)
	}
	socket, _, err := websocket.Dial(t.Context(), relay.url+wire.SocketPath, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	socket.CloseNow()
	r, err = client.Get("http://" + plain + "/some?thing")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if to := r.Header.Get("Location"); to != "https://127.0.0.1/some?thing" {
		t.Errorf("http leads to %q", to)
	}
}

func writePEM(t *testing.T, path, kind string, der []byte) string {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(nil)
	defer s.Close()
	return strings.TrimPrefix(s.URL, "http://")
}

func TestServeRefusesBrokenTLS(t *testing.T) {
	path := unlimited(t, func(c *config.Config) {
		c.TLS = config.TLS{Certificate: filepath.Join(t.TempDir(), "none"), Key: filepath.Join(t.TempDir(), "none")}
	})
	status, _, stderr := command(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--config", path)
	if status != exitUsage || !strings.Contains(stderr, "tls:") {
		t.Errorf("serve ended with %d: %s", status, stderr)
	}
}
