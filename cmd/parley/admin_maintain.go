package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/config"
	"parley/internal/relay"
	"parley/internal/relay/retention"
)

func newAdminMaintain(std streams) *cobra.Command {
	var at string
	var apply bool
	c := &cobra.Command{
		Use:   "maintain",
		Short: "List what retention would do, or do it",
		Long: `List what retention would do, one line an action: linked devices it would log
out, warnings, entries and codes it would delete.

A running relay does all of it by itself every hour, and at once for an account
one of whose devices connects. With --apply it is done now, as of --at; for that
no relay may run on the data, because it would not hear of the devices that were
logged out. Give the relay's configuration file, if it has one: it may set other
times.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			now, err := maintainTime(at)
			if err != nil {
				return err
			}
			settings, err := adminConfig(c)
			if err != nil {
				return err
			}
			return maintain(c.Context(), std.out, settings, now, apply)
		},
	}
	c.Flags().StringVar(&at, "at", "", "the time to do it for, like 2026-12-24T18:00:00Z (default: now)")
	c.Flags().BoolVar(&apply, "apply", false, "do it; the relay must be stopped")
	return c
}

func maintainTime(at string) (time.Time, error) {
	if at == "" {
		return time.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return t, usageError("--at must be a time like 2026-12-24T18:00:00Z, not %q", at)
	}
	return t, nil
}

func maintain(ctx context.Context, out io.Writer, c config.Config, now time.Time, apply bool) (err error) {
	if apply {
		lock, err := lockData(c.Data)
		if err != nil {
			return fmt.Errorf("%w. A running relay does this by itself every hour; leave out --apply to see what it would do", err)
		}
		defer func() { _ = lock.Close() }() // the process ends next
	}
	st, err := openStore(ctx, c, apply, apply)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var actions []retention.Action
	if apply {
		blobs, failed := openBlobs(ctx, c)
		if failed != nil {
			return failed
		}
		actions, err = relay.ApplyRetention(ctx, st, blobs, c.Settings(), rand.Reader, now)
	} else {
		actions, err = relay.PlanRetention(ctx, st, c.Settings(), now)
	}
	for _, a := range actions {
		fmt.Fprintln(out, a)
	}
	return err
}
