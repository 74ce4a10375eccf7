package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
)

func newLock(std streams) *cobra.Command {
	c := lockedCommand(std, &cobra.Command{
		Use:   "lock",
		Short: "Encrypt this device's database under a passphrase",
		Long: `Encrypt this device's database under a passphrase (M38), and tell how it is.

A device whose lock is on is opened with the passphrase, by the first command
that works on it; it is locked when the last one ends. The passphrase is asked
for, or read from --passphrase-file. Nobody can bring it back.`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context, d *device, _ []string) error { return d.showLock(ctx) })
	c.AddCommand(newLockStatus(std), newLockOn(std), newLockOff(std), newLockPassphrase(std), newLockNow(std), newLockErase(std))
	return c
}

// lockCommand is a command below "lock", which shows then how the lock is.
func lockCommand(std streams, use, short string, change func(ctx context.Context, d *device) error) *cobra.Command {
	c := lockedCommand(std, &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs}, func(ctx context.Context, d *device, _ []string) error {
		if err := change(ctx, d); err != nil {
			return err
		}
		return d.showLock(ctx)
	})
	c.GroupID = ""
	return c
}

func newLockStatus(std streams) *cobra.Command {
	return lockCommand(std, "status", "Tell whether this device has a lock, and whether it is open", func(context.Context, *device) error { return nil })
}

func newLockOn(std streams) *cobra.Command {
	return lockCommand(std, "on", "Turn the lock on: the database is encrypted", func(ctx context.Context, d *device) error {
		status, err := d.lockStatus(ctx)
		switch {
		case err != nil:
			return err
		case status.State != api.LockOff:
			return api.ErrLockOn
		}
		passphrase := d.passphrase
		if passphrase == "" {
			if passphrase, err = d.askNewPassphrase(ctx); err != nil {
				return err
			}
		}
		_, err = api.Call(ctx, d.core, api.SetLock, api.SetLockParams{Passphrase: passphrase})
		return err
	})
}

func newLockOff(std streams) *cobra.Command {
	return lockCommand(std, "off", "Turn the lock off: the database is decrypted", func(ctx context.Context, d *device) error {
		passphrase, err := d.presentPassphrase(ctx)
		if err != nil {
			return err
		}
		_, err = api.Call(ctx, d.core, api.RemoveLock, api.PassphraseParams{Passphrase: passphrase})
		return err
	})
}

func newLockPassphrase(std streams) *cobra.Command {
	return lockCommand(std, "passphrase", "Change the passphrase", func(ctx context.Context, d *device) error {
		former, err := d.presentPassphrase(ctx)
		if err != nil {
			return err
		}
		next, err := d.askNewPassphrase(ctx)
		if err != nil {
			return err
		}
		_, err = api.Call(ctx, d.core, api.ChangePassphrase, api.ChangePassphraseParams{Old: former, New: next})
		return err
	})
}

func newLockNow(std streams) *cobra.Command {
	return lockCommand(std, "now", "Lock the device that other commands have open", func(ctx context.Context, d *device) error {
		_, err := api.Call(ctx, d.core, api.Lock, api.None{})
		return err
	})
}

func newLockErase(std streams) *cobra.Command {
	var yes bool
	c := lockCommand(std, "erase", "Remove everything from this device while it is locked: the passphrase is forgotten", func(ctx context.Context, d *device) error {
		switch status, err := d.lockStatus(ctx); {
		case err != nil:
			return err
		case status.State == api.LockOff:
			return api.ErrLockOff
		case status.State == api.LockOpen:
			return api.ErrLockIsOpen
		}
		if !yes {
			answer, err := d.ask(ctx, "All messages and keys on this device are removed. Log it out on another device of yours, too. Go on? [y/N] ")
			if err != nil {
				return err
			}
			if !strings.EqualFold(answer, "y") && !strings.EqualFold(answer, "yes") {
				return errNothingErased
			}
		}
		if _, err := api.Call(ctx, d.core, api.EraseDevice, api.None{}); err != nil {
			return err
		}
		return removeMarks(d.home)
	})
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

var (
	errNothingErased     = &api.Error{Code: "cancelled", Message: "Nothing was removed."}
	errPassphrasesDiffer = &api.Error{Code: "passphrases_differ", Message: "The two passphrases are not the same. Nothing was changed; please try again."}
)

// presentPassphrase is what opens the lock, which is open when it returns.
func (d *device) presentPassphrase(ctx context.Context) (string, error) {
	status, err := d.lockStatus(ctx)
	switch {
	case err != nil:
		return "", err
	case status.State == api.LockOff:
		return "", api.ErrLockOff
	case status.State == api.LockClosed:
		if err := d.unlock(ctx); err != nil {
			return "", err
		}
	}
	if d.passphrase != "" {
		return d.passphrase, nil
	}
	return d.askSecret(ctx, "Passphrase: ")
}

// askNewPassphrase asks twice: on a terminal nobody sees what they type.
func (d *device) askNewPassphrase(ctx context.Context) (string, error) {
	passphrase, err := d.askSecret(ctx, "New passphrase of at least 8 characters: ")
	if err != nil {
		return "", err
	}
	again, err := d.askSecret(ctx, "The same again: ")
	if err != nil {
		return "", err
	}
	if passphrase != again {
		return "", errPassphrasesDiffer
	}
	return passphrase, nil
}

// showLock prints how the lock is.
func (d *device) showLock(ctx context.Context) error {
	status, err := d.lockStatus(ctx)
	if err != nil {
		return err
	}
	return d.print(status, func(w io.Writer) {
		switch status.State {
		case api.LockOff:
			fmt.Fprintln(w, "This device has no lock: who gets at its files can read them.\nRun 'parley lock on' to encrypt them under a passphrase.")
		case api.LockClosed:
			fmt.Fprintln(w, "This device is locked.")
		case api.LockOpen:
			fmt.Fprintln(w, "The lock is on, and open while commands work on this device.")
		}
	})
}
