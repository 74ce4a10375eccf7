package relay

import (
	"time"

	"parley/internal/relay/retention"
	"parley/wire"
)

// Settings are the limits an operator may set, with what each protects
// against. The fixed ones are in package wire.
type Settings struct {
	// InvitationOnly refuses RequestCode: only the operator's codes register.
	InvitationOnly bool
	// LinkedDevices is how many devices an account may have beside its primary (M2).
	LinkedDevices int
	// SendsPerSecond and SendBurst bound how fast one device may fill feeds.
	SendsPerSecond int
	SendBurst      int
	// CallsPerSecond and CallBurst bound the work one connection can ask for.
	CallsPerSecond int
	CallBurst      int
	// LookUpsPerMinute bounds how fast one device can try phone numbers.
	LookUpsPerMinute int
	// LinksPerHour bounds how often an account may claim linking slots.
	LinksPerHour int
	// CodesPerNumber and CodesPerAddress bound per hour what codes cost the
	// operator and annoy a person.
	CodesPerNumber  int
	CodesPerAddress int
	// PINChecks bounds the memory that checking PINs takes: each needs
	// PINCost.MemoryKiB while it runs, the others wait.
	PINChecks int
	// PINCost is what one check of a PIN costs, and each guess of who has
	// stolen the database.
	PINCost PINCost
	// EntryLifetime is how long an entry waits for a device.
	EntryLifetime time.Duration
	// Rules are how long devices may be silent: one that is lost must not stay
	// signed in for ever (M14).
	Rules retention.Rules
	// MediaBytes bounds one encrypted file; 0 has the relay carry none.
	MediaBytes int64
	// MediaAccountBytes bounds what one account has at the relay, so that it does
	// not fill the disk for all.
	MediaAccountBytes int64
	// MediaKeepFree is what files leave free on the disk, for messages.
	MediaKeepFree int64
	// MediaLifetime is how long a file stays that nobody fetches.
	MediaLifetime time.Duration
	// PushInterval is the least time between two wake-ups of a device.
	PushInterval time.Duration
	// Connections is how many there may be: each takes a file and some KiB.
	Connections int
	// ConnectionsPerAddress is how many of one address there may be that have not
	// authenticated: what has is bounded by its account.
	ConnectionsPerAddress int
	// IdleTimeout closes connections that do not authenticate.
	IdleTimeout time.Duration
	// ReconnectAfter is what devices are told when the relay stops.
	ReconnectAfter time.Duration
}

// PINCost are the parameters of Argon2id (RFC 9106) for PINs that are set from
// now on; those that are stored keep theirs.
type PINCost struct {
	Passes    uint32
	MemoryKiB uint32
	Threads   uint8
}

// DefaultSettings returns the settings of DESIGN section 6.
func DefaultSettings() Settings {
	return Settings{
		LinkedDevices:    4,
		SendsPerSecond:   100,
		SendBurst:        500,
		CallsPerSecond:   200,
		CallBurst:        1000,
		LookUpsPerMinute: 60,
		LinksPerHour:     10,
		CodesPerNumber:   5,
		CodesPerAddress:  20,
		PINChecks:        2,
		// The second recommendation of RFC 9106, section 4: 64 MiB.
		PINCost:               PINCost{Passes: 3, MemoryKiB: 64 << 10, Threads: 4},
		EntryLifetime:         wire.EntryLifetime,
		Rules:                 retention.DefaultRules(),
		MediaBytes:            wire.MaxMedia,
		MediaAccountBytes:     10 << 30,
		MediaKeepFree:         1 << 30,
		MediaLifetime:         30 * 24 * time.Hour,
		PushInterval:          30 * time.Second,
		Connections:           200_000,
		ConnectionsPerAddress: 256,
		IdleTimeout:           2 * time.Minute,
		ReconnectAfter:        time.Second,
	}
}

// Times and sizes that no operator needs to change.
const (
	// codeLifetime is how long a sent code is good.
	codeLifetime = 10 * time.Minute
	// mailCodeLifetime is how long a code sent by mail is good: mail is slow.
	mailCodeLifetime = 30 * time.Minute
	// invitationLifetime is how long an operator's code is good.
	invitationLifetime = 24 * time.Hour
	// grantLifetime is how long a proven number may be registered.
	grantLifetime = 10 * time.Minute
	// pinQueueTime is how long a check of a PIN waits for its turn.
	pinQueueTime = 15 * time.Second
	// pinsPerHour is how often a primary may set the PIN or answer a reminder:
	// each costs an Argon2id, and answers must not be a way to find the PIN.
	pinsPerHour = 10
	// mailsPerDay is how many mails an account can cause, and an address get:
	// with the tries of each, 25 guesses a day at a code of six digits.
	mailsPerDay = 5
	// mediaTokenLifetime is how long after a ticket a request may begin.
	mediaTokenLifetime = 10 * time.Minute
	// mediaUploadLifetime is how long an upload waits to be gone on with.
	mediaUploadLifetime = 7 * 24 * time.Hour
	// mediaChecks is how many files are hashed at the same time: the disk and a
	// processor are busy with one.
	mediaChecks = 2
	// mediaPage is how many media one step of retention looks at, and orphanAge how
	// long a file must be unchanged before it counts as left over.
	mediaPage = 256
	orphanAge = time.Hour
	// ackPatience is how long a connected device has to take an entry before it is
	// woken: browsers keep connections of pages that they have put to sleep.
	ackPatience = 15 * time.Second
	// wakeTries is how often a wake-up is tried that a push service does not take,
	// and wakeRetry how long after the first time; each wait is four times longer.
	wakeTries = 3
	wakeRetry = 15 * time.Second
	// maxWaking is how many push services are spoken to at the same time.
	maxWaking = 32
	// pushTestPause is how often a device may try its wake-ups.
	pushTestPause = 5 * time.Second
	// reportsPerDay is how often an account may report others.
	reportsPerDay = 10
	// previewsPerMinute is how many pages an account may have asked for previews, and
	// maxPreviews how many are asked at the same time.
	previewsPerMinute = 20
	maxPreviews       = 16
	// announcePeriod is how soon devices hear of what the operator has begun.
	announcePeriod = time.Minute
	// resetBlock is how long after a cancelled reset none may be asked for; it
	// doubles with each up to maxResetBlock.
	resetBlock    = 24 * time.Hour
	maxResetBlock = 14 * 24 * time.Hour
	// sendCodeTimeout bounds how long a code sender may take.
	sendCodeTimeout = 20 * time.Second
	// slotMemory is how long a slot that is over is still known by name (M23).
	slotMemory = 10 * time.Minute
	// pullBytes is how much a PullResult holds, unless one entry alone is
	// larger: it is enough to read fast.
	pullBytes = 512 << 10
	// pushLimit is how many bytes may wait for a slow reader before the relay
	// stops pushing and lets it pull.
	pushLimit = 256 << 10
	// answerLimit is how many bytes of answers may wait before the relay stops
	// reading from a device.
	answerLimit = 2 << 20
	// maxInFlight is how many writes of one device wait for the disk.
	maxInFlight = 256
	// retentionPeriod is how often acknowledged entries are removed, and
	// sweepPeriod how often everything that has expired is.
	retentionPeriod = 10 * time.Second
	sweepPeriod     = time.Hour
	// longOutage is how long the relay must have been out of service for the
	// silence of devices to begin anew afterwards.
	longOutage = 24 * time.Hour
	// silentPage is how many accounts retention looks at in one snapshot, and
	// touchPage how many connected devices one transaction notes as active.
	silentPage = 256
	touchPage  = 256
)
