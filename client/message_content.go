package client

import (
	"unicode/utf8"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// Bounds of what is taken from others.
const (
	maxPollOptions  = 12
	maxOptionText   = 200
	maxPollQuestion = 1000
	maxNameText     = 200
	maxMentions     = 1024
	maxQuoteText    = 400
	// maxContent is more than a message has that fits the relay's limit.
	maxContent = wire.MaxMessage
	// longestExpiry is the longest time after which messages are deleted, seconds.
	longestExpiry = 366 * 24 * 3600
)

// fillMessage sets what a message is from its content; ok is false for content that
// people do not see as a message, or that is not well formed.
func fillMessage(m *store.Message, c *content.Content) (ok bool) {
	cleanPreview(c)
	if m.Kind, m.Text, ok = messageKind(c); !ok {
		return false
	}
	if _, plain := c.Body.(*content.Text); !plain || c.Context != nil {
		m.Content = content.Encode(keptContent(c))
	}
	if c.Context != nil {
		m.ExpiresAfter = min(c.Context.ExpiresAfterS, longestExpiry)
	}
	return true
}

// keptContent is content without what is kept elsewhere.
func keptContent(c *content.Content) *content.Content {
	kept := &content.Content{Body: c.Body, Context: c.Context}
	if text, ok := c.Body.(*content.Text); ok {
		kept.Body = &content.Text{Text: text.Text}
	}
	return kept
}

// messageKind is the kind of a message with this content, and its text in lists and
// for search.
func messageKind(c *content.Content) (kind, text string, ok bool) {
	if !wellFormed(c.Context) {
		return "", "", false
	}
	switch body := c.Body.(type) {
	case *content.Text:
		return store.KindText, body.Text, len(body.Text) <= maxText
	case *content.Media:
		if once(c) != nil {
			return onceKind(body)
		}
		return store.KindMedia, mediaText(body), cleanMedia(body) && len(body.Caption) <= maxText
	case *content.Poll:
		return store.KindPoll, body.Question, validPoll(body)
	case *content.Location:
		return store.KindLocation, body.Name, validLocation(body)
	case *content.ContactCard:
		return store.KindContact, body.Name, validContact(body)
	case *content.Timer:
		return store.KindTimer, "", body.Seconds <= longestExpiry
	case *content.Pin:
		return store.KindPin, "", len(body.MessageID) == ident.IDSize && body.Seconds <= longestPin
	}
	return "", "", false
}

// needsUpdate reports whether content is a message that only a later version of the
// app can show.
func needsUpdate(c *content.Content) bool { return c.Body == nil && !c.Quiet }

func wellFormed(c *content.Context) bool {
	if c == nil {
		return true
	}
	if len(c.Mentions) > maxMentions {
		return false
	}
	for _, m := range c.Mentions {
		if len(m.AccountID) != ident.IDSize || len(m.Name) > maxNameText {
			return false
		}
	}
	q := c.Quote
	return q == nil || len(q.MessageID) == ident.IDSize && len(q.SenderAccount) == ident.IDSize && len(q.Text) <= maxQuoteText
}

func validPoll(p *content.Poll) bool {
	if p.Question == "" || len(p.Question) > maxPollQuestion || len(p.Options) < 2 || len(p.Options) > maxPollOptions {
		return false
	}
	seen := map[string]bool{}
	for _, o := range p.Options {
		if o == "" || len(o) > maxOptionText || seen[o] {
			return false
		}
		seen[o] = true
	}
	return true
}

func validLocation(l *content.Location) bool {
	return l.LatitudeE6 >= -90e6 && l.LatitudeE6 <= 90e6 && l.LongitudeE6 >= -180e6 && l.LongitudeE6 <= 180e6 && len(l.Name) <= maxNameText
}

func validContact(c *content.ContactCard) bool {
	_, err := ident.ParsePhone(c.Phone)
	return err == nil && len(c.Name) <= maxNameText && utf8.ValidString(c.Name)
}

// contentOf is the content of a message as it was sent; ok is false if it cannot be
// read.
func contentOf(m *store.Message) (c *content.Content, ok bool) {
	if len(m.Content) == 0 {
		return &content.Content{Body: &content.Text{Text: m.Text}}, true
	}
	c, err := content.Decode[content.Content](m.Content)
	return c, err == nil
}

// firstContent is contentOf before any edit.
func firstContent(m *store.Message) (c *content.Content, ok bool) {
	if m.Original == nil {
		return contentOf(m)
	}
	c, err := content.Decode[content.Content](m.Original)
	return c, err == nil
}

// sign adds to content who wrote it, and when.
func (tx *tx) sign(c *content.Content, writtenMS int64) {
	c.WrittenMS = writtenMS
	if text, ok := c.Body.(*content.Text); ok {
		text.SenderName = tx.identity.ProfileName
		return
	}
	c.SenderName = tx.identity.ProfileName
}

// senderName is what who wrote content calls themselves.
func senderName(c *content.Content) string {
	if text, ok := c.Body.(*content.Text); ok {
		return text.SenderName
	}
	return c.SenderName
}
