package store

// AppState is one entry of what all devices of the account agree on.
type AppState struct {
	// Key names it; package client makes keys.
	Key   string
	Value []byte
	// SetAt decides between two values: the later wins, then the greater value.
	SetAt int64
}

// FindAppState returns nil if the entry was never set.
func (tx *Tx) FindAppState(key string) (*AppState, error) {
	s := &AppState{Key: key}
	found, err := tx.one("SELECT value, set_at FROM app_state WHERE key = ?", []any{key}, &s.Value, &s.SetAt)
	if err != nil || !found {
		return nil, err
	}
	return s, nil
}

// SaveAppState takes an entry unless a later one is known; changed tells.
func (tx *Tx) SaveAppState(s AppState) (changed bool, err error) {
	value := s.Value
	if value == nil {
		value = []byte{}
	}
	return tx.changed(`INSERT INTO app_state (key, value, set_at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, set_at = excluded.set_at
		WHERE excluded.set_at > set_at OR (excluded.set_at = set_at AND excluded.value > value)`,
		s.Key, value, s.SetAt)
}
