// Command parley is the whole of Parley in one binary: the relay with its web
// app, the operator's tools and a command-line device. This package has flags,
// configuration and wiring only; one file holds one command.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// streams are where a command reads and writes; tests give their own.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	status := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(status)
}
