package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

const (
	// historyPatience is how long a command that links waits for history to begin,
	// or to go on; it comes without the command, too.
	historyPatience = 10 * time.Second
	// historyLines is how often progress is printed at most.
	historyLines = time.Second
)

func newHistory(std streams) *cobra.Command {
	var wait bool
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "history",
		Short: "Tell how much of the history has come to this device, or gone from it",
		Long: `Tell how much of the history has come to this device, or gone from it.

A device that was linked gets up to a year of messages from the account's other
devices, as they are online.`,
		Args: cobra.NoArgs,
	}
	c.Flags().BoolVar(&wait, "wait", false, "return when this device has all of its history")
	c.Flags().DurationVar(&timeout, "timeout", 0, "with --wait: give up after this time, like 5m (default: wait)")
	return accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if wait {
			ctx, cancel := withTimeout(ctx, timeout)
			defer cancel()
			d.settle(ctx) // a new device asks once it has joined its own
			if err := d.awaitHistory(ctx, 0, received); err != nil {
				return err
			}
		}
		h, err := api.Call(ctx, d.core, api.GetHistory, api.None{})
		if err != nil {
			return err
		}
		return d.print(h, func(w io.Writer) { writeHistory(w, h) })
	})
}

func newDevicesRepair(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{
		Use:   "repair",
		Short: "Have this device join its chats anew and ask the other devices for everything again; nothing is lost",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		if _, err := api.Call(ctx, d.core, api.RepairDevice, api.None{}); err != nil {
			return err
		}
		d.settle(ctx)
		if err := d.awaitHistory(ctx, historyPatience, received); err != nil && !errors.Is(err, errHistoryLater) {
			return err
		}
		h, err := api.Call(ctx, d.core, api.GetHistory, api.None{})
		if err != nil {
			return err
		}
		return d.print(h, func(w io.Writer) {
			fmt.Fprintln(w, "This device has joined its chats anew.")
			writeHistory(w, h)
		})
	})
}

func writeHistory(w io.Writer, h api.History) {
	switch r := h.Receiving; {
	case r == nil:
		fmt.Fprintln(w, "This device asks for no history.")
	case r.State == api.HistoryDone:
		fmt.Fprintf(w, "History: all %s messages are here.\n", thousands(r.Total))
	default:
		fmt.Fprintln(w, receivedLine(r))
	}
	for _, s := range h.Sending {
		fmt.Fprintln(w, sentLine(s))
	}
}

func receivedLine(r *api.HistoryReceiving) string {
	switch r.State {
	case api.HistoryAsked:
		return "History: asking your other devices for it."
	case api.HistoryWaiting:
		return "History: it comes when your phone is online."
	}
	return fmt.Sprintf("History: %s of %s messages", thousands(r.Received), thousands(r.Total))
}

func sentLine(s api.HistorySending) string {
	return fmt.Sprintf("Sending history to %s: %s of %s messages", terminal.Line(s.DeviceName, 40), thousands(s.Sent), thousands(s.Total))
}

// thousands is n with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// received tells how much history has come, as a line, and whether it is all.
func received(h api.History) (line string, done bool) {
	r := h.Receiving
	if r == nil || r.State == api.HistoryDone && r.Total == 0 {
		return "", true
	}
	return receivedLine(r), r.State == api.HistoryDone
}

// sentTo is received for what goes to another device.
func sentTo(device string) func(api.History) (string, bool) {
	return func(h api.History) (line string, done bool) {
		for _, s := range h.Sending {
			if s.DeviceID == device {
				return sentLine(s), s.Done
			}
		}
		return "", false
	}
}

// errHistoryLater: history does not come at the moment.
var errHistoryLater = errors.New("history comes later")

// awaitHistory follows history until it is done, and prints how far it is. The
// error is errHistoryLater if nothing happens for longer than patience, unless
// that is 0.
func (d *device) awaitHistory(ctx context.Context, patience time.Duration, progress func(api.History) (string, bool)) error {
	events := newEventQueue()
	defer d.core.Subscribe(events.add)()
	h, err := api.Call(ctx, d.core, api.GetHistory, api.None{})
	if err != nil {
		return err
	}
	var printed time.Time
	shown := ""
	for {
		line, done := progress(h)
		if line != "" && line != shown && (done || d.now().Sub(printed) >= historyLines) {
			d.say("%s", line)
			shown, printed = line, d.now()
		}
		if done {
			return nil
		}
		if h, err = d.nextHistory(ctx, events, patience); err != nil {
			return err
		}
	}
}

// nextHistory waits for the next event about history.
func (d *device) nextHistory(ctx context.Context, events *eventQueue, patience time.Duration) (h api.History, err error) {
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, patience, errHistoryLater)
		defer cancel()
	}
	for {
		e, err := events.next(ctx)
		if err != nil {
			return h, err
		}
		switch e.name {
		case api.OnHistory.Name:
			return h, json.Unmarshal(e.data, &h)
		case api.OnReset.Name:
			return api.Call(ctx, d.core, api.GetHistory, api.None{})
		}
	}
}
