package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

var errNoCommunity = &api.Error{
	Code:    api.ErrCommunityUnknown.Code,
	Message: "There is no community of this name on this device. 'parley community list' lists those there are.",
}

var errNoCommunityGroup = &api.Error{Code: "community_group_unknown", Message: "The community has no group of this name. 'parley community groups' lists those there are."}

func newCommunity(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "community",
		Short: "Gather groups under an announcement group",
		Long: `Gather groups under an announcement group, in which only admins write.

COMMUNITY is the name of a community or its id; 'send --to', 'messages --with' and 'group' take it, too: it is
the announcement group.`,
		GroupID: deviceGroup,
	}
	for _, child := range []*cobra.Command{
		newCommunityList(std), newCommunityCreate(std), newCommunityGroups(std), newCommunityLink(std), newCommunityUnlink(std),
		newCommunityJoin(std), newCommunityLeave(std), newCommunityEnd(std),
	} {
		child.GroupID = ""
		c.AddCommand(child)
	}
	return c
}

func newCommunityList(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{Use: "list", Short: "List your communities", Args: cobra.NoArgs},
		func(ctx context.Context, d *device, _ []string) error {
			found, err := d.communities(ctx)
			if err != nil {
				return err
			}
			return d.print(api.Chats{Chats: found}, func(w io.Writer) {
				for _, c := range found {
					fmt.Fprintf(w, "%s  %s  %d people\n", c.ID, d.style.Bold(terminal.Line(c.Title, 64)), c.Members)
				}
			})
		})
}

// communities are the announcement groups on this device.
func (d *device) communities(ctx context.Context) ([]api.Chat, error) {
	groups, err := d.groups(ctx)
	return slices.DeleteFunc(groups, func(c api.Chat) bool { return c.Community == nil || c.Community.ChatID != c.ID }), err
}

// communityCommand is a command about one community, which is its first argument.
func communityCommand(std streams, c *cobra.Command, run func(ctx context.Context, d *device, community api.Chat, args []string) error) *cobra.Command {
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		all, err := d.communities(ctx)
		if err != nil {
			return err
		}
		found, err := pickGroup(all, args[0], errNoCommunity)
		if err != nil {
			return err
		}
		return run(ctx, d, found, args[1:])
	})
}

func newCommunityCreate(std streams) *cobra.Command {
	var p api.CreateCommunityParams
	var file string
	var groups []string
	c := &cobra.Command{Use: "create NAME --group GROUP...", Short: "Begin a community, which you administer", Args: cobra.MinimumNArgs(1)}
	c.Flags().StringArrayVar(&groups, "group", nil, "a group to take in, of which you are an admin; may be repeated")
	c.Flags().StringVar(&p.Description, "description", "", "what the community is about")
	c.Flags().StringVar(&file, "picture", "", "its picture: a JPEG, PNG or GIF file")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) (err error) {
		p.Name = strings.Join(args, " ")
		if p.Picture, err = groupPicture(file); err != nil {
			return err
		}
		for _, name := range groups {
			group, err := d.findGroup(ctx, name)
			if err != nil {
				return err
			}
			p.GroupIDs = append(p.GroupIDs, group.ID)
		}
		made, err := retryOnline(ctx, d, api.CreateCommunity, p)
		if err != nil {
			return err
		}
		d.settle(ctx)
		return d.printCommunity(made)
	})
}

func newCommunityGroups(std streams) *cobra.Command {
	return communityCommand(std, &cobra.Command{Use: "groups COMMUNITY", Short: "Show the groups of a community", Args: cobra.ExactArgs(1)},
		func(ctx context.Context, d *device, community api.Chat, _ []string) error {
			shown, err := api.Call(ctx, d.core, api.GetCommunity, api.ChatID{ChatID: community.ID})
			if err != nil {
				return err
			}
			return d.printCommunity(shown)
		})
}

// communityStates are what the states of groups mean to people.
var communityStates = map[api.CommunityGroupState]string{
	api.CommunityGroupJoined: "joined", api.CommunityGroupWaiting: "waiting for an admin", api.CommunityGroupOpen: "you can join",
	api.CommunityGroupAsk: "you can ask to join", api.CommunityGroupClosed: "its members add people",
	api.CommunityGroupUnconfirmed: "its admins have not confirmed",
}

func (d *device) printCommunity(c api.Community) error {
	return d.print(c, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %d people\n", d.style.Bold(terminal.Line(c.Name, 64)), c.Members)
		if c.Description != "" {
			fmt.Fprintln(w, terminal.Clean(c.Description))
		}
		for _, g := range c.Groups {
			fmt.Fprintf(w, "  %s  %s  %s\n", g.ChatID, terminal.Line(g.Name, 64), d.style.Dim(communityStates[g.State]))
		}
		if c.Link != "" {
			fmt.Fprintf(w, "Invite link: %s\n", c.Link)
		}
	})
}

