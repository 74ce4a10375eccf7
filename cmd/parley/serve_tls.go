package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"parley/internal/certificate"
	"parley/internal/config"
	"parley/internal/httpapi"
)

// security is how a relay speaks https; the zero value does not.
type security struct {
	config *tls.Config
	// plain answers on the port of http, where there is one.
	plain http.Handler
}

func newSecurity(c config.Config) (security, error) {
	switch {
	case c.TLS.Certificate != "":
		files, err := certificate.ReadFiles(c.TLS.Certificate, c.TLS.Key, time.Now)
		if err != nil {
			return security{}, usageError("tls: %w", err)
		}
		return security{files.Config(), http.HandlerFunc(toHTTPS)}, nil
	case c.TLS.ACMEDomains != "":
		authority := certificate.NewACME(certificate.Authority{
			Domains: c.TLS.Domains(), Email: c.TLS.ACMEEmail, Directory: c.TLS.ACMEDirectory, Folder: filepath.Join(c.Data, "certificates"),
		})
		return security{authority.Config(), authority.Handler()}, nil
	}
	return security{}, nil
}

// toHTTPS sends who asks by http to the same place by https.
func toHTTPS(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	to := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
}

// listenPlain answers on the port of http until the returned function is called.
func (s security) listenPlain(address string, log *slog.Logger) (stop func(), err error) {
	if address == "" || s.plain == nil {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for http: %w", err)
	}
	server := httpapi.NewServer(s.plain, log)
	go func() { _ = server.Serve(listener) }() // ends with Close
	return func() { _ = server.Shutdown(context.Background()) }, nil
}

// serve serves a listener, by https if that is how it is.
func (s security) serve(server *http.Server, l net.Listener) error {
	if s.config == nil {
		return server.Serve(l)
	}
	server.TLSConfig = s.config
	return server.ServeTLS(l, "", "")
}

// scheme is that of the relay's address.
func (s security) scheme() string {
	if s.config == nil {
		return "http"
	}
	return "https"
}
