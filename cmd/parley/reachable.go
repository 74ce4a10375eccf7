package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"parley/client/api"
)

// onlinePatience is how long a command that needs the relay waits for it.
const onlinePatience = 10 * time.Second

// callOnline is api.Call for methods that need a connection: a core that has
// just been opened, or waits between two attempts, is given time to connect.
func callOnline[P, R any](ctx context.Context, d *device, m api.Method[P, R], params P) (R, error) {
	ctx, cancel := d.whileReachable(ctx, onlinePatience)
	defer cancel()
	return retryOnline(ctx, d, m, params)
}

// retryOnline is callOnline within a context from whileReachable.
func retryOnline[P, R any](ctx context.Context, d *device, m api.Method[P, R], params P) (R, error) {
	result, err := api.Call(ctx, d.core, m, params)
	if errors.Is(err, api.ErrRelayUnreachable) {
		if err := d.waitOnline(ctx); err != nil {
			return result, err
		}
		result, err = api.Call(ctx, d.core, m, params)
	}
	if err != nil {
		return result, causeOr(ctx, err)
	}
	return result, nil
}

// waitOnline has the core connect at once, and waits until it has.
func (d *device) waitOnline(ctx context.Context) error {
	events := newEventQueue()
	defer d.core.Subscribe(events.add)()
	if _, err := api.Call(ctx, d.core, api.Reconnect, api.None{}); err != nil {
		return causeOr(ctx, err)
	}
	status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
	if err != nil {
		return causeOr(ctx, err)
	}
	for status.Connection != api.ConnectionOnline {
		if err := nextStatus(ctx, events, &status); err != nil {
			return err
		}
	}
	return nil
}

// whileReachable returns a context that ends when the relay has not been
// reachable for the given time; the cause is an api.ErrRelayUnreachable, or
// what the core says about the connection.
func (d *device) whileReachable(ctx context.Context, patience time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	events := newEventQueue()
	unsubscribe := d.core.Subscribe(events.add)
	go func() {
		defer unsubscribe()
		cancel(d.watchConnection(ctx, events, patience))
	}()
	return ctx, func() { cancel(context.Canceled) }
}

// watchConnection returns when the device has been offline for too long.
func (d *device) watchConnection(ctx context.Context, events *eventQueue, patience time.Duration) error {
	status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
	if err != nil {
		return err
	}
	for {
		wait, cancel := ctx, context.CancelFunc(func() {})
		if status.Connection != api.ConnectionOnline {
			wait, cancel = context.WithTimeoutCause(ctx, patience, unreachable(status))
		}
		err := nextStatus(wait, events, &status)
		cancel()
		if err != nil {
			return err
		}
	}
}

// nextStatus waits until the device goes online or offline.
func nextStatus(ctx context.Context, events *eventQueue, status *api.Status) error {
	for {
		e, err := events.next(ctx)
		if err != nil {
			return err
		}
		var now api.Status
		if e.name != api.OnStatus.Name || json.Unmarshal(e.data, &now) != nil {
			continue
		}
		changed := (now.Connection == api.ConnectionOnline) != (status.Connection == api.ConnectionOnline)
		*status = now
		if changed {
			return nil
		}
	}
}

// unreachable is why the device is offline.
func unreachable(status api.Status) error {
	if status.ConnectionProblem != nil {
		return status.ConnectionProblem
	}
	return api.ErrRelayUnreachable
}
