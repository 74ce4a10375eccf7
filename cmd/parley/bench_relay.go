package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"parley/ident"
	"parley/internal/config"
	"parley/internal/relay"
	"parley/internal/relaybench"
	"parley/internal/store"
	"parley/internal/terminal"
)

// benchTime ends a measurement that has not ended by itself.
const benchTime = 15 * time.Minute

// benchFlags say which relay is measured, and how much.
type benchFlags struct {
	relay, data string
	// postgres is the connection string of an empty database, or empty for SQLite.
	postgres string
	pid      int
	json     bool
	relaybench.Options
}

func newBench(std streams) *cobra.Command {
	c := &cobra.Command{Use: "bench", Short: "Measure this machine and this version"}
	c.AddCommand(newBenchRelay(std))
	return c
}

func newBenchRelay(std streams) *cobra.Command {
	var flags benchFlags
	c := &cobra.Command{
		Use:   "relay",
		Short: "Measure a relay on this machine with real connections",
		Long: `Measure a relay on this machine with real connections: CPU per message, latency,
memory per idle device, and how fast a returning device catches up.

Without --relay it starts one of its own in a temporary folder and removes it
afterwards. A relay given by --relay must have been started for this, with
raised limits: accounts are made in it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd.Context(), std) },
	}
	c.Flags().StringVar(&flags.relay, "relay", "", "address of a relay on this machine (default: start one)")
	c.Flags().StringVar(&flags.data, "data", "", "with --relay: its data folder")
	c.Flags().StringVar(&flags.postgres, "postgres", "", "connection string of the PostgreSQL database that the relay uses, an empty one without --relay (default: SQLite)")
	c.Flags().IntVar(&flags.pid, "pid", 0, "with --relay: its process, for CPU and memory")
	c.Flags().IntVar(&flags.Pairs, "pairs", 16, "pairs of accounts that write to each other")
	c.Flags().IntVar(&flags.Messages, "messages", 20_000, "messages at saturation")
	c.Flags().IntVar(&flags.Window, "window", 32, "unanswered messages a sender at saturation")
	c.Flags().IntVar(&flags.Rate, "rate", 500, "messages a second for the latency")
	c.Flags().DurationVar(&flags.Duration, "duration", 10*time.Second, "how long to measure the latency")
	c.Flags().IntVar(&flags.Queued, "queued", 10_000, "messages queued for a returning device")
	c.Flags().IntVar(&flags.Idle, "idle", 2_000, "idle devices")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	return c
}

// check refuses what would not be a measurement, or not of this machine.
func (f *benchFlags) check() error {
	for _, n := range []int{f.Pairs, f.Window, f.Rate, f.Queued, f.Idle} {
		if n < 1 {
			return usageError("all numbers must be at least 1")
		}
	}
	if f.Messages < f.Pairs || f.Duration < time.Second {
		return usageError("there must be at least one message a pair, and one second")
	}
	if f.Messages > 1_000_000 || f.Queued > 1_000_000 || f.Idle+2*f.Pairs > 100_000 || f.Duration > time.Minute {
		return usageError("that is too much for one measurement")
	}
	if f.relay == "" {
		return nil
	}
	u, err := url.Parse(f.relay)
	if err != nil || f.data == "" {
		return usageError("--relay needs the relay's address, and --data with its data folder")
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError("only a relay on this machine is measured")
	}
	return nil
}

func (f *benchFlags) run(ctx context.Context, std streams) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, benchTime)
	defer cancel()
	f.URL, f.PID = f.relay, f.pid
	if f.relay == "" {
		child, err := startBenchRelay(ctx, f.postgres)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, child.remove()) }()
		f.URL, f.PID, f.data, f.Restart = child.url, child.pid(), child.data, child.restart
	}
	st, err := openStore(ctx, f.config(), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	f.Invite = inviter(st)
	f.Note = func(what string) { fmt.Fprintln(std.err, what) }
	report, err := relaybench.Run(ctx, f.Options)
	if err != nil {
		return err
	}
	if f.json {
		return writeJSON(std.out, report)
	}
	return writeReport(std.out, report)
}

// config is what 'admin invite' would read of the measured relay.
func (f *benchFlags) config() config.Config {
	c := config.DefaultConfig()
	c.Data = f.data
	if f.postgres != "" {
		c.Storage.Store, c.Storage.Postgres = "postgres", f.postgres
	}
	return c
}

// inviter makes codes as 'admin invite' does, beside the running relay.
func inviter(st store.Store) func(context.Context, ident.Phone) (string, error) {
	return func(ctx context.Context, phone ident.Phone) (string, error) {
		code, _, err := relay.Invite(ctx, st, rand.Reader, time.Now(), phone)
		return code, err
	}
}

func writeReport(w io.Writer, r relaybench.Report) error {
	var table terminal.Table
	s, l := r.Saturation, r.Latency
	table.Row("At saturation", fmt.Sprintf("%.0f messages/s of %d bytes, on disk and delivered", s.PerSecond, s.MeanBytes))
	if s.CPUPerThousandMS > 0 {
		table.Row("", fmt.Sprintf("%.1f ms CPU per 1,000 messages", s.CPUPerThousandMS))
	}
	table.Row(fmt.Sprintf("At %d/s", l.PerSecond), "acknowledged "+percentilesText(l.Acknowledged))
	table.Row("", "delivered    "+percentilesText(l.Delivered))
	table.Row("Catching up", fmt.Sprintf("%d messages in %.2f s", r.Pull.Messages, r.Pull.Seconds))
	if r.Idle.Devices > 0 {
		table.Row("Idle", fmt.Sprintf("%.1f KiB a device (%d devices over %.1f MiB)",
			r.Idle.PerDevice/1024, r.Idle.Devices, float64(r.Idle.BaseBytes)/(1<<20)))
	}
	_, err := table.WriteTo(w)
	return err
}

func percentilesText(p relaybench.Percentiles) string {
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, max %.1f ms", p.P50, p.P99, p.Max)
}
