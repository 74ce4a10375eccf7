package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/client/api"
)

// groupFlags are what newGroupSet is given.
type groupFlags struct{ name, description, picture, edit, add, write, approve string }

func newGroupSet(std streams) *cobra.Command {
	var f groupFlags
	c := &cobra.Command{Use: "set GROUP", Short: "Change the name, description, picture or settings of a group", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&f.name, "name", "", "its name")
	c.Flags().StringVar(&f.description, "description", "", "what it is about; empty for nothing")
	c.Flags().StringVar(&f.picture, "picture", "", "its picture: a JPEG, PNG or GIF file")
	c.Flags().StringVar(&f.edit, "edit", "", "who may change these: everybody or admins")
	c.Flags().StringVar(&f.add, "add", "", "who may add people: everybody or admins")
	c.Flags().StringVar(&f.write, "write", "", "who may write: everybody or admins")
	c.Flags().StringVar(&f.approve, "join", "", "who lets in those who have the link: everybody (nobody is asked) or admins")
	return groupCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
		change, err := f.change(chat.ID, c.Flags().Changed)
		if err != nil {
			return err
		}
		return d.changeGroup(ctx, change)
	})
}

func (f *groupFlags) change(chat string, given func(string) bool) (p api.GroupChange, err error) {
	p.ChatID = chat
	if given("name") {
		p.Name = &f.name
	}
	if given("description") {
		p.Description = &f.description
	}
	if given("picture") {
		made, err := groupPicture(f.picture)
		if err != nil {
			return p, err
		}
		p.Picture = &made
	}
	for _, setting := range []struct {
		flag, value string
		to          **bool
	}{{"edit", f.edit, &p.AdminsEdit}, {"add", f.add, &p.AdminsAdd}, {"write", f.write, &p.AdminsWrite}, {"join", f.approve, &p.AdminsApprove}} {
		if !given(setting.flag) {
			continue
		}
		if setting.value != "everybody" && setting.value != "admins" {
			return p, usageError("--%s is everybody or admins", setting.flag)
		}
		admins := setting.value == "admins"
		*setting.to = &admins
	}
	return p, nil
}

func (d *device) changeGroup(ctx context.Context, change api.GroupChange) error {
	g, err := retryOnline(ctx, d, api.ChangeGroup, change)
	if err != nil {
		return err
	}
	d.settle(ctx)
	return d.printGroup(g)
}

func newGroupAdmin(std streams) *cobra.Command {
	var dismiss bool
	c := &cobra.Command{Use: "admin GROUP +E164...", Short: "Make people admins of a group, or dismiss them", Args: cobra.MinimumNArgs(2)}
	c.Flags().BoolVar(&dismiss, "dismiss", false, "they are admins no more")
	return groupCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, phones []string) error {
		ids, err := d.membersOf(ctx, chat, phones)
		if err != nil {
			return err
		}
		change := api.GroupChange{ChatID: chat.ID, MakeAdmin: ids}
		if dismiss {
			change = api.GroupChange{ChatID: chat.ID, DismissAdmin: ids}
		}
		return d.changeGroup(ctx, change)
	})
}

func newGroupLink(std streams) *cobra.Command {
	var fresh, off bool
	c := &cobra.Command{
		Use: "link GROUP", Short: "Show the invite link of a group; admins can make a new one", Args: cobra.ExactArgs(1),
		Long: `Show the invite link of a group; admins can make a new one.

Who has the link can join. A new link ends the former one.`,
	}
	c.Flags().BoolVar(&fresh, "new", false, "make a new link")
	c.Flags().BoolVar(&off, "off", false, "end the link")
	c.MarkFlagsMutuallyExclusive("new", "off")
	return groupCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
		g, err := api.Call(ctx, d.core, api.GetGroup, api.ChatID{ChatID: chat.ID})
		if err == nil && (fresh || off) {
			g, err = retryOnline(ctx, d, api.ChangeGroup, api.GroupChange{ChatID: chat.ID, Link: &fresh})
		}
		if err != nil {
			return err
		}
		d.settle(ctx)
		return d.print(api.GroupLink{Link: g.Link}, func(w io.Writer) {
			if g.Link == "" {
				fmt.Fprintln(w, "The group has no invite link. An admin makes one with --new.")
				return
			}
			fmt.Fprintln(w, g.Link)
		})
	})
}

func newGroupJoin(std streams) *cobra.Command {
	c := &cobra.Command{Use: "join LINK", Short: "Join a group by its invite link", Args: cobra.ExactArgs(1)}
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		chat, err := retryOnline(ctx, d, api.JoinGroup, api.GroupLink{Link: args[0]})
		if err != nil {
			return err
		}
		d.settle(ctx)
		return d.print(chat, func(w io.Writer) {
			if chat.Waiting {
				fmt.Fprintf(w, "An admin of the group decides whether you come in. Its id is %s.\n", chat.ID)
				return
			}
			fmt.Fprintf(w, "You are in, with %d people. Its id is %s.\n", chat.Members-1, chat.ID)
		})
	})
}
