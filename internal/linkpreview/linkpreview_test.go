package linkpreview

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/publicnet"
)

// web is an internet in a test: names with their addresses, behind which one server
// answers. What is dialled goes through the same check as in New.
type web struct {
	names map[string]string
	*httptest.Server
	asked []string
	seen  []*http.Request
}

func newWeb(t *testing.T, names map[string]string, handler http.HandlerFunc) (*web, *Fetcher) {
	t.Helper()
	w := &web{names: names}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.seen = append(w.seen, r)
		w.asked = append(w.asked, r.Host+r.URL.Path)
		handler(rw, r)
	}))
	t.Cleanup(w.Close)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if resolved, ok := names[host]; ok {
			host = resolved
		}
		if err := publicnet.Control(network, net.JoinHostPort(host, port), nil); err != nil {
			return nil, &net.OpError{Op: "dial", Err: err}
		}
		return new(net.Dialer).DialContext(ctx, network, w.Listener.Addr().String())
	}
	return w, newFetcher(dial, standardPort)
}

func page(head string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><html><head>", head, "</head><body>…")
	}
}

var public = map[string]string{"shop.example": "93.184.216.34", "inside.example": "10.0.0.5", "rebound.example": "127.0.0.1"}

func pngOf(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFetch_WhatAPageSaysOfItself(t *testing.T) {
	picture := pngOf(t, 8)
	w, f := newWeb(t, public, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/p.png" {
			_, _ = w.Write(picture)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
		page(`<title>no</title><meta property="og:title" content=" Tea &amp;
			cups&#x202e; "><meta name="description" content="All kinds"><meta property="og:image" content="p.png">`)(w, r)
	})
	got, err := f.Fetch(t.Context(), "http://shop.example/a#top")
	if err != nil || got.Title != "Tea & cups" || got.Description != "All kinds" || !bytes.Equal(got.Picture, picture) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if fmt.Sprint(w.asked) != "[shop.example/a shop.example/p.png]" {
		t.Errorf("asked for %v", w.asked)
	}
	for _, r := range w.seen {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" || r.Header.Get("User-Agent") != agent {
			t.Errorf("%s was asked with %v", r.URL, r.Header)
		}
	}
}

