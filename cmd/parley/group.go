package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/ident"
	"parley/internal/picture"
	"parley/internal/terminal"
)

var (
	errNoGroup = &api.Error{
		Code:    api.ErrChatUnknown.Code,
		Message: "There is no group of this name on this device. 'parley group list' lists those there are.",
	}
	errGroupNames = &api.Error{Code: "group_ambiguous", Message: "Several groups have this name. Give the id that 'parley group list' shows."}
	errNotMember  = &api.Error{Code: "group_stranger", Message: "Nobody with this number is in the group. 'parley group show' lists who is."}
)

func newGroup(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "group",
		Short: "Make groups, and change who is in them",
		Long: `Make groups, and change who is in them.

GROUP is the name of a group or its id; 'send --to' and 'messages --with' take it, too.`,
		GroupID: deviceGroup,
	}
	for _, child := range []*cobra.Command{
		newGroupList(std), newGroupCreate(std), newGroupShow(std), newGroupAdd(std), newGroupRemove(std), newGroupLeave(std),
		newGroupSet(std), newGroupAdmin(std), newGroupLink(std), newGroupJoin(std),
		newGroupRequests(std), newGroupAnswer(std, true), newGroupAnswer(std, false), newGroupWithdraw(std),
	} {
		child.GroupID = ""
		c.AddCommand(child)
	}
	return c
}

func newGroupList(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{Use: "list", Short: "List your groups", Args: cobra.NoArgs},
		func(ctx context.Context, d *device, _ []string) error {
			groups, err := d.groups(ctx)
			if err != nil {
				return err
			}
			return d.print(api.Chats{Chats: groups}, func(w io.Writer) {
				for _, g := range groups {
					people := fmt.Sprintf("%d people", g.Members)
					switch {
					case g.Waiting:
						people = "waiting for an admin"
					case g.Members == 0:
						people = "left"
					case g.JoinRequests > 0:
						people += fmt.Sprintf(", %d ask to join", g.JoinRequests)
					}
					fmt.Fprintf(w, "%s  %s  %s\n", g.ID, d.style.Bold(terminal.Line(g.Title, 64)), people)
				}
			})
		})
}

// groups are the group chats on this device.
func (d *device) groups(ctx context.Context) ([]api.Chat, error) {
	all, err := api.Call(ctx, d.core, api.ListChats, api.None{})
	return slices.DeleteFunc(all.Chats, func(c api.Chat) bool { return c.Kind != api.ChatGroup }), err
}

// findGroup finds a group by its id or name.
func (d *device) findGroup(ctx context.Context, name string) (found api.Chat, err error) {
	groups, err := d.groups(ctx)
	if err != nil {
		return found, err
	}
	return pickGroup(groups, name, errNoGroup)
}

// pickGroup finds one of groups by its id or name.
func pickGroup(groups []api.Chat, name string, none *api.Error) (found api.Chat, err error) {
	n := 0
	for _, g := range groups {
		switch {
		case g.ID == name:
			return g, nil
		case strings.EqualFold(g.Title, strings.TrimSpace(name)):
			found = g
			n++
		}
	}
	switch n {
	case 0:
		return found, none
	case 1:
		return found, nil
	}
	return found, errGroupNames
}

func newGroupCreate(std streams) *cobra.Command {
	var p api.CreateGroupParams
	var file string
	c := &cobra.Command{Use: "create NAME --member +E164...", Short: "Begin a group, which you administer", Args: cobra.MinimumNArgs(1)}
	c.Flags().StringArrayVar(&p.Phones, "member", nil, "phone number of somebody to add; may be repeated")
	c.Flags().StringVar(&p.Description, "description", "", "what the group is about")
	c.Flags().StringVar(&file, "picture", "", "its picture: a JPEG, PNG or GIF file")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) (err error) {
		p.Name = strings.Join(args, " ")
		if p.Picture, err = groupPicture(file); err != nil {
			return err
		}
		chat, err := retryOnline(ctx, d, api.CreateGroup, p)
		if err != nil {
			return err
		}
		d.settle(ctx)
		return d.print(chat, func(w io.Writer) {
			fmt.Fprintf(w, "%s has %d people. Its id is %s.\n", terminal.Line(chat.Title, 64), chat.Members, chat.ID)
		})
	})
}

// groupPicture is a picture made of a file, base64; empty without one.
func groupPicture(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	data, err := readPicture(file)
	if err != nil {
		return "", err
	}
	square, err := picture.Square(data)
	if err != nil {
		return "", errPicture
	}
	return base64.StdEncoding.EncodeToString(square), nil
}

// groupCommand is a command about one group, which is its first argument.
func groupCommand(std streams, c *cobra.Command, run func(ctx context.Context, d *device, chat api.Chat, args []string) error) *cobra.Command {
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		chat, err := d.findGroup(ctx, args[0])
		if err != nil {
			return err
		}
		return run(ctx, d, chat, args[1:])
	})
}

