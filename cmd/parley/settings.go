package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

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
	}
	c := &cobra.Command{
		Use:   "set [--theme THEME] [--language LANGUAGE] [--read-receipts on|off] [--typing on|off] [--presence WHO]",
		Short: "Choose the appearance or the language of the app, and what others see of you, on all your devices",
		Args:  cobra.NoArgs,
	}
	for i := range chosen {
		one := &chosen[i]
		c.Flags().StringVar(&one.value, one.name, "", one.about+strings.Join(one.known, ", "))
	}
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
		_, _ = table.WriteTo(w)
		fmt.Fprintln(w, "The command line is in English; the app follows these.")
	})
}
