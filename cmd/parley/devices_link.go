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

// errDeclined is the error of a link that the person did not want.
var errDeclined = &api.Error{Code: "link_declined", Message: "Nothing was linked."}

func newDevicesLink(std streams) *cobra.Command {
	var yes bool
	var replace string
	c := &cobra.Command{
		Use:   "link URI|CODE",
		Short: "Link the new device that shows this code; only on the primary",
		Long: `Link the new device that shows this code; only on the primary.

The code is the address beside a QR code, or eight letters and digits. With the
latter both devices show four words, and it is asked whether they are the same;
--yes does not answer that.

If the account has all the devices it may have, they are listed, and the one to
be logged out is asked for. Then linking goes on with the same code. With --yes
nothing is asked: name the device with --replace.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&replace, "replace", "", "if there are too many devices, log the one with this id out instead of asking")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		uri, err := d.linkURI(ctx, args[0])
		if err != nil {
			return err
		}
		return d.acceptLink(ctx, uri, replace, yes)
	})
}

// inspectLink shows who wants to be linked, or to become the primary (M26).
func (d *device) inspectLink(ctx context.Context, uri api.LinkURI, replace string, yes bool) (api.LinkRequest, error) {
	request, err := callOnline(ctx, d, api.InspectLink, uri)
	if errors.Is(err, errTooManyDevices) && (replace != "" || !yes) {
		if err := d.makeRoom(ctx, uri, replace); err != nil {
			return request, err
		}
		request, err = callOnline(ctx, d, api.InspectLink, uri)
	}
	if err == nil {
		d.showLinkRequest(request)
	}
	return request, err
}

// acceptLink asks, and links (M25).
func (d *device) acceptLink(ctx context.Context, uri api.LinkURI, replace string, yes bool) error {
	request, err := d.inspectLink(ctx, uri, replace, yes)
	if err != nil {
		return err
	}
	if request.Move {
		return api.ErrLinkMoves
	}
	if !yes {
		if err := d.confirmLink(ctx, uri, "This device will read and write all your messages. Link it? [y/N] "); err != nil {
			return err
		}
	}
	linked, err := callOnline(ctx, d, api.AcceptLink, uri)
	if err != nil {
		return err
	}
	if err := d.print(linked, func(w io.Writer) { fmt.Fprintf(w, "%s is linked.\n", terminal.Line(linked.Name, 64)) }); err != nil {
		return err
	}
	// The new device gets its history as long as this one is online.
	if err := d.awaitHistory(ctx, historyPatience, sentTo(linked.ID)); err != nil && !errors.Is(err, errHistoryLater) {
		return err
	}
	d.settle(ctx) // it is told where the last of it is
	return nil
}

// errTooManyDevices compares by its code.
var errTooManyDevices = &api.Error{Code: wire.ErrorTooManyDevices.String(), Message: wire.ErrorTooManyDevices.Sentence()}

// errNoLinkedDevices: the operator allows none (M40).
var errNoLinkedDevices = &api.Error{Code: wire.ErrorTooManyDevices.String(), Message: "This server allows no linked devices. Ask its operator."}

// makeRoom logs a device out, which the person chooses if replace does not
// name it (M2). Without one the new device is told no.
func (d *device) makeRoom(ctx context.Context, uri api.LinkURI, replace string) error {
	if replace == "" {
		list, err := callOnline(ctx, d, api.ListDevices, api.None{})
		if err != nil {
			return err
		}
		if list.Limit == 0 { // there is none to log out
			return d.rejectLink(ctx, uri, errNoLinkedDevices)
		}
		d.say("%s", errTooManyDevices.Message)
		human := *d
		human.json = false
		if d.json {
			human.std.out = d.std.err
		}
		if err := human.listDevices(ctx); err != nil {
			return err
		}
		answer, err := d.ask(ctx, "ID of the device to log out (empty: none): ")
		if err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
		if answer == "" {
			return d.rejectLink(ctx, uri, errTooManyDevices)
		}
		replace = answer
	}
	found, err := d.findDevice(ctx, replace)
	if err != nil {
		return err
	}
	if _, err := callOnline(ctx, d, api.RemoveDevice, api.DeviceID{ID: found.ID}); err != nil {
		return err
	}
	d.say("%s is logged out.", terminal.Line(found.Name, 64))
	return nil
}

func (d *device) showLinkRequest(request api.LinkRequest) {
	var table terminal.Table
	table.Row("Device", d.style.Bold(terminal.Line(request.DeviceName, 64)))
	table.Row("Platform", terminal.Line(request.Platform, 16))
	table.Row("Account", request.Phone+" ("+terminal.Line(request.Name, 64)+")")
	w := d.std.out
	if d.json {
		w = d.std.err
	}
	_, _ = table.WriteTo(w)
}

// confirmLink asks; without a yes the new device is told no.
func (d *device) confirmLink(ctx context.Context, uri api.LinkURI, question string) error {
	answer, err := d.ask(ctx, question)
	if err == nil && isYes(answer) {
		return nil
	}
	if errors.Is(err, errNoAnswer) {
		err = nil
	}
	return d.rejectLink(ctx, uri, errors.Join(err, errDeclined))
}

// rejectLink tells the new device no, for a reason that this device has.
func (d *device) rejectLink(ctx context.Context, uri api.LinkURI, why error) error {
	_, err := api.Call(context.WithoutCancel(ctx), d.core, api.RejectLink, api.RejectLinkParams{URI: uri.URI})
	return errors.Join(why, err)
}
