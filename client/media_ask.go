package client

import (
	"context"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// A file that the relay does not keep any more is asked for: first the account's other
// devices, then those of who sent it. Who has it brings it to the relay again, as it was,
// and says so; then it is downloaded like any other. An answer that comes after this
// device has stopped waiting counts as well.

const (
	// siblingsAnswer and senderAnswer are how long they have to say that they bring it: the
	// last sibling begins after four seconds.
	siblingsAnswer = 10 * time.Second
	senderAnswer   = 30 * time.Second
	// bringing is how long a file is waited for that somebody brings.
	bringing = 10 * time.Minute
	// askFileAgain is how soon the same file is asked for again, so that one which nobody can
	// bring is not asked for over and over.
	askFileAgain = time.Minute
	// askedMessages is in how many messages the sender of a file is looked for.
	askedMessages = 20
)

// askingFile is the error of a file, beside those that people see, while it is asked for:
// after a restart it is asked for again.
const askingFile = "file_asking"

// askStage is who is asked for a file.
type askStage int

const (
	askNobody askStage = iota
	askSiblings
	askSender
)

// fileAsk is one file that is asked for.
type fileAsk struct {
	id    store.MediaID
	stage askStage
	due   time.Time
	// missing are the devices that do not have it.
	missing []ident.DeviceID
}

// fileAsks are the files that are asked for while this program runs.
type fileAsks struct {
	mu    sync.Mutex
	files map[store.MediaID]*fileAsk
	// began is when each was last asked for.
	began map[store.MediaID]time.Time
	// loaded: those from before this program started are among them.
	loaded bool
}

// begin notes that a file is to be asked for, unless it was a moment ago.
func (a *fileAsks) begin(id store.MediaID, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.files == nil {
		a.files, a.began = map[store.MediaID]*fileAsk{}, map[store.MediaID]time.Time{}
	}
	if at, known := a.began[id]; known && now.Sub(at) < askFileAgain {
		return false
	}
	a.began[id], a.files[id] = now, &fileAsk{id: id, due: now}
	return true
}

func (a *fileAsks) has(id store.MediaID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.files[id] != nil
}

func (a *fileAsks) end(id store.MediaID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.files, id)
}

// change changes what is known of a file that is asked for.
func (a *fileAsks) change(id store.MediaID, f func(*fileAsk)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ask := a.files[id]; ask != nil {
		f(ask)
	}
}

// next is a file with which something is to be done, as it is now; without one, how long
// until then, negative for never.
func (a *fileAsks) next(now time.Time) (due fileAsk, found bool, until time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	until = -1
	for _, ask := range a.files {
		left := ask.due.Sub(now)
		if left <= 0 {
			return *ask, true, 0
		}
		if until < 0 || left < until {
			until = left
		}
	}
	return fileAsk{}, false, until
}

// loadFileAsks begins again with the files that were asked for when the program ended.
func (w *worker) loadFileAsks(ctx context.Context) error {
	if w.asks.loaded {
		return nil
	}
	err := w.view(ctx, func(tx *tx) error {
		asked, err := tx.FindGoneMedia(askingFile)
		for _, file := range asked {
			w.asks.begin(file.ID, time.Now())
			tx.mediaMoved(file)
		}
		return err
	})
	w.asks.loaded = err == nil
	return err
}

// askForFiles is the job that asks for files.
func (w *worker) askForFiles(ctx context.Context) (bool, error) {
	if err := w.loadFileAsks(ctx); err != nil {
		return false, err
	}
	ask, found, until := w.asks.next(time.Now())
	w.askFilesIn = until
	if !found {
		return false, nil
	}
	return true, w.update(ctx, func(tx *tx) error { return tx.askForFile(ask) })
}

// askForFile asks those who come next, or ends: nobody has answered.
func (tx *tx) askForFile(ask fileAsk) error {
	file, err := tx.FindMedia(ask.id)
	if err != nil || file == nil || file.State != store.MediaGone {
		tx.c.asks.end(ask.id)
		return err
	}
	m, err := tx.messageToAsk(file)
	if err != nil {
		return err
	}
	request := &content.MediaRequest{MediaID: file.ID[:], Hash: file.Hash}
	if m != nil {
		request.MessageID = m.ID[:]
	}
	if ask.stage == askNobody {
		siblings, err := tx.siblings()
		if err != nil {
			return err
		}
		if siblings > 0 {
			tx.asked(ask.id, askSiblings, siblingsAnswer)
			return tx.tell(&content.Content{Body: request, Quiet: true})
		}
	}
	if ask.stage < askSender && m != nil && !m.Mine {
		tx.asked(ask.id, askSender, senderAnswer)
		return tx.tellIn(&m.Chat, &content.Content{Body: request, Quiet: true})
	}
	tx.c.asks.end(ask.id)
	file.Error = api.ErrFileAsked.Code
	tx.mediaMoved(file)
	return tx.SaveMedia(file)
}

