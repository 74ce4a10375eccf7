package codetext_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/codetext"
)

func TestPick(t *testing.T) {
	for tag, want := range map[string]codetext.Language{
		"": codetext.English, "en": codetext.English, "en-GB": codetext.English, "fr": codetext.French, "fr-BE": codetext.French,
		"FR": codetext.French, "nl-BE": codetext.Dutch, "nl": codetext.Dutch, "de": codetext.English, "frr": codetext.English,
		"nl\r\nBcc": codetext.English, strings.Repeat("fr", 5000): codetext.English,
	} {
		if got := codetext.Pick(tag); got != want {
			t.Errorf("%.20q is %s, want %s", tag, got, want)
		}
	}
}

// gsm are the characters of GSM 03.38 that take one place; a text with others
// would be cut into messages of 70 characters, which cost more.
const gsm = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// Every text names the code once and nothing is left to be filled in; no two
// languages say the same.
func TestTexts(t *testing.T) {
	seen := map[string]codetext.Language{}
	for _, l := range []codetext.Language{codetext.English, codetext.French, codetext.Dutch} {
		sms := codetext.SMS(l, "402913")
		if n := len([]rune(sms)); n > 160 || strings.Trim(sms, gsm) != "" || strings.ContainsFunc(sms, func(r rune) bool { return !strings.ContainsRune(gsm, r) }) {
			t.Errorf("%s: %d characters, not one short message: %s", l, n, sms)
		}
		all := map[string]string{"": sms}
		subject, text := codetext.RegistrationMail(l, "+32470123456", "402913")
		all[subject] = text
		if !strings.Contains(text, "+32470123456") {
			t.Errorf("%s: the mail does not name the number: %s", l, text)
		}
		for _, mail := range []func(codetext.Language, string, time.Duration) (string, string){codetext.ConfirmMail, codetext.ResetMail} {
			subject, text := mail(l, "402913", 30*time.Minute)
			all[subject] = text
			if !strings.Contains(text, " 30 minut") {
				t.Errorf("%s: the mail does not tell how long: %s", l, text)
			}
		}
		if len(all) != 4 {
			t.Errorf("%s: two mails have the same subject", l)
		}
		for subject, text := range all {
			if strings.Count(text, "402913") != 1 || strings.ContainsAny(subject+text, "{}") {
				t.Errorf("%s: %q %q", l, subject, text)
			}
			if other, ok := seen[text]; ok {
				t.Errorf("%s and %s say the same: %s", l, other, text)
			}
			seen[text] = l
		}
	}
}
