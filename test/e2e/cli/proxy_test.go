package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/client/api"
)

// frontName is where the relay can be reached only through the proxy.
const frontName = "chat.parley.test"

// front is a reverse proxy with TLS before a relay, as operators have one.
type front struct {
	address string
	// authority is the file with the certificate to trust.
	authority string
	// blocksUpgrade takes the wish for a WebSocket out of requests.
	blocksUpgrade atomic.Bool
}

func startFront(r *relay) *front {
	r.t.Helper()
	target, err := url.Parse(r.url)
	if err != nil {
		r.t.Fatal(err)
	}
	f := new(front)
	pass := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.blocksUpgrade.Load() {
			r.Header.Del("Upgrade")
			r.Header.Del("Connection")
		}
		pass.ServeHTTP(w, r)
	}))
	certificate, authority := newCertificate(r.t)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	r.t.Cleanup(server.Close)
	f.address, f.authority = server.Listener.Addr().String(), authority
	return f
}

// newCertificate makes a certificate for the front, which is in a file, too.
func newCertificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{frontName}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// forwardProxy is the only way out of a network: it knows the front's name and
// wants a password.
type forwardProxy struct {
	*httptest.Server
	front   *front
	tunnels atomic.Int32
}

func startForwardProxy(t *testing.T, f *front) *forwardProxy {
	t.Helper()
	p := &forwardProxy{front: f}
	p.Server = httptest.NewServer(http.HandlerFunc(p.tunnel))
	t.Cleanup(p.Close)
	return p
}

// environment is that of a person in this network.
func (p *forwardProxy) environment(password string) []string {
	address := strings.Replace(p.URL, "http://", "http://alice:"+password+"@", 1)
	return []string{"HTTPS_PROXY=" + address, "SSL_CERT_FILE=" + p.front.authority}
}

func (p *forwardProxy) tunnel(w http.ResponseWriter, r *http.Request) {
	proof := http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	if _, password, _ := proof.BasicAuth(); password != "sesame" {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect || r.Host != frontName+":443" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	there, err := net.Dial("tcp", p.front.address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	p.tunnels.Add(1)
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(there, buffered)
		there.Close()
	}()
	_, _ = io.Copy(here, there)
}

// doctor is what a device's diagnosis finds, by check.
func (d *device) doctor(status int, args ...string) map[api.CheckID]api.Check {
	d.t.Helper()
	got := d.run(append([]string{"doctor", "--json"}, args...)...)
	if got.status != status {
		d.t.Errorf("doctor ended with %d: %s%s", got.status, got.out, got.errs)
	}
	found := map[api.CheckID]api.Check{}
	for _, c := range decode[api.Diagnosis](d.t, got.out).Checks {
		found[c.ID] = c
	}
	return found
}

func (d *device) wantCodes(found map[api.CheckID]api.Check, want map[api.CheckID]string) {
	d.t.Helper()
	for id, code := range want {
		if found[id].Code != code {
			d.t.Errorf("%s: %q, want %q", id, found[id].Code, code)
		}
	}
}

// M198: in a network with a proxy as its only way out everything works, and a
// proxy that wants another password is named.
func TestProxy_ForwardProxy(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	bob := register(r, bobPhone, "Bob")
	f := startFront(r)
	proxy := startForwardProxy(t, f)
	alice := newDevice(r, "Alice")
	alice.env = proxy.environment("sesame")
	alice.want("register", "--relay", "https://"+frontName, "--phone", alicePhone, "--name", "Alice", "--code", r.invite(alicePhone))
	alice.send(bobPhone, "out of the office network")
	if got := bob.received(); len(got) != 1 || got[0] != "out of the office network" {
		t.Errorf("received %q", got)
	}
	if proxy.tunnels.Load() == 0 {
		t.Error("the proxy was not used")
	}
	found := alice.doctor(0)
	alice.wantCodes(found, map[api.CheckID]string{
		api.CheckDNS: "", // the proxy looks for the name
		api.CheckTLS: "tls_ok", api.CheckHTTP: "http_ok", api.CheckWebSocket: "websocket_ok", api.CheckRelay: "relay_same",
	})

	alice.env = proxy.environment("wrong")
	found = alice.doctor(1)
	alice.wantCodes(found, map[api.CheckID]string{api.CheckTLS: "tls_not_reached", api.CheckHTTP: "proxy_failed", api.CheckWebSocket: "websocket_failed"})
	if out := alice.run("doctor").out; !strings.Contains(out, "proxy") {
		t.Errorf("the proxy is not named:\n%s", out)
	}
	if got := alice.run("send", "--to", bobPhone, "waits", "--timeout", "1s"); got.status != 1 || !strings.Contains(got.errs, "waits on this device") {
		t.Errorf("sending past a proxy that refuses: %+v", got)
	}
	alice.env = proxy.environment("sesame")
	alice.want("receive", "--once")
	if got := bob.received(); len(got) != 1 || got[0] != "waits" {
		t.Errorf("received %q", got)
	}
}

// M198: a network that lets HTTP pass and no WebSocket is told from one that
// lets nothing pass, before and after registering.
func TestProxy_BlockedWebSocket(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	f := startFront(r)
	proxy := startForwardProxy(t, f)
	alice := newDevice(r, "Alice")
	alice.env = proxy.environment("sesame")
	alice.want("register", "--relay", "https://"+frontName, "--phone", alicePhone, "--name", "Alice", "--code", r.invite(alicePhone))
	f.blocksUpgrade.Store(true)
	blocked := map[api.CheckID]string{api.CheckTLS: "tls_ok", api.CheckHTTP: "http_ok", api.CheckWebSocket: "websocket_blocked"}
	alice.wantCodes(alice.doctor(1), blocked)
	next := newDevice(r, "New")
	next.env = alice.env
	next.wantCodes(next.doctor(1, "--relay", "https://"+frontName), blocked)
	if out := alice.run("doctor").out; !strings.Contains(out, "WebSocket") {
		t.Errorf("doctor says\n%s", out)
	}
	f.blocksUpgrade.Store(false)
	alice.wantCodes(alice.doctor(0), map[api.CheckID]string{api.CheckWebSocket: "websocket_ok"})
}

// M198: the name of the relay is found, where it has one.
func TestDoctor_NameFound(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	d := newDevice(r, "New")
	_, port, _ := strings.Cut(strings.TrimPrefix(r.url, "http://"), ":")
	d.wantCodes(d.doctor(0, "--relay", "http://localhost:"+port), map[api.CheckID]string{
		api.CheckDNS: "dns_ok", api.CheckTLS: "", api.CheckHTTP: "http_ok", api.CheckWebSocket: "websocket_ok", api.CheckRelay: "relay_new",
	})
}
