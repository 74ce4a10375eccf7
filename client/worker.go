package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// worker is the work on one connection.
type worker struct {
	*Client
	s *session
	// needPull: the feed has more than was pushed.
	needPull bool
	// hasRead: the feed was read to its end on this connection. Nothing is sent
	// under keys of a group before: a message of our own may come that the storage
	// does not know of.
	hasRead bool
	// acking is the acknowledgement on its way, nil if none is. toAcknowledge is the position
	// that the relay is to know for this device to be caught up, 0 if that is not asked.
	acking        *acknowledging
	toAcknowledge uint64
	// listed, receipted, blockedListed, joinsListed, linksLooked: done once a connection.
	listed, receipted, blockedListed, joinsListed, linksLooked bool
	// devicesListed: the list of devices has been read since it last changed.
	devicesListed bool
	// lastActive is when this device was connected before; 0 once it was used.
	lastActive int64
	// leafChecked: this device's leaf among own devices has its present certificate.
	leafChecked bool
	// twoStepTold: this device knows the account's two-step verification.
	twoStepTold     bool
	watched         int // how many accounts' presence is watched; -1 before the first time
	lookedUp        map[ident.AccountID]bool
	keyPackagesLeft map[mls.CipherSuite]int
	// lastResorts is when the latest key package of last resort of each suite was
	// made, Unix milliseconds; nil before it was read.
	lastResorts map[mls.CipherSuite]int64
	delays      map[string]delay
	// answerIn is when the next answer to a sibling is due; negative for none.
	answerIn time.Duration
	// askFilesIn and answerFilesIn are when there is something to do for files that the
	// relay does not keep any more; negative for never.
	askFilesIn, answerFilesIn time.Duration
	// askHistoryIn and serveHistoryIn are when there is something to do for the
	// history of this device or a sibling; negative for never.
	askHistoryIn, serveHistoryIn time.Duration
	// hastenIn is when to look who may have come that has what is missing; negative
	// for never. looked is when that was last done.
	hastenIn     time.Duration
	looked       time.Time
	siblingsSeen map[ident.DeviceID]bool
	// letJoin: a chunk of history was taken; a conversation is joined before the
	// next one.
	letJoin bool
	// overviewDue is when the overview of the history is not waited for any more;
	// zero before it was. overviewIn is how long until then, negative while it is
	// not waited for.
	overviewDue time.Time
	overviewIn  time.Duration
	// expireIn is how long until a message is to be deleted, negative if none is.
	expireIn time.Duration
	lastPing time.Time
	// settled is when the store last emptied its log.
	settled time.Time
	// sent are pending commits sent on this connection, awaiting the feed.
	sent map[ident.MessageID]bool
	// detailsLooked: groups were looked at for missing details on this connection.
	detailsLooked bool
	// detailsAsked are the groups that were asked for their details; askDetailsIn is when to
	// ask next, negative for never.
	detailsAsked map[ident.ConversationID]*detailsAsked
	askDetailsIn time.Duration
	// unjoinable are the conversations that could not be joined on this connection.
	unjoinable map[ident.ConversationID]*unjoinable
	// refused are devices that were logged out again on this connection.
	refused map[ident.DeviceID]bool
}

func newWorker(c *Client, s *session) *worker {
	return &worker{
		Client: c, s: s, watched: -1, answerIn: -1, askFilesIn: -1, answerFilesIn: -1, hastenIn: -1, askHistoryIn: -1, serveHistoryIn: -1, askDetailsIn: -1, overviewIn: -1, expireIn: -1, lastPing: time.Now(),
		keyPackagesLeft: map[mls.CipherSuite]int{}, lookedUp: map[ident.AccountID]bool{}, delays: map[string]delay{}, sent: map[ident.MessageID]bool{},
		refused: map[ident.DeviceID]bool{}, unjoinable: map[ident.ConversationID]*unjoinable{}, detailsAsked: map[ident.ConversationID]*detailsAsked{},
	}
}

// delay holds a job back after it failed.
type delay struct {
	until time.Time
	next  time.Duration
}

// job is one kind of work; it reports whether it did something.
type job struct {
	name string
	run  func(context.Context) (bool, error)
	// afterFeed: not before the feed was read to its end.
	afterFeed bool
}

// jobs are tried in this order, again and again, until none has anything to do.
func (w *worker) jobs() []job {
	return []job{
		{"events", w.takeEvents, false},
		{"pull", w.pull, false},
		{"acknowledge", w.acknowledgeMuch, false},
		{"receipts", w.pullReceipts, false},
		{"key package of last resort", w.publishLastResort, false},
		{"self conversation", w.createSelf, true},
		{"conversations", w.listConversations, false},
		{"devices", w.readDevices, false},
		{"primary", w.becomePrimary, false},
		{"rewound", w.leaveRewound, true},
		{"pending commits", w.sendPending, true},
		{"resets", w.resetNext, true},
		{"history", w.takeHistoryFirst, true},
		{"join", w.joinNext, true},
		{"key packages", w.publishKeyPackages, false},
		{"due commits", w.commitDue, true},
		{"changes of groups", w.commitWishes, true},
		{"details of groups", w.askForDetails, true},
		{"communities", w.tendLinks, true},
		{"requests to join", w.pullJoinRequests, true},
		{"ask for history", w.askForHistory, true},
		{"device lists", w.tellLists, true},
		{"who has come", w.hastenGaps, true},
		{"gaps", w.askForGaps, true},
		{"answers", w.answerGaps, true},
		{"files of other devices", w.askForFiles, true},
		{"files for other devices", w.answerFiles, true},
		{"outbox", w.sendNext, true},
		{"media", w.moveMedia, true},
		{"dropped files", w.removeDropped, false},
		{"disappearing messages", w.expire, false},
		{"read marks", w.tellRead, true},
		{"history of siblings", w.serveHistory, true},
		{"history", w.takeHistoryRest, true}, // with one delay for both
		{"contacts", w.lookUpContacts, false},
		{"two-step verification", w.tellTwoStep, false},
		{"blocked", w.pullBlocked, false},
		{"presence", w.watchPresence, false},
		{"acknowledge", w.acknowledge, false}, // with one delay for both
	}
}

