package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

// shownID is how much of a device's id people see; a shorter beginning is
// enough for a command if only one device has it.
const shownID = 8

func newDevices(std streams) *cobra.Command {
	c := accountCommand(std, &cobra.Command{
		Use:   "devices",
		Short: "List the account's devices; link, rename and remove them",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error { return d.listDevices(ctx) })
	for _, child := range []*cobra.Command{newDevicesLink(std), newDevicesRename(std), newDevicesRemove(std)} {
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
	return accountCommand(std, &cobra.Command{
		Use:   "remove ID",
		Short: "Log a device out; its data there are wiped",
		Args:  cobra.ExactArgs(1),
	}, func(ctx context.Context, d *device, args []string) error {
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
		table.Row(d.style.Dim("ID"), d.style.Dim("NAME"), d.style.Dim("PLATFORM"), d.style.Dim("LAST ACTIVE"))
		for _, one := range list.Devices {
			table.Row(one.ID[:min(shownID, len(one.ID))], deviceName(one), terminal.Line(one.Platform, 16), d.lastActive(one))
		}
		_, _ = table.WriteTo(w)
		fmt.Fprintf(w, "%d of %d linked devices.\n", len(list.Devices)-1, list.Limit)
	})
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
