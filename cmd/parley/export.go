package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
	"parley/internal/transcript"
)

// exportOptions are the flags of export.
type exportOptions struct {
	with, to, format string
	all, fetch       bool
	noFiles          bool
	timeout          time.Duration
}

func newExport(std streams) *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export (--with +E164 | --all) --to FOLDER",
		Short: "Write chats to a new folder, to be read without Parley",
		Long: `Write chats to a new folder, to be read without Parley: as a web page or as text,
with the photos and files beside it.

Who can read the folder can read the chats: nothing in it is encrypted. Messages that
disappear, or may be opened once, are left out: that was promised to who wrote them.`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	f.StringVar(&o.with, "with", "", "phone number with + and country code, or the name or id of a group")
	f.BoolVar(&o.all, "all", false, "every chat, also archived ones")
	f.StringVar(&o.to, "to", "", "the folder to make")
	f.StringVar(&o.format, "format", "html", "html or text")
	f.BoolVar(&o.noFiles, "no-files", false, "leave photos and files out")
	f.BoolVar(&o.fetch, "fetch", false, "fetch files that are not on this device yet")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "with --fetch: how long to wait for an unreachable relay")
	return accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		switch {
		case (o.with == "") == !o.all:
			return usageError("give either --with or --all")
		case o.format != "html" && o.format != "text":
			return usageError("--format is html or text")
		}
		if err := required([2]string{"to", o.to}); err != nil {
			return err
		}
		return d.export(ctx, o)
	})
}

// exported is what export prints with --json.
type exported struct {
	Path     string `json:"path"`
	Chats    int    `json:"chats"`
	Messages int    `json:"messages"`
	Files    int    `json:"files"`
	// Files that are not on this device, or could not be had.
	Missing int `json:"missing"`
	// Messages that disappear or may be opened once.
	LeftOut int `json:"leftOut"`
}

func (d *device) export(ctx context.Context, o exportOptions) error {
	chats, err := d.chatsToExport(ctx, o)
	if err != nil {
		return err
	}
	folder, err := newFolder(o.to)
	if err != nil {
		return err
	}
	if o.fetch {
		var cancel context.CancelFunc
		ctx, cancel = d.whileReachable(ctx, o.timeout)
		defer cancel()
	}
	e := &exporter{device: d, exportOptions: o, folder: folder, done: exported{Path: folder, Chats: len(chats)}}
	for n, chat := range chats {
		if err := e.chat(ctx, n, chat); err != nil {
			return causeOr(ctx, err)
		}
	}
	if o.all && o.format == "html" {
		if err := e.index(); err != nil {
			return err
		}
	}
	return d.print(e.done, func(w io.Writer) { e.report(w) })
}

func (e *exporter) report(w io.Writer) {
	done := e.done
	fmt.Fprintf(w, "Wrote %d messages and %d files of %d chats to %s.\n", done.Messages, done.Files, done.Chats, terminal.Line(done.Path, 200))
	if done.Missing > 0 {
		how := ": --fetch asks the relay for them."
		if e.fetch {
			how = "."
		}
		fmt.Fprintf(w, "%d files are not on this device%s\n", done.Missing, how)
	}
	if done.LeftOut > 0 {
		fmt.Fprintf(w, "%d messages that disappear or may be opened once were left out.\n", done.LeftOut)
	}
}

func (d *device) chatsToExport(ctx context.Context, o exportOptions) ([]api.Chat, error) {
	if o.all {
		list, err := api.Call(ctx, d.core, api.ListChats, api.None{})
		return list.Chats, err
	}
	chat, err := d.findChat(ctx, o.with)
	return []api.Chat{chat}, err
}

// newFolder makes a folder that only its owner can read; one that has something in it
// is left alone.
func newFolder(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", usageError("%w", err)
	}
	if found, err := os.ReadDir(path); err == nil && len(found) > 0 {
		return "", &api.Error{Code: api.ErrFileExists.Code, Message: "There is something in that folder already: choose a new one."}
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("make the folder: %w", err)
	}
	return path, nil
}

