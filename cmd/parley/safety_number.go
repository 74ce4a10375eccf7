package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

// safetyFlags are the flags of 'parley safety-number'.
type safetyFlags struct {
	with, compare    string
	verify, takeBack bool
}

func newSafetyNumber(std streams) *cobra.Command {
	var f safetyFlags
	c := &cobra.Command{
		Use:   "safety-number --with +E164",
		Short: "Show what to compare with someone to know that nobody stands between you",
		Args:  cobra.NoArgs,
	}
	c.Flags().StringVar(&f.with, "with", "", "phone number with + and country code")
	c.Flags().StringVar(&f.compare, "compare", "", "the text of the QR code on their screen: compares it and marks them as verified if it fits")
	c.Flags().BoolVar(&f.verify, "verified", false, "mark them as verified, after comparing the digits")
	c.Flags().BoolVar(&f.takeBack, "not-verified", false, "take the mark back")
	c.MarkFlagsMutuallyExclusive("compare", "verified", "not-verified")
	return accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if err := required([2]string{"with", f.with}); err != nil {
			return err
		}
		return d.safetyNumber(ctx, f)
	})
}

// errSafetyDiffers: somebody may stand between the two.
var errSafetyDiffers = &api.Error{
	Code: "safety_differs",
	Message: "The codes differ: somebody may stand between you. " +
		"Make sure that you both are in the right chat; if they still differ, do not write anything confidential.",
}

func (d *device) safetyNumber(ctx context.Context, f safetyFlags) error {
	chat, err := d.findChat(ctx, f.with)
	if err != nil {
		return err
	}
	if err := d.changeSafety(ctx, chat, f); err != nil {
		return err
	}
	number, err := api.Call(ctx, d.core, api.GetSafetyNumber, api.ChatID{ChatID: chat.ID})
	if err != nil {
		return err
	}
	return d.print(number, func(w io.Writer) { d.writeSafetyNumber(w, chat, number) })
}

// changeSafety does what the flags ask for, and tells the other own devices.
func (d *device) changeSafety(ctx context.Context, chat api.Chat, f safetyFlags) error {
	if f.compare != "" {
		r, err := api.Call(ctx, d.core, api.CompareSafetyCode, api.CompareSafetyCodeParams{ChatID: chat.ID, Code: f.compare})
		if err != nil {
			return err
		}
		defer d.settle(ctx)
		if !r.Match {
			return errSafetyDiffers
		}
	}
	if f.verify || f.takeBack {
		mark := api.SetVerifiedParams{ChatID: chat.ID, Verified: f.verify}
		if _, err := api.Call(ctx, d.core, api.SetVerified, mark); err != nil {
			return err
		}
		d.settle(ctx)
	}
	return nil
}

func (d *device) writeSafetyNumber(w io.Writer, chat api.Chat, n api.SafetyNumber) {
	fmt.Fprintf(w, "You and %s have this safety number:\n\n", terminal.Line(chat.Title, 32))
	for i := 0; i+4 <= len(n.Groups); i += 4 {
		fmt.Fprintf(w, "  %s\n", strings.Join(n.Groups[i:i+4], " "))
	}
	state := "Not verified. Compare it with theirs, then run this again with --verified."
	if n.Verified {
		state = d.style.Good("Verified.")
	}
	fmt.Fprintf(w, "\n%s\nTheir phone can also scan this, or compare the text %s\n\n", state, d.style.Dim(n.Code))
	if drawn, err := d.style.QR(n.Code); err == nil {
		fmt.Fprint(w, drawn)
	}
}
