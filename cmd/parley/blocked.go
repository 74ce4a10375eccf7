package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

// setBlocked blocks the contact of a chat, or ends that (M55).
func (d *device) setBlocked(ctx context.Context, chat api.Chat, blocked bool) error {
	changed, err := retryOnline(ctx, d, api.SetBlocked, api.SetBlockedParams{ChatID: chat.ID, Blocked: blocked})
	if err != nil {
		return err
	}
	said := "is blocked: nothing comes from there"
	if !blocked {
		said = "is not blocked any more"
	}
	return d.print(changed, func(w io.Writer) { fmt.Fprintf(w, "%s %s.\n", terminal.Line(changed.Title, 32), said) })
}

func newChatBlocked(std streams) *cobra.Command {
	c := accountCommand(std, &cobra.Command{Use: "blocked", Short: "List whom you have blocked", Args: cobra.NoArgs},
		func(ctx context.Context, d *device, _ []string) error {
			list, err := api.Call(ctx, d.core, api.ListBlocked, api.None{})
			if err != nil {
				return err
			}
			return d.print(list, func(w io.Writer) {
				if len(list.Chats) == 0 {
					fmt.Fprintln(w, "Nobody is blocked.")
					return
				}
				var table terminal.Table
				table.Row("NAME", "NUMBER")
				for _, chat := range list.Chats {
					table.Row(terminal.Line(chat.Title, 32), chat.Phone)
				}
				_, _ = table.WriteTo(w)
			})
		})
	c.GroupID = "" // groups are of the root
	return c
}
