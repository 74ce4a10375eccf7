package client

import (
	"context"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
)

// A photo, video or voice message may be sent to be opened once (X3): on one device of
// each account that gets it. Who opens it tells with Viewed, and then every device of
// that account deletes it; what is left, a message of kind once, says only that there
// was one. The devices of who sent it keep no more than that from the start, and no
// other device is ever handed more. Nothing prevents a picture of the screen, and two
// devices of one account that do not hear of each other can both open it.

// openedFor is how long an opened file is kept for who opened it, at most.
const openedFor = time.Hour

// opened are the files that were opened once and are looked at now, by message; they
// go when that ends, or with the program.
type opened struct {
	mu    sync.Mutex
	files map[string]openedFile
}

type openedFile struct {
	file *store.Media
	body *content.Media
	at   time.Time
}

func (o *opened) find(message string) (openedFile, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f, ok := o.files[message]
	return f, ok
}

func (o *opened) close(message string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.files, message)
}

// holds reports whether a file is looked at.
func (o *opened) holds(id store.MediaID, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range o.files {
		if f.file.ID == id && now.Sub(f.at) < openedFor {
			return true
		}
	}
	return false
}

func (o *opened) hold(message string, f openedFile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.files == nil {
		o.files = map[string]openedFile{}
	}
	o.files[message] = f
}

// once is the file of content that may be opened once; nil for any other.
func once(c *content.Content) *content.Media {
	if c.Context == nil || !c.Context.ViewOnce {
		return nil
	}
	body, _ := c.Body.(*content.Media)
	return body
}

// isOnce reports whether a message may be opened once, or could be.
func isOnce(m *store.Message) bool {
	if m.Kind != store.KindMedia {
		return m.Kind == store.KindOnce
	}
	c, ok := contentOf(m)
	return ok && once(c) != nil
}

// onceKind is messageKind of a file that may be opened once. It shows nothing before,
// so it has no caption and no preview.
func onceKind(body *content.Media) (kind, text string, ok bool) {
	switch body.Kind {
	case content.MediaPhoto, content.MediaVideo, content.MediaVoice:
	default:
		return "", "", false
	}
	if len(body.MediaID) == 0 && len(body.Key) == 0 {
		*body = content.Media{Kind: body.Kind}
		return store.KindOnce, "", true
	}
	body.Caption, body.Preview, body.Name = "", nil, ""
	return store.KindMedia, "", cleanMedia(body)
}

// spentOnce is what is left of content that could be opened once, encoded.
func spentOnce(c *content.Content) []byte {
	return content.Encode(&content.Content{Body: &content.Media{Kind: once(c).Kind}, Context: &content.Context{
		ViewOnce: true, ExpiresAfterS: c.Context.ExpiresAfterS,
	}})
}

// isSpent reports whether a file to be opened once is not to be kept here any more: it
// is sent, or a device of the account has opened it.
func (tx *tx) isSpent(m *store.Message, all []*store.Amendment) bool {
	if m.Kind != store.KindMedia || !isOnce(m) {
		return false
	}
	if m.Mine {
		return m.Sequence > 0
	}
	for _, a := range all {
		if a.Kind == store.AmendViewed && a.Sender == tx.identity.Account {
			return true
		}
	}
	return false
}

// spend takes the file out of a message that could be opened once.
func (tx *tx) spend(m *store.Message) error {
	c, ok := contentOf(m)
	if !ok {
		return nil
	}
	if err := tx.dropFile(m); err != nil {
		return err
	}
	m.Kind, m.Text, m.Content = store.KindOnce, "", spentOnce(c)
	return nil
}

// openOnce implements api.OpenOnce. That it was opened is kept before anybody sees it.
func (c *Client) openOnce(ctx context.Context, p api.MessageID) (api.Message, error) {
	return c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		m, file, body, err := tx.ofMessage(p.ID)
		switch {
		case err != nil:
			return nil, err
		case m.Mine || !isOnce(m):
			return nil, api.ErrViewOnce
		case file == nil || !file.Local:
			return nil, api.ErrFileNotHere
		}
		kept := *file
		tx.c.opened.hold(p.ID, openedFile{file: &kept, body: body, at: time.Now()})
		if err := tx.queueAmendment(m, &content.Viewed{MessageID: m.ID[:]}); err != nil {
			tx.c.opened.close(p.ID)
			return nil, err
		}
		return tx.showAgain(m.ID)
	})
}

// closeOnce implements api.CloseOnce.
func (c *Client) closeOnce(_ context.Context, p api.MessageID) (api.None, error) {
	c.opened.close(p.ID)
	c.nudge()
	return api.None{}, nil
}

// showOnce tells who has opened a message that may be opened once.
func (tx *tx) showOnce(shown *api.Message, m *store.Message, c *content.Content, all []*store.Amendment) {
	body := once(c)
	if body == nil {
		return
	}
	shown.ViewOnce = true
	if m.Kind == store.KindOnce {
		shown.Once = &api.Once{Kind: mediaKindNames[body.Kind]}
		for _, a := range openings(m, all) {
			shown.Once.Opened = shown.Once.Opened || a.Sender == tx.identity.Account
			shown.Once.By++
		}
	}
}

// openings are the amendments by which people told that they opened a message.
func openings(m *store.Message, all []*store.Amendment) (by []*store.Amendment) {
	for _, a := range latestBySender(all, store.AmendViewed) {
		if a.Sender != m.Sender {
			by = append(by, a)
		}
	}
	return by
}

// sendsOnce checks that a file can be sent to be opened once.
func sendsOnce(p api.SendMediaParams) (*content.Context, error) {
	switch {
	case !p.ViewOnce:
		return nil, nil
	case p.Kind != api.MediaPhoto && p.Kind != api.MediaVideo && p.Kind != api.MediaVoice, p.Caption != "":
		return nil, api.ErrViewOnceKind
	}
	return &content.Context{ViewOnce: true}, nil
}
