package linkuri_test

import (
	"bytes"
	"testing"

	"parley/ident"
	"parley/wire/linkuri"
)

func TestGroupLink(t *testing.T) {
	g := linkuri.Group{Relay: "https://chat.example.org", Conversation: ident.ConversationID(bytes.Repeat([]byte{7}, 16)), Secret: make([]byte, linkuri.SecretSize)}
	back, err := linkuri.ParseGroup(" " + g.String() + "\n")
	if err != nil || back.Relay != g.Relay || back.Conversation != g.Conversation || !bytes.Equal(back.Secret, g.Secret) {
		t.Errorf("%q is read as %+v, %v", g, back, err)
	}
	text := g.String()
	for _, bad := range []string{"", "https://chat.example.org", text[:len(text)-1], "ftp" + text[5:], text + "x", "https://chat.example.org/#group=x.y"} {
		if _, err := linkuri.ParseGroup(bad); err == nil {
			t.Errorf("%q is taken for an invite link", bad)
		}
	}
}

func FuzzParseGroup(f *testing.F) {
	f.Add("https://chat.example.org/#group=BwcHBwcHBwcHBwcHBwcHBw.AAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := linkuri.ParseGroup(text)
		if err != nil {
			return
		}
		again, err := linkuri.ParseGroup(g.String())
		if err != nil || again.Conversation != g.Conversation {
			t.Errorf("%q does not survive", text)
		}
	})
}
