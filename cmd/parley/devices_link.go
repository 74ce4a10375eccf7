package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

// errDeclined is the error of a link that the person did not want.
var errDeclined = &api.Error{Code: "link_declined", Message: "Nothing was linked."}

func newDevicesLink(std streams) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "link URI",
		Short: "Link the new device that shows this code; only on the primary",
		Args:  cobra.ExactArgs(1),
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		return d.acceptLink(ctx, api.LinkURI{URI: strings.TrimSpace(args[0])}, yes)
	})
}

// acceptLink shows who wants to be linked, asks, and links (M25, M26).
func (d *device) acceptLink(ctx context.Context, uri api.LinkURI, yes bool) error {
	request, err := callOnline(ctx, d, api.InspectLink, uri)
	if err != nil {
		return err
	}
	d.showLinkRequest(request)
	if !yes {
		if err := d.confirmLink(ctx, uri); err != nil {
			return err
		}
	}
	linked, err := callOnline(ctx, d, api.AcceptLink, uri)
	if err != nil {
		return err
	}
	return d.print(linked, func(w io.Writer) { fmt.Fprintf(w, "%s is linked.\n", terminal.Line(linked.Name, 64)) })
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
func (d *device) confirmLink(ctx context.Context, uri api.LinkURI) error {
	answer, err := d.ask(ctx, "This device will read and write all your messages. Link it? [y/N] ")
	if err == nil && (strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")) {
		return nil
	}
	_, rejectErr := api.Call(context.WithoutCancel(ctx), d.core, api.RejectLink, uri)
	if errors.Is(err, errNoAnswer) {
		err = nil
	}
	return errors.Join(err, rejectErr, errDeclined)
}
