package client

import (
	"slices"
	"strings"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// Kinds of entries of the app state. A key is a kind and an id:
// "verified/<account>". An empty value is the same as no entry.
const (
	// verifiedState: the account key under which the person compared safety
	// numbers with a contact (X6).
	verifiedState = "verified"
	// nameState: what the person calls a contact.
	nameState = "name"
	// Of a chat: archived and pinned (M51), muted until a time (M52), marked as
	// unread (M53), and what was written and not sent.
	archivedState = "archived"
	pinnedState   = "pinned"
	mutedState    = "muted"
	unreadState   = "unread"
	// mentionsState: it notifies of what mentions or answers the person, and of nothing else (X5).
	mentionsState = "mentions"
	// previewState: notifications show what is written in it (M105).
	previewState = "preview"
	// wallpaperState: what is drawn behind its messages, by name.
	wallpaperState = "wallpaper"
	draftState     = "draft"
	// draftReplyState: the message that the draft answers.
	draftReplyState = "draftReply"
	// leftState is of a community that the person left: its groups do not bring them back.
	leftState = "left"
	// starredState is of a message (M48).
	starredState = "starred"
	// hiddenState is of a message that the person deleted for themselves.
	hiddenState = "hidden"
	// settingState is of the person: the appearance, language and notifications of all devices.
	settingState = "setting"
)

// stateOn is the value of entries that are either there or not.
var stateOn = []byte{1}

// Bounds of what another device may set.
const (
	maxStateKey   = 128
	maxStateValue = maxText
)

func stateKey(kind string, id interface{ String() string }) string { return kind + "/" + id.String() }

// setAppState sets an entry here and on all own devices.
func (tx *tx) setAppState(key string, value []byte) error {
	s := store.AppState{Key: key, Value: value, SetAt: tx.c.relayNow().UnixMilli()}
	before, err := tx.FindAppState(key)
	if err != nil {
		return err
	}
	if before == nil && len(value) == 0 || before != nil && string(before.Value) == string(value) {
		return nil
	}
	if before != nil {
		// What the person does now comes after what is there, whatever the clocks say.
		s.SetAt = max(s.SetAt, before.SetAt+1)
	}
	if _, err := tx.SaveAppState(s); err != nil {
		return err
	}
	tx.appStateChanged(key)
	return tx.tell(&content.Content{Body: &content.AppState{Key: key, Value: value, SetMS: s.SetAt}})
}

// appState is the value of an entry; empty if it is not set.
func (tx *tx) appState(kind string, id interface{ String() string }) ([]byte, error) {
	s, err := tx.FindAppState(stateKey(kind, id))
	if err != nil || s == nil {
		return nil, err
	}
	return s.Value, nil
}

// takeAppState takes what another of our own devices set.
func (tx *tx) takeAppState(s *content.AppState) error {
	if s == nil || s.Key == "" || len(s.Key) > maxStateKey || len(s.Value) > maxStateValue {
		return nil // malformed content is skipped
	}
	changed, err := tx.SaveAppState(store.AppState{Key: s.Key, Value: s.Value, SetAt: s.SetMS})
	if err != nil || !changed {
		return err
	}
	tx.appStateChanged(s.Key)
	switch kind, text, _ := strings.Cut(s.Key, "/"); kind {
	case contactNameState:
		if id, err := ident.ParseID[ident.AccountID](text); err == nil {
			return tx.nameContact(id, string(s.Value))
		}
	case hiddenState:
		if id, err := ident.ParseID[ident.MessageID](text); err == nil && len(s.Value) > 0 {
			return tx.forgetMessage(id)
		}
	case stickerState:
		if id, err := parseMediaID(text); err == nil && len(s.Value) == 0 {
			return tx.dropSticker(id)
		}
	case detailsState:
		if id, err := ident.ParseID[ident.ConversationID](text); err == nil {
			tx.c.detailsDue[id] = true
		}
	}
	return nil
}

// appStateChanged has shown anew what depends on an entry.
func (tx *tx) appStateChanged(key string) {
	kind, text, _ := strings.Cut(key, "/")
	if kind == profileState {
		tx.status = true
		return
	}
	if kind == stickerState {
		tx.stickersChanged = true
		return
	}
	if kind == settingState {
		tx.settings = true
		if key == presenceSetting {
			tx.c.presenceChanged.Store(true)
		}
		return
	}
	if kind == starredState || kind == hiddenState {
		if id, err := ident.ParseID[ident.MessageID](text); err == nil {
			tx.messageChanged(id)
		}
		return
	}
	if chat, err := ident.ParseID[ident.ChatID](text); err == nil {
		tx.chatTouched(chat)
	}
}

// answerAppState sends all entries to the device that asked.
func (tx *tx) answerAppState(r *content.GapRequest) error {
	entries, err := tx.FindAppStates()
	if err != nil {
		return err
	}
	partial, err := tx.waitsForAppState()
	if err != nil {
		return err
	}
	part := &content.AppStateSnapshot{RequestID: r.RequestID, Partial: partial}
	size := 0
	for _, s := range entries {
		if size+len(s.Value) > replyBytes && size > 0 {
			if err := tx.tell(&content.Content{Body: part}); err != nil {
				return err
			}
			part, size = &content.AppStateSnapshot{RequestID: r.RequestID, Partial: partial}, 0
		}
		part.Entries = append(part.Entries, &content.AppState{Key: s.Key, Value: s.Value, SetMS: s.SetAt})
		size += len(s.Key) + len(s.Value) + 16
	}
	if err := tx.tellReadMarks(r.RequestID, partial); err != nil {
		return err
	}
	if err := tx.addNames(part); err != nil {
		return err
	}
	part.Done = true
	if err := tx.tell(&content.Content{Body: part}); err != nil {
		return err
	}
	return tx.tellAllLists()
}

// addNames adds what the person and the devices are called.
func (tx *tx) addNames(part *content.AppStateSnapshot) error {
	if id := tx.identity; id.ProfileNameSet > 0 {
		part.Profile = &content.ProfileName{Name: id.ProfileName, SetMS: id.ProfileNameSet}
	}
	names, err := tx.FindDeviceNames()
	for _, n := range names {
		part.Devices = append(part.Devices, &content.DeviceName{DeviceID: n.Device[:], Name: n.Name, SetMS: n.SetAt})
	}
	return err
}

// marksPerPart is how many read marks one message carries.
const marksPerPart = 500

// tellReadMarks sends how far the person has read, to the device that asked.
func (tx *tx) tellReadMarks(requestID []byte, partial bool) error {
	chats, err := tx.FindChats()
	if err != nil {
		return err
	}
	for some := range slices.Chunk(chats, marksPerPart) {
		part := &content.AppStateSnapshot{RequestID: requestID, Partial: partial}
		for _, chat := range some {
			if chat.ReadSequence > 0 {
				part.Read = append(part.Read, &content.ReadMark{ConversationID: chat.Conversation[:], Sequence: chat.ReadSequence})
			}
		}
		if len(part.Read) == 0 {
			continue
		}
		if err := tx.tell(&content.Content{Body: part}); err != nil {
			return err
		}
	}
	return nil
}

// takeAppStateSnapshot takes entries that this device asked for. Each counts only
// if it is later than what is here, so it matters little who else asked.
func (tx *tx) takeAppStateSnapshot(snapshot *content.AppStateSnapshot, from ident.DeviceID) error {
	request, err := ident.IDFromBytes[ident.MessageID](snapshot.RequestID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	if !snapshot.Partial {
		tx.c.answers.drop(request)
	}
	for _, s := range snapshot.Entries {
		if err := tx.takeAppState(s); err != nil {
			return err
		}
	}
	for _, mark := range snapshot.Read {
		if err := tx.takeReadMark(mark); err != nil {
			return err
		}
	}
	if snapshot.Profile != nil {
		if err := tx.takeProfileName(snapshot.Profile); err != nil {
			return err
		}
	}
	for _, n := range snapshot.Devices {
		if err := tx.takeDeviceName(n); err != nil {
			return err
		}
	}
	if !snapshot.Done {
		return nil
	}
	if snapshot.Partial {
		if all, err := tx.toldByAll(request, from); err != nil || !all {
			return err
		}
	}
	tx.c.answers.forgetTold(request)
	return tx.DeleteGap(request)
}

// waitsForAppState reports whether this device has asked for the app state and
// not been answered, so that its own answer may not be all there is.
func (tx *tx) waitsForAppState() (bool, error) {
	self, err := tx.FindSelfConversation()
	if err != nil || self == nil {
		return false, err
	}
	return tx.hasGap(func(g store.Gap) bool { return g.Conversation == self.ID && g.First == 0 })
}

// toldByAll notes that a device that waits for the app state itself has told what
// it has, and reports whether every other device of the account has: devices that
// all wait would otherwise ask each other for ever.
func (tx *tx) toldByAll(request ident.MessageID, from ident.DeviceID) (bool, error) {
	gap, err := tx.FindGap(request)
	if err != nil || gap == nil {
		return false, err
	}
	return tx.everyOtherDevice(tx.c.answers.noteTold(request, from))
}
