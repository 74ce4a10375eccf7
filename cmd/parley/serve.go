package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"parley/internal/config"
	"parley/internal/disk"
	"parley/internal/httpapi"
	"parley/internal/linkpreview"
	"parley/internal/obs"
	"parley/internal/push"
	"parley/internal/relay"
	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/sqlite"
	"parley/web"
)

// drainTime is how long a stop waits for devices to hear of it.
const drainTime = 10 * time.Second

func newServe(std streams) *cobra.Command {
	var flags struct {
		data, listen, config string
		profile              string
		print                bool
	}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the relay and the web app",
		Long:  "Run the relay and the web app. Without a configuration everything starts with good defaults from an empty folder.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if flags.print {
				return config.WriteSample(std.out, config.DefaultConfig())
			}
			settings, err := readConfig(flags.config)
			if err != nil {
				return err
			}
			if c.Flags().Changed("data") || settings.Data == "" {
				settings.Data = flags.data
			}
			if c.Flags().Changed("listen") {
				settings.Listen = flags.listen
			}
			if err := settings.Validate(); err != nil {
				return usageError("%w", err)
			}
			return profiled(flags.profile, func() error { return serve(c.Context(), std, settings) })
		},
	}
	c.Flags().StringVar(&flags.data, "data", defaultData(), "folder with the database")
	c.Flags().StringVar(&flags.listen, "listen", config.DefaultConfig().Listen, "address and port to listen on")
	c.Flags().StringVar(&flags.config, "config", "", "configuration file (TOML)")
	c.Flags().StringVar(&flags.profile, "cpu-profile", "", "file for a profile of the processor time until the end, for go tool pprof")
	c.Flags().BoolVar(&flags.print, "print-config", false, "print a commented configuration file and exit")
	return c
}

// defaultData returns "parley" in the folder where the user's programs keep
// their data.
func defaultData() string {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" && runtime.GOOS != "windows" {
		return filepath.Join(dir, "parley")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "parley"
	}
	switch runtime.GOOS {
	case "windows":
		if dir, err := os.UserConfigDir(); err == nil {
			return filepath.Join(dir, "parley")
		}
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "parley")
	}
	return filepath.Join(home, ".local", "share", "parley")
}

