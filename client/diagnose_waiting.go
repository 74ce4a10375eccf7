package client

import (
	"context"

	"parley/client/api"
)

// waiting tells what waits, and why.
func (d *diagnosis) waiting(ctx context.Context) {
	_ = d.update(ctx, func(tx *tx) error { // what cannot be read is left out; storage tells
		for _, check := range []func(*diagnosis) error{tx.checkSending, tx.checkMessages, tx.checkHistory} {
			if err := check(d); err != nil {
				return err
			}
		}
		return nil
	})
	d.keyPackages()
}

// checkSending looks for messages that wait, and for what holds their chats back.
func (tx *tx) checkSending(d *diagnosis) error {
	check := api.Check{ID: api.CheckOutbox, State: api.CheckOK, Code: "outbox_empty"}
	n, err := tx.CountOutgoing()
	if err != nil {
		return err
	}
	chats, err := tx.checkChats()
	if err != nil {
		return err
	}
	if n > 0 {
		check.State, check.Count = api.CheckWarning, n
		d.live.mu.Lock()
		connection, problem := d.live.connection, d.live.problem
		d.live.mu.Unlock()
		switch {
		case !d.reached || connection != api.ConnectionOnline:
			check.Code = "outbox_offline"
		case chats.State == api.CheckFailed:
			check.Code = "outbox_held"
		case problem != nil:
			check.State, check.Code, check.Cause = api.CheckFailed, "outbox_refused", problem.Code
		default:
			check.Code = "outbox_sending"
		}
	}
	d.add(check)
	d.add(chats)
	return nil
}

// checkChats counts the chats in which messages are held back, and those that
// have no keys yet.
func (tx *tx) checkChats() (api.Check, error) {
	check := api.Check{ID: api.CheckChats, State: api.CheckOK, Code: "chats_open"}
	all, err := tx.FindConversations()
	if err != nil {
		return check, err
	}
	for _, c := range all {
		if !c.Joined || c.Rewound {
			check.State, check.Code = api.CheckWarning, "chats_joining"
			check.Count++
		}
	}
	held, why, err := tx.heldBack()
	if held > 0 {
		check.State, check.Code, check.Count = api.CheckFailed, why.Code, held
	}
	return check, err
}

// heldBack counts the chats where something waits that may not be sent.
func (tx *tx) heldBack() (n int, why *api.Error, err error) {
	waiting, err := tx.FindOutgoing()
	if err != nil {
		return 0, nil, err
	}
	for _, o := range waiting {
		c, err := tx.conversationOf(o)
		if err != nil {
			return 0, nil, err
		}
		if c == nil || !c.Joined || c.Rewound {
			continue
		}
		g, err := tx.group(c)
		if err != nil {
			return 0, nil, err
		}
		if g == nil {
			continue
		}
		reason, wait, err := tx.unverified(g)
		if err != nil {
			return 0, nil, err
		}
		if reason != nil && !wait {
			n, why = n+1, reason
		}
	}
	return n, why, nil
}

func (tx *tx) checkMessages(d *diagnosis) error {
	waiting, err := tx.FindWaiting()
	check := api.Check{ID: api.CheckMessages, State: api.CheckOK, Code: "messages_readable", Count: len(waiting)}
	if len(waiting) > 0 {
		check.State, check.Code = api.CheckWarning, "messages_waiting"
	}
	d.add(check)
	return err
}

func (tx *tx) checkHistory(d *diagnosis) error {
	h, err := tx.showHistory()
	check := api.Check{ID: api.CheckHistory, State: api.CheckOK, Code: "history_here"}
	if r := h.Receiving; r != nil {
		check.Count, check.Total = r.Received, r.Total
		switch r.State {
		case api.HistoryAsked, api.HistoryWaiting:
			check.State, check.Code = api.CheckWarning, "history_asked"
		case api.HistoryComing:
			check.Code = "history_coming"
		case api.HistoryDone:
		}
	}
	d.add(check)
	return err
}

// keyPackages tells how many others may still use to begin a chat.
func (d *diagnosis) keyPackages() {
	check := api.Check{ID: api.CheckKeyPackages, State: api.CheckOK, Code: "key_packages_enough"}
	left := d.live.keyPackages.Load()
	switch {
	case left < 0:
		check.State, check.Code = api.CheckUnknown, "key_packages_not_asked"
	case left == 0:
		check.State, check.Code = api.CheckWarning, "key_packages_none"
	}
	check.Count = int(max(left, 0))
	d.add(check)
}

// noteKeyPackages keeps the least there is of any cipher suite.
func (w *worker) noteKeyPackages() {
	least := -1
	for _, suite := range published {
		if n := w.keyPackagesLeft[suite]; least < 0 || n < least {
			least = n
		}
	}
	w.live.keyPackages.Store(int64(least))
}
