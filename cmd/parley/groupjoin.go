package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/ident"
	"parley/internal/terminal"
)

var errNotAsking = &api.Error{Code: "join_request_unknown", Message: "Nobody with this number asks to join. 'parley group requests' lists who does."}

func newGroupRequests(std streams) *cobra.Command {
	return groupCommand(std, &cobra.Command{Use: "requests GROUP", Short: "List who asks to join; admins decide", Args: cobra.ExactArgs(1)},
		func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
			g, err := api.Call(ctx, d.core, api.GetGroup, api.ChatID{ChatID: chat.ID})
			if err != nil {
				return err
			}
			return d.print(g, func(w io.Writer) {
				for _, p := range g.Requests {
					fmt.Fprintf(w, "%s  %s\n", terminal.Line(personName(p.Name, false), 64), p.Phone)
				}
				if len(g.Requests) == 0 {
					fmt.Fprintln(w, "Nobody asks to join.")
				}
			})
		})
}

// newGroupAnswer is 'group approve' and 'group decline'.
func newGroupAnswer(std streams, approve bool) *cobra.Command {
	c := &cobra.Command{Use: "decline GROUP +E164...", Short: "Decline people who ask to join", Args: cobra.MinimumNArgs(2)}
	if approve {
		c.Use, c.Short = "approve GROUP +E164...", "Let people in who ask to join"
	}
	return groupCommand(std, c, func(ctx context.Context, d *device, chat api.Chat, phones []string) error {
		g, err := api.Call(ctx, d.core, api.GetGroup, api.ChatID{ChatID: chat.ID})
		if err != nil {
			return err
		}
		answer := api.JoinAnswer{ChatID: chat.ID, Approve: approve}
		for _, text := range phones {
			phone, err := ident.ParsePhone(text)
			if err != nil {
				return api.ErrPhoneInvalid
			}
			i := slices.IndexFunc(g.Requests, func(p api.Person) bool { return p.Phone == string(phone) })
			if i < 0 {
				return errNotAsking
			}
			answer.AccountIDs = append(answer.AccountIDs, g.Requests[i].AccountID)
		}
		if g, err = retryOnline(ctx, d, api.AnswerJoin, answer); err != nil {
			return err
		}
		d.settle(ctx)
		return d.printGroup(g)
	})
}

func newGroupWithdraw(std streams) *cobra.Command {
	return groupCommand(std, &cobra.Command{Use: "withdraw GROUP", Short: "Take back that you asked to join; GROUP is the id that 'join' told", Args: cobra.ExactArgs(1)},
		func(ctx context.Context, d *device, chat api.Chat, _ []string) error {
			shown, err := retryOnline(ctx, d, api.WithdrawJoin, api.ChatID{ChatID: chat.ID})
			if err != nil {
				return err
			}
			return d.print(shown, func(w io.Writer) { fmt.Fprintln(w, "You do not ask to join any more.") })
		})
}
