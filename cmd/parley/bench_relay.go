package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"parley/ident"
	"parley/internal/config"
	"parley/internal/relay"
	"parley/internal/relaybench"
	"parley/internal/store"
	"parley/internal/terminal"
	"parley/wire"
)

// benchTime ends a measurement that has not ended by itself.
const benchTime = 15 * time.Minute

// benchFlags say which relay is measured, and how much.
type benchFlags struct {
	url, data string
	jobs      []string
	benchRelayOptions
	pid int
	// others and otherPIDs are further relays on the database.
	others    []string
	otherPIDs []int
	json      bool
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
		Long: `Measure a relay on this machine with real connections. The jobs:

  saturate  CPU per message, sent as fast as the relay answers
  rate      how long messages take at a fixed rate
  devices   saturate, with two devices an account
  group     CPU per delivery to a group whose accounts are all online
  offline   how fast a returning device catches up
  idle      memory of a device that does nothing, CPU of its connecting
  overload  what becomes of three times the messages of saturate

Without --url it starts a relay of its own in a temporary folder and removes it
afterwards. A relay given by --url must have been started for this, with
raised limits: accounts are made in it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd.Context(), std) },
	}
	c.Flags().StringSliceVar(&flags.jobs, "job", nil, "what to measure, one or several (default: all)")
	c.Flags().StringVar(&flags.url, "url", "", "address of a relay on this machine (default: start one)")
	c.Flags().StringVar(&flags.data, "data", "", "with --url: its data folder")
	c.Flags().StringVar(&flags.postgres, "postgres", "", "connection string of the PostgreSQL database that the relay uses, an empty one without --url (default: SQLite)")
	c.Flags().StringVar(&flags.profile, "cpu-profile", "", "without --url: file for a profile of the relay's processor time")
	c.Flags().BoolVar(&flags.secure, "tls", false, "without --url: the relay speaks TLS, with a certificate of its own")
	c.Flags().IntVar(&flags.pid, "pid", 0, "with --url: its process, for CPU and memory")
	c.Flags().StringSliceVar(&flags.others, "other-url", nil, "with --url: further relays on the same database, over which accounts are spread")
	c.Flags().IntSliceVar(&flags.otherPIDs, "other-pid", nil, "their processes, for CPU")
	c.Flags().IntVar(&flags.DatabasePID, "database-pid", 0, "first process of the PostgreSQL server, whose CPU counts as well")
	c.Flags().IntVar(&flags.Pairs, "pairs", 16, "pairs of accounts that write to each other")
	c.Flags().IntVar(&flags.Messages, "messages", 20_000, "messages at saturation")
	c.Flags().IntVar(&flags.Window, "window", 32, "unanswered messages a sender at saturation")
	c.Flags().IntVar(&flags.Members, "members", 100, "accounts in the group")
	c.Flags().IntVar(&flags.GroupMessages, "group-messages", 1_000, "messages to the group")
	c.Flags().IntVar(&flags.Rate, "rate", 500, "messages a second for the latency")
	c.Flags().DurationVar(&flags.Duration, "duration", 10*time.Second, "how long to measure the latency, and to overload")
	c.Flags().IntVar(&flags.Queued, "queued", 10_000, "messages queued for a returning device")
	c.Flags().IntVar(&flags.Idle, "idle", 2_000, "idle devices")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON, a line a job")
	return c
}

// check refuses what would not be a measurement, or not of this machine.
func (f *benchFlags) check() error {
	for _, job := range f.jobs {
		if !slices.Contains(relaybench.Jobs, relaybench.Job(job)) {
			return usageError("there is no job %q: see parley bench relay --help", job)
		}
	}
	for _, n := range []int{f.Pairs, f.Window, f.Members - 1, f.GroupMessages, f.Rate, f.Queued, f.Idle} {
		if n < 1 {
			return usageError("all numbers must be at least 1, and a group has two members")
		}
	}
	if f.Messages < f.Pairs || f.Duration < time.Second {
		return usageError("there must be at least one message a pair, and one second")
	}
	if f.Messages > 1_000_000 || f.Queued > 1_000_000 || f.Idle+4*f.Pairs > 100_000 || f.Members > wire.MaxGroupAccounts || f.GroupMessages > 100_000 || f.Duration > time.Minute {
		return usageError("that is too much for one measurement")
	}
	idles := len(f.jobs) == 0 || slices.Contains(f.jobs, string(relaybench.JobIdle))
	if most := mostConnections(f.Idle); idles && most < f.Idle {
		return usageError("%d idle devices need more open files than are allowed here, which are enough for %d: see ulimit -n", f.Idle, most)
	}
	if f.url == "" && len(f.others)+len(f.otherPIDs) == 0 {
		return nil
	}
	if f.url == "" || f.data == "" || len(f.otherPIDs) > len(f.others) {
		return usageError("--url needs the relay's address, and --data with its data folder; --other-url and --other-pid need --url")
	}
	for _, address := range append(f.others, f.url) {
		if !isHere(address) {
			return usageError("only a relay on this machine is measured")
		}
	}
	return nil
}

// isHere reports whether an address is one of this machine's own.
func isHere(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// places are the further relays.
func (f *benchFlags) places() []relaybench.Place {
	places := make([]relaybench.Place, len(f.others))
	for i, address := range f.others {
		places[i].URL = address
		if i < len(f.otherPIDs) {
			places[i].PID = f.otherPIDs[i]
		}
	}
	return places
}

func (f *benchFlags) run(ctx context.Context, std streams) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, benchTime)
	defer cancel()
	f.URL, f.PID, f.Others = f.url, f.pid, f.places()
	if f.url == "" {
		child, err := startBenchRelay(ctx, f.benchRelayOptions)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, child.remove()) }()
		f.URL, f.Roots, f.PID, f.data, f.Restart = child.url, child.roots, child.pid(), child.data, child.restart
	}
	st, err := openStore(ctx, f.config(), false, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	f.Invite = inviter(st)
	f.Note = func(what string) { fmt.Fprintln(std.err, what) }
	f.Jobs = relaybench.Jobs
	if len(f.jobs) > 0 {
		f.Jobs = nil
		for _, job := range f.jobs {
			f.Jobs = append(f.Jobs, relaybench.Job(job))
		}
	}
	tell := writeResult
	if f.json {
		tell = func(w io.Writer, r relaybench.Result) error { return json.NewEncoder(w).Encode(r) }
	}
	return relaybench.Run(ctx, f.Options, func(r relaybench.Result) error { return tell(std.out, r) })
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

// writeResult prints what a job has measured.
func writeResult(w io.Writer, r relaybench.Result) error {
	var table terminal.Table
	name := string(r.Job)
	row := func(wanted bool, format string, args ...any) {
		if wanted {
			table.Row(name, fmt.Sprintf(format, args...))
			name = ""
		}
	}
	row(r.MeanBytes > 0 && r.Seconds == 0, "%.0f messages/s of %d bytes, on disk and delivered %d times", r.PerSecond, r.MeanBytes, r.Deliveries)
	row(r.CPUPerThousand > 0, "%.1f ms CPU per 1,000 messages", r.CPUPerThousand)
	row(r.CPUPerThousandDeliveries > 0 && r.Deliveries > r.Messages, "%.1f ms CPU per 1,000 deliveries", r.CPUPerThousandDeliveries)
	row(r.P50 > 0, "acknowledged after %.1f ms (p50), %.1f ms (p99), %.1f ms at most", r.P50, r.P99, r.Max)
	row(r.DeliveredP50 > 0, "delivered after %.1f ms (p50), %.1f ms (p99)", r.DeliveredP50, r.DeliveredP99)
	row(r.Seconds > 0, "%d queued messages in %.2f s", r.Messages, r.Seconds)
	row(r.OfferedPerSecond > 0, "%.0f messages/s offered: %d taken, %.0f/s; %d times told to come back", r.OfferedPerSecond, r.Messages, r.PerSecond, r.Refused)
	row(r.MostKiB > 0, "%.1f MiB of memory at first, %.1f MiB at most", r.BaseKiB/1024, r.MostKiB/1024)
	row(r.KiBPerDevice > 0, "%.1f KiB a device (%d devices over %.1f MiB)", r.KiBPerDevice, r.Devices, r.BaseKiB/1024)
	row(r.CPUPerConnect > 0, "%.0f µs CPU to connect and authenticate", r.CPUPerConnect)
	row(r.Lost+r.Duplicated > 0, "%d LOST, %d twice", r.Lost, r.Duplicated)
	_, err := table.WriteTo(w)
	return err
}
