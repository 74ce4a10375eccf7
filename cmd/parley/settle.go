package main

import (
	"context"
	"log/slog"
	"time"

	"parley/client/api"
)

// settleTime is how long a command that has done its work may take to tell the
// other devices, or to catch up; what is left is done by the next command.
const settleTime = 10 * time.Second

// unreachableTime is settleTime where the relay has just been tried in vain.
const unreachableTime = 2 * time.Second

// settle waits until everything has been sent and received, if it can be.
func (d *device) settle(ctx context.Context) {
	patience := settleTime
	if status, err := d.settledStatus(ctx); err == nil && status.ConnectionProblem != nil {
		patience = unreachableTime
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := api.Call(ctx, d.core, api.Sync, api.None{}); err != nil {
		d.log.WarnContext(ctx, "sync", slog.Any("error", err))
	}
}
