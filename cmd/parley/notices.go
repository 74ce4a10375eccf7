package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newNotices(std streams) *cobra.Command {
	var answer bool
	c := &cobra.Command{
		Use:   "notices",
		Short: "Tell what you should know about the account's devices",
		Long: `Tell what you should know about the account's devices: one was added, or was
not used for so long that it will be logged out. A notice stays until it is
answered on this device.`,
		Args: cobra.NoArgs,
	}
	c.Flags().BoolVar(&answer, "answer", false, "take the notices away once they are printed")
	return accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		// The list of devices comes with the connection.
		status, err := d.settledStatus(ctx)
		if err != nil {
			return err
		}
		list, err := api.Call(ctx, d.core, api.ListNotices, api.None{})
		if err != nil {
			return err
		}
		err = d.print(list, func(w io.Writer) {
			for _, n := range list.Notices {
				fmt.Fprintln(w, noticeText(n, status.Primary))
			}
		})
		for _, n := range list.Notices {
			if err == nil && answer {
				_, err = api.Call(ctx, d.core, api.AnswerNotice, api.NoticeID{ID: n.ID})
			}
		}
		return err
	})
}

// noticeText is a notice in plain words.
func noticeText(n api.Notice, primary bool) string {
	name, limit := terminal.Line(n.DeviceName, 40), dayCount(n.LimitMS)
	if name == "" {
		name = "a device"
	}
	switch n.Kind {
	case api.NoticeDeviceAdded:
		text := fmt.Sprintf("%s (%s) was added to your account at %s. ", name, terminal.Line(n.Platform, 16), time.UnixMilli(n.At).Format(time.DateTime))
		if primary {
			return text + "If that was not you: parley devices remove " + n.DeviceID[:min(shownID, len(n.DeviceID))]
		}
		return text + "If that was not you: open Parley on your primary phone and log it out under Linked devices."
	case api.NoticePrimarySilent:
		return fmt.Sprintf("Your phone (%s) has not been used since %s. After %s all linked devices are logged out, on %s: open Parley there before.",
			name, day(n.At), limit, day(n.Until))
	case api.NoticeDeviceUnused:
		return fmt.Sprintf("%s has not been used since %s. After %s it is logged out, on %s.", name, day(n.At), limit, day(n.Until))
	case api.NoticeReturned:
		what := "it is logged out"
		if primary {
			what = "all linked devices are logged out"
		}
		return fmt.Sprintf("This device was not used for %s. After %s %s.", dayCount(n.Until-n.At), limit, what)
	}
	return string(n.Kind)
}

// shortNotice is a notice as the status has it.
func shortNotice(n api.Notice) string {
	name := terminal.Line(n.DeviceName, 40)
	if name == "" {
		name = "a device"
	}
	switch n.Kind {
	case api.NoticeDeviceAdded:
		return name + " was added to your account"
	case api.NoticePrimarySilent:
		return "your phone is not used; on " + day(n.Until) + " all linked devices are logged out"
	case api.NoticeDeviceUnused:
		return name + " is not used; on " + day(n.Until) + " it is logged out"
	case api.NoticeReturned:
		return "this device was not used for " + dayCount(n.Until-n.At)
	}
	return string(n.Kind)
}

func dayCount(ms int64) string {
	days := ms / (24 * time.Hour).Milliseconds()
	if days == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// logoutText is why a device was logged out, and what to do.
func logoutText(s api.Status) string {
	var why string
	switch s.LogoutReason {
	case "primarySilent":
		why = "Your phone was not used for " + dayCount(s.LogoutAfterMS) + ", so all linked devices were logged out."
	case "unused":
		why = "This device was not used for " + dayCount(s.LogoutAfterMS) + ", so it was logged out."
	case "reregistered":
		why = "Your number was registered on another phone, so this device was logged out."
	default:
		why = "This device was logged out."
	}
	return strings.TrimSpace(why + " Link this device again to go on.")
}
