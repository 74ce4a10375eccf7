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
	"parley/ident"
	"parley/internal/terminal"
)

// maxPage is the most messages that one call returns.
const maxPage = 500

// errNoChat is the error for a number with which there are no messages here.
var errNoChat = &api.Error{
	Code:    api.ErrChatUnknown.Code,
	Message: "There are no messages with this number on this device. 'parley chats' lists those there are.",
}

func newMessages(std streams) *cobra.Command {
	var with string
	var limit int
	var read bool
	c := &cobra.Command{
		Use:   "messages --with +E164",
		Short: "Print the messages with someone, the latest last",
		Args:  cobra.NoArgs,
	}
	c.Flags().StringVar(&with, "with", "", "phone number with + and country code, or the name or id of a group")
	c.Flags().IntVar(&limit, "limit", 50, "at most so many, the latest")
	c.Flags().BoolVar(&read, "mark-read", false, "count them as read, on all your devices")
	return accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if err := required([2]string{"with", with}); err != nil {
			return err
		}
		if limit < 1 {
			return usageError("--limit must be at least 1")
		}
		return d.messages(ctx, with, limit, read)
	})
}

func (d *device) messages(ctx context.Context, with string, limit int, read bool) error {
	chat, err := d.findChat(ctx, with)
	if err != nil {
		return err
	}
	page, err := d.latest(ctx, chat.ID, limit)
	if err != nil {
		return err
	}
	if n := len(page.Messages); read && n > 0 {
		mark := api.MarkReadParams{ChatID: chat.ID, Order: page.Messages[n-1].Order}
		if _, err := api.Call(ctx, d.core, api.MarkRead, mark); err != nil {
			return err
		}
	}
	return d.print(page, func(w io.Writer) { d.writeMessages(w, chat, page) })
}

// numberPatience is how long findChat waits for the relay to tell numbers.
const numberPatience = 5 * time.Second

// findChat finds the chat with a number, or a group, on this device. It does not ask the
// relay for the number; but who wrote first has one here only once the relay told it,
// which may be after the messages were seen: while one is missing, it waits for that.
func (d *device) findChat(ctx context.Context, number string) (api.Chat, error) {
	phone, err := ident.ParsePhone(number)
	if err != nil {
		group, errGroup := d.findGroup(ctx, number)
		if errors.Is(errGroup, errNoGroup) {
			errGroup = api.ErrPhoneInvalid
		}
		return group, errGroup
	}
	chat, unnumbered, err := d.chatWith(ctx, phone)
	if errors.Is(err, errNoChat) && unnumbered {
		waiting, cancel := context.WithTimeout(ctx, numberPatience)
		_, _ = api.Call(waiting, d.core, api.Sync, api.None{}) // offline, what is here counts
		cancel()
		chat, _, err = d.chatWith(ctx, phone)
	}
	return chat, err
}

// chatWith is the chat with a number, errNoChat if there is none; unnumbered tells that
// the number of somebody in another chat is not known yet.
func (d *device) chatWith(ctx context.Context, phone ident.Phone) (chat api.Chat, unnumbered bool, err error) {
	list, err := api.Call(ctx, d.core, api.ListChats, api.None{})
	if err != nil {
		return chat, false, err
	}
	for _, c := range list.Chats {
		if c.Phone == string(phone) {
			return c, false, nil
		}
		unnumbered = unnumbered || c.Kind == api.ChatDirect && !c.Self && c.Phone == ""
	}
	return chat, unnumbered, errNoChat
}

// latest reads the latest messages of a chat, in as many calls as it takes.
func (d *device) latest(ctx context.Context, chatID string, limit int) (api.Messages, error) {
	all := api.Messages{Messages: []api.Message{}}
	before := int64(0)
	for {
		params := api.MessagesParams{ChatID: chatID, Before: before, Limit: min(limit-len(all.Messages), maxPage)}
		page, err := api.Call(ctx, d.core, api.ListMessages, params)
		if err != nil {
			return api.Messages{}, err
		}
		all.Messages, all.More = append(page.Messages, all.Messages...), page.More
		if !page.More || len(page.Messages) == 0 || len(all.Messages) >= limit {
			return all, nil
		}
		before = page.Messages[0].Order
	}
}

func (d *device) writeMessages(w io.Writer, chat api.Chat, page api.Messages) {
	if page.More {
		fmt.Fprintln(w, d.style.Dim("There are earlier ones: raise --limit to see them."))
	}
	names := 3
	for _, m := range page.Messages {
		names = max(names, terminal.Width(senderName(chat, m)))
	}
	day := ""
	for _, m := range page.Messages {
		at := time.UnixMilli(m.SentAt)
		if next := terminal.Day(d.now(), at); next != day {
			day = next
			fmt.Fprintln(w, d.style.Dim(day))
		}
		name := senderName(chat, m)
		pad := strings.Repeat(" ", names-terminal.Width(name))
		text := strings.ReplaceAll(terminal.Clean(quoteText(m)+messageText(m)+marksText(m)), "\n", "\n"+strings.Repeat(" ", names+13))
		fmt.Fprintf(w, "  %s  %s%s %s %s\n", at.In(d.now().Location()).Format("15:04"), d.style.Bold(name), pad, d.tick(m), text)
	}
}

// quoteText is the line of the message that one answers.
func quoteText(m api.Message) string {
	switch {
	case m.Quote != nil:
		return "> " + terminal.Line(quotedText(m.Quote), 60) + "\n"
	case m.Forwarded:
		return "[Forwarded] "
	}
	return ""
}

// quotedText is the beginning of a message that another one is about; of a file without
// a text, what it is.
func quotedText(q *api.Quote) string {
	switch {
	case q.Text != "" || q.Media == "":
		return q.Text
	case q.Media == api.MediaVoice:
		return "[voice message]"
	}
	return "[" + string(q.Media) + "]"
}

// marksText tells what was done to a message.
func marksText(m api.Message) string {
	marks := ""
	if m.Poll != nil {
		for i, o := range m.Poll.Options {
			marks += fmt.Sprintf("\n%d. %s (%d)", i+1, terminal.Line(o.Text, 60), o.Votes)
		}
	}
	if m.Edited {
		marks += " (edited)"
	}
	for _, r := range m.Reactions {
		marks += fmt.Sprintf(" %s%d", r.Emoji, r.Count)
	}
	return marks
}

func senderName(chat api.Chat, m api.Message) string {
	switch {
	case m.Mine:
		return "You"
	case m.SenderName != "":
		return terminal.Line(m.SenderName, 24)
	}
	return terminal.Line(chat.Title, 24)
}

// tick is how far a message of one's own has got, in two columns.
func (d *device) tick(m api.Message) string {
	switch m.Status {
	case api.MessagePending:
		return "… "
	case api.MessageSent:
		return "✓ "
	case api.MessageDelivered:
		return "✓✓"
	case api.MessageRead:
		return d.style.Good("✓✓")
	case api.MessageFailed:
		return d.style.Bad("! ")
	}
	return "  "
}
