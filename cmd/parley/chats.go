package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newChats(std streams) *cobra.Command {
	var archived bool
	c := &cobra.Command{
		Use:   "chats",
		Short: "List the chats on this device, those that are pinned first and then the latest",
		Args:  cobra.NoArgs,
	}
	c.Flags().BoolVar(&archived, "archived", false, "those that are archived, instead of the others")
	return accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		all, err := api.Call(ctx, d.core, api.ListChats, api.None{})
		if err != nil {
			return err
		}
		list := api.Chats{Chats: []api.Chat{}}
		for _, chat := range all.Chats {
			if chat.Archived == archived {
				list.Chats = append(list.Chats, chat)
			}
		}
		slices.SortStableFunc(list.Chats, pinnedFirst)
		return d.print(list, func(w io.Writer) { d.writeChats(w, list.Chats, archived, len(all.Chats)-len(list.Chats)) })
	})
}

// pinnedFirst leaves chats in their order but for those that are pinned.
func pinnedFirst(a, b api.Chat) int {
	switch {
	case a.Pinned == b.Pinned:
		return 0
	case a.Pinned:
		return -1
	}
	return 1
}

// writeChats writes a list; others is how many chats are not in it.
func (d *device) writeChats(w io.Writer, chats []api.Chat, archived bool, others int) {
	if !archived && others > 0 {
		defer fmt.Fprintln(w, d.style.Dim(fmt.Sprintf("%d archived: parley chats --archived", others)))
	}
	if len(chats) == 0 {
		switch {
		case archived:
			fmt.Fprintln(w, "No archived chats.")
		case others == 0:
			fmt.Fprintln(w, "No chats yet. Write to someone with: parley send --to NUMBER TEXT")
		}
		return
	}
	var table terminal.Table
	table.Row(d.style.Dim("NAME"), d.style.Dim("NUMBER"), d.style.Dim("UNREAD"), d.style.Dim("FLAGS"), d.style.Dim("LATEST"), "")
	for _, chat := range chats {
		unread := ""
		if chat.Unread > 0 {
			unread = d.style.Good(strconv.Itoa(chat.Unread))
			if chat.Mentions > 0 {
				unread += d.style.Bold(fmt.Sprintf(" @%d", chat.Mentions))
			}
		} else if chat.MarkedUnread {
			unread = d.style.Good("●")
		}
		table.Row(d.style.Bold(terminal.Line(chat.Title, 32)), chat.Phone, unread, d.flags(chat), d.ago(chat.UpdatedAt), d.chatPreview(chat))
	}
	_, _ = table.WriteTo(w)
}

// flags are what was done to a chat, in words.
func (d *device) flags(chat api.Chat) string {
	var flags []string
	if chat.Pinned {
		flags = append(flags, "pinned")
	}
	if chat.MutedUntil > d.now().UnixMilli() {
		flags = append(flags, "muted")
	}
	if chat.MentionsOnly {
		flags = append(flags, "mentions")
	}
	return strings.Join(flags, " ")
}

// chatPreview is the draft of a chat, or else its latest message.
func (d *device) chatPreview(chat api.Chat) string {
	if chat.Draft != "" {
		return d.style.Bad("Draft: ") + terminal.Line(chat.Draft, 48)
	}
	return d.preview(chat.Last)
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

// untilText is the day a warning speaks of.
func untilText(m api.Message) string { return time.UnixMilli(m.Until).Format("2 January 15:04") }

// messageText is what a message says, or what it stands for.
// mediaLine names a file and how to get it.
func mediaLine(m api.Message) string {
	if m.Media == nil {
		return m.Text
	}
	line := "[" + string(m.Media.Kind)
	if m.Media.Name != "" {
		line += " " + m.Media.Name
	}
	line += ", " + terminal.Bytes(m.Media.Size)
	if m.Media.State == api.MediaRemote || m.Media.State == api.MediaLocal {
		line += ": parley download " + m.ID
	}
	return strings.TrimSpace(line + "] " + m.Text)
}

func messageText(m api.Message) string {
	switch m.Kind {
	case api.MessageKeysChanged:
		return "[The security keys of this contact changed.]"
	case api.MessageDevicesChanged:
		return "[The linked devices of this contact changed.]"
	case api.MessagePrimarySilent:
		return "[Your phone has not been used for long. On " + untilText(m) + " all linked devices are logged out: open Parley on your phone.]"
	case api.MessageDeviceUnused:
		return "[" + m.Text + " has not been used for long. On " + untilText(m) + " it is logged out: open Parley on it to keep it.]"
	case api.MessageReset:
		return "[Encryption of this chat was set up again. Nothing you have is lost.]"
	case api.MessageGroup:
		return groupLine(m.Notice)
	case api.MessageUnsupported:
		return "[This message needs a newer version of Parley.]"
	case api.MessageDeleted:
		return "[This message was deleted.]"
	case api.MessageMedia:
		if m.ViewOnce {
			return "[" + string(m.Media.Kind) + ", can be opened once]"
		}
		return mediaLine(m)
	case api.MessageOnce:
		if m.Once != nil {
			return onceLine(m)
		}
	case api.MessageText, api.MessagePoll:
	case api.MessageTimer:
		if m.KeptFor == 0 {
			return "[New messages are kept.]"
		}
		return "[New messages disappear after " + (time.Duration(m.KeptFor) * time.Second).String() + ".]"
	case api.MessagePin:
		return pinLine(m)
	case api.MessageLocation:
		if m.Location != nil {
			return fmt.Sprintf("[Place] %s %.5f, %.5f", m.Location.Name, m.Location.Latitude, m.Location.Longitude)
		}
	case api.MessageContact:
		if m.Contact != nil {
			return "[Contact] " + m.Contact.Name + " " + m.Contact.Phone
		}
	case api.MessageWaiting:
		switch m.WaitsFor {
		case api.WaitsForContact:
			return "[This message comes again when the other person's device is online.]"
		case api.WaitsForBoth:
			return "[This message comes when one of your other devices, or the other person's, is online.]"
		case api.WaitsForGone:
			return "[Written on another of your devices, and not fetched so far. It comes when a device that has it is online. If the one that wrote it was logged out, ask your contact what it said.]"
		case api.WaitsForNobody:
			return "[This message cannot be read here: none of your devices has it, and who wrote it has left the group.]"
		case api.WaitsForOwn:
		}
		return "[This message is being fetched from your other devices.]"
	}
	return m.Text
}

// pinLine tells what was pinned; the sender stands before it, or in another column.
func pinLine(m api.Message) string {
	said := ""
	if m.Quote != nil {
		if about := terminal.Line(quotedText(m.Quote), 48); about != "" {
			said = ": " + about
		}
	}
	if m.KeptFor == 0 {
		return "[A message is not pinned any more" + said + "]"
	}
	return "[A message was pinned" + said + "]"
}

// onceLine tells what became of a file that could be opened once.
func onceLine(m api.Message) string {
	what := "opened"
	switch {
	case m.Mine && m.Once.By == 0:
		what = "can be opened once"
	case m.Mine && m.Once.By > 1:
		what = fmt.Sprintf("opened by %d people", m.Once.By)
	case !m.Mine && !m.Once.Opened:
		what = "could be opened once, on another device"
	}
	return "[" + string(m.Once.Kind) + ", " + what + "]"
}
