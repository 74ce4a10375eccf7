package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/client/home"
	"parley/internal/terminal"
)

// deviceGroup gathers the commands of a device in the help.
const deviceGroup = "device"

// device is what the commands that act as a device work with.
type device struct {
	// core is the device's core, here or in another process.
	core api.Core
	// home is the device's folder.
	home string
	// json asks for output that programs read.
	json  bool
	std   streams
	style terminal.Style
	log   *slog.Logger
	now   func() time.Time
	// passphrase of the app lock, as far as it was given; see unlock.
	passphrase string
}

// deviceFlags are the flags that all these commands have.
type deviceFlags struct {
	home           string
	passphraseFile string
	json           bool
	verbose        bool
}

// deviceCommand completes a command that acts as a device: run gets the
// device, ready for use, and its error is shown as the person or the program
// that reads it wants it.
func deviceCommand(std streams, c *cobra.Command, run func(ctx context.Context, d *device, args []string) error) *cobra.Command {
	return lockedCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		if err := d.unlock(ctx); err != nil {
			return err
		}
		return run(ctx, d, args)
	})
}

// lockedCommand is deviceCommand for commands that can do with a device that is
// locked.
func lockedCommand(std streams, c *cobra.Command, run func(ctx context.Context, d *device, args []string) error) *cobra.Command {
	var flags deviceFlags
	c.GroupID = deviceGroup
	c.Flags().StringVar(&flags.home, "home", "", "folder of this device (default: "+defaultHomeText()+")")
	c.Flags().StringVar(&flags.passphraseFile, "passphrase-file", "", "file with the passphrase of the app lock, instead of asking for it")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	c.Flags().BoolVar(&flags.verbose, "verbose", false, "write a log to standard error")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		err := flags.withDevice(cmd.Context(), std, func(d *device) error { return run(cmd.Context(), d, args) })
		return flags.present(std, err)
	}
	return c
}

// accountCommand is deviceCommand for commands that need an account.
func accountCommand(std streams, c *cobra.Command, run func(ctx context.Context, d *device, args []string) error) *cobra.Command {
	return deviceCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
		switch {
		case err != nil:
			return err
		case status.State == api.StateLoggedOut:
			return errLoggedOut(status)
		case status.State != api.StateReady:
			return api.ErrNotRegistered
		}
		err = run(ctx, d, args)
		if errors.Is(err, api.ErrNotRegistered) {
			// It was logged out meanwhile.
			if status, again := api.Call(ctx, d.core, api.GetStatus, api.None{}); again == nil && status.State == api.StateLoggedOut {
				return errLoggedOut(status)
			}
		}
		return err
	})
}

// withDevice attaches to the device while f runs.
func (f *deviceFlags) withDevice(ctx context.Context, std streams, run func(*device) error) error {
	dir := f.home
	if dir == "" {
		var err error
		if dir, err = defaultHome(); err != nil {
			return err
		}
	}
	log := slog.New(slog.DiscardHandler)
	if f.verbose {
		log = slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	passphrase, err := readPassphrase(f.passphraseFile)
	if err != nil {
		return err
	}
	open := func(ctx context.Context) (home.Core, error) { return openCore(ctx, dir, passphrase, log) }
	core, err := home.Attach(ctx, home.Config{Dir: dir, Open: open, Log: log})
	if err != nil {
		return err
	}
	err = run(&device{
		core: core, home: dir, json: f.json, std: std,
		style: terminal.StyleFor(std.out, os.Getenv), log: log, now: time.Now, passphrase: passphrase,
	})
	return errors.Join(err, core.Close())
}

// present turns an error into one plain sentence, or into JSON on standard
// output. Mistakes of the caller stay what they are.
func (f *deviceFlags) present(std streams, err error) error {
	if err == nil || errors.As(err, new(shownError)) {
		return err
	}
	if !f.json {
		if errors.Is(err, errUsage) {
			return err
		}
		return errors.New(plainError(err).Message)
	}
	printed := writeJSON(std.out, map[string]any{"error": plainError(err)})
	return errors.Join(shownError{err}, printed)
}

// plainError says what went wrong to a person.
func plainError(err error) *api.Error {
	var plain *api.Error
	switch {
	case errors.As(err, &plain):
		return plain
	case errors.Is(err, errUsage):
		return &api.Error{Code: "usage", Message: err.Error()}
	case errors.Is(err, context.Canceled):
		return &api.Error{Code: "interrupted", Message: "Interrupted."}
	case errors.Is(err, context.DeadlineExceeded):
		return api.ErrTimeout
	}
	return &api.Error{Code: api.ErrInternal.Code, Message: err.Error()}
}

// print writes a result: as JSON, or by human for people.
func (d *device) print(result any, human func(w io.Writer)) error {
	if d.json {
		return writeJSON(d.std.out, result)
	}
	human(d.std.out)
	return nil
}

// line writes an event as one line of JSON.
func (d *device) line(event string, data any) error {
	return writeJSON(d.std.out, eventLine{event, data})
}

// writeJSON writes one line, with the characters of addresses as they are.
func writeJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// eventLine is how events are printed.
type eventLine struct {
	Event string `json:"event"`
	Data  any    `json:"data"`
}

// say writes a line for people that is not the result; with --json it goes to
// standard error, so that standard output stays JSON.
func (d *device) say(format string, args ...any) {
	w := d.std.out
	if d.json {
		w = d.std.err
	}
	fmt.Fprintf(w, format+"\n", args...)
}

func (d *device) ago(ms int64) string { return terminal.Ago(d.now(), time.UnixMilli(ms)) }

// required reports flags that were left out.
func required(flags ...[2]string) error {
	for _, f := range flags {
		if f[1] == "" {
			return usageError("--%s is missing", f[0])
		}
	}
	return nil
}
