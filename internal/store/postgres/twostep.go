package postgres

import (
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// millis is how a time is stored that may be missing.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func scanTwoStep(row scanner) (store.TwoStep, error) {
	var s store.TwoStep
	var account []byte
	var nextTry, reminder, requested, blocked int64
	err := row.Scan(&account, &s.PIN.Salt, &s.PIN.Hash, &s.PIN.Passes, &s.PIN.MemoryKiB, &s.PIN.Threads, &s.Tries, &nextTry,
		&s.Confirmed, &reminder, &s.Email, &requested, &s.ResetByOperator, &s.ResetAnnounced, &s.ResetCancels, &blocked)
	if err != nil {
		return store.TwoStep{}, err
	}
	s.Account = idBytes[ident.AccountID](account)
	s.NextTry, s.Reminder = fromMillis(nextTry), fromMillis(reminder)
	s.ResetRequested, s.ResetBlocked = fromMillis(requested), fromMillis(blocked)
	return s, nil
}

// FindTwoStep implements store.Reader.
func (t *tx) FindTwoStep(account ident.AccountID) (store.TwoStep, error) {
	s, err := scanTwoStep(t.row("findTwoStep", account[:]))
	return s, asStoreError(err)
}

// ListUnannouncedResets implements store.Reader.
func (t *tx) ListUnannouncedResets() ([]store.TwoStep, error) {
	return list(t, scanTwoStep, "listUnannouncedResets")
}

// PutTwoStep implements store.Tx.
func (t *tx) PutTwoStep(s store.TwoStep) error {
	return t.do("putTwoStep", s.Account[:], s.PIN.Salt, s.PIN.Hash, int64(s.PIN.Passes), int64(s.PIN.MemoryKiB),
		int64(s.PIN.Threads), s.Tries, millis(s.NextTry), s.Confirmed, millis(s.Reminder), s.Email,
		millis(s.ResetRequested), s.ResetByOperator, s.ResetAnnounced, s.ResetCancels, millis(s.ResetBlocked))
}

// DeleteTwoStep implements store.Tx.
func (t *tx) DeleteTwoStep(account ident.AccountID) error {
	return errors.Join(t.do("deleteTwoStep", account[:]), t.do("deleteMailCodes", account[:]))
}

// FindMailCode implements store.Reader.
func (t *tx) FindMailCode(account ident.AccountID, purpose store.MailPurpose) (store.MailCode, error) {
	var c store.MailCode
	var id []byte
	var expires int64
	err := t.row("findMailCode", account[:], int64(purpose)).
		Scan(&id, &c.Purpose, &c.Address, &c.Salt, &c.Hash, &expires, &c.Tries)
	c.Account, c.Expires = idBytes[ident.AccountID](id), time.UnixMilli(expires)
	return c, asStoreError(err)
}

// PutMailCode implements store.Tx.
func (t *tx) PutMailCode(c store.MailCode) error {
	return t.do("putMailCode", c.Account[:], int64(c.Purpose), c.Address, c.Salt, c.Hash, c.Expires.UnixMilli(), c.Tries)
}

// DeleteMailCode implements store.Tx.
func (t *tx) DeleteMailCode(account ident.AccountID, purpose store.MailPurpose) error {
	return t.do("deleteMailCode", account[:], int64(purpose))
}
