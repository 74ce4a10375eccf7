package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
)

func newReact(std streams) *cobra.Command {
	var remove bool
	c := &cobra.Command{
		Use: "react MESSAGE-ID [EMOJI | --remove]", Short: "Put an emoji under a message, in the place of your former one", Args: cobra.RangeArgs(1, 2),
	}
	c.Flags().BoolVar(&remove, "remove", false, "take your emoji away")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		if remove == (len(args) == 2) {
			return api.ErrEmojiInvalid
		}
		params := api.ReactParams{ID: args[0]}
		if !remove {
			params.Emoji = args[1]
		}
		return changeMessage(ctx, d, api.React, params, "Others see it under the message.")
	})
}

func newEdit(std streams) *cobra.Command {
	var mention []string
	c := &cobra.Command{
		Use: "edit MESSAGE-ID [--mention NAME]... TEXT", Short: "Change a message of yours, within 15 minutes; others see that it was edited", Args: cobra.MinimumNArgs(2),
		Long: "Change a message of yours, within 15 minutes. Others see that it was edited, and what it said before.\n\nTEXT \"-\" reads the text from standard input.",
	}
	c.Flags().StringArrayVar(&mention, "mention", nil, "name or number of a member of the group, who stands as @NAME in the text; may be repeated")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		text, err := d.text(args[1:])
		if err != nil {
			return err
		}
		params := api.EditParams{ID: args[0], Text: text}
		if len(mention) > 0 {
			details, err := api.Call(ctx, d.core, api.GetMessageDetails, api.MessageID{ID: args[0]})
			if err != nil {
				return err
			}
			if params.Mentions, err = d.mentions(ctx, details.Message.ChatID, text, mention); err != nil {
				return err
			}
		}
		return changeMessage(ctx, d, api.Edit, params, "The message was edited.")
	})
}

func newDelete(std streams) *cobra.Command {
	var forEveryone bool
	c := &cobra.Command{
		Use: "delete [--for-everyone] MESSAGE-ID...", Short: "Delete messages on all your devices, or for everyone", Args: cobra.MinimumNArgs(1),
	}
	c.Flags().BoolVar(&forEveryone, "for-everyone", false, "on the devices of all people in the chat: messages of yours, for two days")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		params := api.DeleteParams{IDs: args, ForEveryone: forEveryone}
		return changeMessage(ctx, d, api.Delete, params, "Deleted.")
	})
}

// pinTimes are the times for which a message can be pinned, as the app offers them.
var pinTimes = map[string]time.Duration{"24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "30d": 30 * 24 * time.Hour}

func newPinMessage(std streams) *cobra.Command {
	var length string
	c := &cobra.Command{
		Use: "pin-message [--for 24h|7d|30d] MESSAGE-ID", Short: "Have a message stand at the top of its chat for everybody in it", Args: cobra.ExactArgs(1),
		Long: "Have a message stand at the top of its chat for everybody in it, for a week if nothing else is said.\n\n" +
			"At most three do; the first that was pinned gives way. In a group whose details only admins change, only they pin.\n'parley pin' is about the PIN of your number, 'parley chat pin' about the list of chats.",
	}
	c.Flags().StringVar(&length, "for", "7d", "for how long: 24h, 7d or 30d")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		pinned, known := pinTimes[length]
		if !known {
			return usageError("--for is 24h, 7d or 30d")
		}
		return changeMessage(ctx, d, api.Pin, api.PinParams{ID: args[0], Seconds: int64(pinned / time.Second)}, "Everybody in the chat sees it at the top.")
	})
}

func newUnpinMessage(std streams) *cobra.Command {
	c := &cobra.Command{Use: "unpin-message MESSAGE-ID", Short: "Take a message away from the top of its chat", Args: cobra.ExactArgs(1)}
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		return changeMessage(ctx, d, api.Pin, api.PinParams{ID: args[0]}, "The message is not pinned any more.")
	})
}

func newPoll(std streams) *cobra.Command {
	var multiple bool
	c := &cobra.Command{
		Use: "poll --to +E164|GROUP [--multiple] QUESTION ANSWER ANSWER...", Short: "Ask a question with answers to choose from", Args: cobra.MinimumNArgs(3),
	}
	c.Flags().BoolVar(&multiple, "multiple", false, "more than one answer may be chosen")
	return sharing(std, c, func(ctx context.Context, d *device, chat api.Chat, args []string) error {
		params := api.SendPollParams{ChatID: chat.ID, Question: args[0], Options: args[1:], Multiple: multiple}
		return changeMessage(ctx, d, api.SendPoll, params, "Asked. Others answer in the app, or with: parley vote")
	})
}

func newVote(std streams) *cobra.Command {
	var chosen []int
	c := &cobra.Command{
		Use: "vote MESSAGE-ID [--choose N]...", Short: "Answer a poll; without --choose, take your answer back", Args: cobra.ExactArgs(1),
	}
	c.Flags().IntSliceVar(&chosen, "choose", nil, "the number of an answer, from 1 on; may be repeated")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		params := api.VoteParams{ID: args[0], Options: []int{}}
		for _, n := range chosen {
			params.Options = append(params.Options, n-1)
		}
		return changeMessage(ctx, d, api.Vote, params, "Your answer counts.")
	})
}

func newForward(std streams) *cobra.Command {
	var to []string
	c := &cobra.Command{
		Use: "forward --to +E164|GROUP... MESSAGE-ID...", Short: "Send messages to other chats, marked as forwarded", Args: cobra.MinimumNArgs(1),
	}
	c.Flags().StringArrayVar(&to, "to", nil, "phone number with + and country code, or the name or id of a group; may be repeated")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		if err := required([2]string{"to", strings.Join(to, "")}); err != nil {
			return err
		}
		params := api.ForwardParams{IDs: args}
		for _, number := range to {
			chat, err := d.openChat(ctx, number)
			if err != nil {
				return err
			}
			params.ChatIDs = append(params.ChatIDs, chat.ID)
		}
		return changeMessage(ctx, d, api.Forward, params, "Forwarded.")
	})
}

// changeMessage runs a method, waits until others have been told, and says so.
func changeMessage[P, R any](ctx context.Context, d *device, m api.Method[P, R], params P, said string) error {
	result, err := api.Call(ctx, d.core, m, params)
	if err != nil {
		return err
	}
	d.settle(ctx)
	return d.print(result, func(w io.Writer) { fmt.Fprintln(w, said) })
}
