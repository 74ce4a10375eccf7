package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/wire"
)

func newPIN(std streams) *cobra.Command {
	c := accountCommand(std, &cobra.Command{
		Use:   "pin",
		Short: "Show or change two-step verification: the PIN that guards your number",
		Long: `Show or change two-step verification: the PIN that guards your number.

Without the PIN nobody can register your number on another phone. PINs are
asked for and never given on the command line.`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error { return d.showTwoStep(ctx) })
	c.AddCommand(newPINSet(std), newPINRemove(std), newPINConfirm(std), newPINEmail(std), newPINCancelReset(std))
	return c
}

// pinCommand is a command below "pin", which changes something and then shows
// what holds.
func pinCommand(std streams, use, short string, args cobra.PositionalArgs, change func(ctx context.Context, d *device, args []string) error) *cobra.Command {
	c := accountCommand(std, &cobra.Command{Use: use, Short: short, Args: args}, func(ctx context.Context, d *device, args []string) error {
		if err := change(ctx, d, args); err != nil {
			return err
		}
		return d.showTwoStep(ctx)
	})
	c.GroupID = ""
	return c
}

func newPINSet(std streams) *cobra.Command {
	return pinCommand(std, "set", "Set or change the PIN; only on the primary", cobra.NoArgs, func(ctx context.Context, d *device, _ []string) error {
		pin, err := d.askSecret(ctx, "New PIN of six digits: ")
		if err != nil {
			return err
		}
		again, err := d.askSecret(ctx, "The same again: ")
		if err != nil {
			return err
		}
		if pin != again {
			return errPINsDiffer
		}
		if pin == "" {
			return &api.Error{Code: wire.ErrorPinInvalid.String(), Message: wire.ErrorPinInvalid.Sentence()}
		}
		_, err = api.Call(ctx, d.core, api.SetPIN, api.PINParams{PIN: pin})
		return err
	})
}

var errPINsDiffer = &api.Error{Code: "pins_differ", Message: "The two PINs are not the same. Nothing was changed; please try again."}

func newPINRemove(std streams) *cobra.Command {
	return pinCommand(std, "remove", "Remove the PIN and the recovery address; only on the primary", cobra.NoArgs, func(ctx context.Context, d *device, _ []string) error {
		_, err := api.Call(ctx, d.core, api.SetPIN, api.PINParams{})
		return err
	})
}

func newPINConfirm(std streams) *cobra.Command {
	return pinCommand(std, "confirm", "Answer a reminder: check that you still know the PIN; only on the primary", cobra.NoArgs, func(ctx context.Context, d *device, _ []string) error {
		pin, err := d.askSecret(ctx, "PIN: ")
		if err != nil {
			return err
		}
		_, err = api.Call(ctx, d.core, api.ConfirmPIN, api.PINParams{PIN: pin})
		return err
	})
}

func newPINEmail(std streams) *cobra.Command {
	var remove bool
	c := pinCommand(std, "email [ADDRESS]", "Set the recovery address, which can reset the PIN; only on the primary", cobra.MaximumNArgs(1), func(ctx context.Context, d *device, args []string) error {
		if remove == (len(args) == 1) {
			return usageError("give either an address or --remove")
		}
		if remove {
			_, err := api.Call(ctx, d.core, api.SetRecoveryEmail, api.EmailParams{})
			return err
		}
		sent, err := api.Call(ctx, d.core, api.SetRecoveryEmail, api.EmailParams{Address: args[0], Language: language(os.Getenv)})
		if err != nil {
			return err
		}
		return d.askUntil(ctx, d.ask, fmt.Sprintf("Code sent to %s: ", sent.Email), func(code string) error {
			_, err := api.Call(ctx, d.core, api.ConfirmRecoveryEmail, api.MailCodeParams{Code: code})
			return err
		})
	})
	c.Flags().BoolVar(&remove, "remove", false, "remove the recovery address")
	return c
}

func newPINCancelReset(std streams) *cobra.Command {
	return pinCommand(std, "cancel-reset", "Cancel the reset of the PIN that somebody has asked for; on any device", cobra.NoArgs, func(ctx context.Context, d *device, _ []string) error {
		_, err := api.Call(ctx, d.core, api.CancelPINReset, api.None{})
		return err
	})
}

// showTwoStep prints the two-step verification of the account.
func (d *device) showTwoStep(ctx context.Context) error {
	ts, err := api.Call(ctx, d.core, api.GetTwoStep, api.None{})
	if err != nil {
		return err
	}
	return d.print(ts, func(w io.Writer) {
		if !ts.PINSet {
			fmt.Fprintln(w, "No PIN is set. Whoever receives your registration codes can register your number.")
			return
		}
		fmt.Fprintln(w, "A PIN guards your number.")
		if ts.Email != "" {
			fmt.Fprintf(w, "Recovery address: %s\n", ts.Email)
		}
		if ts.ReminderAt > 0 && ts.ReminderAt <= d.now().UnixMilli() {
			fmt.Fprintln(w, "Do you still know it? Run 'parley pin confirm', or 'parley pin set' for a new one.")
		}
		if ts.ResetReadyAt > 0 {
			fmt.Fprintf(w, "Somebody has asked to register your number without PIN, from %s.\nIf it was not you, run 'parley pin cancel-reset'.\n",
				time.UnixMilli(ts.ResetReadyAt).Format(time.DateTime))
		}
	})
}

// askUntil asks, with ask or askSecret, until the answer is taken or cannot be
// mended by typing it again.
func (d *device) askUntil(ctx context.Context, ask func(context.Context, string) (string, error), question string, try func(answer string) error) error {
	for {
		answer, err := ask(ctx, question)
		if err != nil {
			return err
		}
		err = try(answer)
		if !mayTryAgain(err) {
			return err
		}
		fmt.Fprintln(d.std.err, plainError(err).Message)
	}
}

// mayTryAgain holds for what was mistyped.
func mayTryAgain(err error) bool {
	if errors.Is(err, api.ErrCodeFormat) {
		return true
	}
	var e *api.Error
	return isCode(err, wire.ErrorPinInvalid) || errors.As(err, &e) && e.Code == wire.ErrorCodeWrong.String() && e.TriesLeft > 0
}

// isCode reports whether an error is one of the relay's.
func isCode(err error, code wire.ErrorCode) bool {
	var e *api.Error
	return errors.As(err, &e) && e.Code == code.String()
}
