package vcard_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"parley/internal/vcard"
)

func read(t testing.TB, text string) []vcard.Contact {
	t.Helper()
	got, err := vcard.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []vcard.Contact
	}{
		"3.0": {
			"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Peeters;Bob;;;\r\nFN:Bob Peeters\\, plumber\r\nitem1.TEL;TYPE=CELL,VOICE:+32 470 00 00 02\r\nTEL:+3221234567\r\nEND:VCARD\r\n",
			[]vcard.Contact{{Name: "Bob Peeters, plumber", Phones: []string{"+32 470 00 00 02", "+3221234567"}}},
		},
		"4.0": {
			"begin:vcard\nVERSION:4.0\nFN;PREF=1:Zoë\nTEL;VALUE=uri;TYPE=\"voice:x\":tel:+32-470-00-00-03;ext=5\nEND:VCARD",
			[]vcard.Contact{{Name: "Zoë", Phones: []string{"+32-470-00-00-03"}}},
		},
		"folded, with a picture": {
			"BEGIN:VCARD\r\nPHOTO;ENCODING=b:" + strings.Repeat("QUJD\r\n ", 5000) + "\r\nFN:A very\r\n  long\r\n\t name\r\nTEL:+1\r\nEND:VCARD\r\n",
			[]vcard.Contact{{Name: "A very long name", Phones: []string{"+1"}}},
		},
		"without a number, and broken": {
			"junk\nEND:VCARD\nBEGIN:VCARD\nFN:No number\nEND:VCARD\nBEGIN:VCARD\nTEL\nTEL:\nFN:x\nBEGIN:VCARD\nTEL:+2\nEND:VCARD\n",
			[]vcard.Contact{{Phones: []string{"+2"}}},
		},
		"hostile names": {
			"BEGIN:VCARD\nFN:evil\u202ename\\n\x00" + strings.Repeat("x", 9000) + "\nTEL:+3\nEND:VCARD\n",
			[]vcard.Contact{{Name: "evilname " + strings.Repeat("x", 55), Phones: []string{"+3"}}},
		},
	} {
		if got := read(t, c.text); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestRead_Bounds(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":   {"", vcard.ErrNone},
		"no cards":  {"hello\nthere", vcard.ErrNone},
		"too long":  {strings.Repeat("x", vcard.MaxFile+2), vcard.ErrTooLarge},
		"too many":  {strings.Repeat("BEGIN:VCARD\nEND:VCARD\n", vcard.MaxContacts+2), vcard.ErrTooLarge},
		"one line ": {"BEGIN:VCARD\nTEL:+1" + strings.Repeat("\n 1", vcard.MaxFile/3), vcard.ErrTooLarge},
	} {
		if got, err := vcard.Read(strings.NewReader(c.text)); !errors.Is(err, c.want) {
			t.Errorf("%s: %d contacts, %v", name, len(got), err)
		}
	}
}

// What is written is read again.
func TestWrite(t *testing.T) {
	contacts := []vcard.Contact{{Name: "Bob, the; \\plumber " + strings.Repeat("é", 40), Phones: []string{"+32470000002"}}, {Phones: []string{"+1"}}}
	var out strings.Builder
	if err := vcard.Write(&out, contacts); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(out.String(), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
	contacts[1].Name = "+1"
	if got := read(t, out.String()); fmt.Sprint(got) != fmt.Sprint(contacts) {
		t.Errorf("got %q, want %q", got, contacts)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("BEGIN:VCARD\r\nFN:Bob\r\nTEL:+32470000002\r\nEND:VCARD\r\n")
	f.Add("BEGIN:VCARD\nTEL;X=\":\":tel:+1;ext=2\n \nEND:VCARD")
	f.Fuzz(func(t *testing.T, text string) {
		contacts, err := vcard.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		var out strings.Builder
		if err := vcard.Write(&out, contacts); err != nil {
			t.Fatal(err)
		}
		if len(contacts) == 0 {
			return
		}
		again, err := vcard.Read(strings.NewReader(out.String()))
		if err != nil || len(again) != len(contacts) {
			t.Errorf("%d contacts came back as %d, %v:\n%s", len(contacts), len(again), err, out.String())
		}
	})
}
