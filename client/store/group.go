package store

import "parley/ident"

// RatchetRecord is mls.RatchetRecord: a nil Value deletes.
type RatchetRecord struct{ Key, Value []byte }

// FindGroup returns the saved MLS group, a nil state if there is none.
func (tx *Tx) FindGroup(id ident.ConversationID) (state []byte, ratchets []RatchetRecord, err error) {
	found, err := tx.one("SELECT state FROM mls_state WHERE conversation_id = ?", []any{id[:]}, &state)
	if err != nil || !found {
		return nil, nil, err
	}
	ratchets, err = collect(tx, func(row scanner) (r RatchetRecord, err error) {
		err = row.Scan(&r.Key, &r.Value)
		return r, err
	}, "SELECT key, value FROM mls_ratchet WHERE conversation_id = ?", id[:])
	return state, ratchets, err
}

// SaveGroupState saves the part of the MLS group that changes with epochs.
func (tx *Tx) SaveGroupState(id ident.ConversationID, state []byte) error {
	return tx.exec("INSERT OR REPLACE INTO mls_state (conversation_id, state) VALUES (?, ?)", id[:], state)
}

// SaveGroupRatchet writes or deletes a record of the part that changes with
// every message.
func (tx *Tx) SaveGroupRatchet(id ident.ConversationID, r RatchetRecord) error {
	if r.Value == nil {
		return tx.exec("DELETE FROM mls_ratchet WHERE conversation_id = ? AND key = ?", id[:], r.Key)
	}
	return tx.exec("INSERT OR REPLACE INTO mls_ratchet (conversation_id, key, value) VALUES (?, ?, ?)", id[:], r.Key, r.Value)
}

// DeleteGroup forgets a saved MLS group.
func (tx *Tx) DeleteGroup(id ident.ConversationID) error {
	if err := tx.exec("DELETE FROM mls_state WHERE conversation_id = ?", id[:]); err != nil {
		return err
	}
	return tx.exec("DELETE FROM mls_ratchet WHERE conversation_id = ?", id[:])
}
