package main

import (
	"context"
	"errors"
	"log/slog"

	"parley/client/api"
	"parley/client/home"
	"parley/client/native"
	"parley/ident"
)

// openCore opens the device in a folder, in this process. If it is locked and
// there is a passphrase, it is unlocked.
func openCore(ctx context.Context, dir, passphrase string, log *slog.Logger) (home.Core, error) {
	core, err := native.Open(ctx, dir, native.Options{Platform: ident.PlatformCLI, Version: version, Log: log})
	if err != nil {
		return nil, err
	}
	if passphrase == "" || core.Status().State != api.LockClosed {
		return core, nil
	}
	if _, err := api.Call(ctx, core, api.Unlock, api.UnlockParams{Passphrase: passphrase}); err != nil {
		return nil, errors.Join(err, core.Close())
	}
	return core, nil
}
