package linkuri_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"parley/wire/linkuri"
)

func example() linkuri.Link {
	return linkuri.Link{
		Relay: "https://chat.example.org:8443",
		Slot:  bytes.Repeat([]byte{1}, linkuri.SlotSize),
		Key:   bytes.Repeat([]byte{2}, linkuri.KeySize), Secret: bytes.Repeat([]byte{3}, linkuri.SecretSize),
	}
}

func TestLink_RoundTrip(t *testing.T) {
	got, err := linkuri.Parse(example().String())
	if err != nil || !reflect.DeepEqual(got, example()) {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestParse_Refuses(t *testing.T) {
	good := example().String()
	for name, text := range map[string]string{
		"nothing":           "",
		"a web address":     "https://example.org",
		"other version":     strings.Replace(good, "v=1", "v=2", 1),
		"other verb":        strings.Replace(good, "//link", "//call", 1),
		"no secret":         good[:strings.Index(good, "&secret")],
		"short key":         strings.Replace(good, "key=AgIC", "key=", 1),
		"bad escape":        strings.Replace(good, "https%3A", "https%3", 1) + "&x=%",
		"relay with a user": strings.Replace(good, "chat.", "me%40chat.", 1),
		"relay scheme":      strings.Replace(good, "https%3A", "ftp%3A", 1),
		"endless":           good + strings.Repeat("a", 4096),
	} {
		if got, err := linkuri.Parse(text); !errors.Is(err, linkuri.ErrMalformed) || got.Relay != "" {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// FuzzParse: what parses prints and parses to the same.
func FuzzParse(f *testing.F) {
	f.Add(example().String())
	f.Fuzz(func(t *testing.T, text string) {
		l, err := linkuri.Parse(text)
		if err != nil {
			return
		}
		again, err := linkuri.Parse(l.String())
		if err != nil || !reflect.DeepEqual(l, again) {
			t.Fatalf("%v, %v", again, err)
		}
	})
}