func TestFetch_OtherPages(t *testing.T) {
	for name, c := range map[string]struct {
		kind, body, want string
	}{
		"title alone":       {"text/html", "<title>A &lt;b&gt;</title>", "A <b>"},
		"Latin-1":           {"text/html; charset=iso-8859-1", "<title>caf\xe9</title>", "café"},
		"charset in a meta": {"text/html", "<meta charset=windows-1252><title>\x80uro</title>", "€uro"},
		"long":              {"text/html", "<title>" + strings.Repeat("é", 400) + "</title>", strings.Repeat("é", maxTitle-1) + "…"},
		"nothing said":      {"text/html", "<p>hello</p>", ""},
		"not a page":        {"application/pdf", "<title>no</title>", ""},
		"title in the body": {"text/html", "<body><svg><title>no</title></svg>", ""},
		"broken":            {"text/html", "<title", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, f := newWeb(t, public, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				fmt.Fprint(w, c.body)
			})
			got, err := f.Fetch(t.Context(), "http://shop.example/")
			if c.want == "" {
				if !errors.Is(err, ErrNoPreview) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if err != nil || got.Title != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// The relay cannot be led inside its own network: not by an address, a name, a redirect,
// a picture, a port, or another scheme.
func TestFetch_SSRF(t *testing.T) {
	redirects := map[string]string{
		"/to-inside": "http://inside.example/", "/to-loopback": "http://127.0.0.1/", "/to-metadata": "http://169.254.169.254/latest/meta-data/",
		"/to-mapped": "http://[::ffff:10.0.0.1]/", "/to-nat64": "http://[64:ff9b::a00:1]/", "/to-port": "http://shop.example:6379/",
		"/to-file": "file:///etc/passwd", "/to-gopher": "gopher://shop.example/", "/to-user": "http://a:b@shop.example/",
	}
	w, f := newWeb(t, public, func(w http.ResponseWriter, r *http.Request) {
		if to := redirects[r.URL.Path]; to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		page("<title>secret</title>")(w, r)
	})
	addresses := []string{
		"http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/", "http://10.1.2.3/", "http://192.168.1.1/", "http://100.64.0.1/",
		"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://[fe80::1%25eth0]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
		"http://[2002:7f00:1::]/", "http://inside.example/", "http://rebound.example/", "http://224.0.0.1/",
		"http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/",
		"http://shop.example:22/", "https://shop.example:80/", "http://shop.example:443/", "ftp://shop.example/", "file:///etc/passwd", "//shop.example/",
		"http:///", "http://user@shop.example/", "javascript:alert(1)", "", "http://shop.example/" + strings.Repeat("a", MaxURL),
		"http://shop.example\r\nX: y/", "http://sh op/",
	}
	for path := range redirects {
		addresses = append(addresses, "http://shop.example"+path)
	}
	for _, address := range addresses {
		if got, err := f.Fetch(t.Context(), address); err == nil {
			t.Errorf("%q gave %+v", address, got)
		} else if u, e := url.Parse(address); e == nil && u.Hostname() != "" && strings.Contains(err.Error(), address) {
			t.Errorf("the error tells the address: %v", err)
		}
	}
	for _, asked := range w.asked {
		if host, path, _ := strings.Cut(asked, "/"); host != "shop.example" || redirects["/"+path] == "" {
			t.Errorf("%s was asked", asked)
		}
	}
}

// The same with the dialer of New and a server that is really there.
func TestFetch_DialsNoLoopback(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(server.Close)
	dialer := &net.Dialer{Control: publicnet.Control}
	f := newFetcher(dialer.DialContext, func(*url.URL) bool { return true })
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "127.0.0.2"} {
		if _, err := f.Fetch(t.Context(), "http://"+host+":"+port+"/"); err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	if asked != 0 {
		t.Errorf("the server was asked %d times", asked)
	}
}

// A picture inside is not fetched, nor one that is too large or none; the rest stays.
func TestFetch_Pictures(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		bytes   []byte
	}{
		"inside": {"http://inside.example/p.png", pngOf(t, 8)}, "metadata": {"http://169.254.169.254/", pngOf(t, 8)},
		"port": {"http://shop.example:8080/p.png", pngOf(t, 8)}, "data": {"data:image/png;base64,iVBOR", nil},
		"too large": {"/p.png", append(pngOf(t, 8), make([]byte, MaxPicture)...)}, "SVG": {"/p.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")},
		"page": {"/p.png", []byte("<html>")},
	} {
		t.Run(name, func(t *testing.T) {
			_, f := newWeb(t, public, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					page(`<title>T</title><meta property="og:image" content="`+c.address+`">`)(w, r)
					return
				}
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write(c.bytes)
			})
			got, err := f.Fetch(t.Context(), "http://shop.example/")
			if err != nil || got.Title != "T" || got.Picture != nil {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// Pages without end, bombs, and loops of redirects come to an end.
func TestFetch_Bounds(t *testing.T) {
	_, f := newWeb(t, public, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/bomb":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			for range 64 {
				if _, err := z.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 2*maxHeader))
		}
	})
	for _, path := range []string{"/loop", "/bomb", "/header", "/none"} {
		if got, err := f.Fetch(t.Context(), "http://shop.example"+path); err == nil {
			t.Errorf("%s gave %+v", path, got)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := f.Fetch(ctx, "http://shop.example/"); err == nil {
		t.Error("time does not end it")
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add(`<title>a</title><meta name="description" content="b">`)
	f.Add(`<meta property=og:image content=x><title>`)
	f.Fuzz(func(t *testing.T, page string) {
		said := readHead(strings.NewReader(page))
		if n := len([]rune(said.title)); n > maxTitle || strings.ContainsAny(said.title, "\n\u202e") {
			t.Errorf("the title is %q", said.title)
		}
		if len([]rune(said.description)) > maxDescription {
			t.Errorf("the description is %q", said.description)
		}
	})
}