// exporter writes chats to a folder.
type exporter struct {
	*device
	exportOptions
	folder  string
	entries []transcript.Entry
	done    exported
}

// chat writes the n-th chat, a page of messages at a time.
func (e *exporter) chat(ctx context.Context, n int, chat api.Chat) (err error) {
	base := fmt.Sprintf("%03d", n+1)
	if name := transcript.FileName(chat.Title); name != "" {
		base += " " + name
	}
	ending := map[string]string{"html": ".html", "text": ".txt"}[e.format]
	file, err := os.OpenFile(filepath.Join(e.folder, base+ending), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
	}()
	head := transcript.Head{Title: chat.Title, About: "Exported from Parley on " + e.now().Format("2006-01-02 15:04 MST") + ".", Zone: e.now().Location()}
	begin := transcript.NewHTML
	if e.format == "text" {
		begin = transcript.NewText
	}
	to, err := begin(file, head)
	if err != nil {
		return err
	}
	before := e.done.Messages
	if err := e.messages(ctx, chat, base, to); err != nil {
		return err
	}
	e.entries = append(e.entries, transcript.Entry{Title: chat.Title, Path: base + ending, About: fmt.Sprintf("%d messages", e.done.Messages-before)})
	return to.Close()
}

func (e *exporter) messages(ctx context.Context, chat api.Chat, base string, to transcript.Writer) error {
	for after := int64(-1); ; {
		page, err := api.Call(ctx, e.core, api.ListMessages, api.MessagesParams{ChatID: chat.ID, After: after, Limit: maxPage})
		if err != nil {
			return err
		}
		for _, m := range page.Messages {
			after = m.Order
			if m.ExpiresAt != 0 || m.ViewOnce || m.Once != nil {
				e.done.LeftOut++
				continue
			}
			line := exportLine(chat, m)
			if m.Media != nil {
				if line.File, err = e.file(ctx, m, filepath.Join("files", base)); err != nil {
					return err
				}
			}
			if err := to.Line(line); err != nil {
				return fmt.Errorf("write the chat: %w", err)
			}
			e.done.Messages++
		}
		if !page.More || len(page.Messages) == 0 {
			return nil
		}
	}
}

// exportLine is a message without its file.
func exportLine(chat api.Chat, m api.Message) transcript.Line {
	line := transcript.Line{At: time.UnixMilli(m.SentAt), Sender: exportSender(chat, m), Mine: m.Mine, Text: m.Text}
	if m.Media == nil {
		line.Text = messageText(m)
	}
	if m.Quote != nil {
		line.Quote = quotedText(m.Quote)
	}
	if m.Forwarded {
		line.Marks = append(line.Marks, "forwarded")
	}
	if m.Poll != nil {
		for i, o := range m.Poll.Options {
			line.Marks = append(line.Marks, fmt.Sprintf("%d. %s: %d", i+1, o.Text, o.Votes))
		}
	}
	if m.Edited {
		line.Marks = append(line.Marks, "edited")
	}
	for _, r := range m.Reactions {
		line.Marks = append(line.Marks, fmt.Sprintf("%s %d", r.Emoji, r.Count))
	}
	if m.Status == api.MessagePending || m.Status == api.MessageFailed {
		line.Marks = append(line.Marks, "not sent")
	}
	return line
}

// exportSender is who wrote a message; empty for what the app tells.
func exportSender(chat api.Chat, m api.Message) string {
	switch m.Kind {
	case api.MessageKeysChanged, api.MessageDevicesChanged, api.MessagePrimarySilent, api.MessageDeviceUnused, api.MessageReset, api.MessageGroup,
		api.MessageTimer, api.MessagePin, api.MessageWaiting:
		return ""
	}
	if !m.Mine && chat.Kind == api.ChatDirect {
		return chat.Title
	}
	if !m.Mine && m.SenderName == "" {
		return "Unknown"
	}
	if m.Mine {
		return "You"
	}
	return m.SenderName
}
