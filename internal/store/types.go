package store

import (
	"crypto/ed25519"
	"time"

	"parley/ident"
	"parley/wire"
)

// Identity is what names and authenticates a relay, made at its first start.
type Identity struct {
	// ID has wire.IDSize bytes.
	ID [wire.IDSize]byte
	// Signer makes the proposals of the relay as MLS external sender.
	Signer ed25519.PrivateKey
}

// Account is a person or a business with one phone number.
type Account struct {
	ID      ident.AccountID
	Phone   ident.Phone
	Key     ed25519.PublicKey
	Created time.Time
	// Head is the last position of the account's feed.
	Head uint64
}

// Device is one device of an account.
type Device struct {
	ID          ident.DeviceID
	Account     ident.AccountID
	Certificate []byte
	// Key is the device's signature key.
	Key        ed25519.PublicKey
	Primary    bool
	Created    time.Time
	LastActive time.Time
	// Cursor is the feed position that the device has acknowledged.
	Cursor uint64
	// Address is the IP address of its last connection; may be empty.
	Address string
	// LinkedBy is the primary that linked it; zero for a primary.
	LinkedBy ident.DeviceID
	// Warned is when people were warned of its silence. A time before LastActive
	// was about an earlier silence.
	Warned time.Time
	// Removed devices are tombstones: they tell a device that it was logged out,
	// and RemovedFor why.
	Removed    bool
	RemovedFor wire.LogoutReason
}

// Standing is how a present device and its account stand: what a relay must know, and tells it,
// when it connects.
type Standing struct {
	Account ident.AccountID
	Key     ed25519.PublicKey
	Primary bool
	// LastActive and Warned are as those of Device.
	LastActive, Warned time.Time
	// PrimaryActive is when the account's primary was last active; long ago if it has none.
	PrimaryActive time.Time
	Phone         ident.Phone
	// Head is the last position of the account's feed, and Cursor the one that the device has
	// acknowledged.
	Head, Cursor uint64
	// KeyPackages are as CountKeyPackages returns them.
	KeyPackages map[uint16]int
}

// Serving is when a relay has run on the store.
type Serving struct {
	// Since is when it started after its last long outage.
	Since time.Time
	// Last is when it last said that it runs.
	Last time.Time
}

// Conversation is an append-only log of entries and its MLS group's state as
// far as a relay may know it.
type Conversation struct {
	ID           ident.ConversationID
	Kind         wire.ConversationKind
	Epoch        uint64
	LastSequence uint64
	LastActive   time.Time
	// Suite is the group's MLS cipher suite.
	Suite uint16
	// Removals counts the members of ListRemovals.
	Removals int
	// Group is the id of the MLS group: the conversation's own, or the one that
	// ResetGroup gave it.
	Group []byte
}

// ConversationState is a conversation as one device sees it.
type ConversationState struct {
	Conversation
	Accounts []ident.AccountID
	// Joined is set if the device is a member of the group.
	Joined bool
}

// Member is a device in a conversation's group.
type Member struct {
	Account ident.AccountID
	Device  ident.DeviceID
	Leaf    uint32
	// Removed is set if the device was removed from its account, or the account from
	// the conversation.
	Removed bool
	// Key is the device's, where the member was listed; AdvanceEpoch does not look at it.
	Key []byte
}

// JoinRequest is an account that asks to come into a group.
type JoinRequest struct {
	Conversation ident.ConversationID
	Account      ident.AccountID
	// Time is when it asked first, in milliseconds.
	Time time.Time
}

// Entry is one step of a conversation. The relay's own entries have no sender.
type Entry struct {
	Conversation  ident.ConversationID
	Sequence      uint64
	Kind          wire.EntryKind
	SenderAccount ident.AccountID
	SenderDevice  ident.DeviceID
	ID            ident.MessageID
	Epoch         uint64
	Time          time.Time
	Message       []byte
	Welcome       []byte
	// Former is set if the entry begins another MLS group: the last sequence
	// before it.
	Former uint64
}

// FeedEntry is an entry at its place in an account's feed.
type FeedEntry struct {
	Entry
	Position uint64
	Kind     wire.ConversationKind
}

