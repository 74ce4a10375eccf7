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

// muteForever is when a mute that has no end ends; the web app uses the same time.
var muteForever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func newChat(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:     "chat",
		Short:   "Archive, pin, mute, mark or rename a chat, or write its draft, on all your devices",
		GroupID: deviceGroup,
	}
	on, off := true, false
	for _, change := range []struct {
		name, short, said string
		change            api.ChatChange
	}{
		{"archive", "Put a chat away; it stays there when messages come", "is archived", api.ChatChange{Archived: &on}},
		{"unarchive", "Take a chat out of the archive", "is in the list again", api.ChatChange{Archived: &off}},
		{"pin", "Keep a chat at the top of the list", "is pinned", api.ChatChange{Pinned: &on}},
		{"unpin", "Let a chat take its place in the list", "is not pinned any more", api.ChatChange{Pinned: &off}},
		{"unmute", "Have a chat notify again", "notifies again", api.ChatChange{MutedUntil: new(int64)}},
		{"mentions", "Have a group notify only of what mentions you or answers you", "notifies of what is for you", api.ChatChange{MentionsOnly: &on}},
		{"everything", "Have a group notify of all messages again", "notifies of all messages", api.ChatChange{MentionsOnly: &off}},
		{"unread", "Mark a chat as unread", "is marked as unread", api.ChatChange{MarkedUnread: &on}},
	} {
		c.AddCommand(chatCommand(std, &cobra.Command{Use: change.name + " --with +E164", Short: change.short, Args: cobra.NoArgs},
			func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
				return d.changeChat(ctx, chat, change.change, change.said)
			}))
	}
	for _, change := range []struct {
		name, short string
		blocked     bool
	}{
		{"block", "Let nothing come from a contact; it is not told", true},
		{"unblock", "Let messages of a contact come again", false},
	} {
		c.AddCommand(chatCommand(std, &cobra.Command{Use: change.name + " --with +E164", Short: change.short, Args: cobra.NoArgs},
			func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
				return d.setBlocked(ctx, chat, change.blocked)
			}))
	}
	c.AddCommand(newChatReport(std), newChatBlocked(std), newChatMute(std), newChatRead(std), newChatRename(std), newChatDraft(std))
	return c
}

// chatCommand completes a command that does something with the chat that --with
// names, and tells the other own devices.
func chatCommand(std streams, c *cobra.Command, run func(ctx context.Context, d *device, chat api.Chat, args []string) error) *cobra.Command {
	var with string
	c.Flags().StringVar(&with, "with", "", "phone number with + and country code")
	c = accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		if err := required([2]string{"with", with}); err != nil {
			return err
		}
		chat, err := d.findChat(ctx, with)
		if err != nil {
			return err
		}
		if err := run(ctx, d, chat, args); err != nil {
			return err
		}
		d.settle(ctx)
		return nil
	})
	c.GroupID = "" // groups are of the root
	return c
}

func (d *device) changeChat(ctx context.Context, chat api.Chat, change api.ChatChange, said string) error {
	change.ChatID = chat.ID
	changed, err := api.Call(ctx, d.core, api.ChangeChat, change)
	if err != nil {
		return err
	}
	return d.print(changed, func(w io.Writer) {
		fmt.Fprintf(w, "The chat with %s %s.\n", terminal.Line(changed.Title, 32), said)
	})
}

func newChatMute(std streams) *cobra.Command {
	var length time.Duration
	var always bool
	c := &cobra.Command{
		Use:   "mute --with +E164",
		Short: "Keep a chat from notifying, for 8 hours if nothing else is said",
		Args:  cobra.NoArgs,
	}
	c.Flags().DurationVar(&length, "for", 8*time.Hour, "for how long, like 8h or 168h")
	c.Flags().BoolVar(&always, "always", false, "until it is unmuted")
	c.MarkFlagsMutuallyExclusive("for", "always")
	return chatCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
		if length <= 0 {
			return usageError("--for must be more than nothing")
		}
		until, said := d.now().Add(length), "is muted until "
		if always || until.After(muteForever) {
			until, said = muteForever, "is muted until you unmute it"
		} else {
			said += until.Format("2 January 2006, 15:04")
		}
		ms := until.UnixMilli()
		return d.changeChat(ctx, chat, api.ChatChange{MutedUntil: &ms}, said)
	})
}

func newChatRead(std streams) *cobra.Command {
	c := &cobra.Command{Use: "read --with +E164", Short: "Count all messages of a chat as read; the sender is told", Args: cobra.NoArgs}
	return chatCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
		if chat.Last == nil {
			off := false
			return d.changeChat(ctx, chat, api.ChatChange{MarkedUnread: &off}, "is read")
		}
		mark := api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order}
		if _, err := api.Call(ctx, d.core, api.MarkRead, mark); err != nil {
			return err
		}
		return d.changeChat(ctx, chat, api.ChatChange{}, "is read")
	})
}

func newChatRename(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "rename --with +E164 [NAME]",
		Short: "Choose your own name for a contact; without one, what they call themselves",
		Args:  cobra.ArbitraryArgs,
	}
	return chatCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, args []string) error {
		name := strings.Join(args, " ")
		return d.changeChat(ctx, chat, api.ChatChange{Name: &name}, "has this name on all your devices")
	})
}
