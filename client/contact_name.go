package client

import (
	"crypto/ed25519"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// contactNameState is what a contact calls itself, as of its latest message.
// Every device learns it from messages; the primary tells those that get the
// messages from siblings, which do not hand on who was called what.
const contactNameState = "contact"

// takeName keeps what a contact calls itself in a message written at a time, Unix
// milliseconds.
func (tx *tx) takeName(id ident.AccountID, name string, written int64) error {
	if name == "" || len(name) > maxStateValue {
		return nil
	}
	key := stateKey(contactNameState, id)
	before, err := tx.FindAppState(key)
	if err != nil {
		return err
	}
	// A time that is yet to come would keep later names out.
	s := store.AppState{Key: key, Value: []byte(name), SetAt: min(written, tx.c.relayNow().UnixMilli())}
	changed, err := tx.SaveAppState(s)
	if err != nil || !changed || before != nil && string(before.Value) == name {
		return err
	}
	if tx.identity.Primary {
		if err := tx.tell(&content.Content{Body: &content.AppState{Key: key, Value: s.Value, SetMS: s.SetAt}}); err != nil {
			return err
		}
	}
	return tx.nameContact(id, name)
}

// nameContact shows a contact under the name it calls itself, if it is known.
func (tx *tx) nameContact(id ident.AccountID, name string) error {
	known, err := tx.FindAccount(id)
	if err != nil || known == nil || known.Name == shownName(name) {
		return err
	}
	known.Name = name
	tx.contactChanged(id)
	return tx.SaveAccount(known)
}

// toldName is what a contact calls itself as far as other devices have told, else
// otherwise.
func (tx *tx) toldName(id ident.AccountID, otherwise string) (string, error) {
	value, err := tx.appState(contactNameState, id)
	if err != nil || len(value) == 0 {
		return otherwise, err
	}
	return string(value), nil
}

// newContact is an account that is not known yet, as far as other devices told.
func (tx *tx) newContact(id ident.AccountID, key ed25519.PublicKey) (*store.Account, error) {
	name, err := tx.toldName(id, "")
	return &store.Account{ID: id, Key: key, Name: name}, err
}

// shownName is a name that others chose, as it can stand in a line with other words: of one
// line, not too long, and without what is not seen or turns the direction of writing
// around. Joiners stay, which letters and emoji are made with.
func shownName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == 0x200C, r == 0x200D, r >= 0xE0020 && r <= 0xE007F:
			return r
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName])
	}
	return name
}
