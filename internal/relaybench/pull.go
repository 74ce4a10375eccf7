package relaybench

import (
	"context"
	"time"
)

// pull queues messages for a device that is away and measures its return.
func (b *bench) pull(ctx context.Context) (Result, error) {
	one := *b
	one.Pairs = 1
	channels, err := one.pairs(ctx, 0)
	b.open, b.numbers = one.open, one.numbers
	if err != nil {
		return Result{}, err
	}
	c := channels[0]
	away := c.readers[0].d
	away.close()
	batch, err := c.encrypt(b.Queued)
	if err != nil {
		return Result{}, err
	}
	b.note("queueing %d messages for a device that is away", b.Queued)
	if err := c.sendBatch(ctx, batch, b.Window); err != nil {
		return Result{}, err
	}
	cpu, began := b.cpu(), time.Now()
	d, err := b.signIn(ctx, away.account)
	if err != nil {
		return Result{}, err
	}
	b.open = append(b.open, d)
	r := startReader(d, d.feedCursor)
	r.expect(indexes(batch))
	r.pull()
	late, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := r.untilExpected(late); err != nil && late.Err() == nil {
		return Result{}, err
	}
	elapsed, used := time.Since(began), b.cpu()-cpu
	lost, duplicated := r.outcome()
	return Result{
		Messages: b.Queued, Deliveries: b.Queued, Seconds: elapsed.Seconds(),
		CPUPerThousandDeliveries: per(used, b.Queued), Lost: lost, Duplicated: duplicated,
	}, nil
}
