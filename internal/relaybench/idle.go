package relaybench

import (
	"context"
	"time"
)

// warmUp is how many devices come and go before memory is measured, so that
// the code they need is in memory.
const warmUp = 50

// settleTime is how long the relay may tidy up before its memory is read: it gives back what the
// connecting needed when nothing has happened for three seconds.
const settleTime = 6 * time.Second

// idle measures what authenticated devices cost that do nothing.
func (b *bench) idle(ctx context.Context) (Result, error) {
	b.note("registering %d accounts", b.Idle)
	accounts, err := b.registerMany(ctx, b.Idle)
	if err != nil {
		return Result{}, err
	}
	if b.Restart != nil {
		if b.URL, b.PID, err = b.Restart(ctx); err != nil {
			return Result{}, err
		}
	}
	if _, err := b.hold(ctx, accounts[:min(warmUp, len(accounts))]); err != nil {
		return Result{}, err
	}
	b.closeAll()
	base, err := b.settledMemory(ctx)
	if err != nil {
		return Result{}, err
	}
	b.note("holding %d idle devices", b.Idle)
	used, err := b.hold(ctx, accounts)
	if err != nil {
		return Result{}, err
	}
	with, err := b.settledMemory(ctx)
	if err != nil {
		return Result{}, err
	}
	n := float64(len(accounts))
	return Result{
		Devices: len(accounts), BaseKiB: float64(base) / 1024, KiBPerDevice: float64(with-base) / 1024 / n,
		CPUPerConnect: float64(used.Microseconds()) / n,
	}, nil
}

// hold has devices signed in and up to date. It returns the server's CPU time for the first
// of both.
func (b *bench) hold(ctx context.Context, accounts []*account) (time.Duration, error) {
	cpu := b.cpu()
	devices, err := b.signInAll(ctx, accounts)
	used := b.cpu() - cpu
	if err != nil {
		return 0, err
	}
	return used, each(len(devices), func(i int) error {
		_, err := newReader(ctx, devices[i], devices[i].feedCursor)
		return err
	})
}

// settledMemory is the memory of the server after it had time to tidy up.
func (b *bench) settledMemory(ctx context.Context) (int64, error) {
	if err := sleepUntil(ctx, time.Now().Add(settleTime)); err != nil || b.PID == 0 {
		return 0, err
	}
	return memory(b.PID)
}
