package relaybench

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/wire"
)

// saturate sends as fast as the relay answers.
func (b *bench) saturate(ctx context.Context, report *Report) error {
	each := b.Messages / len(b.pairs)
	batches, bytes := make([][]*wire.Send, len(b.pairs)), 0
	for i, p := range b.pairs {
		var err error
		if batches[i], err = p.encrypt(each); err != nil {
			return err
		}
		for _, m := range batches[i] {
			bytes += len(m.Message)
		}
	}
	cpu, began := cpuTime(b.PID), time.Now()
	if err := b.sendAll(ctx, batches); err != nil {
		return err
	}
	elapsed, used := time.Since(began), cpuTime(b.PID)-cpu
	n := each * len(b.pairs)
	report.Saturation = Saturation{
		Messages: n, MeanBytes: bytes / n, PerSecond: float64(n) / elapsed.Seconds(),
		CPUPerThousandMS: 1000 * float64(used.Microseconds()) / 1000 / float64(n),
	}
	return nil
}

// sendAll sends a batch from each pair's sender and waits until everything has
// been acknowledged and received.
func (b *bench) sendAll(ctx context.Context, batches [][]*wire.Send) error {
	failures := make([]error, len(b.pairs))
	var all sync.WaitGroup
	for i, p := range b.pairs {
		target := p.reader.count() + len(batches[i])
		all.Go(func() {
			failures[i] = errors.Join(p.sendBatch(ctx, batches[i], b.Window), p.reader.untilMessages(ctx, target))
		})
	}
	all.Wait()
	return errors.Join(failures...)
}

// sendBatch keeps a window of messages under way until all are acknowledged.
func (p *pair) sendBatch(ctx context.Context, batch []*wire.Send, window int) error {
	answers := make(chan error, window)
	take := func() error {
		select {
		case err := <-answers:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for i, m := range batch {
		if i >= window {
			if err := take(); err != nil {
				return err
			}
		}
		err := p.sender.start(m, func(r wire.ResponseResult) {
			_, err := resultOf[*wire.SendResult](r)
			answers <- err
		})
		if err != nil {
			return err
		}
	}
	for range min(window, len(batch)) {
		if err := take(); err != nil {
			return err
		}
	}
	return nil
}
