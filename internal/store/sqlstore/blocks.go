package sqlstore

import "parley/ident"

// SetBlocked implements store.Tx.
func (t *Tx) SetBlocked(account, other ident.AccountID, blocked bool) error {
	statement := "deleteBlock"
	if blocked {
		statement = "createBlock"
	}
	if err := t.Do(statement, account[:], other[:]); err != nil {
		return err
	}
	return t.shutPair(account, other, blocked)
}

// shutPair shuts the direct conversation of two accounts for the first of them, if there
// is one.
func (t *Tx) shutPair(account, other ident.AccountID, shut bool) error {
	low, high := ordered(account, other)
	return t.Do("shutPair", account[:], low[:], high[:], shut)
}

// shutBlocked shuts a new direct conversation for whom of the two blocks the other.
func (t *Tx) shutBlocked(a, b ident.AccountID) error {
	for _, pair := range [][2]ident.AccountID{{a, b}, {b, a}} {
		blocked, err := t.IsBlocked(pair[0], pair[1])
		if err != nil {
			return err
		}
		if blocked {
			if err := t.shutPair(pair[0], pair[1], true); err != nil {
				return err
			}
		}
	}
	return nil
}

// ListBlocked implements store.Reader.
func (t *Tx) ListBlocked(account ident.AccountID) ([]ident.AccountID, error) {
	return List(t, scanID[ident.AccountID], "listBlocks", account[:])
}

// IsBlocked implements store.Reader.
func (t *Tx) IsBlocked(account, other ident.AccountID) (blocked bool, err error) {
	err = t.Row("isBlocked", account[:], other[:]).Scan(&blocked)
	return blocked, err
}
