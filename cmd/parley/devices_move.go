package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
	"parley/wire"
)

func newDevicesMove(std streams) *cobra.Command {
	var yes bool
	var replace string
	c := &cobra.Command{
		Use:   "move URI|CODE",
		Short: "Move the account to the new device that shows this code; only on the primary",
		Long: `Move the account to the new device that shows this code, with 'parley link
--move' or in the app; only on the primary.

The new device becomes the primary. This one stays as a linked device, keeps its
messages, and cannot link or log out others any more. With two-step verification
the PIN is asked for, also with --yes.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&replace, "replace", "", "if there are too many devices, log the one with this id out instead of asking")
	c.Flags().BoolVar(&yes, "yes", false, "ask for nothing but the PIN")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		uri, err := d.linkURI(ctx, args[0])
		if err != nil {
			return err
		}
		return d.moveAccount(ctx, uri, replace, yes)
	})
}

// moveAccount shows who wants to be the primary, asks, and gives it the account (M4).
func (d *device) moveAccount(ctx context.Context, uri api.LinkURI, replace string, yes bool) error {
	request, err := d.inspectLink(ctx, uri, replace, yes)
	if err != nil {
		return err
	}
	if !request.Move {
		return api.ErrLinkStays
	}
	if !yes {
		if err := d.confirmLink(ctx, uri, "This device becomes your primary; the one you are at stays as a linked device. Move the account? [y/N] "); err != nil {
			return err
		}
	}
	moved, err := d.acceptMove(ctx, uri, request.PINNeeded)
	if err != nil {
		return err
	}
	err = d.print(moved, func(w io.Writer) {
		name := terminal.Line(moved.Name, 64)
		if moved.Primary {
			fmt.Fprintf(w, "%s is your primary device now. This one is a linked device.\n", name)
		} else {
			fmt.Fprintf(w, "%s has the account's key and becomes your primary as soon as it is online. Until then this one is.\n", name)
		}
	})
	if err != nil {
		return err
	}
	// The new device gets its history as long as this one is online.
	if err := d.awaitHistory(ctx, historyPatience, sentTo(moved.ID)); err != nil && !errors.Is(err, errHistoryLater) {
		return err
	}
	d.settle(ctx) // it is told where the last of it is
	return nil
}

// acceptMove asks for the PIN until it is right, if there is one.
func (d *device) acceptMove(ctx context.Context, uri api.LinkURI, withPIN bool) (moved api.Device, err error) {
	accept := func(pin string) error {
		moved, err = callOnline(ctx, d, api.AcceptMove, api.AcceptMoveParams{URI: uri.URI, PIN: pin})
		return err
	}
	if !withPIN {
		err = accept("")
		return moved, err
	}
	for {
		pin, err := d.ask(ctx, "PIN: ")
		if err != nil {
			return moved, err
		}
		err = accept(pin)
		var e *api.Error
		if !isCode(err, wire.ErrorPinWrong) || !errors.As(err, &e) || e.TriesLeft == 0 || e.RetryAfterMS > 0 {
			return moved, err
		}
		fmt.Fprintln(d.std.err, plainError(err).Message)
	}
}
