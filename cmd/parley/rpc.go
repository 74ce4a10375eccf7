package main

import (
	"context"

	"github.com/spf13/cobra"

	"parley/client/rpc"
)

func newRPC(std streams) *cobra.Command {
	return deviceCommand(std, &cobra.Command{
		Use:   "rpc",
		Short: "Speak JSON-RPC 2.0 on standard input and output, for bots",
		Long: `Speak JSON-RPC 2.0 on standard input and output, one message a line, for bots.

Methods and events are those of the core's interface; docs/cli.md lists them.
It ends when standard input ends.`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error {
		server := &rpc.Server{Core: d.core, Log: d.log}
		return server.ServeStdio(ctx, d.std.in, d.std.out)
	})
}
