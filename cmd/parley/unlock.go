package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"parley/client/api"
	"parley/internal/terminal"
)

// maxPassphraseFile bounds what is read from a file with a passphrase, bytes.
const maxPassphraseFile = 4096

var (
	errHomeLocked = &api.Error{
		Code:    api.ErrLocked.Code,
		Message: "This device is locked. Run the command on a terminal, which asks for the passphrase, or give --passphrase-file.",
	}
	errPassphraseFile = &api.Error{Code: "passphrase_file", Message: "The file has no passphrase. Write it into the first line."}
)

// readPassphrase reads a passphrase from a file, or nothing from none.
func readPassphrase(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	if line = strings.TrimSpace(line); line == "" || len(content) > maxPassphraseFile {
		return "", errPassphraseFile
	}
	return line, nil
}

// unlock opens the app lock if it is closed, with the passphrase that was given
// or, on a terminal, that a person types.
func (d *device) unlock(ctx context.Context) error {
	status, err := d.lockStatus(ctx)
	if err != nil || status.State != api.LockClosed {
		return err
	}
	try := func(passphrase string) error {
		_, err := api.Call(ctx, d.core, api.Unlock, api.UnlockParams{Passphrase: passphrase})
		if err == nil {
			d.passphrase = passphrase
		}
		return err
	}
	switch {
	case d.passphrase != "":
		return try(d.passphrase)
	case !terminal.IsTerminal(d.std.in):
		return errHomeLocked
	}
	for {
		passphrase, err := d.askSecret(ctx, "Passphrase: ")
		if err != nil {
			return err
		}
		err = try(passphrase)
		var wrong *api.Error
		if !errors.As(err, &wrong) || wrong.Code != api.ErrWrongPassphrase.Code || wrong.RetryAfterMS > 0 {
			return err
		}
		fmt.Fprintln(d.std.err, wrong.Message)
	}
}

// lockStatus is the app lock of the device. A process of an older version that
// has it open knows of none.
func (d *device) lockStatus(ctx context.Context) (api.LockStatus, error) {
	status, err := api.Call(ctx, d.core, api.GetLock, api.None{})
	if errors.Is(err, api.ErrUnknownMethod) {
		return api.LockStatus{State: api.LockOff, Passkeys: []api.Passkey{}}, nil
	}
	return status, err
}
