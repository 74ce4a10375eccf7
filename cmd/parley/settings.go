package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

// What settings may be; the app knows the same.
var (
	themes    = []string{"system", "light", "dark"}
	languages = []string{"system", "en", "fr", "nl"}
	onOrOff   = []string{"on", "off"}
	audiences = []string{"everyone", "contacts", "nobody"}
	previews  = []string{"on", "off", "chosen"}
	kept      = []string{"off", "24h", "7d", "90d"}
)

func newSettings(std streams) *cobra.Command {
	c := accountCommand(std, &cobra.Command{
		Use:   "settings",
		Short: "Show or change what you chose for the app on all your devices",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		chosen, err := api.Call(ctx, d.core, api.GetSettings, api.None{})
		if err != nil {
			return err
		}
		return d.showSettings(chosen)
	})
	c.AddCommand(newSettingsSet(std))
	return c
}

func newSettingsSet(std streams) *cobra.Command {
	var change api.SettingsChange
	var quiet string
	chosen := []struct {
		name   string
		known  []string
		about  string
		change **string
		value  string
	}{
		{name: "theme", known: themes, change: &change.Theme},
		{name: "language", known: languages, change: &change.Language},
		{name: "read-receipts", known: onOrOff, about: "whether you and others see that messages were read: ", change: &change.ReadReceipts},
		{name: "typing", known: onOrOff, about: "whether you and others see who is typing: ", change: &change.Typing},
		{name: "presence", known: audiences, about: "who sees when you are there: ", change: &change.Presence},
		{name: "notifications", known: onOrOff, about: "whether devices notify of messages: ", change: &change.Notifications},
		{name: "previews", known: previews, about: "whether notifications show what was written, or in chosen chats only: ", change: &change.Previews},
		{name: "sounds", known: onOrOff, about: "whether they make a sound: ", change: &change.Sounds},
		{name: "link-previews", known: onOrOff, about: "whether the relay asks pages for previews of links you send: ", change: &change.LinkPreviews},
		{name: "timer", known: kept, about: "after how long messages disappear in chats you begin from now on: ", change: &change.Timer},
	}
	c := &cobra.Command{
		Use:   "set --SETTING VALUE…",
		Short: "Choose the appearance and the language of the app, its notifications, and what others see of you, on all your devices",
		Args:  cobra.NoArgs,
	}
	for i := range chosen {
		one := &chosen[i]
		c.Flags().StringVar(&one.value, one.name, "", one.about+strings.Join(one.known, ", "))
	}
	c.Flags().StringVar(&quiet, "quiet-hours", "", "a time each day at which nothing is shown, like 22:00-07:00, or off")
	accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		for _, one := range chosen {
			if !c.Flags().Changed(one.name) {
				continue
			}
			if !slices.Contains(one.known, one.value) {
				return usageError("--%s is one of %s", one.name, strings.Join(one.known, ", "))
			}
			*one.change = &one.value
		}
		if c.Flags().Changed("quiet-hours") {
			value, err := quietHours(quiet)
			if err != nil {
				return err
			}
			change.QuietHours = &value
		}
		if change == (api.SettingsChange{}) {
			return usageError("give one of the settings; --help lists them")
		}
		now, err := api.Call(ctx, d.core, api.ChangeSettings, change)
		if err != nil {
			return err
		}
		d.settle(ctx)
		return d.showSettings(now)
	})
	c.GroupID = ""
	return c
}

func (d *device) showSettings(chosen api.Settings) error {
	return d.print(chosen, func(w io.Writer) {
		const none = "not chosen: each device has its own"
		var table terminal.Table
		table.Row("Theme", cmp.Or(terminal.Line(chosen.Theme, 32), none))
		table.Row("Language", cmp.Or(terminal.Line(chosen.Language, 32), none))
		table.Row("Read receipts", cmp.Or(terminal.Line(chosen.ReadReceipts, 32), "on"))
		table.Row("Typing", cmp.Or(terminal.Line(chosen.Typing, 32), "on"))
		table.Row("Presence", cmp.Or(terminal.Line(chosen.Presence, 32), "everyone"))
		table.Row("Notifications", cmp.Or(terminal.Line(chosen.Notifications, 32), "on"))
		table.Row("Notification previews", cmp.Or(terminal.Line(chosen.Previews, 32), "on"))
		table.Row("Notification sounds", cmp.Or(terminal.Line(chosen.Sounds, 32), "on"))
		table.Row("Quiet hours", cmp.Or(terminal.Line(chosen.QuietHours, 32), "off"))
		table.Row("Link previews", cmp.Or(terminal.Line(chosen.LinkPreviews, 32), "on"))
		table.Row("Timer of new chats", cmp.Or(terminal.Line(chosen.Timer, 32), "off"))
		_, _ = table.WriteTo(w)
		fmt.Fprintln(w, "The command line is in English; the app follows these.")
	})
}

// quietHours writes "22:00-07:00" as the app does, "2200-0700".
func quietHours(text string) (string, error) {
	if text == "off" {
		return text, nil
	}
	from, to, ok := strings.Cut(text, "-")
	start, err := time.Parse("15:04", from)
	end, errEnd := time.Parse("15:04", to)
	if !ok || err != nil || errEnd != nil {
		return "", usageError("--quiet-hours is like 22:00-07:00, or off")
	}
	return start.Format("1504") + "-" + end.Format("1504"), nil
}
