package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"parley/client/api"
)

func newLogout(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{
		Use:   "logout",
		Short: "Log this linked device out and wipe its data",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		if _, err := api.Call(ctx, d.core, api.Logout, api.None{}); err != nil {
			return err
		}
		if err := removeMarks(d.home); err != nil {
			return err
		}
		status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
		if err != nil {
			return err
		}
		return d.print(status, func(w io.Writer) {
			fmt.Fprintln(w, "This device is logged out, and its messages and keys are wiped.")
		})
	})
}
