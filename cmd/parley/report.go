package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newChatReport(std streams) *cobra.Command {
	var messages []string
	var note string
	var block bool
	c := &cobra.Command{
		Use:   "report --with +E164 [--message ID…] [--note TEXT] [--block]",
		Short: "Tell the operator of the server about a contact",
		Long: `Tell the operator of the server about a contact. The operator gets both numbers, your
note, and the texts of the messages that you name; nothing else can be read there. The
contact is not told.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringArrayVar(&messages, "message", nil, "a message of theirs to show; the ids are in 'parley messages --json'")
	c.Flags().StringVar(&note, "note", "", "what happened")
	c.Flags().BoolVar(&block, "block", false, "also block the contact")
	return chatCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
		if _, err := retryOnline(ctx, d, api.Report, api.ReportParams{ChatID: chat.ID, MessageIDs: messages, Note: note}); err != nil {
			return err
		}
		if block {
			return d.setBlocked(ctx, chat, true)
		}
		return d.print(chat, func(w io.Writer) { fmt.Fprintf(w, "%s is reported.\n", terminal.Line(chat.Title, 32)) })
	})
}
