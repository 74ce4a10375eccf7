package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newDoctor(std streams) *cobra.Command {
	var params api.DiagnoseParams
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check the connection and this device, and tell what to do",
		Long: `Check the connection and this device, and tell what to do.

With --json it prints stable codes and what was measured, and nothing about you:
no numbers, names or keys. The exit status is 1 if something failed.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&params.Relay, "relay", "", "address of the relay to try while this device has no account")
	return deviceCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		found, err := api.Call(ctx, d.core, api.Diagnose, params)
		if err != nil {
			return err
		}
		status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
		if err != nil {
			return err
		}
		if err := d.print(found, func(w io.Writer) { d.writeDiagnosis(w, found, status) }); err != nil {
			return err
		}
		for _, check := range found.Checks {
			if check.State == api.CheckFailed {
				return shownError{errSomethingFailed}
			}
		}
		return nil
	})
}

// errSomethingFailed makes the exit status of doctor.
var errSomethingFailed = errors.New("a check has failed")

// writeDiagnosis prints a line for each check, and what to do below those that
// are not well.
func (d *device) writeDiagnosis(w io.Writer, found api.Diagnosis, status api.Status) {
	for _, check := range found.Checks {
		text, next := findingText(check)
		if check.ID == api.CheckAccount && status.Phone != "" {
			text += " It belongs to " + status.Phone + " (" + terminal.Line(status.Name, 64) + ")."
		}
		fmt.Fprintf(w, "%s %-14s%s\n", d.checkMark(check.State), checkNames[check.ID], text)
		if next != "" && check.State != api.CheckOK {
			fmt.Fprintf(w, "%16s%s\n", "", next)
		}
	}
}

func (d *device) checkMark(state api.CheckState) string {
	switch state {
	case api.CheckOK:
		return d.style.Good("✓")
	case api.CheckFailed:
		return d.style.Bad("✗")
	case api.CheckWarning:
		return d.style.Bold("!")
	case api.CheckUnknown:
	}
	return "?"
}

// findingText is what a check has found, and what to do about it.
func findingText(c api.Check) (text, next string) {
	f, known := findings[c.Code]
	if !known {
		return "This check found “" + terminal.Line(c.Code, 64) + "”, which this command does not know.", "Update parley."
	}
	filled := strings.NewReplacer(
		"{count}", thousands(c.Count), "{total}", thousands(c.Total), "{took}", milliseconds(c.TookMS).String(),
		"{offset}", words(c.OffsetMS), "{age}", words(c.AgeMS), "{left}", words(c.LeftMS), "{free}", megabytes(c.FreeBytes),
		"{status}", fmt.Sprint(c.HTTPStatus), "{software}", terminal.Line(c.Software, 64), "{relaySoftware}", terminal.Line(c.RelaySoftware, 64),
		"{cause}", terminal.Line(c.Cause, 64),
	)
	return filled.Replace(f.text), filled.Replace(f.next)
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// words is a length of time in its largest unit.
func words(ms int64) string {
	length := milliseconds(max(ms, -ms))
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if length >= unit.length+unit.length/2 {
			return fmt.Sprintf("%.0f %s", float64(length)/float64(unit.length), unit.name)
		}
	}
	return fmt.Sprintf("%.0f seconds", length.Seconds())
}

func megabytes(n int64) string {
	if n >= 10<<30 {
		return thousands(int(n>>30)) + " GiB"
	}
	return thousands(int(n>>20)) + " MiB"
}