func (tx *tx) asked(id store.MediaID, stage askStage, wait time.Duration) {
	tx.c.asks.change(id, func(a *fileAsk) { a.stage, a.due = stage, time.Now().Add(wait) })
}

// messageToAsk is a message whose sender can be asked for its file, else any that has it;
// nil if none does. What may be opened once is asked of nobody.
func (tx *tx) messageToAsk(file *store.Media) (found *store.Message, err error) {
	messages, err := tx.FindMessagesOf(file.ID, askedMessages)
	for _, m := range messages {
		c, ok := contentOf(m)
		if !ok || m.Sequence == 0 {
			continue
		}
		body, ok := c.Body.(*content.Media)
		if !ok || string(body.MediaID) != string(file.ID[:]) || !sameFile(file, body) || once(c) != nil {
			continue
		}
		if found == nil || found.Mine && !m.Mine {
			found = m
		}
	}
	return found, err
}

// fileGone notes that the relay does not have a file, and has it asked for. It is saved and
// told by the caller.
func (tx *tx) fileGone(file *store.Media) error {
	m, err := tx.messageToAsk(file)
	if err != nil {
		return err
	}
	own, err := tx.isSticker(file.ID)
	if err != nil || m == nil && !own {
		return err
	}
	siblings, err := tx.siblings()
	if err != nil || siblings <= 0 && (m == nil || m.Mine) {
		return err // there is nobody to ask
	}
	file.Error = api.ErrFileAsked.Code
	if tx.c.asks.begin(file.ID, time.Now()) || tx.c.asks.has(file.ID) {
		file.Error = askingFile
	}
	return nil
}

// takeMediaReply takes what another device says of a file that this one asked for.
func (tx *tx) takeMediaReply(conversation *store.Conversation, r *content.MediaReply, from *ident.Certificate) error {
	if len(r.MediaID) != len(store.MediaID{}) || from.Device == tx.identity.Device {
		return nil
	}
	id := store.MediaID(r.MediaID)
	if r.Answer != content.MediaMissing {
		tx.c.brings.drop(id, conversation.ID)
	}
	file, err := tx.FindMedia(id)
	if err != nil || file == nil || file.State != store.MediaGone || file.Error != api.ErrFileAsked.Code && file.Error != askingFile {
		return err
	}
	if may, err := tx.mayBring(conversation, r, from.Account); err != nil || !may {
		return err
	}
	switch r.Answer {
	case content.MediaMissing:
		return tx.missingWith(conversation, file.ID, from)
	case content.MediaComing:
		tx.c.asks.change(id, func(a *fileAsk) { a.due = time.Now().Add(bringing) })
	case content.MediaThere:
		tx.c.asks.end(id)
		file.State, file.Error = store.MediaDownloading, ""
		tx.mediaMoved(file)
		return tx.SaveMedia(file)
	}
	return nil
}

// mayBring reports whether a reply is from who was asked: a device of the account's own, or
// one of who sent the message, in its chat.
func (tx *tx) mayBring(conversation *store.Conversation, r *content.MediaReply, from ident.AccountID) (bool, error) {
	if conversation.Kind == store.KindSelf {
		return true, nil
	}
	id, err := ident.IDFromBytes[ident.MessageID](r.MessageID)
	if err != nil {
		return false, nil //nolint:nilerr // malformed content is skipped
	}
	m, err := tx.FindMessage(id)
	chat, known := tx.chatOf(conversation)
	return err == nil && m != nil && known && m.Chat == chat && m.Sender == from, err
}

// missingWith notes that a device does not have a file; once none of those that are asked
// has, others are.
func (tx *tx) missingWith(conversation *store.Conversation, id store.MediaID, from *ident.Certificate) error {
	stage := askSender
	if conversation.Kind == store.KindSelf {
		stage = askSiblings
	}
	var missing []ident.DeviceID
	tx.c.asks.change(id, func(a *fileAsk) {
		if a.stage == stage {
			a.missing = append(a.missing, from.Device)
			missing = a.missing
		}
	})
	if missing == nil {
		return nil
	}
	all, err := tx.everyDeviceOf(conversation, from.Account, missing)
	if err == nil && all {
		tx.c.asks.change(id, func(a *fileAsk) { a.due = time.Now() })
	}
	return err
}
