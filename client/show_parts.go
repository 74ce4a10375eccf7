package client

import (
	"cmp"
	"slices"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// mostReactions is how many different emoji a message shows.
const mostReactions = 20

// showParts adds to a message what it has besides its text.
func (tx *tx) showParts(shown *api.Message, m *store.Message) error {
	if m.Kind == store.KindDeleted || !store.IsWritten(m.Kind) {
		return nil
	}
	if m.Mine && m.Error == "" {
		from := m.SentAt
		if m.Kind == store.KindText {
			shown.EditableUntil = from + editWithin
		}
		shown.DeletableUntil = from + deleteWithin
	}
	if m.ExpiresAfter > 0 {
		shown.ExpiresAt = m.SentAt + int64(m.ExpiresAfter)*1000
	}
	shown.Edited = m.Original != nil
	var all, votes []*store.Amendment
	if m.Amended {
		var err error
		if all, err = tx.FindAmendments(m.Chat, m.ID); err != nil {
			return err
		}
		shown.Reactions = tx.showReactions(all)
		votes = latestBySender(all, store.AmendVote)
	}
	if len(m.Content) == 0 || m.Kind == store.KindUnsupported {
		return nil
	}
	c, err := content.Decode[content.Content](m.Content)
	if err != nil {
		return nil //nolint:nilerr // the text is shown all the same
	}
	if pin, ok := c.Body.(*content.Pin); ok {
		return tx.showPin(shown, m, pin)
	}
	tx.showBody(shown, c, votes)
	tx.showOnce(shown, m, c, all)
	return tx.showContext(shown, m, c.Context)
}

func (tx *tx) showBody(shown *api.Message, c *content.Content, votes []*store.Amendment) {
	switch body := c.Body.(type) {
	case *content.Poll:
		shown.Poll = tx.showPoll(body, votes)
	case *content.Location:
		shown.Location = &api.Location{Latitude: float64(body.LatitudeE6) / 1e6, Longitude: float64(body.LongitudeE6) / 1e6, Name: body.Name}
	case *content.ContactCard:
		shown.Contact = &api.Contact{Name: body.Name, Phone: body.Phone}
	case *content.Timer:
		shown.KeptFor = int64(body.Seconds)
	}
}

func (tx *tx) showContext(shown *api.Message, m *store.Message, c *content.Context) error {
	if c == nil {
		return nil
	}
	shown.Forwarded = c.Forwarded
	shown.Preview = showPreview(c.Preview, m.Text)
	for _, named := range c.Mentions {
		id, err := ident.IDFromBytes[ident.AccountID](named.AccountID)
		if err != nil {
			continue
		}
		shown.Mentions = append(shown.Mentions, api.Mention{AccountID: id.String(), Name: named.Name, Me: id == tx.identity.Account})
	}
	var err error
	if c.Quote != nil {
		shown.Quote, err = tx.showQuote(m.Chat, c.Quote)
	}
	return err
}

// showQuote is a quote as this device knows the message; of one that is not here, what
// the answer says.
func (tx *tx) showQuote(chat ident.ChatID, q *content.Quote) (*api.Quote, error) {
	id, err := ident.IDFromBytes[ident.MessageID](q.MessageID)
	if err != nil {
		return nil, nil //nolint:nilerr // malformed content is left out
	}
	sender, err := ident.IDFromBytes[ident.AccountID](q.SenderAccount)
	if err != nil {
		return nil, nil //nolint:nilerr // malformed content is left out
	}
	shown := &api.Quote{ID: id.String(), Text: q.Text}
	if q.Media != content.MediaDocument { // which is what one that does not say has, too
		shown.Media = mediaKindNames[q.Media]
	}
	found, err := tx.FindMessage(id)
	if err != nil {
		return nil, err
	}
	if found != nil && found.Chat == chat {
		sender = found.Sender
		shown.Order, shown.Kind, shown.Text = found.Sort, api.MessageKind(found.Kind), beginning(found.Text, maxQuoteText)
		shown.Media = ""
		if file := fileOf(found); file != nil {
			shown.Media = mediaKindNames[file.Kind]
		}
	}
	shown.Mine = sender == tx.identity.Account
	shown.SenderName, err = tx.nameOf(sender)
	return shown, err
}

// fileOf is the file of a message, or what is left of one that could be opened once; nil
// of any other.
func fileOf(m *store.Message) *content.Media {
	if m.Kind != store.KindMedia && m.Kind != store.KindOnce {
		return nil
	}
	c, ok := contentOf(m)
	if !ok {
		return nil
	}
	file, _ := c.Body.(*content.Media)
	return file
}

// nameOf is what a person is called; empty for oneself and for whom is not known.
func (tx *tx) nameOf(id ident.AccountID) (string, error) {
	if id == tx.identity.Account {
		return "", nil
	}
	own, err := tx.appState(nameState, ident.ChatWith(id))
	if err != nil || len(own) > 0 {
		return string(own), err
	}
	account, err := tx.FindAccount(id)
	if err != nil || account == nil {
		return "", err
	}
	return cmp.Or(account.Name, string(account.Phone)), nil
}

// latestBySender are the amendments of a kind, the latest of each sender.
func latestBySender(all []*store.Amendment, kind store.AmendmentKind) []*store.Amendment {
	var latest []*store.Amendment
	for _, a := range slices.Backward(all) {
		if a.Kind == kind && !slices.ContainsFunc(latest, func(l *store.Amendment) bool { return l.Sender == a.Sender }) {
			latest = append(latest, a)
		}
	}
	slices.Reverse(latest)
	return latest
}

func emojiOf(a *store.Amendment) string {
	c, err := content.Decode[content.Content](a.Content)
	if err != nil {
		return ""
	}
	if r, ok := c.Body.(*content.Reaction); ok {
		return r.Emoji
	}
	return ""
}

func (tx *tx) showReactions(all []*store.Amendment) []api.Reaction {
	var shown []api.Reaction
	at := map[string]int{}
	for _, a := range latestBySender(all, store.AmendReaction) {
		emoji := emojiOf(a)
		if emoji == "" {
			continue
		}
		i, known := at[emoji]
		if !known {
			i = len(shown)
			at[emoji] = i
			shown = append(shown, api.Reaction{Emoji: emoji})
		}
		shown[i].Count++
		shown[i].Mine = shown[i].Mine || a.Sender == tx.identity.Account
	}
	slices.SortStableFunc(shown, func(a, b api.Reaction) int { return cmp.Compare(b.Count, a.Count) })
	return shown[:min(len(shown), mostReactions)]
}

// ownReaction is the emoji that this account put under a message, empty if none.
func (tx *tx) ownReaction(m *store.Message) (string, error) {
	all, err := tx.FindAmendments(m.Chat, m.ID)
	if err != nil {
		return "", err
	}
	for _, a := range latestBySender(all, store.AmendReaction) {
		if a.Sender == tx.identity.Account {
			return emojiOf(a), nil
		}
	}
	return "", nil
}

// choices are the options that a vote in a poll chooses, each once.
func choices(p *content.Poll, vote *store.Amendment) []int {
	c, err := content.Decode[content.Content](vote.Content)
	if err != nil {
		return nil
	}
	v, ok := c.Body.(*content.PollVote)
	if !ok {
		return nil
	}
	var chosen []int
	for _, o := range v.Options {
		if o < uint64(len(p.Options)) && !slices.Contains(chosen, int(o)) {
			chosen = append(chosen, int(o))
		}
	}
	if !p.Multiple && len(chosen) > 1 {
		return nil
	}
	return chosen
}

func (tx *tx) showPoll(p *content.Poll, votes []*store.Amendment) *api.Poll {
	shown := &api.Poll{Question: p.Question, Multiple: p.Multiple}
	for _, o := range p.Options {
		shown.Options = append(shown.Options, api.PollOption{Text: o})
	}
	for _, v := range votes {
		chosen := choices(p, v)
		if len(chosen) > 0 {
			shown.Voters++
		}
		for _, o := range chosen {
			shown.Options[o].Votes++
			shown.Options[o].Mine = shown.Options[o].Mine || v.Sender == tx.identity.Account
		}
	}
	return shown
}
