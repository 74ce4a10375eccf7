package linkcode_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"parley/wire/linkcode"
)

// What people mistype and mean well is forgiven.
func TestParse_Forgives(t *testing.T) {
	const code = "0A1B9XYZ"
	for name, text := range map[string]string{
		"as shown":        "0A1B-9XYZ",
		"in lower case":   "0a1b-9xyz",
		"the letter O":    "OA1B-9XYZ",
		"a small o":       "oa1b9xyz",
		"the letter I":    "0AIB-9XYZ",
		"the letter L":    "0AlB-9XYZ",
		"without dash":    "0A1B9XYZ",
		"blanks":          " 0A 1B 9X YZ\n",
		"too many dashes": "0-A-1-B--9XYZ-",
	} {
		if got, err := linkcode.Parse(text); err != nil || got != code {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if got := linkcode.Format(code); got != "0A1B-9XYZ" {
		t.Errorf("shown as %q", got)
	}
}

func TestParse_Refuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":         "",
		"too short":       "0A1B-9XY",
		"too long":        "0A1B-9XYZ0",
		"a letter U":      "UA1B-9XYZ",
		"a sign":          "0A1B_9XYZ",
		"another script":  "０A1B-9XYZ",
		"endless":         strings.Repeat("-", 100) + "0A1B-9XYZ",
		"the QR code's":   "parley://link?v=1",
		"a byte above 80": "0A1B-9XY\xda",
	} {
		if got, err := linkcode.Parse(text); !errors.Is(err, linkcode.ErrMalformed) || got != "" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// Codes use the whole alphabet: 40 random bits.
func TestNew(t *testing.T) {
	seen := map[rune]bool{}
	for range 200 {
		code, err := linkcode.New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := linkcode.Parse(linkcode.Format(code)); err != nil || got != code {
			t.Fatalf("%q is read as %q, %v", code, got, err)
		}
		for _, c := range code {
			seen[c] = true
		}
	}
	if len(seen) != 32 {
		t.Errorf("%d characters are used", len(seen))
	}
}

// FuzzParse: what parses is shown and parses to the same.
func FuzzParse(f *testing.F) {
	f.Add("0A1B-9XYZ")
	f.Add("oil1 - 0000")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := linkcode.Parse(text)
		if err != nil {
			if code != "" {
				t.Fatalf("%q beside an error", code)
			}
			return
		}
		if again, err := linkcode.Parse(linkcode.Format(code)); err != nil || again != code {
			t.Fatalf("%q, %v", again, err)
		}
	})
}
