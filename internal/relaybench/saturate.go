package relaybench

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/wire"
)

// patience is how long a message may be on its way before it counts as lost.
const patience = 30 * time.Second

// saturate sends as fast as the relay answers, one device an account.
func (b *bench) saturate(ctx context.Context) (Result, error) { return b.saturatePairs(ctx, 0) }

// devices is saturate with two devices an account.
func (b *bench) devices(ctx context.Context) (Result, error) { return b.saturatePairs(ctx, 1) }

func (b *bench) saturatePairs(ctx context.Context, linked int) (Result, error) {
	channels, err := b.pairs(ctx, linked)
	if err != nil {
		return Result{}, err
	}
	b.note("sending %d messages at saturation", b.Messages)
	return b.measure(ctx, channels, b.Messages/b.Pairs)
}

// measure has all channels send a number of messages each.
func (b *bench) measure(ctx context.Context, channels []*channel, each int) (Result, error) {
	batches, bytes := make([][]*wire.Send, len(channels)), 0
	deliveries := 0
	for i, c := range channels {
		var err error
		if batches[i], err = c.encrypt(each); err != nil {
			return Result{}, err
		}
		for _, m := range batches[i] {
			bytes += len(m.Message)
		}
		deliveries += each * len(c.readers)
	}
	cpu, began := b.cpu(), time.Now()
	lost, duplicated, err := b.sendAll(ctx, channels, batches)
	if err != nil {
		return Result{}, err
	}
	elapsed, used := time.Since(began), b.cpu()-cpu
	n := each * len(channels)
	return Result{
		Messages: n, Deliveries: deliveries, MeanBytes: bytes / max(n, 1), PerSecond: float64(n) / elapsed.Seconds(),
		CPUPerThousand: per(used, n), CPUPerThousandDeliveries: per(used, deliveries), Lost: lost, Duplicated: duplicated,
	}, nil
}

// sendAll sends a batch from each channel's sender and waits until everything has
// been acknowledged and received, or does not come.
func (b *bench) sendAll(ctx context.Context, channels []*channel, batches [][]*wire.Send) (lost, duplicated int, err error) {
	failures := make([]error, len(channels))
	var all sync.WaitGroup
	for i, c := range channels {
		ids := indexes(batches[i])
		for _, r := range c.readers {
			r.expect(ids)
		}
		all.Go(func() {
			if failures[i] = c.sendBatch(ctx, batches[i], b.Window); failures[i] != nil {
				return
			}
			late, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			for _, r := range c.readers {
				if err := r.untilExpected(late); err != nil && late.Err() == nil {
					failures[i] = err
				}
			}
		})
	}
	all.Wait()
	for _, c := range channels {
		for _, r := range c.readers {
			missing, twice := r.outcome()
			lost, duplicated = lost+missing, duplicated+twice
		}
	}
	return lost, duplicated, errors.Join(append(failures, ctx.Err())...)
}

// indexes are the places of messages in a batch, by their ids.
func indexes(batch []*wire.Send) map[string]int {
	ids := make(map[string]int, len(batch))
	for i, m := range batch {
		ids[string(m.MessageID)] = i
	}
	return ids
}

// sendBatch keeps a window of messages under way until all are acknowledged.
func (c *channel) sendBatch(ctx context.Context, batch []*wire.Send, window int) error {
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
		err := c.sender.start(m, func(r wire.ResponseResult) {
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
