package store

import "parley/ident"

// Why an account is in a group no more.
const (
	GroupLeft    = 1
	GroupRemoved = 2
)

// GroupChat is what this device knows of a group beside its messages.
type GroupChat struct {
	Conversation ident.ConversationID
	// State is the encoded wire.GroupState that the members have agreed on.
	State []byte
	// Wanted are the encoded details of a change of our own that is on its way; may be nil.
	Wanted []byte
	// Token is that of the invite link by which this account joins; may be nil.
	Token []byte
	// Gone is 0 while the account is in the group, else GroupLeft or GroupRemoved.
	Gone int
	// Refused is the MLS group that is not joined again, since a commit in it was not
	// allowed; may be nil.
	Refused []byte
	// Waiting: this account asks to come in, and an admin is to add it.
	Waiting bool
}

// FindGroupChat returns nil if the group is not known.
func (tx *Tx) FindGroupChat(id ident.ConversationID) (*GroupChat, error) {
	g := &GroupChat{Conversation: id}
	found, err := tx.one("SELECT state, wanted, token, gone, refused, waiting FROM group_chat WHERE conversation_id = ?", []any{id[:]},
		&g.State, &g.Wanted, &g.Token, &g.Gone, &g.Refused, &g.Waiting)
	if err != nil || !found {
		return nil, err
	}
	return g, nil
}

// SaveGroupChat creates or replaces it.
func (tx *Tx) SaveGroupChat(g *GroupChat) error {
	return tx.exec(`INSERT INTO group_chat (conversation_id, state, wanted, token, gone, refused, waiting) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (conversation_id) DO UPDATE SET state = excluded.state, wanted = excluded.wanted, token = excluded.token,
		gone = excluded.gone, refused = excluded.refused, waiting = excluded.waiting`,
		g.Conversation[:], g.State, nullable(g.Wanted), nullable(g.Token), g.Gone, nullable(g.Refused), g.Waiting)
}

// GroupMember is an account that is or was in a group.
type GroupMember struct {
	Account ident.AccountID
	// Since and Gone are the sequences with which it came and went; Gone is 0 while it is there.
	Since, Gone uint64
	// GoneAt is when it went, Unix milliseconds; 0 if that is not known.
	GoneAt int64
	// Removed: it did not leave by itself.
	Removed bool
}

// FindGroupMembers returns present and past members.
func (tx *Tx) FindGroupMembers(id ident.ConversationID) ([]GroupMember, error) {
	return collect(tx, func(row scanner) (m GroupMember, err error) {
		var account []byte
		if err = row.Scan(&account, &m.Since, &m.Gone, &m.GoneAt, &m.Removed); err == nil {
			m.Account = ident.AccountID(account)
		}
		return m, err
	}, "SELECT account_id, since, gone, gone_at, removed FROM group_member WHERE conversation_id = ?", id[:])
}

// SaveGroupMember creates or replaces a member, and its receipt: what it came behind, or
// further, where a receipt of it came before this device knew of it.
func (tx *Tx) SaveGroupMember(id ident.ConversationID, m GroupMember) error {
	var err error
	if m.Gone == 0 {
		before := max(m.Since, 1) - 1
		r := Receipt{Conversation: id, Account: m.Account}
		_, err = tx.one(`SELECT coalesce(max(sequence) FILTER (WHERE read = 0), 0), coalesce(max(sequence) FILTER (WHERE read = 1), 0)
			FROM receipt_time WHERE conversation_id = ? AND account_id = ?`, []any{id[:], m.Account[:]}, &r.Delivered, &r.Read)
		if err != nil {
			return err
		}
		r.Delivered, r.Read = max(r.Delivered, before), max(r.Read, before)
		err = tx.SaveReceipt(r)
	} else {
		err = tx.exec("DELETE FROM receipt WHERE conversation_id = ? AND account_id = ?", id[:], m.Account[:])
	}
	if err != nil {
		return err
	}
	return tx.exec(`INSERT INTO group_member (conversation_id, account_id, since, gone, gone_at, removed) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET since = excluded.since, gone = excluded.gone, gone_at = excluded.gone_at, removed = excluded.removed`,
		id[:], m.Account[:], int64(m.Since), int64(m.Gone), m.GoneAt, m.Removed)
}

// CountGroupMembers counts those who are there.
func (tx *Tx) CountGroupMembers(id ident.ConversationID) (n int, err error) {
	_, err = tx.one("SELECT count(*) FROM group_member WHERE conversation_id = ? AND gone = 0", []any{id[:]}, &n)
	return n, err
}

// FindGroupReceipt returns how far all members but one have got. Who came later has what came before.
func (tx *Tx) FindGroupReceipt(id ident.ConversationID, but ident.AccountID) (r Receipt, err error) {
	_, err = tx.one("SELECT delivered FROM receipt WHERE conversation_id = ? AND account_id <> ? ORDER BY delivered LIMIT 1", []any{id[:], but[:]}, &r.Delivered)
	if err != nil {
		return r, err
	}
	_, err = tx.one("SELECT read FROM receipt WHERE conversation_id = ? AND account_id <> ? ORDER BY read LIMIT 1", []any{id[:], but[:]}, &r.Read)
	return r, err
}
