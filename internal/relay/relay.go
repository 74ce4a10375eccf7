// Package relay is the behaviour of Parley's relay: accounts and their
// devices, linking, conversations as ordered logs, feeds, receipts, typing,
// presence and retention. An adapter (internal/httpapi) brings it connections,
// a store keeps its data.
//
// It promises that what it has acknowledged is on disk, that entries reach
// each device at least once and in order, that commits of a group are ordered
// by compare-and-swap on the epoch, and that a removed device gets nothing
// further. It carries ciphertext and cannot read it: this package links
// neither parley/mls nor parley/client.
//
// A Session belongs to one connection. Its Receive runs on the goroutine that
// reads the connection; answers and events leave through a bounded queue that
// a second goroutine empties, which lives only while there is something to
// write. Writes go to the store in order of their requests and are answered
// from the store's completion calls, so a device need not wait for one message
// before it sends the next.
//
// Lock order: hub, then one online account, then one session.
package relay

import (
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/ident"
	"parley/internal/bus"
	"parley/internal/codetext"
	"parley/internal/media"
	"parley/internal/obs"
	"parley/internal/relay/busy"
	"parley/internal/store"
	"parley/mls/delivery"
)

// CodeSender brings a registration code to the holder of a number.
type CodeSender interface {
	// Name is what RequestCodeResult calls the way: "console", "smtp" or "sms".
	Name() string
	// Send returns when the code was handed over, or why it was not; language is
	// for the text around it. It may block until ctx ends and must not log the
	// code.
	Send(ctx context.Context, phone ident.Phone, code string, language codetext.Language) error
}

// Mailer sends mail to recovery addresses.
type Mailer interface {
	// SendMail returns when the mail was handed over, or why it was not. It may
	// block until ctx ends, and must log neither the address nor the text.
	SendMail(ctx context.Context, address, subject, text string) error
}

// Pusher wakes devices through push services; *push.Sender is one.
type Pusher interface {
	// PublicKey is what devices subscribe with.
	PublicKey() []byte
	// Wake returns when the push service has taken a wake-up, with push.ErrGone if
	// the subscription is to be forgotten, or with another error of package push.
	Wake(ctx context.Context, endpoint string) error
}

// Parts are what a relay is made of; all but Journal, Bus, Mailer, Blobs, Pusher and Previewer must be set.
type Parts struct {
	Store store.Store
	// Journal is the store's if other relays share it, otherwise nil. Whoever made Bus, which is
	// what these relays reach each other by, closes it after Shutdown.
	Journal store.Journal
	Bus     bus.Bus
	Sender  CodeSender
	// Mailer is nil on a relay that sends no mail: there are no recovery
	// addresses then.
	Mailer Mailer
	// Blobs is where encrypted files lie, or nil on a relay that carries none.
	Blobs media.Blobs
	// Pusher is nil on a relay that wakes nobody.
	Pusher Pusher
	// Previewer is nil on a relay that asks no pages for previews of links.
	Previewer Previewer
	Settings  Settings
	Log       *slog.Logger
	Metrics   *obs.Registry
	// Now is the clock, Random a cryptographic source.
	Now    func() time.Time
	Random io.Reader
	// Software is name and version, told to devices; may be empty.
	Software string
}

// Relay serves any number of connections.
type Relay struct {
	store    store.Store
	sender   CodeSender
	mailer   Mailer
	blobs    media.Blobs
	settings Settings
	log      *slog.Logger
	now      func() time.Time
	random   io.Reader
	software string
	counters counters
	gate     busy.Gate
	// storageTrouble keeps the log short while nothing can be written.
	storageTrouble trouble

	identity       store.Identity
	externalSender []byte
	// served is when this relay has been in service; of Last only the beginning.
	served store.Serving

	hub      hub
	slots    slots
	codes    pace[ident.Phone]
	mails    pace[ident.AccountID]
	grants   grants
	pins     pinChecks
	limits   limits
	presence presences
	// dirty are the accounts whose devices have acknowledged something since the last pruning.
	dirty    accountSet
	wakes    wakes
	touches  touches
	others   others
	previews previews
	// mediaChecks bounds how many files are read at the same time.
	mediaChecks chan struct{}

	// ctx ends when the relay stops.
	ctx      context.Context
	stop     context.CancelFunc
	jobs     sync.WaitGroup
	lastConn atomic.Uint64
}

// New starts a relay on a store. Whoever made the store closes it, after
// Shutdown.
func New(ctx context.Context, p Parts) (*Relay, error) {
	identity, err := p.Store.Identity(ctx, p.Random)
	if err != nil {
		return nil, err
	}
	r := &Relay{
		store: p.Store, sender: p.Sender, mailer: p.Mailer, blobs: p.Blobs, settings: p.Settings, log: p.Log, now: p.Now, random: p.Random, software: p.Software,
		identity:       identity,
		externalSender: delivery.ExternalSender(identity.Signer.Public().(ed25519.PublicKey), identity.ID[:]),
		limits:         newLimits(p.Settings),
		pins:           make(pinChecks, p.Settings.PINChecks),
		mediaChecks:    make(chan struct{}, mediaChecks),
		previews:       previews{p.Previewer, make(chan struct{}, maxPreviews)},
	}
	if r.served, err = noteStart(ctx, p.Store, r.now()); err != nil {
		return nil, err
	}
	r.touches.relay = r
	r.ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.counters = newCounters(p.Metrics, r)
	if err := r.wakes.start(r, p.Pusher); err != nil {
		return nil, err
	}
	if err := r.others.start(ctx, r, p); err != nil {
		return nil, err
	}
	r.others.run()
	r.jobs.Go(r.runRetention)
	r.jobs.Go(r.runAnnouncements)
	return r, nil
}

// Shutdown tells every device to come back later, waits until the queues are
// empty or ctx ends, and stops the relay's jobs. No connection may be opened
// afterwards.
func (r *Relay) Shutdown(ctx context.Context) {
	r.hub.shutDown(func(s *Session) {
		s.endForNow()
	})
	r.hub.wait(ctx)
	r.wakes.stop()
	r.others.leave(ctx)
	r.stop()
	r.jobs.Wait()
}