func readConfig(path string) (config.Config, error) {
	if path == "" {
		return config.DefaultConfig(), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return config.Config{}, usageError("open the configuration: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	c, err := config.Read(file)
	if err != nil {
		return config.Config{}, usageError("%s:\n%w", path, err)
	}
	return c, nil
}

// serve runs until ctx ends or listening fails.
func serve(ctx context.Context, std streams, c config.Config) (err error) {
	log, err := obs.NewLogger(std.err, c.Log.Level, c.Log.Format)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, c, c.Bus.Bus != "nats", true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	go keepHeap(ctx, st.Rest)
	shared, err := shareStore(ctx, st, c.Bus, log)
	if err != nil {
		return err
	}
	defer shared.close()
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // ends with the process at the latest
	sender, err := newSender(c, std.out)
	if err != nil {
		return usageError("%w", err)
	}
	mailer, err := newMailer(c.SMTP)
	if err != nil {
		return usageError("%w", err)
	}
	blobs, err := openBlobs(ctx, c)
	if err != nil {
		return err
	}
	pusher, err := newPusher(ctx, st, c.Push)
	if err != nil {
		return err
	}
	secure, err := newSecurity(c)
	if err != nil {
		return err
	}
	metrics := newMetrics(c.Data)
	shared.register(metrics)
	c.Limits.Connections = mostConnections(c.Limits.Connections)
	// Not ctx: the relay stops by Shutdown, after its devices have been told.
	r, err := relay.New(context.WithoutCancel(ctx), relay.Parts{
		Store: st, Journal: shared.journal, Bus: shared.bus, Sender: sender, Mailer: mailer, Blobs: blobs, Pusher: pusher, Previewer: newPreviewer(c.Previews), Settings: c.Settings(), Log: log, Metrics: metrics, Now: time.Now, Random: rand.Reader,
		Software: "parley/" + version,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		r.Shutdown(ctx)
		return fmt.Errorf("listen: %w", err)
	}
	options := httpapi.Options{Relay: r, Metrics: metrics, Log: log, BehindProxy: c.BehindProxy, Healthy: healthy(st)}
	if web.Built() {
		options.App = web.Files()
	}
	stopPlain, err := secure.listenPlain(c.TLS.HTTPListen, log)
	if err != nil {
		r.Shutdown(ctx)
		return errors.Join(err, listener.Close())
	}
	defer stopPlain()
	welcome(std.out, secure.scheme()+"://"+listener.Addr().String(), c)
	return listen(ctx, httpapi.NewServer(httpapi.New(options), log), secure, listener, r, log)
}

// newMetrics returns a registry that tells what the process uses and what its disk has left.
func newMetrics(data string) *obs.Registry {
	metrics := new(obs.Registry)
	obs.RegisterProcess(metrics)
	metrics.Gauge("parley_data_free_bytes", "Bytes free where the data folder is.", func() float64 {
		free, err := disk.Free(data)
		if err != nil {
			return 0
		}
		return float64(free)
	})
	return metrics
}

// openStore opens the relay's database, for a relay or for one who must be alone on it as a relay
// without a bus must: it would not hear what another does. On SQLite lockData sees to that.
func openStore(ctx context.Context, c config.Config, alone, serves bool) (store.Store, error) {
	if c.Storage.Store == "postgres" {
		st, err := postgres.Open(ctx, c.Storage.Postgres, postgres.Options{Alone: alone, Shared: serves})
		if err != nil {
			return nil, fmt.Errorf("storage.postgres: %w", err)
		}
		return st, nil
	}
	st, err := sqlite.Open(ctx, c.Data, sqlite.Options{MaxBytes: c.Storage.MaxBytes})
	if err != nil {
		return nil, dataError(c.Data, err)
	}
	if serves && c.Storage.Check {
		if err := st.Check(ctx); err != nil {
			return nil, errors.Join(dataError(c.Data, err), st.Close())
		}
	}
	return st, nil
}

// dataError says what to do about data that cannot be opened.
func dataError(dir string, err error) error {
	err = fmt.Errorf("open the data in %s: %w", dir, err)
	if errors.Is(err, store.ErrDamaged) {
		return fmt.Errorf("%w. Keep that folder as it is, and restore your newest backup into another: parley admin restore FILE --data FOLDER. Devices fill by themselves what the backup does not have", err)
	}
	return err
}

// newPusher returns what wakes devices, or nil if the operator wants none woken.
func newPusher(ctx context.Context, st store.Store, c config.Push) (relay.Pusher, error) {
	if !c.Enabled {
		return nil, nil //nolint:nilnil // a relay that wakes nobody
	}
	if _, err := st.Identity(ctx, rand.Reader); err != nil {
		return nil, err
	}
	key, err := relay.PushKey(ctx, st, rand.Reader)
	if err != nil {
		return nil, err
	}
	return push.NewSender(key, c.Contact, time.Now), nil
}

// newPreviewer returns what asks pages for previews, or nil if the operator wants none
// asked.
func newPreviewer(c config.Previews) relay.Previewer {
	if !c.Enabled {
		return nil
	}
	return linkpreview.New()
}

// lockData keeps a second relay away from a data folder: it would not know
// which devices are connected to the first. The operator's commands need no
// lock.
func lockData(dir string) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(dir, "relay.lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data in %s: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("another relay runs on the data in %s: stop it first, or choose another folder with --data", dir)
	}
	return lock, nil
}

func healthy(st store.Store) func(context.Context) error {
	return func(ctx context.Context) error { return st.View(ctx, func(store.Reader) error { return nil }) }
}

// welcome tells the person at the terminal where the relay is and what to do.
func welcome(out io.Writer, address string, c config.Config) {
	where := c.Data
	switch onS3 := c.Media.Blobs == "s3"; {
	case c.Storage.Store == "postgres" && onS3:
		where = "PostgreSQL, and files in the bucket " + c.S3.Bucket
	case c.Storage.Store == "postgres":
		where = "PostgreSQL, and files in " + where
	case onS3:
		where += ", and files in the bucket " + c.S3.Bucket
	}
	fmt.Fprintf(out, "Parley listens on %s and keeps its data in %s.\n", address, where)
	if web.Built() {
		fmt.Fprintf(out, "Open that address in a browser and choose \"Register this phone\".\n")
	} else {
		fmt.Fprintf(out, "This build has no web app. Register a device with: parley register --relay %s --phone +NUMBER --name NAME\n", address)
	}
	if c.Registration.Sender == "console" && !c.Registration.InvitationOnly {
		fmt.Fprintln(out, "Registration codes are printed here. Or make one with: parley admin invite --phone +NUMBER")
	} else if c.Registration.InvitationOnly {
		fmt.Fprintln(out, "Accounts need an invitation: parley admin invite --phone +NUMBER")
	}
	fmt.Fprintln(out, "Stop with Ctrl-C.")
}

// listen serves until ctx ends, then tells the devices and waits for them.
func listen(ctx context.Context, server *http.Server, secure security, l net.Listener, r *relay.Relay, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- secure.serve(server, l) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		log.Info("stopping")
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	closing := server.Shutdown(drain)
	r.Shutdown(drain)
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return closing
}