// run does what there is to do, waits for more, and returns why it ended.
func (w *worker) run(ctx context.Context) error {
	for {
		did, err := w.step(ctx)
		if err != nil {
			return err
		}
		if !did {
			caughtUp, err := w.caughtUp(ctx)
			if err != nil {
				return err
			}
			if !caughtUp || w.acknowledgedAll() {
				w.setCaughtUp(caughtUp)
			}
			if err := w.settle(ctx); err != nil {
				return err
			}
			if err := w.wait(ctx); err != nil {
				return err
			}
		}
	}
}

// step runs the first job that has something to do.
func (w *worker) step(ctx context.Context) (bool, error) {
	select {
	case <-w.s.closed:
		return false, w.s.reason()
	default:
	}
	for _, j := range w.jobs() {
		if w.delayed(j.name) || (j.afterFeed && !w.hasRead) {
			continue
		}
		did, err := j.run(ctx)
		if err != nil {
			if err := w.handleFailure(j.name, err); err != nil {
				return false, fmt.Errorf("%s: %w", j.name, err)
			}
			continue
		}
		if did {
			delete(w.delays, j.name)
			return true, nil
		}
	}
	return false, nil
}

// Waiting before a failed job is tried again, unless the relay names a longer time: it
// doubles from the first to the last. Package scale tries it.
const (
	FirstRetry = 100 * time.Millisecond
	LastRetry  = time.Minute
)

// handleFailure decides whether a failed job ends the connection or is tried
// again later.
func (w *worker) handleFailure(name string, err error) error {
	var e *wire.Error
	switch {
	case errors.Is(err, errConnection), errors.Is(err, errGone), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &e) && (e.Code == wire.ErrorNotAuthenticated || e.Code == wire.ErrorDeviceRemoved):
		return err
	case hasCode(err, wire.ErrorStaleEpoch, wire.ErrorProposalsPending, wire.ErrorConversationExists, wire.ErrorGroupChanged):
		w.needPull = true
	}
	d := w.delays[name]
	d.next = min(max(2*d.next, FirstRetry), LastRetry)
	d.until = time.Now().Add(max(retryAfter(err), d.next))
	w.delays[name] = d
	w.log.Warn("will try again", "job", name, "error", err)
	w.setProblem(err)
	return nil
}

func (w *worker) delayed(name string) bool { return time.Now().Before(w.delays[name].until) }

// patientAfter is the delay from which on a failing job is no longer waited for:
// something is wrong that this device cannot mend, and the rest goes on.
const patientAfter = 2 * time.Second

// caughtUp reports whether nothing is under way: no job is about to be tried
// again and no commit or join waits for its confirmation.
func (w *worker) caughtUp(ctx context.Context) (bool, error) {
	for _, d := range w.delays {
		if d.next < patientAfter && time.Now().Before(d.until) {
			return false, nil
		}
	}
	settled := w.overviewIn < 0
	err := w.view(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		for _, c := range all {
			failing := max(w.delays[joinKey(c)].next, w.delays[commitKey(c)].next) >= patientAfter
			settled = settled && (failing || c.Pending == nil && c.Joined && !c.Rewound && c.Replace == nil)
		}
		return err
	})
	return settled, err
}

// settleEvery is how long used message keys may stay in the log of the database
// while this device is idle: pings wake the worker more often. Each time costs a few writes.
const settleEvery = 20 * time.Second

// settle has the store forget what was replaced in it.
func (w *worker) settle(ctx context.Context) error {
	if time.Since(w.settled) < settleEvery {
		return nil
	}
	w.settled = time.Now()
	return w.store.Settle(ctx)
}

// wait returns when there may be something to do.
func (w *worker) wait(ctx context.Context) error {
	timer := time.NewTimer(w.untilNext())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-w.s.closed:
		return w.s.reason()
	case e := <-w.s.events:
		return w.takeEvent(ctx, e)
	case <-w.nudges:
	case <-timer.C:
		if w.untilPing() <= 0 {
			return w.ping(ctx)
		}
	}
	return nil
}

// untilNext is when the next delay ends, at the latest when a ping is due.
func (w *worker) untilNext() time.Duration {
	next := max(w.untilPing(), 0)
	for _, in := range []time.Duration{w.answerIn, w.askFilesIn, w.answerFilesIn, w.hastenIn, w.askHistoryIn, w.serveHistoryIn, w.overviewIn, w.askDetailsIn, w.expireIn} {
		if in >= 0 {
			next = min(next, in)
		}
	}
	for _, d := range w.delays {
		if until := time.Until(d.until); until > 0 {
			next = min(next, until)
		}
	}
	return next
}

// untilPing is when the connection is to be tried.
func (w *worker) untilPing() time.Duration {
	if w.pingAsked.Load() {
		return 0
	}
	return time.Until(w.lastPing.Add(pingInterval))
}

func (w *worker) ping(ctx context.Context) error {
	w.pingAsked.Store(false)
	w.lastPing = time.Now()
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	_, err := request[*wire.Done](ctx, w.s, &wire.Ping{})
	return err
}
