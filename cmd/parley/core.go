package main

import (
	"context"
	"errors"
	"log/slog"

	"parley/client/home"
)

func openCore(ctx context.Context, dir string, log *slog.Logger) (home.Core, error) {
	return nil, errors.New("not built")
}
