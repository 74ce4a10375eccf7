package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
)

// sharing is a command that puts something into the chat that --to names.
func sharing(std streams, c *cobra.Command, run func(ctx context.Context, d *device, chat api.Chat, args []string) error) *cobra.Command {
	var to string
	c.Flags().StringVar(&to, "to", "", "phone number with + and country code, or the name or id of a group")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		if err := required([2]string{"to", to}); err != nil {
			return err
		}
		chat, err := d.openChat(ctx, to)
		if err != nil {
			return err
		}
		return run(ctx, d, chat, args)
	})
}

func newPlace(std streams) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "place --to +E164|GROUP [--name NAME] LATITUDE,LONGITUDE", Short: "Send a place; no map service is asked", Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&name, "name", "", "what the place is called")
	return sharing(std, c, func(ctx context.Context, d *device, chat api.Chat, args []string) error {
		latitude, longitude, found := strings.Cut(args[0], ",")
		params := api.SendLocationParams{ChatID: chat.ID, Name: name}
		var err, err2 error
		params.Latitude, err = strconv.ParseFloat(strings.TrimSpace(latitude), 64)
		params.Longitude, err2 = strconv.ParseFloat(strings.TrimSpace(longitude), 64)
		if !found || err != nil || err2 != nil {
			return usageError("a place is two numbers, like 50.8796,4.7009")
		}
		return changeMessage(ctx, d, api.SendLocation, params, "The place was sent.")
	})
}

func newContactCard(std streams) *cobra.Command {
	c := &cobra.Command{
		Use: "card --to +E164|GROUP PHONE [NAME]", Short: "Send the number of somebody else as a contact card", Args: cobra.RangeArgs(1, 2),
	}
	return sharing(std, c, func(ctx context.Context, d *device, chat api.Chat, args []string) error {
		params := api.SendContactParams{ChatID: chat.ID, Phone: args[0]}
		if len(args) == 2 {
			params.Name = args[1]
		}
		return changeMessage(ctx, d, api.SendContact, params, "The card was sent.")
	})
}

// timers are the times after which messages can disappear, as the app offers them.
var timers = map[string]time.Duration{"off": 0, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "90d": 90 * 24 * time.Hour}

func newTimer(std streams) *cobra.Command {
	c := &cobra.Command{
		Use: "timer --to +E164|GROUP off|24h|7d|90d", Short: "Have new messages of a chat disappear after a time", Args: cobra.ExactArgs(1),
		Long: "Have new messages of a chat disappear after a time, on all devices of everybody in it.\n\nSomebody can still copy a message, or take a picture of the screen, before.",
	}
	return sharing(std, c, func(ctx context.Context, d *device, chat api.Chat, args []string) error {
		after, known := timers[args[0]]
		if !known {
			return usageError("a timer is off, 24h, 7d or 90d")
		}
		params := api.SetTimerParams{ChatID: chat.ID, Seconds: int64(after / time.Second)}
		return changeMessage(ctx, d, api.SetTimer, params, "Everybody in the chat is told.")
	})
}
