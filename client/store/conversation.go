package store

import "parley/ident"

// Conversation kinds, with the numbers of wire.ConversationKind.
const (
	KindSelf   = 1
	KindDirect = 2
	KindGroup  = 3
)

// Conversation is a conversation at the relay.
type Conversation struct {
	ID   ident.ConversationID
	Kind uint32
	// Peer is the other account of a direct conversation.
	Peer ident.AccountID
	// Joined: this device is a member of the MLS group and has its state.
	Joined bool
	// JoinSequence is the entry by which this device became a member; earlier
	// ones were not encrypted for it.
	JoinSequence uint64
	// FirstSequence is the first entry this device saw, until what comes before it
	// is accounted for; then 0.
	FirstSequence uint64
	// LastSequence is the last entry that was processed.
	LastSequence uint64
	// CommitDue: this device is to commit the pending proposals now.
	CommitDue bool
	// Rewound: the group is older than what this device has sent in it. It is
	// read until the feed is, and then joined again.
	Rewound bool
	Pending *PendingCommit
	// Group is the id of the MLS group that this device was last in; nil for the
	// first one, which has the conversation's.
	Group []byte
	// Replace is the group that this device is to replace by a new one, because it
	// cannot be joined or the relay is behind with it; nil if it is well.
	Replace []byte
	// Ahead is how far this device had read when it found that the relay has gone
	// back; 0 if it has not, or the conversation has another group since.
	Ahead uint64
	// Dropped: it is not to be saved again; not stored.
	Dropped bool
	// Reread: the relay has gone back, and the next entry counts whatever its sequence.
	Reread bool
}

// PendingCommit is a commit of our own on its way: an encoded wire.Send,
// wire.CreateConversation or wire.ResetConversation. State is the saved mls.ExternalJoin, for a join;
// otherwise the group itself holds the pending commit.
type PendingCommit struct {
	MessageID ident.MessageID
	Request   []byte
	State     []byte
}

const conversationColumns = `conversation_id, kind, peer, joined, join_sequence, last_sequence, commit_due,
	rewound, pending_id, pending_request, pending_state, first_sequence, group_id, replace_group, ahead, reread`

// FindConversation returns nil if there is none with this id.
func (tx *Tx) FindConversation(id ident.ConversationID) (*Conversation, error) {
	return first(collect(tx, scanConversation, "SELECT "+conversationColumns+" FROM conversation WHERE conversation_id = ?", id[:]))
}

// FindSelfConversation returns nil if it is not known.
func (tx *Tx) FindSelfConversation() (*Conversation, error) {
	return first(collect(tx, scanConversation, "SELECT "+conversationColumns+" FROM conversation WHERE kind = 1"))
}

// FindConversations returns all, the self conversation first.
func (tx *Tx) FindConversations() ([]*Conversation, error) {
	return collect(tx, scanConversation, "SELECT "+conversationColumns+" FROM conversation ORDER BY kind, rowid")
}

func first[T any](all []*T, err error) (*T, error) {
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func scanConversation(row scanner) (*Conversation, error) {
	c, p := new(Conversation), new(PendingCommit)
	var id, peer, pendingID []byte
	err := row.Scan(&id, &c.Kind, &peer, &c.Joined, &c.JoinSequence, &c.LastSequence, &c.CommitDue,
		&c.Rewound, &pendingID, &p.Request, &p.State, &c.FirstSequence, &c.Group, &c.Replace, &c.Ahead, &c.Reread)
	if err != nil {
		return nil, err
	}
	c.ID = ident.ConversationID(id)
	copy(c.Peer[:], peer)
	if pendingID != nil {
		p.MessageID = ident.MessageID(pendingID)
		c.Pending = p
	}
	return c, nil
}

// SaveConversation creates or replaces a conversation; the MLS group is apart.
func (tx *Tx) SaveConversation(c *Conversation) error {
	if c.Dropped {
		return nil
	}
	var peer, pendingID any
	if !c.Peer.IsZero() {
		peer = c.Peer[:]
	}
	p := &PendingCommit{}
	if c.Pending != nil {
		p, pendingID = c.Pending, c.Pending.MessageID[:]
	}
	return tx.exec(`INSERT INTO conversation (`+conversationColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (conversation_id) DO UPDATE SET peer = coalesce(excluded.peer, peer), joined = excluded.joined, join_sequence = excluded.join_sequence,
		last_sequence = excluded.last_sequence, commit_due = excluded.commit_due, rewound = excluded.rewound, pending_id = excluded.pending_id,
		pending_request = excluded.pending_request, pending_state = excluded.pending_state,
		first_sequence = excluded.first_sequence, group_id = excluded.group_id, replace_group = excluded.replace_group,
		ahead = excluded.ahead, reread = excluded.reread`,
		c.ID[:], c.Kind, peer, c.Joined, int64(c.JoinSequence), int64(c.LastSequence), c.CommitDue,
		c.Rewound, pendingID, nullable(p.Request), nullable(p.State), int64(c.FirstSequence),
		nullable(c.Group), nullable(c.Replace), int64(c.Ahead), c.Reread)
}

// DeleteConversation removes a conversation and its group; its chat stays.
func (tx *Tx) DeleteConversation(id ident.ConversationID) error {
	if err := tx.DeleteGroup(id); err != nil {
		return err
	}
	for _, statement := range []string{
		"UPDATE chat SET conversation_id = NULL WHERE conversation_id = ?",
		"DELETE FROM conversation WHERE conversation_id = ?",
	} {
		if err := tx.exec(statement, id[:]); err != nil {
			return err
		}
	}
	return nil
}
