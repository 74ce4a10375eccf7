package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/wire"
)

// offlinePatience is how long receive --once waits for an unreachable relay.
const offlinePatience = 30 * time.Second

func newReceive(std streams) *cobra.Command {
	var once bool
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "receive",
		Short: "Print what happens, one JSON object a line",
		Long: `Print what happens, one JSON object a line: {"event": NAME, "data": …}.

It begins with the messages that this device has got since the last receive,
whichever command got them; so each message is printed at least once.`,
		Args: cobra.NoArgs,
	}
	c.Flags().BoolVar(&once, "once", false, "return when everything that waits at the relay has been received")
	c.Flags().DurationVar(&timeout, "timeout", 0, "return after this time, like 30s; with --once it is a failure then")
	return accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if once {
			return d.receiveOnce(ctx, timeout)
		}
		return d.receive(ctx, timeout)
	})
}

// receive prints until ctx or the time ends; both are a good end.
func (d *device) receive(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := withTimeout(ctx, timeout)
	defer cancel()
	r, err := d.newReceiver(ctx)
	if err != nil {
		return err
	}
	defer r.unsubscribe()
	for {
		e, err := r.events.next(ctx)
		if err != nil {
			return r.marks.save()
		}
		if err := r.print(ctx, e); err != nil {
			return endOr(ctx, err)
		}
		if err := r.saveWhenIdle(); err != nil {
			return err
		}
	}
}

// endOr hides errors that come of the end of ctx.
func endOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end was wanted
	}
	return err
}

// receiveOnce prints until everything that waits has been received.
func (d *device) receiveOnce(ctx context.Context, timeout time.Duration) error {
	ctx, cancelTimeout := withTimeout(ctx, timeout)
	defer cancelTimeout()
	ctx, cancel := d.whileReachable(ctx, offlinePatience)
	defer cancel()
	r, err := d.newReceiver(ctx)
	if err != nil {
		return causeOr(ctx, err)
	}
	defer r.unsubscribe()
	synced := make(chan error, 1)
	waiting, stopWaiting := context.WithCancel(ctx)
	go func() {
		_, err := api.Call(ctx, d.core, api.Sync, api.None{})
		synced <- err
		stopWaiting()
	}()
	for {
		e, err := r.events.next(waiting)
		if err != nil {
			break
		}
		if err := r.print(ctx, e); err != nil {
			return causeOr(ctx, err)
		}
	}
	if err := <-synced; err != nil {
		return causeOr(ctx, errors.Join(err, r.marks.save()))
	}
	return r.finish(ctx)
}

// receiver prints events and keeps in mind which messages it has printed.
type receiver struct {
	d           *device
	events      *eventQueue
	unsubscribe func()
	marks       *marks
	// listed are messages printed from the list that may come as events too.
	listed map[string]string
}

// newReceiver starts to listen and prints what came since the last receive.
func (d *device) newReceiver(ctx context.Context) (*receiver, error) {
	r := &receiver{d: d, events: newEventQueue(), listed: map[string]string{}}
	r.unsubscribe = d.core.Subscribe(r.events.add)
	err := r.begin(ctx)
	if err != nil {
		r.unsubscribe()
		return nil, err
	}
	return r, nil
}

func (r *receiver) begin(ctx context.Context) error {
	status, err := api.Call(ctx, r.d.core, api.GetStatus, api.None{})
	if err != nil {
		return err
	}
	if r.marks, err = loadMarks(r.d.home, status.DeviceID); err != nil {
		return err
	}
	return r.catchUp(ctx)
}

// finish prints what has not come as an event yet.
func (r *receiver) finish(ctx context.Context) error {
	for {
		e, ok := r.events.take()
		if !ok {
			return r.catchUp(ctx)
		}
		if err := r.print(ctx, e); err != nil {
			return err
		}
	}
}

// print writes one event.
func (r *receiver) print(ctx context.Context, e event) error {
	if e.name == api.OnMessage.Name {
		return r.printMessage(e)
	}
	if err := r.d.line(e.name, e.data); err != nil {
		return err
	}
	switch e.name {
	case api.OnReset.Name:
		return r.catchUp(ctx)
	case api.OnStatus.Name:
		return r.checkLogout(e.data)
	}
	return nil
}

func (r *receiver) printMessage(e event) error {
	var m api.Message
	if err := json.Unmarshal(e.data, &m); err != nil {
		return err
	}
	if before, ok := r.listed[m.ID]; ok {
		delete(r.listed, m.ID)
		if same, err := json.Marshal(m); err == nil && string(same) == before {
			return nil
		}
	}
	r.marks.note(m)
	return r.d.line(e.name, e.data)
}

// checkLogout ends receiving when the account was taken from this device.
func (r *receiver) checkLogout(data json.RawMessage) error {
	var status api.Status
	if err := json.Unmarshal(data, &status); err != nil || status.State != api.StateLoggedOut {
		return err
	}
	return errors.Join(errLoggedOut(status), removeMarks(r.d.home))
}

// errLoggedOut says that this device has lost its account.
func errLoggedOut(s api.Status) error {
	return &api.Error{Code: wire.ErrorDeviceRemoved.String(), Message: logoutText(s)}
}

// saveWhenIdle saves the marks when nothing more waits to be printed.
func (r *receiver) saveWhenIdle() error {
	if r.events.waiting() {
		return nil
	}
	return r.marks.save()
}

// catchUp prints the messages on this device that were never printed.
func (r *receiver) catchUp(ctx context.Context) error {
	chats, err := api.Call(ctx, r.d.core, api.ListChats, api.None{})
	if err != nil {
		return err
	}
	for _, chat := range chats.Chats {
		if err := r.catchUpChat(ctx, chat); err != nil {
			return err
		}
	}
	return r.marks.save()
}

func (r *receiver) catchUpChat(ctx context.Context, chat api.Chat) error {
	mark := r.marks.chat(chat.ID)
	for id, order := range mark.Waiting {
		if err := r.printArrived(ctx, chat.ID, id, order); err != nil {
			return err
		}
	}
	messages, err := r.d.messagesAfter(ctx, chat.ID, mark.Order)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := r.printListed(m); err != nil {
			return err
		}
	}
	return nil
}

// printArrived prints a message that could not be read when its turn came.
func (r *receiver) printArrived(ctx context.Context, chatID, id string, order int64) error {
	page, err := api.Call(ctx, r.d.core, api.ListMessages, api.MessagesParams{ChatID: chatID, Before: order + 1, Limit: 1})
	if err != nil || len(page.Messages) == 0 {
		return err
	}
	if m := page.Messages[0]; m.ID == id && m.Kind != api.MessageWaiting {
		return r.printListed(m)
	}
	return nil
}

func (r *receiver) printListed(m api.Message) error {
	if m.Status == api.MessagePending || m.Status == api.MessageFailed {
		return nil
	}
	same, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r.listed[m.ID] = string(same)
	r.marks.note(m)
	return r.d.line(api.OnMessage.Name, m)
}

// messagesAfter reads all messages of a chat behind an order.
func (d *device) messagesAfter(ctx context.Context, chatID string, after int64) ([]api.Message, error) {
	if after == 0 {
		all, err := d.latest(ctx, chatID, 1<<30)
		return all.Messages, err
	}
	var messages []api.Message
	for {
		page, err := api.Call(ctx, d.core, api.ListMessages, api.MessagesParams{ChatID: chatID, After: after, Limit: maxPage})
		if err != nil {
			return nil, err
		}
		messages = append(messages, page.Messages...)
		if !page.More || len(page.Messages) == 0 {
			return messages, nil
		}
		after = messages[len(messages)-1].Order
	}
}
