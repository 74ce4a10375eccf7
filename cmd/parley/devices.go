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

// shownID is how much of a device's id people see; a shorter beginning is
// enough for a command if only one device has it.
const shownID = 8

func newDevices(std streams) *cobra.Command {
	var asCSV bool
	c := &cobra.Command{
		Use:   "devices",
		Short: "List the account's devices; link, rename and remove them, move the account",
		Args:  cobra.NoArgs,
	}
	c.Flags().BoolVar(&asCSV, "csv", false, "print a table for a spreadsheet (RFC 4180)")
	accountCommand(std, c, func(ctx context.Context, d *device, _ []string) error {
		if asCSV {
			return d.exportDevices(ctx)
		}
		return d.listDevices(ctx)
	})
	for _, child := range []*cobra.Command{newDevicesLink(std), newDevicesMove(std), newDevicesRename(std), newDevicesRemove(std), newDevicesRepair(std)} {
		child.GroupID = ""
		c.AddCommand(child)
	}
	return c
}

func newDevicesRename(std streams) *cobra.Command {
	return accountCommand(std, &cobra.Command{
		Use:   "rename ID NAME",
		Short: "Give a device another name, on all devices",
		Args:  cobra.ExactArgs(2),
	}, func(ctx context.Context, d *device, args []string) error {
		found, err := d.findDevice(ctx, args[0])
		if err != nil {
			return err
		}
		if _, err := callOnline(ctx, d, api.RenameDevice, api.RenameDeviceParams{ID: found.ID, Name: args[1]}); err != nil {
			return err
		}
		found.Name = args[1]
		return d.print(found, func(w io.Writer) { fmt.Fprintf(w, "Renamed to %s.\n", terminal.Line(found.Name, 64)) })
	})
}

func newDevicesRemove(std streams) *cobra.Command {
	var others, yes bool
	c := &cobra.Command{
		Use:   "remove ID | remove --others",
		Short: "Log a device out, or all others; its data there are wiped",
		Args: func(c *cobra.Command, args []string) error {
			if others {
				return cobra.NoArgs(c, args)
			}
			return cobra.ExactArgs(1)(c, args)
		},
	}
	c.Flags().BoolVar(&others, "others", false, "log all devices but this one out")
	c.Flags().BoolVar(&yes, "yes", false, "with --others: do not ask")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		if others {
			return d.removeOthers(ctx, yes)
		}
		found, err := d.findDevice(ctx, args[0])
		if err != nil {
			return err
		}
		if _, err := callOnline(ctx, d, api.RemoveDevice, api.DeviceID{ID: found.ID}); err != nil {
			return err
		}
		return d.print(found, func(w io.Writer) { fmt.Fprintf(w, "%s is logged out.\n", terminal.Line(found.Name, 64)) })
	})
}

func (d *device) listDevices(ctx context.Context) error {
	list, err := callOnline(ctx, d, api.ListDevices, api.None{})
	if err != nil {
		return err
	}
	return d.print(list, func(w io.Writer) {
		var table terminal.Table
		table.Row(d.style.Dim("ID"), d.style.Dim("NAME"), d.style.Dim("PLATFORM"), d.style.Dim("LAST ACTIVE"),
			d.style.Dim("ADDED"), d.style.Dim("BY"), d.style.Dim("ADDRESS"))
		for _, one := range list.Devices {
			table.Row(one.ID[:min(shownID, len(one.ID))], deviceName(one), terminal.Line(one.Platform, 16), d.lastActive(one),
				day(one.CreatedAt), terminal.Line(one.LinkedBy, 40), terminal.Line(one.Address, 45))
		}
		_, _ = table.WriteTo(w)
		for _, one := range list.Devices {
			if one.LogoutAt > 0 {
				fmt.Fprintf(w, "%s will be logged out on %s for want of use.\n", terminal.Line(one.Name, 40), day(one.LogoutAt))
			}
		}
		fmt.Fprintf(w, "%d of %d linked devices.\n", len(list.Devices)-1, list.Limit)
	})
}

// day is a date as tables show it.
func day(ms int64) string { return time.UnixMilli(ms).Format(time.DateOnly) }

// exportDevices prints the list for a spreadsheet (M39).
func (d *device) exportDevices(ctx context.Context) error {
	file, err := callOnline(ctx, d, api.ExportDevices, api.None{})
	if err != nil {
		return err
	}
	return d.print(file, func(w io.Writer) { _, _ = io.WriteString(w, file.Text) })
}

// removeOthers logs all other devices out (M20).
func (d *device) removeOthers(ctx context.Context, yes bool) error {
	if !yes {
		answer, err := d.ask(ctx, "All other devices are logged out and wiped. Go on? [y/N] ")
		if err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
		if !isYes(answer) {
			return &api.Error{Code: "declined", Message: "Nothing was changed."}
		}
	}
	if _, err := callOnline(ctx, d, api.RemoveOtherDevices, api.None{}); err != nil {
		return err
	}
	list, err := callOnline(ctx, d, api.ListDevices, api.None{})
	if err != nil {
		return err
	}
	return d.print(list, func(w io.Writer) { fmt.Fprintln(w, "All other devices are logged out.") })
}

func isYes(answer string) bool {
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}

func deviceName(one api.Device) string {
	name := terminal.Line(one.Name, 40)
	var notes []string
	if one.Primary {
		notes = append(notes, "primary")
	}
	if one.Current {
		notes = append(notes, "this device")
	}
	if len(notes) > 0 {
		name += " (" + strings.Join(notes, ", ") + ")"
	}
	return name
}

func (d *device) lastActive(one api.Device) string {
	if one.Online {
		return d.style.Good("now")
	}
	return d.ago(one.LastActiveAt)
}

// findDevice finds the one device whose id begins so.
func (d *device) findDevice(ctx context.Context, prefix string) (api.Device, error) {
	list, err := callOnline(ctx, d, api.ListDevices, api.None{})
	if err != nil {
		return api.Device{}, err
	}
	var found []api.Device
	for _, one := range list.Devices {
		if prefix != "" && strings.HasPrefix(one.ID, strings.ToLower(prefix)) {
			found = append(found, one)
		}
	}
	switch len(found) {
	case 0:
		return api.Device{}, api.ErrDeviceUnknown
	case 1:
		return found[0], nil
	}
	return api.Device{}, &api.Error{
		Code:    "device_ambiguous",
		Message: fmt.Sprintf("%d devices have an id that begins like this. Write more of it.", len(found)),
	}
}