func newCommunityLink(std streams) *cobra.Command {
	var fresh bool
	c := &cobra.Command{
		Use: "link COMMUNITY GROUP", Short: "Take a group into a community, and its people with it", Args: cobra.ExactArgs(2),
		Long: `Take a group into a community, and its people into the announcement group.

You have to be an admin of both. From then on only admins change the group's name and picture.`,
	}
	c.Flags().BoolVar(&fresh, "new", false, "begin a group of this name; everybody in the community can join it")
	return communityCommand(std, c, func(ctx context.Context, d *device, community api.Chat, args []string) error {
		if fresh {
			if _, err := retryOnline(ctx, d, api.CreateGroup, api.CreateGroupParams{Name: args[0], CommunityID: community.ID}); err != nil {
				return err
			}
			return d.showCommunity(ctx, community.ID)
		}
		group, err := d.findGroup(ctx, args[0])
		if err != nil {
			return err
		}
		if _, err := retryOnline(ctx, d, api.LinkGroup, api.CommunityGroupID{CommunityID: community.ID, ChatID: group.ID}); err != nil {
			return err
		}
		return d.showCommunity(ctx, community.ID)
	})
}

// showCommunity prints a community after a change of it.
func (d *device) showCommunity(ctx context.Context, id string) error {
	d.settle(ctx)
	shown, err := api.Call(ctx, d.core, api.GetCommunity, api.ChatID{ChatID: id})
	if err != nil {
		return err
	}
	return d.printCommunity(shown)
}

// groupIn finds a group of a community by its id or name.
func (d *device) groupIn(ctx context.Context, community api.Chat, name string) (id api.CommunityGroupID, err error) {
	shown, err := api.Call(ctx, d.core, api.GetCommunity, api.ChatID{ChatID: community.ID})
	if err != nil {
		return id, err
	}
	chats := make([]api.Chat, 0, len(shown.Groups))
	for _, g := range shown.Groups {
		chats = append(chats, api.Chat{ID: g.ChatID, Title: g.Name})
	}
	found, err := pickGroup(chats, name, errNoCommunityGroup)
	return api.CommunityGroupID{CommunityID: community.ID, ChatID: found.ID}, err
}

func newCommunityUnlink(std streams) *cobra.Command {
	return communityCommand(std, &cobra.Command{Use: "unlink COMMUNITY GROUP", Short: "Take a group out of a community; admins of either can", Args: cobra.ExactArgs(2)},
		func(ctx context.Context, d *device, community api.Chat, args []string) error {
			id, err := d.groupIn(ctx, community, args[0])
			if err != nil {
				return err
			}
			if _, err := retryOnline(ctx, d, api.UnlinkGroup, id); err != nil {
				return err
			}
			return d.showCommunity(ctx, community.ID)
		})
}

func newCommunityJoin(std streams) *cobra.Command {
	return communityCommand(std, &cobra.Command{Use: "join COMMUNITY GROUP", Short: "Join a group of your community, or ask to", Args: cobra.ExactArgs(2)},
		func(ctx context.Context, d *device, community api.Chat, args []string) error {
			id, err := d.groupIn(ctx, community, args[0])
			if err != nil {
				return err
			}
			if _, err := retryOnline(ctx, d, api.JoinCommunityGroup, id); err != nil {
				return err
			}
			return d.showCommunity(ctx, community.ID)
		})
}

func newCommunityLeave(std streams) *cobra.Command {
	var p api.LeaveCommunityParams
	c := &cobra.Command{Use: "leave COMMUNITY", Short: "Leave a community, on all your devices; what was announced stays", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&p.Groups, "groups", false, "leave its groups, too")
	return communityCommand(std, c, func(ctx context.Context, d *device, community api.Chat, _ []string) error {
		p.ChatID = community.ID
		if _, err := retryOnline(ctx, d, api.LeaveCommunity, p); err != nil {
			return err
		}
		d.settle(ctx)
		return d.print(api.None{}, func(w io.Writer) { fmt.Fprintf(w, "You have left %s.\n", terminal.Line(community.Title, 64)) })
	})
}

func newCommunityEnd(std streams) *cobra.Command {
	return communityCommand(std, &cobra.Command{Use: "end COMMUNITY", Short: "Take all groups out; the announcement group stays as a group", Args: cobra.ExactArgs(1)},
		func(ctx context.Context, d *device, community api.Chat, _ []string) error {
			chat, err := retryOnline(ctx, d, api.EndCommunity, api.ChatID{ChatID: community.ID})
			if err != nil {
				return err
			}
			d.settle(ctx)
			return d.print(chat, func(w io.Writer) { fmt.Fprintf(w, "%s is an ordinary group now.\n", terminal.Line(chat.Title, 64)) })
		})
}
