package relayurl_test

import (
	"errors"
	"net/url"
	"testing"

	"parley/wire/relayurl"
)

func TestWebSocket(t *testing.T) {
	for text, want := range map[string]string{
		"https://chat.example.org":       "wss://chat.example.org/v1",
		"http://localhost:8080":          "ws://localhost:8080/v1",
		"HTTPS://Chat.example.org/x":     "wss://Chat.example.org/x/v1",
		"https://a.example/b/c~d@e":      "wss://a.example/b/c~d@e/v1",
		"http://[::1]:8080":              "ws://[::1]:8080/v1",
		"http://[2001:db8::7]":           "ws://[2001:db8::7]/v1",
		"https://bücher.example/ü":       "wss://bücher.example/ü/v1",
		"http://192.168.0.2:1":           "ws://192.168.0.2:1/v1",
		"https://xn--bcher-kva.ch:65535": "wss://xn--bcher-kva.ch:65535/v1",
	} {
		u, err := relayurl.Parse(text)
		if err != nil || u.WebSocket("/v1") != want {
			t.Errorf("%s: got %q, %v", text, u.WebSocket("/v1"), err)
		}
	}
}

var malformed = []string{
	"", "chat.example.org", "https:", "https:/a", "https://", "https:///path", "ftp://a", "wss://a", "://a", " https://a", "https://a ",
	"https://user@a", "https://user:password@a", "https://a?b", "https://a#b", "https://a/b?c", "https://a/b#c", "https://a/%zz",
	"https://a:", "https://a:0", "https://a:65536", "https://a:b", "https://a:1:2", "https://:80", "https://a b", "https://a\n", "https://a/b c",
	"https://[::1", "https://::1]", "https://[]", "https://[::1]a", "https://[::1]:", "https://[g::]", "https://[00]", "https://[1::2::3]", "https://[1:2:3:4:5:6:7:8:9]", "https://[12345::]", "https://a\xff", "https://[::1%25eth0]", "https://a\\b", "https://a<b>",
}

func TestParse_Refuses(t *testing.T) {
	for _, text := range malformed {
		if u, err := relayurl.Parse(text); !errors.Is(err, relayurl.ErrMalformed) || u != (relayurl.URL{}) {
			t.Errorf("%q: got %v, %v", text, u, err)
		}
	}
}

// FuzzParse: what is taken net/url takes, and reads the same.
func FuzzParse(f *testing.F) {
	f.Add("https://chat.example.org:8443/path")
	f.Add("http://[::1]:8080")
	for _, text := range malformed {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := relayurl.Parse(text)
		if err != nil {
			return
		}
		want, err := url.Parse(text)
		if err != nil || want.Scheme != u.Scheme || want.Host != u.Host || want.Path != u.Path ||
			want.User != nil || want.RawQuery != "" || want.Fragment != "" {
			t.Fatalf("%q is %+v; net/url says %+v, %v", text, u, want, err)
		}
	})
}
