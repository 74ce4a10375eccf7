package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
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
	var code bool
	c := &cobra.Command{
		Use:   "link --relay URL --device-name NAME",
		Short: "Link this device to an account that exists on another one, or move it here",
		Long: `Link this device to an account that exists on another one.

It shows a QR code, and the same as a parley://link… address. Scan the code with
the primary device under Settings → Linked devices, or give the address to
'parley devices link' there. A code is good for a minute; then a new one is
shown.

With --code it shows eight letters and digits to be typed instead. Then both
devices show four words: say yes, on both, only if they are the same.

With --move this device becomes the account's primary; the one that was stays as
a linked device. Scan the code with it, or give it to 'parley devices move'.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&params.Relay, "relay", "", "address of the relay, like https://chat.example.org")
	c.Flags().StringVar(&params.DeviceName, "device-name", "", "name of this device in the list of devices")
	c.Flags().BoolVar(&code, "code", false, "show a code to be typed, for a primary device without a camera")
	c.Flags().BoolVar(&params.Move, "move", false, "move the account here: this device becomes the primary")
	c.Flags().DurationVar(&timeout, "timeout", 0, "give up after this time, like 5m (default: wait)")
	return deviceCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if err := required([2]string{"relay", params.Relay}, [2]string{"device-name", params.DeviceName}); err != nil {
			return err
		}
		ctx, cancel := withTimeout(ctx, timeout)
		defer cancel()
		return d.linkTo(ctx, params, code)
	})
}

// withTimeout is context.WithTimeout where 0 means none.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, api.ErrTimeout)
}

// newLinking is how a new device gets an account.
type newLinking struct {
	*device
	params api.StartLinkParams
	// code shows codes to be typed.
	code bool
	// asking is the question about the words; fail ends linking if it is not answered.
	asking   sync.WaitGroup
	compared bool
	fail     context.CancelCauseFunc
}

// linkTo shows codes until one was used.
func (d *device) linkTo(ctx context.Context, params api.StartLinkParams, code bool) error {
	ctx, fail := context.WithCancelCause(ctx)
	l := &newLinking{device: d, params: params, code: code, fail: fail}
	defer l.asking.Wait()
	defer fail(nil)
	events := newEventQueue()
	defer d.core.Subscribe(events.add)()
	if err := l.offer(ctx); err != nil {
		return err
	}
	for {
		e, err := events.next(ctx)
		if err != nil {
			// A code nobody waits for any more must not link this device.
			_, _ = api.Call(context.WithoutCancel(ctx), d.core, api.CancelLink, api.None{})
			return err
		}
		done, err := l.linkEvent(ctx, e)
		if done || err != nil {
			return err
		}
	}
}

// linkEvent follows what happens to the code; done when linked.
func (d *newLinking) linkEvent(ctx context.Context, e event) (done bool, err error) {
	if e.name == api.OnReset.Name {
		if d.compared {
			return false, errCodeOver
		}
		// The process that held the code is gone.
		return false, d.offer(ctx)
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
	case api.LinkComparing:
		d.compared = true
		if err := d.wordsEvent(progress.Words); err != nil {
			return false, err
		}
		d.asking.Go(func() {
			if err := d.compareWords(ctx, progress.Words); err != nil {
				d.fail(err)
			}
		})
	case api.LinkClaimed:
		d.sayHuman(map[bool]string{false: "Scanned. Now confirm on the primary device.", true: "Now confirm on the primary device."}[d.code])
	case api.LinkAccepted:
		return true, d.linked(ctx)
	case api.LinkRejected:
		return false, errRejected
	case api.LinkExpired:
		if d.compared {
			return false, errCodeOver
		}
		return false, d.offer(ctx)
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
func (d *newLinking) offer(ctx context.Context) error {
	if d.code {
		return d.offerCode(ctx, d.params)
	}
	offer, err := api.Call(ctx, d.core, api.StartLink, d.params)
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
	verb := "link"
	if d.params.Move {
		verb = "move"
	}
	fmt.Fprintf(d.std.out, "%s\nScan this on your primary device under Linked devices, or run there: parley devices %s URI\n%s\nGood for %.0f seconds, then a new one comes.\n",
		drawing, verb, offer.URI, max(valid.Seconds(), 0))
	return nil
}

// linked prints which account this device has got, and follows its history.
func (d *device) linked(ctx context.Context) error {
	status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
	if err != nil {
		return err
	}
	d.sayHuman(fmt.Sprintf("Linked to %s (%s) as %s.", status.Phone, terminal.Line(status.Name, 64), terminal.Line(status.DeviceName, 64)))
	if status.Primary {
		d.sayHuman("This is its primary device now.")
	}
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
