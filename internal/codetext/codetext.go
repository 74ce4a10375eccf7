// Package codetext has the texts that bring codes to people by short message
// and mail, in the languages of the app. It decides nothing else.
package codetext

import (
	"strconv"
	"strings"
	"time"

	"parley/ident"
)

// Language is one of the languages that texts exist in.
type Language string

// The languages of the app.
const (
	English Language = "en"
	French  Language = "fr"
	Dutch   Language = "nl"
)

// Pick returns the language for a BCP 47 tag, such as "fr-BE"; English for what
// is empty or unknown.
func Pick(tag string) Language {
	base, _, _ := strings.Cut(tag, "-")
	switch l := Language(strings.ToLower(base)); l {
	case French, Dutch:
		return l
	}
	return English
}

// mail is a subject and a text.
type mail struct{ subject, text string }

// texts are those of one language. {code}, {phone} and {minutes} are filled in.
type texts struct {
	// sms fits in one short message: 160 characters of GSM 03.38.
	sms string
	// registration brings a registration code, confirm one that confirms a
	// recovery address, reset one that stands for a forgotten PIN (M36).
	registration, confirm, reset mail
}

// of returns the texts of a language.
func of(l Language) texts {
	switch l {
	case French:
		return french
	case Dutch:
		return dutch
	case English:
	}
	return english
}

// SMS is the short message with a registration code.
func SMS(l Language, code string) string { return fill(of(l).sms, code, "", 0) }

// RegistrationMail is the mail with a registration code for a number.
func RegistrationMail(l Language, phone ident.Phone, code string) (subject, text string) {
	m := of(l).registration
	return m.subject, fill(m.text, code, string(phone), 0)
}

// ConfirmMail is the mail with a code that confirms a recovery address; good is
// how long it does.
func ConfirmMail(l Language, code string, good time.Duration) (subject, text string) {
	m := of(l).confirm
	return m.subject, fill(m.text, code, "", good)
}

// ResetMail is the mail with a code that registers a number without its PIN.
func ResetMail(l Language, code string, good time.Duration) (subject, text string) {
	m := of(l).reset
	return m.subject, fill(m.text, code, "", good)
}

func fill(template, code, phone string, good time.Duration) string {
	return strings.NewReplacer("{code}", code, "{phone}", phone, "{minutes}", strconv.Itoa(int(good/time.Minute))).Replace(template)
}
