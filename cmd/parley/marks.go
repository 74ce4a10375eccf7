package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"parley/client/api"
)

// marksName is the file in the home that says what receive has printed.
const marksName = "receive.json"

// marks are the messages that receive has printed, so that the next one goes
// on behind them. They hold ids and numbers, nothing that was written.
type marks struct {
	path  string
	dirty bool

	// Device is the device they belong to; another one begins anew.
	Device string              `json:"device"`
	Chats  map[string]chatMark `json:"chats"`
}

type chatMark struct {
	// Order of the last message printed.
	Order int64 `json:"order"`
	// Waiting are the ids and orders of messages that could not be read yet.
	Waiting map[string]int64 `json:"waiting,omitempty"`
}

// loadMarks reads the marks of a device; there may be none.
func loadMarks(home, device string) (*marks, error) {
	m := &marks{path: filepath.Join(home, marksName)}
	raw, err := os.ReadFile(m.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what was received before: %w", err)
	}
	// A file that cannot be read back costs printing messages again, no more.
	if err == nil && (json.Unmarshal(raw, m) != nil || m.Device != device) {
		m.Chats = nil
	}
	m.Device = device
	if m.Chats == nil {
		m.Chats = map[string]chatMark{}
	}
	return m, nil
}

// removeMarks forgets what was received.
func removeMarks(home string) error {
	if err := os.Remove(filepath.Join(home, marksName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what was received before: %w", err)
	}
	return nil
}

func (m *marks) chat(id string) chatMark { return m.Chats[id] }

// note marks a message as printed. Those that have no place yet are left out:
// they come again.
func (m *marks) note(message api.Message) {
	if message.Status == api.MessagePending || message.Status == api.MessageFailed {
		return
	}
	mark := m.Chats[message.ChatID]
	_, waited := mark.Waiting[message.ID]
	waits := message.Kind == api.MessageWaiting
	if message.Order <= mark.Order && waits == waited {
		return
	}
	m.dirty = true
	mark.Order = max(mark.Order, message.Order)
	if mark.Waiting == nil {
		mark.Waiting = map[string]int64{}
	}
	if waits {
		mark.Waiting[message.ID] = message.Order
	} else {
		delete(mark.Waiting, message.ID)
	}
	m.Chats[message.ChatID] = mark
}

// save writes the marks if they have changed, in one step.
func (m *marks) save() error {
	if !m.dirty {
		return nil
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode what was received: %w", err)
	}
	next := m.path + ".new"
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return fmt.Errorf("save what was received: %w", err)
	}
	if err := os.Rename(next, m.path); err != nil {
		return fmt.Errorf("save what was received: %w", err)
	}
	m.dirty = false
	return nil
}
