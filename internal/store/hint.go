package store

import "parley/ident"

// Hint says what a transaction is about to do. A store may read what that needs for many
// transactions together before it runs them. A wrong hint costs time and changes nothing.
// The zero Hint says nothing.
type Hint struct {
	Kind HintKind
	// Conversation is that of a HintSend or a HintMark.
	Conversation ident.ConversationID
	// Message is the id of a HintSend.
	Message ident.MessageID
	// Device sends or acknowledges.
	Device ident.DeviceID
	// Account marks.
	Account ident.AccountID
	// Position is what a HintAck acknowledges.
	Position uint64
}

// HintKind is what a transaction does.
type HintKind int

const (
	// HintSend: it finds the conversation, the device's membership and the entry of the
	// message id, and calls AppendEntry.
	HintSend HintKind = iota + 1
	// HintAck: it calls Ack.
	HintAck
	// HintMark: it calls MarkRead.
	HintMark
)
