package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newChats(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{
		Use:   "chats",
		Short: "List the chats on this device, the latest first",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		list, err := api.Call(ctx, d.core, api.ListChats, api.None{})
		if err != nil {
			return err
		}
		return d.print(list, func(w io.Writer) { d.writeChats(w, list.Chats) })
	})
}

func (d *device) writeChats(w io.Writer, chats []api.Chat) {
	if len(chats) == 0 {
		fmt.Fprintln(w, "No chats yet. Write to someone with: parley send --to NUMBER TEXT")
		return
	}
	var table terminal.Table
	table.Row(d.style.Dim("NAME"), d.style.Dim("NUMBER"), d.style.Dim("UNREAD"), d.style.Dim("LATEST"), "")
	for _, chat := range chats {
		unread := ""
		if chat.Unread > 0 {
			unread = d.style.Good(strconv.Itoa(chat.Unread))
		}
		table.Row(d.style.Bold(terminal.Line(chat.Title, 32)), chat.Phone, unread, d.ago(chat.UpdatedAt), d.preview(chat.Last))
	}
	_, _ = table.WriteTo(w)
}

func (d *device) preview(last *api.Message) string {
	if last == nil {
		return ""
	}
	text := terminal.Line(messageText(*last), 48)
	if last.Mine {
		text = "You: " + text
	}
	return d.style.Dim(text)
}

// messageText is what a message says, or what it stands for.
func messageText(m api.Message) string {
	switch m.Kind {
	case api.MessageKeysChanged:
		return "[The security keys of this contact changed.]"
	case api.MessageWaiting:
		return "[This message is being fetched from your other devices.]"
	}
	return m.Text
}
