package native

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"parley/client/api"
)

// reachTimeout bounds one try to reach the relay.
const reachTimeout = 8 * time.Second

// Reach tries the relay at a URL as far as HTTP, and tells each step: whether
// its name is found, its certificate is good, and it answers. Steps that there
// are none of, such as the name of an address in digits, are left out.
func Reach(ctx context.Context, relay string) []api.Check {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	return reachVia(ctx, relay, http.ProxyFromEnvironment)
}

// reachVia is Reach with a choice of proxies.
func reachVia(ctx context.Context, relay string, proxy func(*http.Request) (*url.URL, error)) []api.Check {
	r := &reach{proxyFor: proxy}
	began := time.Now()
	status, body, err := r.get(ctx, strings.TrimSuffix(strings.TrimSpace(relay), "/")+"/healthz")
	took := max(time.Since(began).Milliseconds(), 1)
	checks := r.below(err)
	check := api.Check{ID: api.CheckHTTP, State: api.CheckFailed, HTTPStatus: status}
	switch {
	case err != nil:
		check.Code = httpCode(err)
	case status != http.StatusOK:
		check.Code = "http_status"
	case strings.TrimSpace(body) != "ok":
		check.Code = "http_not_relay"
	default:
		check = api.Check{ID: api.CheckHTTP, State: api.CheckOK, Code: "http_ok", TookMS: took}
	}
	return append(checks, check)
}

// reach is what one request has met.
type reach struct {
	proxyFor        func(*http.Request) (*url.URL, error)
	mu              sync.Mutex
	dns, tls        bool // tried
	dnsErr, tlsErr  error
	secure, proxied bool
}

func (r *reach) get(ctx context.Context, address string) (status int, body string, err error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) { r.note(func() { r.dns, r.dnsErr = true, i.Err }) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			r.note(func() { r.tls, r.tlsErr = true, err })
		},
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	r.secure = request.URL.Scheme == "https"
	client := http.Client{
		Transport: &http.Transport{Proxy: r.proxy, DisableKeepAlives: true, OnProxyConnectResponse: refusedByProxy},
		// A page to log in to a network sends elsewhere; it is no relay.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }() // read as far as wanted
	start, err := io.ReadAll(io.LimitReader(response.Body, 64))
	return response.StatusCode, string(start), err
}

// refusedByProxy makes a refusal of the proxy, such as of a password, tell
// itself from one of the relay.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New(answer.Status)}
}

func (r *reach) proxy(request *http.Request) (*url.URL, error) {
	proxy, err := r.proxyFor(request)
	r.note(func() { r.proxied = proxy != nil })
	return proxy, err
}

func (r *reach) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// below tells the steps below HTTP.
func (r *reach) below(err error) []api.Check {
	r.mu.Lock()
	defer r.mu.Unlock()
	var checks []api.Check
	// Behind a proxy it is the proxy's name that was looked for.
	if r.dns && !r.proxied {
		check := api.Check{ID: api.CheckDNS, State: api.CheckOK, Code: "dns_ok"}
		if r.dnsErr != nil {
			check.State, check.Code = api.CheckFailed, "dns_failed"
		}
		checks = append(checks, check)
	}
	if r.secure {
		check := api.Check{ID: api.CheckTLS, State: api.CheckOK, Code: "tls_ok"}
		switch {
		case r.tls && r.tlsErr != nil:
			check.State, check.Code = api.CheckFailed, tlsCode(r.tlsErr)
		case !r.tls && err != nil:
			check.State, check.Code = api.CheckUnknown, "tls_not_reached"
		}
		checks = append(checks, check)
	}
	return checks
}

func tlsCode(err error) string {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "tls_expired"
	case errors.As(err, new(x509.HostnameError)):
		return "tls_wrong_name"
	case errors.As(err, new(x509.UnknownAuthorityError)), errors.As(err, &invalid):
		return "tls_untrusted"
	}
	return "tls_failed"
}

func httpCode(err error) string {
	var operation *net.OpError
	switch {
	case errors.As(err, &operation) && operation.Op == "proxyconnect":
		return "proxy_failed"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "http_timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "http_refused"
	}
	return "http_failed"
}
