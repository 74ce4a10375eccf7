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
	var theme, language string
	c := &cobra.Command{
		Use:   "set [--theme THEME] [--language LANGUAGE]",
		Short: "Choose the appearance or the language of the app on all your devices",
		Args:  cobra.NoArgs,
	}
	c.Flags().StringVar(&theme, "theme", "", strings.Join(themes, ", "))
	c.Flags().StringVar(&language, "language", "", strings.Join(languages, ", "))
	accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		var change api.SettingsChange
		for _, one := range []struct {
			name, value string
			known       []string
			change      **string
		}{{"theme", theme, themes, &change.Theme}, {"language", language, languages, &change.Language}} {
			if !c.Flags().Changed(one.name) {
				continue
			}
			if !slices.Contains(one.known, one.value) {
				return usageError("--%s is one of %s", one.name, strings.Join(one.known, ", "))
			}
			*one.change = &one.value
		}
		if change == (api.SettingsChange{}) {
			return usageError("give --theme or --language")
		}
		chosen, err := api.Call(ctx, d.core, api.ChangeSettings, change)
		if err != nil {
			return err
		}
		d.settle(ctx)
		return d.showSettings(chosen)
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
		_, _ = table.WriteTo(w)
		fmt.Fprintln(w, "The command line is in English; the app follows these.")
	})
}
