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

func newStar(std streams) *cobra.Command {
	return starCommand(std, "star", "Give a message a star, to find it again on all your devices", true)
}

func newUnstar(std streams) *cobra.Command {
	return starCommand(std, "unstar", "Take the star of a message away", false)
}

func starCommand(std streams, name, short string, starred bool) *cobra.Command {
	c := &cobra.Command{Use: name + " MESSAGE-ID", Short: short, Args: cobra.ExactArgs(1)}
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		params := api.StarParams{ID: args[0], Starred: starred}
		if _, err := api.Call(ctx, d.core, api.Star, params); err != nil {
			return err
		}
		d.settle(ctx)
		return d.print(params, func(w io.Writer) {
			if starred {
				fmt.Fprintln(w, "The message has a star. 'parley starred' lists all that have one.")
			} else {
				fmt.Fprintln(w, "The message has no star any more.")
			}
		})
	})
}

func newStarred(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{
		Use:   "starred",
		Short: "List the messages with a star, the latest star first",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		list, err := api.Call(ctx, d.core, api.ListStarred, api.None{})
		if err != nil {
			return err
		}
		chats, err := api.Call(ctx, d.core, api.ListChats, api.None{})
		if err != nil {
			return err
		}
		return d.print(list, func(w io.Writer) { d.writeStarred(w, list, chats.Chats) })
	})
}

func (d *device) writeStarred(w io.Writer, list api.Messages, chats []api.Chat) {
	if len(list.Messages) == 0 {
		fmt.Fprintln(w, "No message has a star. Give one with: parley star MESSAGE-ID")
		return
	}
	titles := map[string]string{}
	for _, chat := range chats {
		titles[chat.ID] = chat.Title
	}
	var table terminal.Table
	table.Row(d.style.Dim("ID"), d.style.Dim("CHAT"), d.style.Dim("WRITTEN"), "")
	for _, m := range list.Messages {
		day := terminal.Day(d.now(), time.UnixMilli(m.SentAt))
		table.Row(d.style.Dim(m.ID), d.style.Bold(terminal.Line(titles[m.ChatID], 24)), day, d.preview(&m))
	}
	_, _ = table.WriteTo(w)
}
