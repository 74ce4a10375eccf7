package wire

import "time"

// Every bound of the protocol, with what it protects against. What an operator
// may set otherwise (internal/config) has its default here.
const (
	// MaxFrame bounds the memory one connection can make the relay hold for
	// one message: the largest message, a Welcome, a GroupInfo and framing.
	MaxFrame = 6 << 20
	// MaxEarlyFrame is the same for a connection that has not authenticated: anybody
	// may open many. Registrations and link offers are far below it.
	MaxEarlyFrame = 64 << 10
	// MaxMessage is the largest MLSMessage of an application message; long
	// texts go as documents.
	MaxMessage = 64 << 10
	// MaxGroupInfo bounds a GroupInfo with its ratchet tree and a Welcome: some 460
	// bytes a device, of which a group has MaxGroupAccounts times five at most.
	MaxGroupInfo = 2560 << 10
	// MaxCommit bounds a commit: MaxGroupAdds accounts with five key packages each,
	// and a path with a key for each device that has joined since the last commits.
	MaxCommit = 1 << 20
	// MaxGroupAccounts is how many accounts a group may have.
	MaxGroupAccounts = 1024
	// MaxGroupAdds is how many accounts one commit may bring into a group.
	MaxGroupAdds = 128
	// MaxGroupState bounds the group context extension with a GroupState: all
	// accounts may be admins.
	MaxGroupState = 20 << 10
	// GroupStateExtension is its type, of those for private use (RFC 9420 section 17.3).
	GroupStateExtension = 0xF0A1
	// MaxJoinRequests is how many accounts may ask at a time to come into a group, and
	// MaxJoinRequestAge for how long one does.
	MaxJoinRequests   = MaxGroupAccounts
	MaxJoinRequestAge = 30 * 24 * time.Hour
	// MaxReceipts is how many one PullReceiptsResult holds.
	MaxReceipts = 4096
	// MaxKeyPackage bounds one key package; X-Wing ones have 2.8 KiB.
	MaxKeyPackage = 8 << 10
	// MaxOneTimeKeyPackages is how many of each cipher suite a device may store;
	// a claim takes one.
	MaxOneTimeKeyPackages = 100
	// MaxLinkOffer and MaxLinkBundle bound what passes through a linking slot.
	MaxLinkOffer  = 1 << 10
	MaxLinkBundle = 256 << 10
	// LinkCommitmentSize and LinkShareSize are what two devices exchange that are
	// linked by a typed code, bytes.
	LinkCommitmentSize = 32
	LinkShareSize      = 64
	// MaxHistoryChunk bounds one sealed chunk of history, and MaxHistoryChunks how
	// many wait for a device: what an account can store at the relay.
	MaxHistoryChunk  = 512 << 10
	MaxHistoryChunks = 16
	// MediaPiece is the length of the pieces that MediaHash is made of, bytes; the
	// last one of a file may be shorter.
	MediaPiece = 256 << 10
	// MediaHashSize is the length of MediaHash, bytes.
	MediaHashSize = 32
	// MaxMedia is how large a file may be unless the operator says otherwise, bytes.
	// The encryption adds a little, which has room beside it.
	MaxMedia = 2<<30 + 1<<20
	// MaxSoftware is the length of Hello.Software, bytes.
	MaxSoftware = 64
	// MaxSequenceStep is how far sequences may be moved forward at once: more than
	// a relay can lose when a backup is put back, and too little to use them up.
	MaxSequenceStep = 1 << 20
	// MaxPull is how many entries one PullResult holds at most; the relay also
	// stops at half a MiB.
	MaxPull = 256
	// MaxBlocked is how many accounts one may block.
	MaxBlocked = 1000
	// MaxReportMessages, MaxReportText and MaxReportNote bound a report to the operator:
	// enough to judge by, and nobody fills the database with it.
	MaxReportMessages = 20
	MaxReportText     = 4 << 10
	MaxReportNote     = 1 << 10
	// ReportLifetime is how long the relay keeps a report that the operator leaves.
	ReportLifetime = 90 * 24 * time.Hour
	// MaxPreviewPicture bounds the picture of a LinkPreview, bytes.
	MaxPreviewPicture = 1 << 20
	// MaxWatched is how many accounts' presence one connection may watch.
	MaxWatched = 256

	// IDSize is the length of relay, account, device, conversation, message
	// and slot ids: random, so that they say nothing and cannot be guessed.
	IDSize = 16
	// NonceSize is the length of the authentication nonce.
	NonceSize = 32
	// CodeDigits is the length of a registration code.
	CodeDigits = 6
	// CodeTries is how many wrong codes end a code: a guess succeeds once in
	// 200,000.
	CodeTries = 5
	// PINDigits is the length of the PIN of two-step verification.
	PINDigits = 6
	// PINTries is how many wrong PINs end the way by PIN alone.
	PINTries = 5
	// MaxEmail is the length of a mail address, bytes (RFC 5321, section 4.5.3).
	MaxEmail = 254
)

// Times that both sides must know.
const (
	// LinkSlotLifetime is how long a QR code is good (M23).
	LinkSlotLifetime = 60 * time.Second
	// LinkDecisionTime is how long the person at the primary may think after
	// the scan.
	LinkDecisionTime = 3 * time.Minute
	// CodeSlotLifetime is how long a code to be typed is good: time to walk to the
	// other device. Who claims it by chance or by searching is seen by the words.
	CodeSlotLifetime = 5 * time.Minute
	// LinkPoll is how often a primary asks a slot for what is not there yet.
	LinkPoll = 400 * time.Millisecond
	// TypingLifetime is how long a typing notice holds without a new one.
	TypingLifetime = 6 * time.Second
	// ClockTolerance is the clock difference above which people are told (M29).
	ClockTolerance = 2 * time.Minute
	// EntryLifetime is how long the relay keeps an entry that a device has not
	// fetched.
	EntryLifetime = 30 * 24 * time.Hour
	// HistoryLifetime is how long a chunk of history waits for its device.
	HistoryLifetime = 7 * 24 * time.Hour
	// PINResetWait is how long the devices of an account can cancel a reset of
	// its PIN.
	PINResetWait = 7 * 24 * time.Hour
	// PINResetOpen is how long a reset may be used after that: what was asked
	// for and forgotten must not leave the number unprotected.
	PINResetOpen = 7 * 24 * time.Hour
)
