package ident

import (
	"errors"
	"strings"
)

// Phone is a number in E.164 form: "+", then 7 to 15 digits, the first not 0.
// Whether a number can exist is the relay's to judge; this type only holds the
// form. It never shows itself in a log.
type Phone string

// ErrMalformedPhone is the error for text that is not in E.164 form.
var ErrMalformedPhone = errors.New("not a phone number in international form")

// ParsePhone reads an international number; spaces, dots, dashes and
// parentheses between digits are dropped, and a leading 00 stands for +.
func ParsePhone(text string) (Phone, error) {
	compact := strings.NewReplacer(" ", "", "\u00a0", "", "-", "", ".", "", "(", "", ")", "", "/", "").Replace(text)
	if rest, ok := strings.CutPrefix(compact, "00"); ok {
		compact = "+" + rest
	}
	digits, ok := strings.CutPrefix(compact, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return "", ErrMalformedPhone
	}
	if strings.Trim(digits, "0123456789") != "" {
		return "", ErrMalformedPhone
	}
	return Phone(compact), nil
}
