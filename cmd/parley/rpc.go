package main

import (
	"context"

	"github.com/spf13/cobra"

	"parley/client/rpc"
)

func newRPC(std streams) *cobra.Command {
	return lockedCommand(std, &cobra.Command{
		Use:   "rpc",
		Short: "Speak JSON-RPC 2.0 on standard input and output, for bots",
		Long: `Speak JSON-RPC 2.0 on standard input and output, one message a line, for bots.

Methods and events are those of the core's interface; docs/cli.md lists them.
It ends when standard input ends. A device that is locked is unlocked by
--passphrase-file or by the method unlock.`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		if d.passphrase != "" {
			if err := d.unlock(ctx); err != nil {
				return err
			}
		}
		server := &rpc.Server{Core: d.core, Log: d.log}
		return server.ServeStdio(ctx, d.std.in, d.std.out)
	})
}
