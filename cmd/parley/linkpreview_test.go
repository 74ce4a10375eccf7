package main

import "testing"

// X2: of a text the first address is asked, without what ends the sentence.
func TestFirstLink(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "no link, http: //": "", "ftp://example.org": "",
		"see https://example.org/a?b=c#d.":                  "https://example.org/a?b=c#d",
		"(at http://example.org/x), or https://example.org": "http://example.org/x",
		"https://example.org/wiki/Ghent_(city) is one":      "https://example.org/wiki/Ghent_(city)",
		"<https://example.org> \"https://other.example\"":   "https://example.org",
		"https://example.org/caf\u00e9, or not!":            "https://example.org/caf\u00e9",
	} {
		if got := firstLink(text); got != want {
			t.Errorf("of %q it is %q, not %q", text, got, want)
		}
	}
}
