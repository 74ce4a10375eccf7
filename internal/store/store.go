// Package store says what the relay needs of its database, as one interface
// with several implementations; storetest is the kit that each must pass.
//
// A store promises that what a finished transaction wrote survives the death
// of the process and of the machine's power, that transactions happen one
// after the other in the order of their completion calls, and that a failed
// one changed nothing. It does not know what is allowed: the relay decides
// that inside its transactions. It never sees the content of messages.
package store

import (
	"context"
	"errors"
	"io"
	"time"

	"parley/ident"
	"parley/wire"
)

// What callers branch on; every other error means that the store failed.
var (
	// ErrNotFound: what was looked for is not there.
	ErrNotFound = errors.New("store: not found")
	// ErrFull: the disk is full or cannot be written; nothing was changed and
	// a later try may succeed.
	ErrFull = errors.New("store: no room to write")
	// ErrClosed: the store was closed; nothing was changed.
	ErrClosed = errors.New("store: closed")
	// ErrUnavailable: the database cannot be reached; a later try may succeed.
	// A transaction that ended so may have happened.
	ErrUnavailable = errors.New("store: the database cannot be reached")
	// ErrDamaged: the database is not what was once written; only a backup helps.
	ErrDamaged = errors.New("store: the database is damaged")
	// ErrNewer: the database was written by a newer version of Parley.
	ErrNewer = errors.New("store: the database belongs to a newer version of parley")
)

// Store is the relay's database. All methods may be called at the same time.
type Store interface {
	// Submit queues a write transaction and returns at once, or when there is
	// room in the queue. Many transactions become durable together.
	//
	// fn may run more than once, on another goroutine; it must start afresh
	// each time, must not keep tx, and should return its refusals before its
	// first write. done is called exactly once, after the commit is on disk or
	// with the error of fn or of the store, one done at a time and in the order
	// of the transactions; it must not block nor call Submit.
	Submit(fn func(tx Tx) error, done func(error))
	// SubmitHinted is Submit of a transaction that does what the hint says.
	SubmitHinted(hint Hint, fn func(tx Tx) error, done func(error))
	// Update is Submit that waits. If ctx ends first its error is returned and
	// the transaction may still happen.
	Update(ctx context.Context, fn func(tx Tx) error) error
	// View runs fn on a consistent snapshot, which holds everything whose done
	// has been called. fn must not keep the Reader. It waits for a free
	// connection.
	View(ctx context.Context, fn func(r Reader) error) error
	// ViewBriefly is View for a short read that many do at the same time. fn may run on another goroutine, which it
	// must not end, and on a snapshot that others share; it waits for nothing.
	ViewBriefly(ctx context.Context, fn func(r Reader) error) error
	// Identity returns the relay's identity; the first call on an empty store
	// makes it from random.
	Identity(ctx context.Context, random io.Reader) (Identity, error)
	// Rest gives back memory that only a busy store needs. It may be called at any time.
	Rest()
	// Close finishes the queued transactions and closes the database.
	Close() error
}

