package json

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string; the next byte is its quotation mark. What is no UTF-8 and half a pair of surrogates
// become U+FFFD.
func (d *decoder) text() string {
	d.at++
	start := d.at
	for d.at < len(d.in) {
		switch c := d.in[d.at]; {
		case c == '"':
			d.at++
			return string(d.in[start : d.at-1])
		case c == '\\' || c < ' ' || c >= utf8.RuneSelf:
			return d.longText(append(make([]byte, 0, 2*(d.at-start)+64), d.in[start:d.at]...))
		}
		d.at++
	}
	d.fail()
	return ""
}

// longText is text for the rest of a string with characters that do not stand for themselves.
func (d *decoder) longText(text []byte) string {
	for d.at < len(d.in) {
		switch c := d.in[d.at]; {
		case c == '"':
			d.at++
			return string(text)
		case c < ' ':
			d.fail()
			return ""
		case c == '\\':
			text = utf8.AppendRune(text, d.escape())
		default:
			r, size := utf8.DecodeRune(d.in[d.at:])
			text = utf8.AppendRune(text, r)
			d.at += size
		}
	}
	d.fail()
	return ""
}

const (
	escapes = `"\/bfnrt`
	meaning = "\"\\/\b\f\n\r\t"
)

// escape reads what begins with a backslash.
func (d *decoder) escape() rune {
	if d.at+1 == len(d.in) {
		d.fail()
		return 0
	}
	c := d.in[d.at+1]
	for i := range len(escapes) {
		if escapes[i] == c {
			d.at += 2
			return rune(meaning[i])
		}
	}
	r := d.unit()
	if r < 0 {
		d.fail()
		return 0
	}
	d.at += 6
	if utf16.IsSurrogate(r) {
		if r = utf16.DecodeRune(r, d.unit()); r != utf8.RuneError {
			d.at += 6
		}
	}
	return r
}

// unit is what the \u and four digits stand for that begin here, or -1.
func (d *decoder) unit() rune {
	if len(d.in)-d.at < 6 || d.in[d.at] != '\\' || d.in[d.at+1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(d.in[d.at+2:d.at+6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
