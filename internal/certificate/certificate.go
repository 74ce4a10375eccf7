// Package certificate gives a TLS server its certificate: from files that may change while it
// runs, or from a certificate authority that speaks ACME (RFC 8555).
package certificate

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// lookEvery is how often files are looked at for a change.
const lookEvery = time.Minute

// Files is a certificate chain and its key in two PEM files. When they change, as renewals do,
// connections after the next look at them, a minute later at most, get the new one.
type Files struct {
	certificate, key string
	now              func() time.Time

	mu      sync.Mutex
	present *tls.Certificate
	changed [2]time.Time
	looked  time.Time
}

// ReadFiles reads the files; the error says what is wrong with them.
func ReadFiles(certificate, key string, now func() time.Time) (*Files, error) {
	f := &Files{certificate: certificate, key: key, now: now}
	return f, f.read()
}

func (f *Files) read() error {
	changed, err := f.times()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(f.certificate, f.key)
	if err != nil {
		return fmt.Errorf("read the certificate %s with the key %s: %w", f.certificate, f.key, err)
	}
	f.present, f.changed, f.looked = &pair, changed, f.now()
	return nil
}

func (f *Files) times() (changed [2]time.Time, err error) {
	for i, path := range []string{f.certificate, f.key} {
		info, err := os.Stat(path)
		if err != nil {
			return changed, err
		}
		changed[i] = info.ModTime()
	}
	return changed, nil
}

// Get is for tls.Config.GetCertificate. Files that cannot be read, or do not fit each other
// while they are being replaced, leave the one before in use.
func (f *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now().Sub(f.looked) < lookEvery {
		return f.present, nil
	}
	f.looked = f.now()
	if changed, err := f.times(); err == nil && changed != f.changed {
		_ = f.read() // the former certificate stays
	}
	return f.present, nil
}

// Config is what a server that has this certificate speaks.
func (f *Files) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.Get}
}

// ACME gets certificates for domains, and renews them before they end. Asking takes the
// agreement to the terms of the authority, which Parley's documentation says.
type ACME struct{ manager autocert.Manager }

// Authority says whom ACME asks, and for what.
type Authority struct {
	// Domains are the names that there are certificates for; others are refused.
	Domains []string
	// Email is where the authority writes about trouble; it may be empty.
	Email string
	// Directory is the authority's URL; empty means Let's Encrypt.
	Directory string
	// Folder keeps keys and certificates.
	Folder string
	// Client asks; nil is an ordinary one.
	Client *http.Client
}

// NewACME returns what asks an authority when the first connection needs a certificate.
func NewACME(a Authority) *ACME {
	return &ACME{autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(a.Folder), HostPolicy: autocert.HostWhitelist(a.Domains...),
		Email: a.Email, Client: &acme.Client{DirectoryURL: a.Directory, HTTPClient: a.Client, UserAgent: "parley"},
	}}
}

// Config is what a server speaks whose certificates these are. It also answers the authority
// on its own port (TLS-ALPN-01, RFC 8737).
func (a *ACME) Config() *tls.Config {
	c := a.manager.TLSConfig()
	c.MinVersion = tls.VersionTLS12
	return c
}

// Handler is for port 80: it answers the authority (HTTP-01), and sends people to https.
func (a *ACME) Handler() http.Handler { return a.manager.HTTPHandler(nil) }
