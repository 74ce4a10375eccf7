// Package linkpreview fetches what a page says of itself, for a device that is about to
// send its address. Anybody with an account chooses the address, so the relay must not
// be led inside its own network, nor to spend much: http and https on their own ports,
// addresses of the internet alone, checked when they are dialled, few redirects, bounds
// on bytes and time. It sends no cookies, runs nothing, and decodes no picture.
package linkpreview

import (
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"parley/internal/publicnet"
)

// Bounds of one preview.
const (
	// MaxURL is the length of an address, bytes.
	MaxURL = 2048
	// MaxPicture bounds the picture, bytes.
	MaxPicture = 1 << 20
	// fetchTime bounds all of it, and maxRedirects how often a page may send on.
	fetchTime    = 10 * time.Second
	maxRedirects = 4
	// maxPage is how much of a page is read; what it says of itself is at its beginning.
	maxPage = 512 << 10
	// maxHeader bounds the header of an answer.
	maxHeader = 32 << 10
)

// agent says honestly what asks, and why.
const agent = "ParleyLinkPreview/1 (a person is about to share this link in a private message)"

var (
	// ErrAddress: no address that is fetched.
	ErrAddress = errors.New("linkpreview: not an address of a public page")
	// ErrNoPreview: the page says nothing of itself, or is none.
	ErrNoPreview = errors.New("linkpreview: no preview")
)

// Preview is what a page says of itself.
type Preview struct {
	Title       string
	Description string
	// Picture is a file as it came, of a type that its bytes show; nil if there is none.
	Picture []byte
}

// Fetcher fetches previews. It may be used at the same time.
type Fetcher struct {
	client *http.Client
	// port reports whether a URL's port may be asked.
	port func(u *url.URL) bool
}

// New returns a fetcher.
func New() *Fetcher {
	dialer := &net.Dialer{Timeout: fetchTime, Control: publicnet.Control}
	return newFetcher(dialer.DialContext, standardPort)
}

func newFetcher(dial func(ctx context.Context, network, address string) (net.Conn, error), port func(*url.URL) bool) *Fetcher {
	transport := &http.Transport{
		DialContext: dial, Proxy: nil, ForceAttemptHTTP2: true, TLSHandshakeTimeout: fetchTime,
		DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader,
	}
	f := &Fetcher{port: port}
	f.client = &http.Client{Transport: transport, Timeout: fetchTime, CheckRedirect: f.checkRedirect}
	return f
}

// standardPort holds addresses to the ports of the web: others are of services that may
// take a request for something else.
func standardPort(u *url.URL) bool {
	return u.Port() == "" || u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// Fetch returns what the page at an address says of itself. The error is ErrAddress,
// ErrNoPreview, or of the network; it never has the address in it.
func (f *Fetcher) Fetch(ctx context.Context, address string) (*Preview, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	u, err := f.parse(address)
	if err != nil {
		return nil, err
	}
	response, err := f.get(ctx, u, "text/html, application/xhtml+xml")
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // read only
	if kind := mediaType(response); kind != "text/html" && kind != "application/xhtml+xml" {
		return nil, ErrNoPreview
	}
	body, err := charset.NewReader(io.LimitReader(response.Body, maxPage), response.Header.Get("Content-Type"))
	if err != nil {
		return nil, ErrNoPreview
	}
	said := readHead(body)
	if said.title == "" {
		return nil, ErrNoPreview
	}
	preview := &Preview{Title: said.title, Description: said.description}
	if said.picture != "" {
		preview.Picture = f.picture(ctx, response.Request.URL, said.picture)
	}
	return preview, nil
}

// parse reads an address that may be asked.
func (f *Fetcher) parse(address string) (*url.URL, error) {
	if len(address) > MaxURL {
		return nil, ErrAddress
	}
	u, err := url.Parse(address)
	if err != nil || f.check(u) != nil {
		return nil, ErrAddress
	}
	u.Fragment, u.RawFragment = "", "" // browsers do not tell it either
	return u, nil
}

func (f *Fetcher) check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || !f.port(u) {
		return ErrAddress
	}
	return nil
}

func (f *Fetcher) checkRedirect(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return ErrNoPreview
	}
	next.Header.Del("Referer")
	return f.check(next.URL)
}

// get asks for a page; the caller closes the body.
func (f *Fetcher) get(ctx context.Context, u *url.URL, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, ErrAddress
	}
	request.Header.Set("User-Agent", agent)
	request.Header.Set("Accept", accept)
	response, err := f.client.Do(request)
	switch {
	case errors.Is(err, publicnet.ErrNotPublic), errors.Is(err, ErrAddress):
		return nil, ErrAddress
	case err != nil:
		return nil, withoutURL(err)
	case response.StatusCode != http.StatusOK:
		_ = response.Body.Close()
		return nil, ErrNoPreview
	}
	return response, nil
}

// withoutURL takes the address, which is what somebody writes, out of an error.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// picture fetches the picture that a page names; nil if it is not to be had.
func (f *Fetcher) picture(ctx context.Context, page *url.URL, address string) []byte {
	u, err := page.Parse(address)
	if err != nil || len(address) > MaxURL || f.check(u) != nil {
		return nil
	}
	response, err := f.get(ctx, u, "image/jpeg, image/png, image/webp, image/gif")
	if err != nil {
		return nil
	}
	defer func() { _ = response.Body.Close() }() // read only
	picture, err := io.ReadAll(io.LimitReader(response.Body, MaxPicture+1))
	if err != nil || len(picture) > MaxPicture {
		return nil
	}
	switch http.DetectContentType(picture) {
	case "image/jpeg", "image/png", "image/webp", "image/gif":
		return picture
	}
	return nil
}

func mediaType(r *http.Response) string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // what is malformed is no page
	return strings.ToLower(kind)
}
