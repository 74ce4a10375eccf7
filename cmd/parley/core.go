package main

import (
	"context"
	"log/slog"

	"parley/client/home"
	"parley/client/native"
	"parley/ident"
)

// openCore opens the device in a folder, in this process.
func openCore(ctx context.Context, dir string, log *slog.Logger) (home.Core, error) {
	core, err := native.Open(ctx, dir, native.Options{Platform: ident.PlatformCLI, Version: version, Log: log})
	if err != nil {
		return nil, err
	}
	return core, nil
}
