package main

import (
	"strings"
	"testing"

	"parley/client/api"
)

// X2: an answer to a file without a caption, and a pin of one, tell what it is.
func TestQuotedText_OfAFile(t *testing.T) {
	for _, c := range []struct {
		quote api.Quote
		want  string
	}{
		{api.Quote{Media: api.MediaPhoto}, "[photo]"},
		{api.Quote{Media: api.MediaVoice}, "[voice message]"},
		{api.Quote{Media: api.MediaPhoto, Text: "the sea"}, "the sea"},
		{api.Quote{}, ""}, // from before that was told
	} {
		if got := quoteText(api.Message{Quote: &c.quote}); got != "> "+c.want+"\n" {
			t.Errorf("an answer to %+v begins with %q", c.quote, got)
		}
		pinned := pinLine(api.Message{KeptFor: 60, Quote: &c.quote})
		if !strings.HasPrefix(pinned, "[A message was pinned") || c.want != "" && !strings.Contains(pinned, ": "+c.want) {
			t.Errorf("a pin of %+v: %q", c.quote, pinned)
		}
	}
}
