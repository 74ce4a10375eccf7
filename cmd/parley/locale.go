package main

import (
	"cmp"
	"strings"
)

// language is the language of the person's texts as a BCP 47 tag, from the
// environment as POSIX has it ("fr_BE.UTF-8"); empty if nothing is chosen.
func language(getenv func(string) string) string {
	locale, _, _ := strings.Cut(cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG")), ".")
	locale, _, _ = strings.Cut(locale, "@")
	if locale == "C" || locale == "POSIX" {
		return ""
	}
	return strings.ReplaceAll(locale, "_", "-")
}
