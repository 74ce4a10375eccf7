package client

import (
	"cmp"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// How long after a message was sent its author may change it, by the relay's clock;
// what comes later is ignored.
const (
	editWithin   = 15 * 60 * 1000
	deleteWithin = 2 * 24 * 3600 * 1000
)

// Bounds of amendments.
const (
	maxEmoji = 64
	// maxEdits is how many edits of a message are kept; the latest count.
	maxEdits = 20
	// maxWaiting is how many amendments of a chat are kept whose messages are not here;
	// the latest count. Anybody can name messages that there never were.
	maxWaiting = 500
)

// readAmendment is content as an amendment; ok is false for any other content, and for
// one that is not well formed.
func readAmendment(c *content.Content) (target ident.MessageID, kind store.AmendmentKind, ok bool) {
	var id []byte
	switch body := c.Body.(type) {
	case *content.Edit:
		id, kind = body.MessageID, store.AmendEdit
		ok = strings.TrimSpace(body.Text) != "" && len(body.Text) <= maxText && wellFormed(&content.Context{Mentions: body.Mentions})
	case *content.Reaction:
		id, kind, ok = body.MessageID, store.AmendReaction, body.Emoji == "" || isEmoji(body.Emoji)
	case *content.Deletion:
		id, kind, ok = body.MessageID, store.AmendDeletion, true
	case *content.PollVote:
		id, kind, ok = body.MessageID, store.AmendVote, len(body.Options) <= maxPollOptions
	case *content.Viewed:
		id, kind, ok = body.MessageID, store.AmendViewed, true
	}
	if !ok {
		return target, kind, false
	}
	target, err := ident.IDFromBytes[ident.MessageID](id)
	return target, kind, err == nil
}

// isEmoji tells an emoji, which may be made of many code points, from words and from
// what would change how others are shown.
func isEmoji(s string) bool {
	if len(s) > maxEmoji || !utf8.ValidString(s) {
		return false
	}
	pictures := 0
	for _, r := range s {
		switch {
		case r == 0x200D, r == 0xFE0F, r >= 0xE0020 && r <= 0xE007F: // joiner, presentation, tags of flags
		case r >= '0' && r <= '9', r == '#', r == '*':
		case unicode.IsLetter(r), unicode.IsControl(r), unicode.IsSpace(r), unicode.Is(unicode.Cf, r):
			return false
		case r == 0x20E3, r >= 0x2190, r == 0xA9, r == 0xAE, r == 0x203C, r == 0x2049, r == 0x2122, r == 0x2139:
			pictures++
		default:
			return false
		}
	}
	return pictures > 0 && pictures <= 16
}

// takeAmendment takes what changes another message; taken is false for anything else.
func (tx *tx) takeAmendment(conversation *store.Conversation, e *wire.Entry, id ident.MessageID, from *ident.Certificate, c *content.Content, plain []byte) (taken bool, err error) {
	target, kind, ok := readAmendment(c)
	chat, known := tx.chatOf(conversation)
	if !ok || !known {
		return false, nil
	}
	if conversation.Kind == store.KindSelf {
		if _, err := tx.notes(); err != nil {
			return true, err
		}
	}
	return true, tx.saveAmendment(&store.Amendment{
		ID: id, Target: target, Chat: chat, Kind: kind, Sequence: e.Sequence, Sender: from.Account, SentAt: e.TimeMS, Content: plain,
	})
}

// saveAmendment stores an amendment, takes away what stood for it while it could not be
// read, and shows its message anew.
func (tx *tx) saveAmendment(a *store.Amendment) error {
	changed, err := tx.storeAmendment(a)
	if err != nil || !changed {
		return err
	}
	return tx.settle(a.Chat, a.Target)
}

func (tx *tx) storeAmendment(a *store.Amendment) (changed bool, err error) {
	waiting, err := tx.FindMessage(a.ID)
	if err != nil {
		return false, err
	}
	if waiting != nil && waiting.Kind == store.KindWaiting {
		tx.messageRemoved(waiting)
		if err := tx.DeleteMessage(a.ID); err != nil {
			return false, err
		}
	}
	changed, err = tx.SaveAmendment(a)
	if err != nil || !changed {
		return false, err
	}
	if m, err := tx.FindMessage(a.Target); err != nil || m != nil && m.Chat == a.Chat {
		return true, err
	}
	return true, tx.KeepWaiting(a, maxWaiting)
}

// settle brings a message in line with its amendments. Those that may not count are
// left out: of others than its author, or too late.
func (tx *tx) settle(chat ident.ChatID, id ident.MessageID) error {
	m, err := tx.FindMessage(id)
	if err != nil || m == nil || m.Chat != chat || !store.IsWritten(m.Kind) {
		return err
	}
	all, err := tx.FindAmendments(chat, id)
	spent := tx.isSpent(m, all)
	if err != nil || len(all) == 0 && !m.Amended && !spent {
		return err
	}
	if spent {
		if err := tx.spend(m); err != nil {
			return err
		}
	}
	tx.messageChanged(id)
	tx.chatChanged(chat)
	if err := tx.EndWaiting(chat, id); err != nil {
		return err
	}
	m.Amended = len(all) > 0
	edits := all[:0:0]
	for _, a := range all {
		switch {
		case a.Kind == store.AmendDeletion && tx.counts(m, a, deleteWithin):
			return tx.blank(m)
		case a.Kind == store.AmendEdit && tx.counts(m, a, editWithin):
			edits = append(edits, a)
		case (a.Kind == store.AmendEdit || a.Kind == store.AmendDeletion) && a.Sequence > 0 && m.Sequence > 0:
			// It never counts, and anybody can send many.
			if err := tx.DeleteAmendment(a.ID); err != nil {
				return err
			}
		}
	}
	for len(edits) > maxEdits {
		if err := tx.DeleteAmendment(edits[0].ID); err != nil {
			return err
		}
		edits = edits[1:]
	}
	if m.Kind != store.KindText {
		edits = nil
	}
	if err := applyEdits(m, edits); err != nil {
		return nil //nolint:nilerr // what cannot be read stays as it is
	}
	if m.Addressed, err = tx.addressesMe(m); err != nil {
		return err
	}
	return tx.SettleMessage(m)
}

// counts reports whether an amendment is by the author of the message, and came in time.
func (tx *tx) counts(m *store.Message, a *store.Amendment, within int64) bool {
	if a.Sender != m.Sender {
		return false
	}
	if a.Sequence == 0 || m.Sequence == 0 { // not sent yet: a matter of this device alone
		return a.Sender == tx.identity.Account
	}
	return a.Sequence > m.Sequence && a.SentAt-m.SentAt <= within
}

// applyEdits sets what a message says by its last edit; without one, what it said first.
func applyEdits(m *store.Message, edits []*store.Amendment) error {
	if len(edits) == 0 && m.Original == nil {
		return nil
	}
	first, ok := firstContent(m)
	if !ok {
		return content.ErrBody
	}
	original := content.Encode(first)
	plain := store.Message{}
	if len(edits) > 0 {
		c, err := content.Decode[content.Content](edits[len(edits)-1].Content)
		if err != nil {
			return err
		}
		edit, isEdit := c.Body.(*content.Edit)
		if !isEdit || !withText(first, edit) {
			return content.ErrBody
		}
	} else {
		original = nil
	}
	if !fillMessage(&plain, first) {
		return content.ErrBody
	}
	m.Text, m.Content, m.Original = plain.Text, plain.Content, original
	return nil
}

// withText puts the text of an edit into content that has one.
func withText(c *content.Content, edit *content.Edit) bool {
	text, ok := c.Body.(*content.Text)
	if !ok {
		return false
	}
	text.Text = edit.Text
	if c.Context == nil && len(edit.Mentions) > 0 {
		c.Context = &content.Context{}
	}
	if c.Context != nil {
		c.Context.Mentions = edit.Mentions
	}
	return true
}

// blank leaves of a message only that there was one.
func (tx *tx) blank(m *store.Message) error {
	if err := tx.dropFile(m); err != nil {
		return err
	}
	m.Kind, m.Text, m.Content, m.Original, m.Addressed = store.KindDeleted, "", nil, nil, false
	if err := tx.DeleteAmendmentsBut(m.Chat, m.ID, store.AmendDeletion); err != nil {
		return err
	}
	return tx.SettleMessage(m)
}

// refuseAmending is why this account may not change a message in a chat; nil if it may.
// Where only admins write, everybody reacts, votes and opens.
func (tx *tx) refuseAmending(chat *store.Chat, body content.ContentBody) error {
	err := tx.refuseWriting(chat)
	if _, edits := body.(*content.Edit); !edits && errors.Is(err, api.ErrGroupWriting) {
		return nil
	}
	return err
}

// queueAmendment changes a message here at once, and has others told.
func (tx *tx) queueAmendment(m *store.Message, body content.ContentBody) error {
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil {
		return err
	}
	if chat.Kind == store.ChatDirect {
		if blocked, err := tx.isBlocked(chat.Account); err != nil || blocked {
			return cmp.Or(err, error(api.ErrContactBlocked))
		}
	}
	if err := tx.refuseAmending(chat, body); err != nil {
		return err
	}
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	now := tx.c.relayNow().UnixMilli()
	c := &content.Content{Body: body, WrittenMS: now, Quiet: true}
	_, kind, _ := readAmendment(c)
	a := &store.Amendment{
		ID: id, Target: m.ID, Chat: m.Chat, Kind: kind, Sender: tx.identity.Account, SentAt: now, Content: content.Encode(c),
	}
	if _, err := tx.SaveAmendment(a); err != nil {
		return err
	}
	tx.status = true
	if err := tx.queueContent(chat, id, c); err != nil {
		return err
	}
	return tx.settle(m.Chat, m.ID)
}

// placeAmendment gives an amendment of our own its place, if id is one.
func (tx *tx) placeAmendment(id ident.MessageID, sequence uint64, at int64) error {
	a, err := tx.FindAmendment(id)
	if err != nil || a == nil {
		return err
	}
	a.Sequence, a.SentAt = sequence, at
	if err := tx.PlaceAmendment(a); err != nil {
		return err
	}
	return tx.settle(a.Chat, a.Target)
}

// dropAmendment takes back an amendment of our own that the relay refused, if id is one.
func (tx *tx) dropAmendment(id ident.MessageID) error {
	a, err := tx.FindAmendment(id)
	if err != nil || a == nil {
		return err
	}
	if err := tx.DeleteAmendment(id); err != nil {
		return err
	}
	return tx.settle(a.Chat, a.Target)
}

// forgetMessage takes a message away from this device.
func (tx *tx) forgetMessage(id ident.MessageID) error {
	m, err := tx.FindMessage(id)
	if err != nil || m == nil {
		return err
	}
	if _, err := tx.DeleteOutgoing(id); err != nil {
		return err
	}
	if err := tx.DeleteAmendmentsBut(m.Chat, id, 0); err != nil {
		return err
	}
	if err := tx.dropFile(m); err != nil {
		return err
	}
	tx.status = true
	tx.messageRemoved(m)
	return tx.DeleteMessage(id)
}

// isExpired reports whether a message was to be deleted before it came.
func (tx *tx) isExpired(m *store.Message) bool {
	return m.ExpiresAfter > 0 && m.Sequence > 0 && m.SentAt+int64(m.ExpiresAfter)*1000 <= tx.c.relayNow().UnixMilli()
}
