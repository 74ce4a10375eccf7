// Package vcard reads and writes names and numbers as vCards, of version 3.0 (RFC 2426)
// and 4.0 (RFC 6350). What else a card has is passed over. Files come from anywhere: what
// is malformed is skipped, and nothing makes memory grow beyond the bounds.
package vcard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a file.
const (
	// MaxFile is its length, bytes, and MaxContacts how many cards are read.
	MaxFile     = 32 << 20
	MaxContacts = 20_000
	// MaxName and MaxPhones bound one contact: characters, and numbers.
	MaxName   = 64
	MaxPhones = 20
	// maxLine is how much of a line is kept: names and numbers are short, pictures not.
	maxLine = 4 << 10
)

var (
	// ErrTooLarge: a file is longer than MaxFile, or has more than MaxContacts cards.
	ErrTooLarge = errors.New("vcard: the file is too large")
	// ErrNone: a file has no card.
	ErrNone = errors.New("vcard: the file has no contacts")
)

// Contact is one card.
type Contact struct {
	Name string
	// Phones are as they are written, with digits, "+" and whatever else.
	Phones []string
}

// Read returns the contacts of a file that have a number.
func Read(from io.Reader) ([]Contact, error) {
	limited := &io.LimitedReader{R: from, N: MaxFile + 1}
	lines := &unfolder{from: bufio.NewReader(limited)}
	var all []Contact
	var card *Contact
	cards := 0
	for {
		line, err := lines.next()
		if limited.N <= 0 || cards > MaxContacts {
			return nil, ErrTooLarge
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("vcard: read: %w", err)
		}
		name, value, ok := property(line)
		switch {
		case !ok:
		case name == "BEGIN" && strings.EqualFold(value, "VCARD"):
			card = new(Contact)
			cards++
		case name == "END" && card != nil:
			if len(card.Phones) > 0 {
				all = append(all, *card)
			}
			card = nil
		case card != nil:
			card.add(name, value)
		}
	}
	if cards == 0 {
		return nil, ErrNone
	}
	return all, nil
}

func (c *Contact) add(name, value string) {
	switch name {
	case "FN":
		if c.Name == "" {
			c.Name = clean(unescape(value))
		}
	case "TEL":
		value, _, _ = strings.Cut(strings.TrimPrefix(strings.ToLower(unescape(value)), "tel:"), ";")
		if value = clean(value); value != "" && len(c.Phones) < MaxPhones {
			c.Phones = append(c.Phones, value)
		}
	}
}

// property splits a line into the name of a property, without group and parameters, and
// its value.
func property(line string) (name, value string, ok bool) {
	quoted := false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ':' && !quoted:
			name, _, _ = strings.Cut(line[:i], ";")
			name = name[strings.LastIndexByte(name, '.')+1:]
			return strings.ToUpper(strings.TrimSpace(name)), strings.TrimSpace(line[i+1:]), true
		}
	}
	return "", "", false
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\:`, ":")

func unescape(value string) string { return unescaper.Replace(value) }

// clean makes one line of text of at most MaxName characters without what is not seen or
// turns the direction of writing around.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return strings.TrimSpace(string(runes[:min(len(runes), MaxName)]))
}

// unfolder joins lines that were folded: those that follow begin with a space or a tab.
type unfolder struct {
	from *bufio.Reader
	err  error
}

// next returns a line, or the beginning of one that is too long.
func (u *unfolder) next() (string, error) {
	if u.err != nil {
		return "", u.err
	}
	var line []byte
	for {
		part, more, err := u.from.ReadLine()
		if err != nil {
			u.err = err
			if len(line) > 0 && errors.Is(err, io.EOF) {
				return string(line), nil
			}
			return "", err
		}
		line = keep(line, part)
		for more && err == nil {
			part, more, err = u.from.ReadLine()
			line = keep(line, part)
		}
		following, _ := u.from.Peek(1) // what fails fails again when the next line is read
		if len(following) == 0 || following[0] != ' ' && following[0] != '\t' {
			return string(line), nil
		}
		_, _ = u.from.Discard(1) // it was peeked at
	}
}

func keep(line, part []byte) []byte { return append(line, part[:min(len(part), maxLine-len(line))]...) }

// Write writes contacts as version 4.0, folded at 75 bytes.
func Write(to io.Writer, contacts []Contact) error {
	w := bufio.NewWriter(to)
	for _, c := range contacts {
		name := clean(c.Name)
		if name == "" && len(c.Phones) > 0 {
			name = c.Phones[0]
		}
		writeLine(w, "BEGIN:VCARD")
		writeLine(w, "VERSION:4.0")
		writeLine(w, "FN:"+escaper.Replace(name))
		for _, phone := range c.Phones {
			writeLine(w, "TEL;VALUE=uri;TYPE=cell:tel:"+clean(phone))
		}
		writeLine(w, "END:VCARD")
	}
	return w.Flush()
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, ",", `\,`, ";", `\;`)

// writeLine folds between characters; errors come with Flush.
func writeLine(w *bufio.Writer, line string) {
	for room := 75; len(line) > room; room = 74 {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		_, _ = w.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	_, _ = w.WriteString(line + "\r\n")
}