// Reader is what can be asked. Methods return ErrNotFound for a single thing
// that is not there, and an empty list when there is nothing to list.
type Reader interface {
	// FindAccount returns an account by its id.
	FindAccount(id ident.AccountID) (Account, error)
	// FindAccountByPhone returns the account that holds a number.
	FindAccountByPhone(phone ident.Phone) (Account, error)
	// ListAccounts returns all accounts, the oldest first: for the operator.
	ListAccounts() ([]Account, error)
	// ListPrunable looks at the accounts after one in the order of their ids, at most
	// limit, and returns those of which PruneAccount would remove something, and the
	// last it looked at: that after which to go on, the same if there is none.
	ListPrunable(after ident.AccountID, limit int) (accounts []ident.AccountID, last ident.AccountID, err error)

	// FindDevice returns a device, also one that was removed.
	FindDevice(id ident.DeviceID) (Device, error)
	// FindStanding returns how a present device and its account stand.
	FindStanding(id ident.DeviceID) (Standing, error)
	// ListDevices returns the present devices of an account, the primary first,
	// then by age.
	ListDevices(account ident.AccountID) ([]Device, error)
	// ListSilent returns the accounts, by id and behind one, at most limit, that
	// have a linked device and whose primary was last active at primary or before, or
	// one of whose linked devices was at linked or before.
	ListSilent(primary, linked time.Time, after ident.AccountID, limit int) ([]ident.AccountID, error)
	// FindServing returns when a relay has run here; both are zero before the
	// first NoteServing.
	FindServing() (Serving, error)
	// CountKeyPackages returns how many one-time key packages a device has left,
	// by MLS cipher suite.
	CountKeyPackages(device ident.DeviceID) (map[uint16]int, error)

	// FindConversation returns a conversation by its id.
	FindConversation(id ident.ConversationID) (Conversation, error)
	// FindPair returns the direct conversation of two accounts, or the self
	// conversation of one if a equals b.
	FindPair(a, b ident.AccountID) (ident.ConversationID, error)
	// ListConversations returns the conversations of an account with their
	// accounts, the most recently active first; Joined is told for device.
	ListConversations(account ident.AccountID, device ident.DeviceID) ([]ConversationState, error)
	// ListConversationAccounts returns the accounts of a conversation.
	ListConversationAccounts(id ident.ConversationID) ([]ident.AccountID, error)
	// ListWriters returns the accounts of a group whose last application message has a sequence
	// behind after, the latest first and at most limit.
	ListWriters(id ident.ConversationID, after uint64, limit int) ([]ident.AccountID, error)
	// ShareConversation reports whether two accounts are in one conversation.
	ShareConversation(a, b ident.AccountID) (bool, error)
	// ListBlocked returns the accounts that an account blocks.
	ListBlocked(account ident.AccountID) ([]ident.AccountID, error)
	// IsBlocked reports whether an account blocks another.
	IsBlocked(account, other ident.AccountID) (bool, error)
	// FindMember returns a device's membership of a conversation's group. Removed is set
	// for those of ListRemovals.
	FindMember(id ident.ConversationID, device ident.DeviceID) (Member, error)
	// ListMembers returns the members of a conversation's group by leaf, those
	// of ListRemovals included.
	ListMembers(id ident.ConversationID) ([]Member, error)
	// ListMemberships returns the conversations whose group a device is in.
	ListMemberships(device ident.DeviceID) ([]ident.ConversationID, error)
	// ListRemovals returns the members whose device, or whose account has been removed but whose
	// removal no commit has carried out yet.
	ListRemovals(id ident.ConversationID) ([]Member, error)
	// ListJoinRequests returns who asks to come into a group, and ListOwnJoinRequests the
	// groups into which an account does, the oldest first.
	ListJoinRequests(id ident.ConversationID) ([]JoinRequest, error)
	ListOwnJoinRequests(account ident.AccountID) ([]JoinRequest, error)
	// HasJoinRequest reports whether an account asks to come into a group.
	HasJoinRequest(id ident.ConversationID, account ident.AccountID) (bool, error)
	// FindGroupInfo returns the GroupInfo of a conversation's present epoch.
	FindGroupInfo(id ident.ConversationID) ([]byte, error)

	// FindEntryByMessage returns the entry that carries a message id, without
	// its message and welcome.
	FindEntryByMessage(id ident.ConversationID, message ident.MessageID) (Entry, error)
	// PullFeed returns entries of an account's feed behind a position, in order:
	// at most limit, and as many as have maxBytes of messages together, but at
	// least one if there is one. A group's entry has its Welcome for accounts that came
	// with it, and if it begins another MLS group.
	PullFeed(account ident.AccountID, after uint64, limit, maxBytes int) ([]FeedEntry, error)
	// ListReceipts returns the receipts of the other accounts in an account's
	// conversations that changed behind since, the earliest change first and at most
	// limit, and the value for the next call.
	ListReceipts(account ident.AccountID, since uint64, limit int) ([]Receipt, uint64, error)

	// CountEntriesBefore returns how many entries DeleteEntriesBefore would remove.
	CountEntriesBefore(t time.Time) (int, error)

	// FindHistoryChunk returns a chunk of history that waits for a device.
	FindHistoryChunk(device ident.DeviceID, id HistoryChunkID) ([]byte, error)
	// CountHistoryChunks returns how many wait for a device.
	CountHistoryChunks(device ident.DeviceID) (int, error)
	// CountHistoryChunksBefore returns how many DeleteHistoryChunksBefore would
	// remove.
	CountHistoryChunksBefore(t time.Time) (int, error)

	// FindMedia returns what is known of an encrypted file.
	FindMedia(id MediaID) (Media, error)
	// SumMedia returns the bytes of all that an account has announced.
	SumMedia(account ident.AccountID) (int64, error)
	// CountMediaBefore returns how many were last used before a time: one time for
	// those that have arrived, another for the others.
	CountMediaBefore(finished, unfinished time.Time) (int, error)
	// ListMediaBefore returns at most limit of them, the longest unused first.
	ListMediaBefore(finished, unfinished time.Time, limit int) ([]MediaID, error)

	// FindPushKey returns the relay's private key at push services, ErrNotFound if
	// there is none yet.
	FindPushKey() ([]byte, error)
	// FindPushSubscription returns where a device is woken.
	FindPushSubscription(device ident.DeviceID) (PushSubscription, error)
	// ListPushSubscriptions returns those of all devices.
	ListPushSubscriptions() ([]PushSubscription, error)

	// ListReports returns the reports to the operator, the earliest first.
	ListReports() ([]Report, error)
	// CountReportsBefore returns how many DeleteReportsBefore would remove.
	CountReportsBefore(t time.Time) (int, error)

	// ListCodes returns the registration codes that are stored for a number.
	ListCodes(phone ident.Phone) ([]Code, error)
	// CountCodesBefore returns how many codes DeleteCodesBefore would remove.
	CountCodesBefore(t time.Time) (int, error)

	// FindTwoStep returns the two-step verification of an account, or
	// ErrNotFound if it has no PIN.
	FindTwoStep(account ident.AccountID) (TwoStep, error)
	// ListUnannouncedResets returns those whose reset the account's devices
	// have not been told of.
	ListUnannouncedResets() ([]TwoStep, error)
	// FindMailCode returns the code that was last sent by mail for a purpose.
	FindMailCode(account ident.AccountID, purpose MailPurpose) (MailCode, error)
}

