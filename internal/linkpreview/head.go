package linkpreview

import (
	"io"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxTitle and maxDescription bound what is taken over, characters.
const (
	maxTitle       = 150
	maxDescription = 300
)

// head is what a page says of itself.
type head struct{ title, description, picture string }

// readHead reads the beginning of a page, as far as its body (Open Graph, HTML). What is
// not well formed is read as browsers do.
func readHead(page io.Reader) head {
	said := map[string]string{}
	z := html.NewTokenizer(page)
	z.SetMaxBuf(maxPage)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return toldBy(said)
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			switch token.DataAtom {
			case atom.Meta:
				addMeta(said, token)
			case atom.Title:
				if z.Next() == html.TextToken {
					add(said, "title", string(z.Text()))
				}
			case atom.Body:
				return toldBy(said)
			}
		}
	}
}

func addMeta(said map[string]string, token html.Token) {
	var name, content string
	for _, a := range token.Attr {
		switch a.Key {
		case "name", "property":
			name = strings.ToLower(strings.TrimSpace(a.Val))
		case "content":
			content = a.Val
		}
	}
	switch name {
	case "og:title", "og:description", "og:image", "og:image:secure_url", "og:image:url", "twitter:title", "twitter:description", "twitter:image", "description":
		add(said, name, content)
	}
}

// add keeps what was said first.
func add(said map[string]string, name, text string) {
	if said[name] == "" {
		said[name] = text
	}
}

func toldBy(said map[string]string) head {
	first := func(limit int, names ...string) string {
		for _, name := range names {
			if text := clean(said[name], limit); text != "" {
				return text
			}
		}
		return ""
	}
	return head{
		title:       first(maxTitle, "og:title", "twitter:title", "title"),
		description: first(maxDescription, "og:description", "twitter:description", "description"),
		picture:     first(MaxURL, "og:image:secure_url", "og:image", "og:image:url", "twitter:image"),
	}
}

// clean makes one line of text without what is not seen or turns the direction of
// writing around.
func clean(text string, limit int) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	text = strings.Map(func(r rune) rune {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0xfeff {
			return -1
		}
		return r
	}, text)
	runes := []rune(text)
	if len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}
