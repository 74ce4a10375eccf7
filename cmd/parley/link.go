package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
	"parley/wire"
)

// errRejected is what the person at the primary decided.
var errRejected = &api.Error{Code: "link_rejected", Message: "The primary device declined this device. Nothing was linked."}

func newLink(std streams) *cobra.Command {
	var params api.StartLinkParams
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "link --relay URL --device-name NAME",
		Short: "Link this device to an account that exists on another one",
		Long: `Link this device to an account that exists on another one.

It shows a QR code, and the same as a parley://link… address. Scan the code with
the primary device under Settings → Linked devices, or give the address to
'parley devices link' there. A code is good for a minute; then a new one is
shown.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&params.Relay, "relay", "", "address of the relay, like https://chat.example.org")
	c.Flags().StringVar(&params.DeviceName, "device-name", "", "name of this device in the list of devices")
	c.Flags().DurationVar(&timeout, "timeout", 0, "give up after this time, like 5m (default: wait)")
	return deviceCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if err := required([2]string{"relay", params.Relay}, [2]string{"device-name", params.DeviceName}); err != nil {
			return err
		}
		ctx, cancel := withTimeout(ctx, timeout)
		defer cancel()
		return d.linkTo(ctx, params)
	})
}

// withTimeout is context.WithTimeout where 0 means none.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, api.ErrTimeout)
}

// linkTo shows codes until one was used.
func (d *device) linkTo(ctx context.Context, params api.StartLinkParams) error {
	events := newEventQueue()
	defer d.core.Subscribe(events.add)()
	if err := d.offer(ctx, params); err != nil {
		return err
	}
	for {
		e, err := events.next(ctx)
		if err != nil {
			// A code nobody waits for any more must not link this device.
			_, _ = api.Call(context.WithoutCancel(ctx), d.core, api.CancelLink, api.None{})
			return err
		}
		done, err := d.linkEvent(ctx, params, e)
		if done || err != nil {
			return err
		}
	}
}

// linkEvent follows what happens to the code; done when linked.
func (d *device) linkEvent(ctx context.Context, params api.StartLinkParams, e event) (done bool, err error) {
	if e.name == api.OnReset.Name {
		// The process that held the code is gone.
		return false, d.offer(ctx, params)
	}
	var progress api.LinkProgress
	if e.name != api.OnLink.Name {
		return false, nil
	}
	if err := json.Unmarshal(e.data, &progress); err != nil {
		return false, err
	}
	if d.json {
		if err := d.line(e.name, e.data); err != nil {
			return false, err
		}
	}
	switch progress.State {
	case api.LinkClaimed:
		d.sayHuman("Scanned. Now confirm on the primary device.")
	case api.LinkAccepted:
		return true, d.linked(ctx)
	case api.LinkRejected:
		return false, errRejected
	case api.LinkExpired:
		return false, d.offer(ctx, params)
	case api.LinkFailed:
		return false, linkFailure(progress)
	}
	return false, nil
}

func linkFailure(progress api.LinkProgress) error {
	if progress.Error == nil {
		return api.ErrInternal
	}
	if progress.Error.Code == wire.ErrorCertificateInvalid.String() {
		return api.ErrLinkTampered
	}
	return progress.Error
}

// offer gets a code and shows it.
func (d *device) offer(ctx context.Context, params api.StartLinkParams) error {
	offer, err := api.Call(ctx, d.core, api.StartLink, params)
	if err != nil {
		return err
	}
	if d.json {
		return d.line("offer", offer)
	}
	drawing, err := d.style.QR(offer.URI)
	if err != nil {
		return err
	}
	valid := time.UnixMilli(offer.ExpiresAt).Sub(d.now())
	fmt.Fprintf(d.std.out, "%s\nScan this on your primary device under Linked devices, or run there: parley devices link URI\n%s\nGood for %.0f seconds, then a new one comes.\n",
		drawing, offer.URI, max(valid.Seconds(), 0))
	return nil
}

// linked prints which account this device has got, and follows its history.
func (d *device) linked(ctx context.Context) error {
	status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
	if err != nil {
		return err
	}
	d.sayHuman(fmt.Sprintf("Linked to %s (%s) as %s.", status.Phone, terminal.Line(status.Name, 64), terminal.Line(status.DeviceName, 64)))
	if err := d.followHistory(ctx); err != nil {
		return err
	}
	d.settle(ctx)
	if !d.json {
		return nil
	}
	if status, err = api.Call(ctx, d.core, api.GetStatus, api.None{}); err != nil {
		return err
	}
	return d.line(api.OnStatus.Name, status)
}

// followHistory shows the history of a new device coming, as long as it does.
func (d *device) followHistory(ctx context.Context) error {
	err := d.awaitHistory(ctx, historyPatience, func(h api.History) (string, bool) {
		if h.Receiving == nil { // not yet asked for
			return "", false
		}
		return received(h)
	})
	if errors.Is(err, errHistoryLater) {
		d.say("The rest of the history comes when another of your devices is online.")
		return nil
	}
	return err
}

// sayHuman writes a line that programs do not need.
func (d *device) sayHuman(text string) {
	if !d.json {
		fmt.Fprintln(d.std.out, text)
	}
}
