package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newChatDraft(std streams) *cobra.Command {
	var remove bool
	var replyTo string
	c := &cobra.Command{
		Use:   "draft --with +E164 [TEXT]",
		Short: "Show or change what was written and not sent, on all your devices",
		Long: `Show or change what was written and not sent, on all your devices.

TEXT "-" reads the draft from standard input. Sending a message takes it away.`,
		Args: cobra.ArbitraryArgs,
	}
	c.Flags().BoolVar(&remove, "remove", false, "take the draft away")
	c.Flags().StringVar(&replyTo, "reply-to", "", "id of the message that it answers")
	return chatCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, args []string) error {
		switch {
		case remove && len(args) > 0:
			return usageError("give either a text or --remove")
		case !remove && len(args) == 0:
			return d.showDraft(chat)
		}
		text, err := d.text(args)
		if err != nil {
			return err
		}
		said := "has this draft on all your devices"
		if text == "" {
			said = "has no draft any more"
		}
		return d.changeChat(ctx, chat, api.ChatChange{Draft: &text, DraftReplyTo: &replyTo}, said)
	})
}

func (d *device) showDraft(chat api.Chat) error {
	return d.print(chat, func(w io.Writer) {
		if chat.Draft == "" {
			fmt.Fprintf(w, "The chat with %s has no draft.\n", terminal.Line(chat.Title, 32))
			return
		}
		if chat.DraftReply != nil {
			fmt.Fprintln(w, d.style.Dim("In answer to: "+terminal.Line(chat.DraftReply.Text, 48)))
		}
		fmt.Fprintln(w, terminal.Clean(chat.Draft))
	})
}
