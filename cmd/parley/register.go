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

func newRegister(std streams) *cobra.Command {
	var params api.RegisterParams
	c := &cobra.Command{
		Use:   "register --relay URL --phone +E164 --name NAME",
		Short: "Make this the primary device of a phone number",
		Long: `Make this the primary device of a phone number.

Without --code the relay is asked to send one, and you are asked to type it.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&params.Relay, "relay", "", "address of the relay, like https://chat.example.org")
	c.Flags().StringVar(&params.Phone, "phone", "", "your phone number with + and country code")
	c.Flags().StringVar(&params.Name, "name", "", "your name as others see it")
	c.Flags().StringVar(&params.Code, "code", "", "registration code that you have already")
	c.Flags().StringVar(&params.DeviceName, "device-name", "", "name of this device in your list of devices")
	return deviceCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if err := required([2]string{"relay", params.Relay}, [2]string{"phone", params.Phone}, [2]string{"name", params.Name}); err != nil {
			return err
		}
		return d.register(ctx, params)
	})
}

func (d *device) register(ctx context.Context, params api.RegisterParams) error {
	ask := params.Code == ""
	if ask {
		if err := d.requestCode(ctx, params); err != nil {
			return err
		}
	}
	for {
		if ask {
			var err error
			if params.Code, err = d.ask(ctx, "Code: "); err != nil {
				return err
			}
		}
		status, err := api.Call(ctx, d.core, api.Register, params)
		if ask && mayTryAgain(err) {
			fmt.Fprintln(d.std.err, plainError(err).Message)
			continue
		}
		if err != nil {
			return err
		}
		return d.print(status, func(w io.Writer) {
			fmt.Fprintf(w, "%s is registered here as %s. This is its primary device.\n", status.Phone, terminal.Line(status.Name, 64))
		})
	}
}

func (d *device) requestCode(ctx context.Context, params api.RegisterParams) error {
	sent, err := api.Call(ctx, d.core, api.RequestCode, api.RequestCodeParams{Relay: params.Relay, Phone: params.Phone})
	if err != nil {
		return err
	}
	if sent.Sender == "console" {
		d.say("The relay has written a six-digit code for %s into its log; its operator sees it there.", terminal.Line(params.Phone, 32))
	} else {
		d.say("A six-digit code is on its way.")
	}
	return nil
}

// mayTryAgain holds for a code that was mistyped.
func mayTryAgain(err error) bool {
	if errors.Is(err, api.ErrCodeFormat) {
		return true
	}
	var wrong *api.Error
	return errors.As(err, &wrong) && wrong.Code == wire.ErrorCodeWrong.String() && wrong.TriesLeft > 0
}
