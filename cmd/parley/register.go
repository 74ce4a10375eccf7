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
	"parley/internal/terminal"
	"parley/wire"
)

// The ways to go on without the PIN.
const (
	resetByMail = "mail"
	resetByWait = "wait"
)

func newRegister(std streams) *cobra.Command {
	var params api.RegisterParams
	var how registration
	c := &cobra.Command{
		Use:   "register --relay URL --phone +E164 --name NAME",
		Short: "Make this the primary device of a phone number",
		Long: `Make this the primary device of a phone number.

Without --code the relay is asked to send one, and you are asked to type it. A
number with two-step verification needs its PIN, too. Who has forgotten it gets
a code by mail with --reset-pin mail, or asks with --reset-pin wait to register
without PIN in seven days; every device of the account can cancel that.

Registering a number that has an account logs all its devices out. You are asked
first, and can link this device instead; with --take-over nothing is asked.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&params.Relay, "relay", "", "address of the relay, like https://chat.example.org")
	c.Flags().StringVar(&params.Phone, "phone", "", "your phone number with + and country code")
	c.Flags().StringVar(&params.Name, "name", "", "your name as others see it")
	c.Flags().StringVar(&params.Code, "code", "", "registration code that you have already")
	c.Flags().StringVar(&params.DeviceName, "device-name", "", "name of this device in your list of devices")
	c.Flags().StringVar(&how.reset, "reset-pin", "", "without the PIN: 'mail' for a code to the recovery address, 'wait' to begin the seven days")
	c.Flags().BoolVar(&how.takeOver, "take-over", false, "if the number has an account, log all its devices out without asking")
	return deviceCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if err := required([2]string{"relay", params.Relay}, [2]string{"phone", params.Phone}, [2]string{"name", params.Name}); err != nil {
			return err
		}
		if how.reset != "" && how.reset != resetByMail && how.reset != resetByWait {
			return usageError("--reset-pin is 'mail' or 'wait'")
		}
		return d.register(ctx, params, how)
	})
}

// errLinkInstead ends a registration: the person would rather link this device.
var errLinkInstead = errors.New("link this device instead")

// registration is how to go on where a number has an account already.
type registration struct {
	reset    string
	takeOver bool
}

func (d *device) register(ctx context.Context, params api.RegisterParams, how registration) error {
	try := func(code string) error {
		params.Code = code
		return d.prove(ctx, params, how)
	}
	var err error
	if params.Code != "" {
		err = try(params.Code)
	} else if err = d.requestCode(ctx, params); err == nil {
		err = d.askUntil(ctx, d.ask, "Code: ", try)
	}
	if errors.Is(err, errLinkInstead) {
		return d.linkTo(ctx, api.StartLinkParams{Relay: params.Relay, DeviceName: params.DeviceName}, false)
	}
	if err != nil {
		return err
	}
	status, err := api.Call(ctx, d.core, api.Register, params)
	if err != nil {
		return err
	}
	return d.print(status, func(w io.Writer) {
		fmt.Fprintf(w, "%s is registered here as %s. This is its primary device.\n", status.Phone, terminal.Line(status.Name, 64))
	})
}

// prove proves the number, and asks where it has an account. The code is spent
// with it, and the core keeps what it proved.
func (d *device) prove(ctx context.Context, params api.RegisterParams, how registration) error {
	verified, err := api.Call(ctx, d.core, api.VerifyCode, api.VerifyCodeParams{
		Relay: params.Relay, Phone: params.Phone, Code: params.Code, Name: params.Name,
	})
	if err != nil {
		return err
	}
	if verified.Existing && !how.takeOver {
		if err := d.confirmTakeover(ctx); err != nil {
			return err
		}
	}
	if verified.PINNeeded {
		return d.passPIN(ctx, verified, how.reset)
	}
	return nil
}

// confirmTakeover says what registering does to the account's other devices, and
// asks (M4).
func (d *device) confirmTakeover(ctx context.Context) error {
	d.say(`This number has an account. If you register it here,
  - all other devices of the account are logged out at once;
  - their messages are removed, and this device begins without any: they cannot be brought back;
  - the people you write to see in the chat that your security keys changed.
If you still have one of these devices, link this one instead, and nothing is lost.
  1  link this device instead
  2  go on and log the others out`)
	answer, err := d.ask(ctx, "1 or 2: ")
	switch {
	case err != nil && !errors.Is(err, errNoAnswer):
		return err
	case answer == "1":
		return errLinkInstead
	case answer == "2":
		return nil
	}
	return &api.Error{Code: "takeover_declined", Message: "Nothing was changed. Link this device with 'parley link', or register it with a new code and --take-over."}
}

// passPIN proves the PIN of the number, or goes the way without it.
func (d *device) passPIN(ctx context.Context, verified api.CodeVerified, reset string) error {
	switch reset {
	case resetByMail:
		sent, err := api.Call(ctx, d.core, api.RequestPINResetMail, api.MailParams{Language: language(os.Getenv)})
		if err != nil {
			return err
		}
		return d.askUntil(ctx, d.ask, fmt.Sprintf("Code sent to %s: ", sent.Email), func(code string) error {
			_, err := api.Call(ctx, d.core, api.VerifyPINResetMail, api.MailCodeParams{Code: code})
			return err
		})
	case resetByWait:
		started, err := api.Call(ctx, d.core, api.StartPINReset, api.None{})
		if err != nil {
			return err
		}
		return &api.Error{Code: wire.ErrorPinNeeded.String(), Message: fmt.Sprintf(
			"This number can be registered without its PIN from %s, for seven days. Come back then; until then its devices can cancel it.",
			time.UnixMilli(started.ReadyAt).Format(time.DateTime))}
	}
	if verified.PINTriesLeft == 0 {
		return &api.Error{Code: wire.ErrorPinLocked.String(), Message: "The PIN was wrong too often. Go on with --reset-pin mail or --reset-pin wait."}
	}
	return d.askUntil(ctx, d.askSecret, "PIN of two-step verification: ", func(pin string) error {
		_, err := api.Call(ctx, d.core, api.VerifyPIN, api.PINParams{PIN: pin})
		return err
	})
}

func (d *device) requestCode(ctx context.Context, params api.RegisterParams) error {
	sent, err := api.Call(ctx, d.core, api.RequestCode, api.RequestCodeParams{Relay: params.Relay, Phone: params.Phone, Language: language(os.Getenv)})
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
