package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/ident"
	"parley/internal/terminal"
	"parley/internal/vcard"
)

func newContacts(std streams) *cobra.Command {
	c := accountCommand(std, &cobra.Command{
		Use:   "contacts",
		Short: "List the people you have chats with, or export and import their names",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		people, err := d.people(ctx)
		if err != nil {
			return err
		}
		return d.print(api.Chats{Chats: people}, func(w io.Writer) {
			var table terminal.Table
			table.Row("NAME", "NUMBER")
			for _, p := range people {
				table.Row(terminal.Line(p.Title, 32), p.Phone)
			}
			_, _ = table.WriteTo(w)
		})
	})
	c.AddCommand(newContactsExport(std), newContactsImport(std))
	return c
}

// people are the direct chats with others whose number is known.
func (d *device) people(ctx context.Context) ([]api.Chat, error) {
	list, err := api.Call(ctx, d.core, api.ListChats, api.None{})
	people := []api.Chat{}
	for _, chat := range list.Chats {
		if chat.Kind == api.ChatDirect && !chat.Self && chat.Phone != "" {
			people = append(people, chat)
		}
	}
	return people, err
}

func newContactsExport(std streams) *cobra.Command {
	var to string
	c := &cobra.Command{Use: "export [--to FILE]", Short: "Write names and numbers as vCards (4.0)", Args: cobra.NoArgs}
	c.Flags().StringVar(&to, "to", "-", "a new file, or - for standard output")
	accountCommand(std, c, func(ctx context.Context, d *device, _ []string) (err error) {
		people, err := d.people(ctx)
		if err != nil {
			return err
		}
		cards := make([]vcard.Contact, len(people))
		for i, p := range people {
			cards[i] = vcard.Contact{Name: p.Title, Phones: []string{p.Phone}}
		}
		if to == "-" {
			return vcard.Write(d.std.out, cards)
		}
		file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return api.ErrFileExists
		}
		if err != nil {
			return err
		}
		defer func() {
			if closing := file.Close(); err == nil {
				err = closing
			}
		}()
		if err := vcard.Write(file, cards); err != nil {
			return err
		}
		return d.print(map[string]int{"contacts": len(cards)}, func(w io.Writer) { fmt.Fprintf(w, "Wrote %d contacts.\n", len(cards)) })
	})
	c.GroupID = "" // groups are of the root
	return c
}

// imported is what contacts import prints with --json.
type imported struct {
	// Named contacts, those who are not on this server, and numbers that are none.
	Named   int `json:"named"`
	NotHere int `json:"notHere"`
	Skipped int `json:"skipped"`
}

func newContactsImport(std streams) *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Take names from vCards (3.0, 4.0); only you see them",
		Long: `Take names from vCards (3.0, 4.0); only you see them.

The server is asked for each number with which you have no chat yet, as it is when you
write to somebody. Numbers need + and the country code. - reads standard input.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait for an unreachable relay")
	accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		cards, err := readCards(d.std.in, args[0])
		if err != nil {
			return err
		}
		ctx, cancel := d.whileReachable(ctx, timeout)
		defer cancel()
		done, err := d.importContacts(ctx, cards)
		if err != nil {
			return causeOr(ctx, err)
		}
		d.settle(ctx)
		return d.print(done, func(w io.Writer) {
			fmt.Fprintf(w, "%d contacts have your names now; %d are not on this server, %d have no number with + and country code.\n", done.Named, done.NotHere, done.Skipped)
		})
	})
	c.GroupID = ""
	return c
}

func readCards(in io.Reader, name string) ([]vcard.Contact, error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, api.ErrFileUnreadable
		}
		defer func() { _ = file.Close() }() // read only
		in = file
	}
	cards, err := vcard.Read(in)
	switch {
	case errors.Is(err, vcard.ErrNone):
		return nil, &api.Error{Code: "vcard_none", Message: "There are no contacts in this file. Export them as vCards (.vcf) and try again."}
	case errors.Is(err, vcard.ErrTooLarge):
		return nil, &api.Error{Code: "vcard_too_large", Message: "This file has too many contacts. Split it and import the parts."}
	}
	return cards, err
}

func (d *device) importContacts(ctx context.Context, cards []vcard.Contact) (imported, error) {
	var done imported
	people, err := d.people(ctx)
	if err != nil {
		return done, err
	}
	known := map[string]api.Chat{}
	for _, p := range people {
		known[p.Phone] = p
	}
	for _, card := range cards {
		phones := 0
		for _, text := range card.Phones {
			phone, ok := parseNumber(text)
			if !ok {
				continue
			}
			phones++
			chat, found := known[phone]
			if !found {
				if chat, err = d.openPatiently(ctx, phone); errors.Is(err, errNobody) {
					done.NotHere++
					continue
				}
				if err != nil {
					return done, err
				}
			}
			if card.Name == "" || chat.Self {
				continue
			}
			if _, err := api.Call(ctx, d.core, api.ChangeChat, api.ChatChange{ChatID: chat.ID, Name: &card.Name}); err != nil {
				return done, err
			}
			done.Named++
		}
		if phones == 0 {
			done.Skipped++
		}
	}
	return done, nil
}

// errNobody: nobody on this server has a number.
var errNobody = errors.New("not on this server")

// openPatiently opens the chat with a number; it waits where the relay asks for patience.
func (d *device) openPatiently(ctx context.Context, phone string) (api.Chat, error) {
	for {
		chat, err := api.Call(ctx, d.core, api.OpenChat, api.OpenChatParams{Phone: phone})
		var refused *api.Error
		if !errors.As(err, &refused) {
			return chat, err
		}
		switch refused.Code {
		case "account_unknown", api.ErrPhoneInvalid.Code:
			return chat, errNobody
		case "rate_limited":
			select {
			case <-time.After(max(time.Duration(refused.RetryAfterMS)*time.Millisecond, time.Second)):
			case <-ctx.Done():
				return chat, context.Cause(ctx)
			}
		default:
			return chat, err
		}
	}
}

// parseNumber reads a number as people write it, with + or 00 and the country code.
func parseNumber(text string) (string, bool) {
	text = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		if strings.ContainsRune(" -()./\u00a0", r) {
			return -1
		}
		return 'x'
	}, strings.ReplaceAll(text, "(0)", ""))
	if rest, ok := strings.CutPrefix(text, "00"); ok {
		text = "+" + rest
	}
	phone, err := ident.ParsePhone(text)
	return string(phone), err == nil
}
