package relaybench

import (
	"context"
	"errors"
	"sync"
	"time"
)

// warmUp is how many devices come and go before memory is measured, so that
// the code they need is in memory.
const warmUp = 50

// settleTime is how long the relay may tidy up before its memory is read.
const settleTime = 3 * time.Second

// idle measures what authenticated devices cost that do nothing.
func (b *bench) idle(ctx context.Context, report *Report) error {
	accounts, err := b.registerMany(ctx, b.Idle)
	if err != nil {
		return err
	}
	b.closeAll()
	b.pairs = nil
	if b.Restart != nil {
		if b.URL, b.PID, err = b.Restart(ctx); err != nil {
			return err
		}
	}
	if b.PID == 0 {
		return nil
	}
	if err := b.hold(ctx, accounts[:min(warmUp, len(accounts))], nil); err != nil {
		return err
	}
	base, err := b.settledMemory(ctx)
	if err != nil {
		return err
	}
	return b.hold(ctx, accounts, func() error {
		with, err := b.settledMemory(ctx)
		report.Idle = Idle{Devices: len(accounts), BaseBytes: base, PerDevice: float64(with-base) / float64(len(accounts))}
		return err
	})
}

// hold has devices signed in and up to date while f runs.
func (b *bench) hold(ctx context.Context, accounts []*account, f func() error) error {
	devices, failures := make([]*device, len(accounts)), make([]error, len(accounts))
	slots := make(chan struct{}, registerWidth)
	var all sync.WaitGroup
	for i, a := range accounts {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if devices[i], _, failures[i] = b.signIn(ctx, a); failures[i] == nil {
				_, failures[i] = newReader(ctx, devices[i], 0)
			}
		})
	}
	all.Wait()
	defer func() {
		for _, d := range devices {
			d.close()
		}
	}()
	if err := errors.Join(failures...); err != nil || f == nil {
		return err
	}
	return f()
}

func (b *bench) settledMemory(ctx context.Context) (int64, error) {
	if err := sleepUntil(ctx, time.Now().Add(settleTime)); err != nil {
		return 0, err
	}
	return memory(b.PID)
}
