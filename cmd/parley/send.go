package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

// maxText bounds what send reads from standard input, bytes; the core has its
// own, lower limit.
const maxText = 1 << 19

// errStillWaiting says what has become of a message that did not go out.
var errStillWaiting = &api.Error{
	Code: api.ErrRelayUnreachable.Code,
	Message: "The server cannot be reached. The message waits on this device and goes out by itself " +
		"when a command runs while the server is back, for example 'parley receive'.",
}

func newSend(std streams) *cobra.Command {
	var to, replyTo string
	var mention []string
	var files outgoingFiles
	var timeout time.Duration
	var noPreview bool
	c := &cobra.Command{
		Use:   "send --to +E164|GROUP [--reply-to MESSAGE-ID] [--mention NAME]... [--file FILE]... [--gif FILE]... [--sticker FILE]... [--view-once] [TEXT]",
		Short: "Send a message and wait until the relay has it",
		Long: `Send a message and wait until the relay has it.

TEXT "-" reads the message from standard input. With --file, which may be given
several times, files are sent as they are, and TEXT is the caption of the first. An
upload that is interrupted goes on with a later command. A photo, video or sound
that is sent with --view-once can be opened once by everybody who gets it, and not
by you. They can still take a picture of the screen.

A GIF, or an animated WebP or PNG, that is sent with --gif moves in the chat; with
--sticker a WebP picture of at most 512 by 512 pixels and 100 kB, or 500 kB if it
moves, is shown as a sticker. Of both only the picture is sent.

A link in TEXT is sent with what its page says of itself, which the relay fetches;
--no-preview, or 'parley settings set --link-previews off', leaves that out.`,
		Args: func(c *cobra.Command, args []string) error {
			if files.count() > 0 {
				return nil
			}
			return cobra.MinimumNArgs(1)(c, args)
		},
	}
	c.Flags().StringVar(&to, "to", "", "phone number with + and country code, or the name or id of a group")
	c.Flags().StringVar(&replyTo, "reply-to", "", "the message of the chat that this one answers")
	c.Flags().StringArrayVar(&mention, "mention", nil, "name or number of a member of the group, who stands as @NAME in the text; may be repeated")
	c.Flags().StringArrayVar(&files.documents, "file", nil, "a file to send; may be repeated")
	c.Flags().StringArrayVar(&files.gifs, "gif", nil, "a GIF, animated WebP or PNG to send so that it moves; may be repeated")
	c.Flags().StringArrayVar(&files.stickers, "sticker", nil, "a WebP picture to send as a sticker; may be repeated")
	c.Flags().BoolVar(&noPreview, "no-preview", false, "send a link without a preview of its page")
	c.Flags().BoolVar(&files.once, "view-once", false, "the files can be opened once")
	c.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait for an unreachable relay")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		if err := required([2]string{"to", to}); err != nil {
			return err
		}
		text, err := d.text(args)
		if err != nil {
			return err
		}
		if files.once && (len(files.documents) != files.count() || files.count() == 0 || text != "") {
			return api.ErrViewOnceKind
		}
		if files.count() > 0 {
			return d.sendFiles(ctx, to, text, files, timeout)
		}
		return d.send(ctx, to, api.SendParams{Text: text, ReplyTo: replyTo}, sendOptions{mention: mention, noPreview: noPreview}, timeout)
	})
}

// text is the message from the arguments or standard input.
func (d *device) text(args []string) (string, error) {
	if len(args) != 1 || args[0] != "-" {
		return strings.Join(args, " "), nil
	}
	text, err := io.ReadAll(io.LimitReader(d.std.in, maxText))
	if err != nil {
		return "", fmt.Errorf("read the message: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// sendOptions are how a text is sent.
type sendOptions struct {
	mention   []string
	noPreview bool
}

func (d *device) send(ctx context.Context, to string, params api.SendParams, options sendOptions, timeout time.Duration) error {
	ctx, cancel := d.whileReachable(ctx, timeout)
	defer cancel()
	chat, err := d.openChat(ctx, to)
	if err != nil {
		return err
	}
	if params.Mentions, err = d.mentions(ctx, chat.ID, params.Text, options.mention); err != nil {
		return causeOr(ctx, err)
	}
	if !options.noPreview {
		params.Preview = d.linkPreview(ctx, params.Text)
	}
	id, err := api.Call(ctx, d.core, api.NewMessageID, api.None{})
	if err != nil {
		return causeOr(ctx, err)
	}
	params.ChatID, params.ID, params.Wait = chat.ID, id.ID, true
	sent, err := api.Call(ctx, d.core, api.Send, params)
	if err != nil {
		if errors.Is(context.Cause(ctx), api.ErrRelayUnreachable) {
			return errStillWaiting
		}
		return causeOr(ctx, err)
	}
	if sent.Status == api.MessageFailed && sent.Error != nil {
		return sent.Error
	}
	if chat.Draft != "" {
		d.settle(ctx) // the other devices hear that it is gone
	}
	return d.print(sent, func(w io.Writer) { fmt.Fprintf(w, "Sent to %s.\n", terminal.Line(chat.Title, 64)) })
}

// causeOr is why ctx has ended if it has, else err.
func causeOr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