// Tx is a write transaction; what it reads includes what it has written.
type Tx interface {
	Reader

	// CreateAccount stores a new account. Its Head is ignored.
	CreateAccount(a Account) error
	// UpdateAccountKey replaces the key of an account.
	UpdateAccountKey(id ident.AccountID, key []byte) error

	// CreateDevice stores a new device with the cursor it has.
	CreateDevice(d Device) error
	// SetPrimary gives a device another certificate, and makes it the account's
	// primary or a linked device. An account never has two primaries: an error.
	SetPrimary(id ident.DeviceID, primary bool, certificate []byte) error
	// RemoveDevice turns a device into a tombstone that says why: its key
	// packages, its chunks of history and its address go, its cursor counts no more, and its memberships
	// become removals.
	RemoveDevice(id ident.DeviceID, at time.Time, reason wire.LogoutReason) error
	// TouchDevice notes when a device was last connected, and from where.
	TouchDevice(id ident.DeviceID, at time.Time, address string) error
	// WarnDevice notes that people have been warned of a device's silence.
	WarnDevice(id ident.DeviceID, at time.Time) error
	// NoteServing notes that a relay runs at a time. If it did not for longer
	// than outage, Serving.Since becomes that time.
	NoteServing(at time.Time, outage time.Duration) error
	// AddKeyPackages stores one-time key packages of an MLS cipher suite; the
	// oldest of that suite beyond max go. A lastResort that is not empty replaces
	// the stored one. It returns how many one-time ones there are now.
	AddKeyPackages(device ident.DeviceID, suite uint16, oneTime [][]byte, lastResort []byte, max int) (int, error)
	// ClaimKeyPackage takes the oldest one-time key package of a device and suite
	// away, or returns the last-resort one, or ErrNotFound.
	ClaimKeyPackage(device ident.DeviceID, suite uint16) ([]byte, error)

	// CreateConversation stores a conversation with its accounts and its last sequence; accounts of
	// ConversationDirect are two and of ConversationSelf one, and the pair must
	// not have one yet.
	CreateConversation(c Conversation, accounts []ident.AccountID) error
	// AddConversationAccounts lets accounts into a conversation from its next entry on; what came
	// before counts as read by them. Their requests to come into it end.
	AddConversationAccounts(id ident.ConversationID, accounts []ident.AccountID) error
	// RemoveConversationAccounts takes accounts out of a conversation: they get no entry from now
	// on, and members of theirs that are left become removals.
	RemoveConversationAccounts(id ident.ConversationID, accounts []ident.AccountID) error
	// PutJoinRequest notes that an account asks to come into a group; a request that is there
	// stays as it is.
	PutJoinRequest(r JoinRequest) error
	// DeleteJoinRequest removes a request if it is there.
	DeleteJoinRequest(id ident.ConversationID, account ident.AccountID) error
	// DeleteJoinRequestsBefore removes those that are older.
	DeleteJoinRequestsBefore(at time.Time) error
	// SetBlocked notes whether an account blocks another. As long as it does, the feed of
	// the account gets no EntryApplication of the other in their direct conversation.
	SetBlocked(account, other ident.AccountID, blocked bool) error
	// ResetGroup gives a conversation another MLS group without members yet, and moves
	// its last sequence up to after if it is lower. AdvanceEpoch brings the members.
	ResetGroup(id ident.ConversationID, group []byte, suite uint16, after uint64) error
	// RetireSelfConversation takes the account out of its self conversation, if
	// it has one, so that it can begin another; what was said there goes by
	// retention.
	RetireSelfConversation(account ident.AccountID) error
	// AdvanceEpoch sets the epoch and GroupInfo of a conversation and changes
	// its members: first those of the removed devices go, then the added ones
	// are stored in place of their former ones.
	AdvanceEpoch(id ident.ConversationID, epoch uint64, groupInfo []byte, removed []ident.DeviceID, added []Member) error

	// AppendEntry gives the entry the next sequence of its conversation, and a
	// position in the feed of each of the conversation's accounts.
	AppendEntry(e *Entry) ([]Place, error)
	// Ack moves a device's cursor forward to position, never past the feed's
	// head, and returns the receipts that change because the device is the
	// first of its account to come so far.
	Ack(device ident.DeviceID, position uint64, now time.Time) ([]Receipt, error)
	// MarkRead moves the read mark of an account forward, at most to the last
	// sequence. The receipt is nil if nothing changed.
	MarkRead(id ident.ConversationID, account ident.AccountID, sequence uint64, now time.Time) (*Receipt, error)

	// PutHistoryChunk stores a chunk of history for a device, unless it has one
	// of that id.
	PutHistoryChunk(device ident.DeviceID, id HistoryChunkID, data []byte, at time.Time) error
	// DeleteHistoryChunk removes a chunk, if it is there.
	DeleteHistoryChunk(device ident.DeviceID, id HistoryChunkID) error
	// DeleteHistoryChunks removes all that wait for a device.
	DeleteHistoryChunks(device ident.DeviceID) error
	// DeleteHistoryChunksBefore removes chunks stored before a time.
	DeleteHistoryChunksBefore(t time.Time) error

	// CreateMedia stores what an account announces; its Hash is ignored, and Used
	// is Created.
	CreateMedia(m Media) error
	// FinishMedia notes that everything has arrived.
	FinishMedia(id MediaID, hash []byte, at time.Time) error
	// TouchMedia notes that media were used.
	TouchMedia(id MediaID, at time.Time) error
	// DeleteMedia removes what is known of media, if it is there.
	DeleteMedia(id MediaID) error

	// PutPushKey stores the relay's key at push services.
	PutPushKey(key []byte) error
	// PutPushSubscription stores where a device is woken, in place of a former one.
	PutPushSubscription(device ident.DeviceID, endpoint string) error
	// DeletePushSubscription removes it if it is still that endpoint; whichever it
	// is if the endpoint is empty.
	DeletePushSubscription(device ident.DeviceID, endpoint string) error

	// CreateReport stores a report; the id is chosen.
	CreateReport(r Report) error
	// DeleteReport removes a report; false if there is none.
	DeleteReport(id int64) (bool, error)
	// DeleteReportsBefore removes reports that are older.
	DeleteReportsBefore(t time.Time) error

	// PutCode stores a code in place of the number's former one of that kind.
	PutCode(c Code) error
	// UpdateCodeTries sets how many tries a code has left.
	UpdateCodeTries(phone ident.Phone, kind CodeKind, tries int) error
	// DeleteCodes removes all codes of a number.
	DeleteCodes(phone ident.Phone) error

	// PutTwoStep stores an account's two-step verification in place of the
	// former one.
	PutTwoStep(t TwoStep) error
	// DeleteTwoStep removes an account's two-step verification and its codes.
	DeleteTwoStep(account ident.AccountID) error
	// PutMailCode stores a code in place of the account's former one for the
	// same purpose.
	PutMailCode(c MailCode) error
	// DeleteMailCode removes a code.
	DeleteMailCode(account ident.AccountID, purpose MailPurpose) error

	// PruneAccount removes from an account's feed the oldest places that all its
	// devices have acknowledged, at most limit, and the entries that no account
	// waits for any more. It returns how many places went; if they are fewer
	// than limit, there is nothing left to remove.
	PruneAccount(id ident.AccountID, limit int) (int, error)
	// DeleteEntriesBefore removes entries taken before a time from conversations
	// and feeds, and returns how many.
	DeleteEntriesBefore(t time.Time) (int, error)
	// DeleteCodesBefore removes codes, also those sent by mail, that expired
	// before a time.
	DeleteCodesBefore(t time.Time) error
}
