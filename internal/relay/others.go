package relay

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"time"

	"parley/ident"
	"parley/internal/bus"
	"parley/internal/store"
	"parley/wire"
)

// Subjects of the bus; those of requests stand in linkforward.go.
const (
	// subjectJournal: there is something new in the store's journal, up to a number.
	subjectJournal = "journal"
	// subjectEvent: the devices of accounts are told something that is not stored.
	subjectEvent = "event"
	// subjectPresence: who is there, and who wants to know.
	subjectPresence = "presence"
)

const (
	// journalPeriod is how often the journal is read without anybody saying that there is
	// something: with it and without a bus, delivery takes a second more.
	journalPeriod = time.Second
	// journalPause is how long after one reading the next may begin: under load it reads more
	// at a time.
	journalPause = 5 * time.Millisecond
	// beatPeriod is how often a relay says that it runs; the store believes it for three times as
	// long.
	beatPeriod = 5 * time.Second
)

// others is what this relay has to do with the others on its database. On a relay that is alone,
// journal is nil and the bus has no other member.
type others struct {
	relay   *Relay
	journal store.Journal
	bus     bus.Bus
	id      store.RelayID
	// news is signalled when somebody says that there is something new.
	news   chan struct{}
	behind behind
}

// start begins to follow the journal.
func (o *others) start(ctx context.Context, r *Relay, p Parts) error {
	o.relay, o.journal, o.bus = r, p.Journal, p.Bus
	o.news, o.behind.wake = make(chan struct{}, 1), make(chan struct{}, 1)
	if o.bus == nil {
		o.bus = new(bus.Local).Join()
	}
	if o.journal == nil {
		return nil
	}
	var err error
	if o.bus, err = sealBus(o.bus, r.identity); err != nil {
		return err
	}
	if _, err := io.ReadFull(r.random, o.id[:]); err != nil {
		return err
	}
	if err := o.journal.Follow(ctx, o.id, o); err != nil {
		return err
	}
	if err := o.beat(); err != nil {
		return err
	}
	return errors.Join(
		o.bus.Subscribe(subjectJournal, o.hearWritten),
		o.bus.Subscribe(subjectEvent, o.hear),
		o.bus.Subscribe(subjectPresence, o.hearPresence),
		o.serveLinks(),
	)
}

// say tells the devices of accounts something at other relays that may be lost.
func (o *others) say(event wire.EventHappening, accounts []ident.AccountID) {
	if o.journal != nil && len(accounts) > 0 {
		o.bus.Publish(subjectEvent, (&notice{kind: noticeEvent, accounts: accounts, event: encodeEvent(event)}).encode())
	}
}

// hear is told what others say.
func (o *others) hear(message []byte) {
	if n, err := decodeNotice(message); err == nil && n.kind == noticeEvent {
		o.Apply(message)
	}
}

// run starts the jobs, which end with the relay.
func (o *others) run() {
	if o.journal == nil {
		return
	}
	o.relay.jobs.Go(o.follow)
	o.relay.jobs.Go(o.runBeats)
	o.relay.jobs.Go(o.deliverBehind)
}

// leave tells the others that this relay stops.
func (o *others) leave(ctx context.Context) {
	if o.journal != nil {
		err := o.relay.store.Update(ctx, func(tx store.Tx) error { return tx.(store.SharedTx).ForgetRelay() })
		if err != nil {
			o.relay.log.Warn("the other relays are not told of the stop", slog.Any("cause", err))
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is signalled already
	}
}

// follow reads the journal when there is something new, and every journalPeriod.
func (o *others) follow() {
	r := o.relay
	tick := time.NewTicker(journalPeriod)
	defer tick.Stop()
	for pause(r.ctx, journalPause) == nil {
		select {
		case <-r.ctx.Done():
			return
		case <-tick.C:
		case <-o.news:
		}
		o.catchUp()
	}
}

// catchUp reads what is new; what cannot be read is read later.
func (o *others) catchUp() {
	r := o.relay
	if err := o.journal.CatchUp(r.ctx); err != nil && r.ctx.Err() == nil {
		r.tellTrouble(r.log, "what other relays say cannot be read", err)
	}
}

func (o *others) runBeats() {
	tick := time.NewTicker(beatPeriod)
	defer tick.Stop()
	for {
		select {
		case <-o.relay.ctx.Done():
			return
		case <-tick.C:
			o.relay.report(o.beat())
		}
	}
}

// beat says that this relay runs, and forgets what those said that do not. The first of the relays
// removes what all have read.
func (o *others) beat() error {
	var running []store.RelayID
	err := o.relay.store.Update(o.relay.ctx, func(tx store.Tx) error {
		shared := tx.(store.SharedTx)
		first, err := shared.IsFirst()
		if err == nil && first {
			err = shared.DeleteNotices()
		}
		if err = errors.Join(err, shared.NoteRelay()); err != nil {
			return err
		}
		running, err = shared.ListRelays()
		return err
	})
	if err == nil {
		o.relay.presence.keep(running)
	}
	return err
}

// isFirst reports whether this relay does what one of them does for all. All of it may be done
// twice at the same time; it would only be a waste.
func (o *others) isFirst(ctx context.Context) (first bool, err error) {
	if o.journal == nil {
		return true, nil
	}
	err = o.relay.store.View(ctx, func(r store.Reader) error {
		first, err = r.(store.SharedReader).IsFirst()
		return err
	})
	return first, err
}

// Written implements store.Follower.
func (o *others) Written(number uint64) {
	o.bus.Publish(subjectJournal, binary.BigEndian.AppendUint64(nil, number))
}

// hearWritten is told the number of another relay's commit. Often it was read before a transaction
// of this relay already.
func (o *others) hearWritten(message []byte) {
	if len(message) == 8 && binary.BigEndian.Uint64(message) > o.journal.Applied() {
		signal(o.news)
	}
}

// Missed implements store.Follower. Devices come back and ask for everything.
func (o *others) Missed() {
	o.relay.log.Warn("this relay could not read what the others said for too long, and has its devices connect again")
	for _, s := range o.relay.hub.authenticated() {
		s.endForNow()
	}
}

// connected returns which devices of an account are connected to any relay, and from where those
// are that are connected to this one.
func (o *others) connected(reader store.Reader, account ident.AccountID) (map[ident.DeviceID]string, error) {
	devices := o.relay.hub.connected(account)
	shared, ok := reader.(store.SharedReader)
	if o.journal == nil || !ok {
		return devices, nil
	}
	elsewhere, err := shared.ListConnected(account)
	for _, id := range elsewhere {
		if _, here := devices[id]; !here {
			devices[id] = ""
		}
	}
	return devices, err
}

// enter notes that a device is connected to this relay: its connections to others end, and what
// they still have on its way is not carried out.
func (o *others) enter(s *Session) error {
	if o.journal == nil {
		return nil
	}
	return o.relay.store.Update(o.relay.ctx, func(tx store.Tx) error {
		number, err := tx.(store.SharedTx).Enter(s.who.device)
		if err != nil {
			return missing(err, wire.ErrorDeviceRemoved)
		}
		s.connection.Store(number)
		notify(tx, &notice{kind: noticeEntered, accounts: []ident.AccountID{s.who.account}, devices: []ident.DeviceID{s.who.device}, number: number})
		return s.touch().note(tx)
	})
}
