package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/picture"
	"parley/internal/terminal"
)

func newProfile(std streams) *cobra.Command {
	c := accountCommand(std, &cobra.Command{
		Use:   "profile",
		Short: "Show or change your name and picture, on all your devices",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error { return d.showProfile(ctx) })
	c.AddCommand(newProfileName(std), newProfilePicture(std))
	return c
}

func newProfileName(std streams) *cobra.Command {
	c := accountCommand(std, &cobra.Command{
		Use:   "name NAME",
		Short: "Change your name as others see it; they get it with the next message",
		Args:  cobra.MinimumNArgs(1),
	}, func(ctx context.Context, d *device, args []string) error {
		if _, err := api.Call(ctx, d.core, api.SetName, api.SetNameParams{Name: strings.Join(args, " ")}); err != nil {
			return err
		}
		d.settle(ctx)
		return d.showProfile(ctx)
	})
	c.GroupID = ""
	return c
}

// pictureFlags are what newProfilePicture is given beside a file.
type pictureFlags struct {
	remove     bool
	save, with string
}

func newProfilePicture(std streams) *cobra.Command {
	var f pictureFlags
	c := &cobra.Command{
		Use:   "picture [FILE]",
		Short: "Change your picture, or write a picture to a file",
		Long: `Change your picture, or write a picture to a file.

FILE is a JPEG, PNG or GIF. Its middle is drawn anew as a small square: what a
camera wrote into it, such as the place, is left out. Contacts get it with the
next message to them.`,
		Args: cobra.MaximumNArgs(1),
	}
	c.Flags().BoolVar(&f.remove, "remove", false, "take your picture away")
	c.Flags().StringVar(&f.save, "save", "", "write your picture to this file, which must not exist")
	c.Flags().StringVar(&f.with, "with", "", "with --save: the picture of the contact with this number")
	c.MarkFlagsMutuallyExclusive("remove", "save")
	c = accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		switch {
		case (len(args) == 1) == (f.remove || f.save != ""):
			return usageError("give either a file, --save FILE or --remove")
		case f.with != "" && f.save == "":
			return usageError("--with goes with --save")
		case f.save != "":
			return d.savePicture(ctx, f)
		}
		return d.setPicture(ctx, args)
	})
	c.GroupID = ""
	return c
}

var (
	errNoPicture = &api.Error{Code: "picture_none", Message: "There is no picture."}
	errPicture   = &api.Error{
		Code:    api.ErrPictureInvalid.Code,
		Message: "This picture cannot be used. Choose another one, as a JPEG, PNG or GIF file.",
	}
)

// setPicture makes a file the person's picture; without one it takes the
// picture away.
func (d *device) setPicture(ctx context.Context, files []string) error {
	var chosen api.Picture
	for _, name := range files {
		file, err := readPicture(name)
		if err != nil {
			return err
		}
		square, err := picture.Square(file)
		if errors.Is(err, picture.ErrInvalid) {
			return errPicture
		}
		if err != nil {
			return err
		}
		chosen.Data = base64.StdEncoding.EncodeToString(square)
	}
	if _, err := api.Call(ctx, d.core, api.SetPicture, chosen); err != nil {
		return err
	}
	d.settle(ctx)
	return d.showProfile(ctx)
}

func readPicture(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	file, err := io.ReadAll(io.LimitReader(f, picture.MaxFile+1))
	if err != nil {
		return nil, fileError(err)
	}
	return file, nil
}

// fileError is why a file that the person named cannot be used.
func fileError(err error) error {
	return &api.Error{Code: "file", Message: terminal.Line(err.Error(), 256) + "."}
}

// savePicture writes the picture of the person or of a contact to a new file.
func (d *device) savePicture(ctx context.Context, f pictureFlags) error {
	status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
	if err != nil {
		return err
	}
	of := api.AccountID{AccountID: status.AccountID}
	if f.with != "" {
		chat, err := d.findChat(ctx, f.with)
		if err != nil {
			return err
		}
		of.AccountID = chat.AccountID
	}
	found, err := api.Call(ctx, d.core, api.GetPicture, of)
	if err != nil {
		return err
	}
	data, err := base64.StdEncoding.DecodeString(found.Data)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return errNoPicture
	}
	if err := writeNew(f.save, data); err != nil {
		return err
	}
	return d.print(found, func(w io.Writer) {
		fmt.Fprintf(w, "Written to %s (%s, %d bytes).\n", terminal.Line(f.save, 256), found.Type, len(data))
	})
}

// writeNew writes a file that must not exist yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fileError(err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fileError(err), os.Remove(name))
	}
	return nil
}

func (d *device) showProfile(ctx context.Context) error {
	status, err := api.Call(ctx, d.core, api.GetStatus, api.None{})
	if err != nil {
		return err
	}
	return d.print(status, func(w io.Writer) {
		shown := "none; set one with: parley profile picture FILE"
		if status.PictureAt > 0 {
			shown = "yes; see it with: parley profile picture --save FILE"
		}
		var table terminal.Table
		table.Row("Name", terminal.Line(status.Name, 64))
		table.Row("Phone", status.Phone)
		table.Row("Picture", shown)
		_, _ = table.WriteTo(w)
	})
}
