package sqlstore

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

func scanTwoStep(row Scanner) (store.TwoStep, error) {
	var s store.TwoStep
	var account []byte
	var nextTry, reminder, requested, blocked int64
	err := row.Scan(&account, &s.PIN.Salt, &s.PIN.Hash, &s.PIN.Passes, &s.PIN.MemoryKiB, &s.PIN.Threads, &s.Tries, &nextTry,
		&s.Confirmed, &reminder, &s.Email, &requested, &s.ResetByOperator, &s.ResetAnnounced, &s.ResetCancels, &blocked)
	if err != nil {
		return store.TwoStep{}, err
	}
	s.Account = ID[ident.AccountID](account)
	s.NextTry, s.Reminder = fromMillis(nextTry), fromMillis(reminder)
	s.ResetRequested, s.ResetBlocked = fromMillis(requested), fromMillis(blocked)
	return s, nil
}

// FindTwoStep implements store.Reader.
func (t *Tx) FindTwoStep(account ident.AccountID) (store.TwoStep, error) {
	s, err := scanTwoStep(t.Row("findTwoStep", account[:]))
	return s, err
}

// ListUnannouncedResets implements store.Reader.
func (t *Tx) ListUnannouncedResets() ([]store.TwoStep, error) {
	return List(t, scanTwoStep, "listUnannouncedResets")
}

// PutTwoStep implements store.Tx.
func (t *Tx) PutTwoStep(s store.TwoStep) error {
	return t.Do("putTwoStep", s.Account[:], s.PIN.Salt, s.PIN.Hash, int64(s.PIN.Passes), int64(s.PIN.MemoryKiB),
		int64(s.PIN.Threads), s.Tries, millis(s.NextTry), s.Confirmed, millis(s.Reminder), s.Email,
		millis(s.ResetRequested), s.ResetByOperator, s.ResetAnnounced, s.ResetCancels, millis(s.ResetBlocked))
}

// DeleteTwoStep implements store.Tx.
func (t *Tx) DeleteTwoStep(account ident.AccountID) error {
	return errors.Join(t.Do("deleteTwoStep", account[:]), t.Do("deleteMailCodes", account[:]))
}

// FindMailCode implements store.Reader.
func (t *Tx) FindMailCode(account ident.AccountID, purpose store.MailPurpose) (store.MailCode, error) {
	var c store.MailCode
	var id []byte
	var expires int64
	err := t.Row("findMailCode", account[:], int64(purpose)).
		Scan(&id, &c.Purpose, &c.Address, &c.Salt, &c.Hash, &expires, &c.Tries)
	c.Account, c.Expires = ID[ident.AccountID](id), time.UnixMilli(expires)
	return c, err
}

// PutMailCode implements store.Tx.
func (t *Tx) PutMailCode(c store.MailCode) error {
	return t.Do("putMailCode", c.Account[:], int64(c.Purpose), c.Address, c.Salt, c.Hash, c.Expires.UnixMilli(), c.Tries)
}

// DeleteMailCode implements store.Tx.
func (t *Tx) DeleteMailCode(account ident.AccountID, purpose store.MailPurpose) error {
	return t.Do("deleteMailCode", account[:], int64(purpose))
}