func newGroupShow(std streams) *cobra.Command {
	return groupCommand(std, &cobra.Command{Use: "show GROUP", Short: "Show who is in a group and what they may do", Args: cobra.ExactArgs(1)},
		func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
			g, err := api.Call(ctx, d.core, api.GetGroup, api.ChatID{ChatID: chat.ID})
			if err != nil {
				return err
			}
			return d.printGroup(g)
		})
}

func (d *device) printGroup(g api.Group) error {
	return d.print(g, func(w io.Writer) {
		fmt.Fprintln(w, d.style.Bold(terminal.Line(g.Name, 64)))
		if g.Description != "" {
			fmt.Fprintln(w, terminal.Clean(g.Description))
		}
		for _, m := range g.Members {
			role := ""
			if m.Admin {
				role = "admin"
			}
			fmt.Fprintf(w, "  %s  %s  %s\n", terminal.Line(personName(m.Name, m.Own), 64), m.Phone, d.style.Dim(role))
		}
		for _, m := range g.Past {
			how := "left"
			if m.Removed {
				how = "removed"
			}
			line := fmt.Sprintf("  %s  %s  %s %s", terminal.Line(personName(m.Name, m.Own), 64), m.Phone, how, time.UnixMilli(m.GoneAt).Format(time.DateOnly))
			fmt.Fprintln(w, d.style.Dim(line))
		}
		fmt.Fprintf(w, "Details: %s. Adding people: %s. Writing: %s.\n", who(g.AdminsEdit), who(g.AdminsAdd), who(g.AdminsWrite))
		if g.AdminsApprove {
			fmt.Fprintf(w, "Admins approve who joins by the link: %d ask.\n", len(g.Requests))
		}
		if g.Link != "" {
			fmt.Fprintf(w, "Invite link: %s\n", g.Link)
		}
	})
}

func personName(name string, own bool) string {
	if own {
		return "You"
	}
	if name == "" {
		return "Somebody"
	}
	return name
}

func who(admins bool) string {
	if admins {
		return "admins"
	}
	return "everybody"
}

func newGroupAdd(std streams) *cobra.Command {
	return groupCommand(std, &cobra.Command{Use: "add GROUP +E164...", Short: "Add people to a group", Args: cobra.MinimumNArgs(2)},
		func(ctx context.Context, d *device, chat api.Chat, phones []string) error {
			g, err := retryOnline(ctx, d, api.AddToGroup, api.GroupPeople{ChatID: chat.ID, Phones: phones})
			if err != nil {
				return err
			}
			d.settle(ctx)
			return d.printGroup(g)
		})
}

// membersOf are the account ids of members with numbers.
func (d *device) membersOf(ctx context.Context, chat api.Chat, phones []string) (ids []string, err error) {
	g, err := api.Call(ctx, d.core, api.GetGroup, api.ChatID{ChatID: chat.ID})
	if err != nil {
		return nil, err
	}
	for _, text := range phones {
		phone, err := ident.ParsePhone(text)
		if err != nil {
			return nil, api.ErrPhoneInvalid
		}
		i := slices.IndexFunc(g.Members, func(m api.GroupMember) bool { return m.Phone == string(phone) })
		if i < 0 {
			return nil, errNotMember
		}
		ids = append(ids, g.Members[i].AccountID)
	}
	return ids, nil
}

func newGroupRemove(std streams) *cobra.Command {
	return groupCommand(std, &cobra.Command{Use: "remove GROUP +E164...", Short: "Remove people from a group; admins can", Args: cobra.MinimumNArgs(2)},
		func(ctx context.Context, d *device, chat api.Chat, phones []string) error {
			ids, err := d.membersOf(ctx, chat, phones)
			if err != nil {
				return err
			}
			g, err := retryOnline(ctx, d, api.RemoveFromGroup, api.GroupPeople{ChatID: chat.ID, AccountIDs: ids})
			if err != nil {
				return err
			}
			return d.printGroup(g)
		})
}

func newGroupLeave(std streams) *cobra.Command {
	return groupCommand(std, &cobra.Command{Use: "leave GROUP", Short: "Leave a group, on all your devices; its messages stay", Args: cobra.ExactArgs(1)},
		func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
			if _, err := retryOnline(ctx, d, api.LeaveGroup, api.ChatID{ChatID: chat.ID}); err != nil {
				return err
			}
			return d.print(api.None{}, func(w io.Writer) { fmt.Fprintf(w, "You have left %s.\n", terminal.Line(chat.Title, 64)) })
		})
}

// openChat is the chat with a number, or that of a group.
func (d *device) openChat(ctx context.Context, to string) (api.Chat, error) {
	if _, err := ident.ParsePhone(to); err != nil {
		if group, err := d.findGroup(ctx, to); !errors.Is(err, errNoGroup) {
			return group, err
		}
	}
	return retryOnline(ctx, d, api.OpenChat, api.OpenChatParams{Phone: to})
}
