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

// FindAppStateTime returns when an entry that has a value was set; 0 if it has none.
func (tx *Tx) FindAppStateTime(key string) (setAt int64, err error) {
	_, err = tx.one("SELECT set_at FROM app_state WHERE key = ? AND length(value) > 0", []any{key}, &setAt)
	return setAt, err
}

// FindAppStates returns all entries, in the order of their keys.
func (tx *Tx) FindAppStates() ([]AppState, error) {
	return collect(tx, scanAppState, "SELECT key, value, set_at FROM app_state ORDER BY key")
}

func scanAppState(row scanner) (s AppState, err error) {
	return s, row.Scan(&s.Key, &s.Value, &s.SetAt)
}

// FindAppStateValues returns the values of those entries that are set, by key: as
// many as a chat shows, in one query.
func (tx *Tx) FindAppStateValues(keys [11]string) (map[string][]byte, error) {
	args := make([]any, len(keys))
	for i, key := range keys {
		args[i] = key
	}
	values := map[string][]byte{}
	_, err := collect(tx, func(row scanner) (struct{}, error) {
		var key string
		var value []byte
		err := row.Scan(&key, &value)
		values[key] = value
		return struct{}{}, err
	}, "SELECT key, value FROM app_state WHERE length(value) > 0 AND key IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", args...)
	return values, err
}

// FindAppStateKeys returns the keys of a kind that have a value, the latest first.
func (tx *Tx) FindAppStateKeys(kind string) ([]string, error) {
	return collect(tx, func(row scanner) (key string, err error) { return key, row.Scan(&key) },
		"SELECT key FROM app_state WHERE key >= ? AND key < ? AND length(value) > 0 ORDER BY set_at DESC, key", kind+"/", kind+"0")
}

// FindAppStatesOf returns the entries of a kind that have a value, the latest first.
func (tx *Tx) FindAppStatesOf(kind string) ([]AppState, error) {
	return collect(tx, scanAppState,
		"SELECT key, value, set_at FROM app_state WHERE key >= ? AND key < ? AND length(value) > 0 ORDER BY set_at DESC, key", kind+"/", kind+"0")
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