// HistoryChunkID names a chunk of history among those that wait for a device.
type HistoryChunkID [wire.IDSize]byte

// MediaID names an encrypted file.
type MediaID [wire.IDSize]byte

// Media is what the relay knows of an encrypted file, which lies elsewhere.
type Media struct {
	ID MediaID
	// Account is who announced it, and for whom it counts.
	Account ident.AccountID
	// Size in bytes, as announced.
	Size int64
	// Hash is wire.MediaHash; nil until everything has arrived.
	Hash []byte
	// Created is when it was announced, Used when it was last uploaded to or
	// downloaded.
	Created, Used time.Time
}

// Place is where an entry came to stand in an account's feed.
type Place struct {
	Account  ident.AccountID
	Position uint64
}

// Receipt is how far an account has got in a conversation, as sequences.
type Receipt struct {
	Conversation ident.ConversationID
	Account      ident.AccountID
	Delivered    uint64
	Read         uint64
	// When each last changed, Unix milliseconds; 0 if that is not known.
	DeliveredAt, ReadAt int64
	// Group is set, by Ack and MarkRead alone, if the conversation is a group.
	Group bool
}

// CodeKind tells where a registration code comes from. Values are stored.
type CodeKind int

const (
	// CodeSent was sent to the number.
	CodeSent CodeKind = 1
	// CodeInvitation was made by the operator.
	CodeInvitation CodeKind = 2
)

// Code is a registration code, of which only a salted hash is kept.
type Code struct {
	Phone   ident.Phone
	Kind    CodeKind
	Salt    []byte
	Hash    []byte
	Expires time.Time
	// Tries left before the code is dead.
	Tries int
}

// PINHash is Argon2id of a PIN (RFC 9106), with what it was made with.
type PINHash struct {
	// Salt has 16 bytes, Hash 32.
	Salt, Hash []byte
	Passes     uint32
	MemoryKiB  uint32
	Threads    uint8
}

// TwoStep is an account's two-step verification (M35–M37). An account without
// a PIN has none.
type TwoStep struct {
	Account ident.AccountID
	PIN     PINHash
	// Tries left before the PIN alone registers nobody, and when the next one
	// may be made.
	Tries   int
	NextTry time.Time
	// Confirmed counts how often the person has remembered the PIN since it
	// was set; Reminder is when to ask again.
	Confirmed int
	Reminder  time.Time
	// Email is the confirmed recovery address, or empty.
	Email string
	// ResetRequested is when somebody asked to register without PIN; zero if
	// nobody did.
	ResetRequested  time.Time
	ResetByOperator bool
	// ResetAnnounced is set once the account's devices have been told.
	ResetAnnounced bool
	// ResetCancels counts cancelled resets since the PIN was last proven;
	// before ResetBlocked there is no new one.
	ResetCancels int
	ResetBlocked time.Time
}

// MailPurpose is what a code sent by mail is for. Values are stored.
type MailPurpose int

const (
	// MailConfirm confirms a recovery address.
	MailConfirm MailPurpose = 1
	// MailReset resets the PIN.
	MailReset MailPurpose = 2
)

// MailCode is a code sent to a recovery address, of which only a salted hash
// is kept.
type MailCode struct {
	Account ident.AccountID
	Purpose MailPurpose
	Address string
	Salt    []byte
	Hash    []byte
	Expires time.Time
	// Tries left before the code is dead.
	Tries int
}

// PushSubscription is where a device is woken through a push service.
type PushSubscription struct {
	Device  ident.DeviceID
	Account ident.AccountID
	// Endpoint is an https address; who knows it can wake the device.
	Endpoint string
}

// Report is what a person tells the operator of an account.
type Report struct {
	// ID is given by CreateReport.
	ID       int64
	Reporter ident.AccountID
	Account  ident.AccountID
	Created  time.Time
	Note     string
	// Messages are what the account wrote, as the reporter says.
	Messages []ReportedMessage
}

// ReportedMessage is one of them.
type ReportedMessage struct {
	Sent time.Time `json:"sent"`
	Text string    `json:"text"`
}
