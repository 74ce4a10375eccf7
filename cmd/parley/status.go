package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

// connectTime is how long status waits for a connection that is being made,
// and for what comes first on it.
const connectTime = 3 * time.Second

func newStatus(std streams) *cobra.Command {
	return deviceCommand(std, &cobra.Command{
		Use:   "status",
		Short: "Tell who this device is and how it is doing",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		status, err := d.settledStatus(ctx)
		if err != nil {
			return err
		}
		var open api.Notices
		if status.State == api.StateReady && !d.json {
			if open, err = api.Call(ctx, d.core, api.ListNotices, api.None{}); err != nil {
				return err
			}
		}
		return d.print(status, func(w io.Writer) {
			d.writeStatus(w, status, open.Notices)
			if len(open.Notices) > 0 {
				fmt.Fprintln(w, "More about it: parley notices")
			}
		})
	})
}

// settledStatus is the status when it is known whether the relay is reachable,
// which a core that has just been opened does not know yet.
func (d *device) settledStatus(ctx context.Context) (api.Status, error) {
	events := newEventQueue()
	defer d.core.Subscribe(events.add)()
	waiting, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	for {
		status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
		settled := status.State != api.StateReady || status.CaughtUp || status.ConnectionProblem != nil
		if err != nil || settled {
			return status, err
		}
		if _, err := events.next(waiting); err != nil {
			return status, ctx.Err()
		}
	}
}

func (d *device) writeStatus(w io.Writer, s api.Status, notices []api.Notice) {
	var table terminal.Table
	table.Row("State", d.stateText(s))
	if s.State == api.StateReady {
		table.Row("Account", s.Phone+" ("+terminal.Line(s.Name, 64)+")")
		role := "linked"
		if s.Primary {
			role = "primary"
		}
		table.Row("Device", terminal.Line(s.DeviceName, 64)+", "+role+" ("+s.DeviceID[:min(shownID, len(s.DeviceID))]+")")
		table.Row("Relay", terminal.Line(s.Relay, 256)+", "+d.connectionText(s))
		table.Row("Messages", messagesText(s))
	}
	if s.ClockWrong {
		table.Row("Clock", d.style.Bad(clockText(s)))
	}
	table.Row("Version", s.Version)
	for _, n := range notices {
		table.Row("Notice", d.style.Bold(shortNotice(n)))
	}
	_, _ = table.WriteTo(w)
}

func (d *device) stateText(s api.Status) string {
	switch s.State {
	case api.StateNew:
		return "new: register this device, or link it to your account"
	case api.StateLinking:
		return "waiting for the primary device"
	case api.StateLoggedOut:
		return d.style.Bad("logged out") + ": " + logoutText(s)
	}
	return d.style.Good("ready")
}

func (d *device) connectionText(s api.Status) string {
	if s.Connection == api.ConnectionOnline {
		return d.style.Good("online")
	}
	if s.ConnectionProblem != nil {
		return d.style.Bad(string(s.Connection)) + ": " + s.ConnectionProblem.Message
	}
	return string(s.Connection)
}

func messagesText(s api.Status) string {
	text := "all received"
	if !s.CaughtUp {
		text = "not all received yet"
	}
	if s.Outbox > 0 {
		text += fmt.Sprintf(", %d to be sent", s.Outbox)
	}
	return text
}

func clockText(s api.Status) string {
	offset := (time.Duration(s.ClockOffsetMS) * time.Millisecond).Round(time.Second)
	if offset < 0 {
		return fmt.Sprintf("%s behind the relay's; please set it right", -offset)
	}
	return fmt.Sprintf("%s ahead of the relay's; please set it right", offset)
}
