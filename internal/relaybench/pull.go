package relaybench

import (
	"context"
	"time"
)

// pull queues messages for a device that is away and measures its return.
func (b *bench) pull(ctx context.Context, report *Report) error {
	p := b.pairs[0]
	p.receiver.close()
	batch, err := p.encrypt(b.Queued)
	if err != nil {
		return err
	}
	if err := p.sendBatch(ctx, batch, b.Window); err != nil {
		return err
	}
	began := time.Now()
	d, signedIn, err := b.signIn(ctx, p.receiver.account)
	if err != nil {
		return err
	}
	p.receiver = d
	if p.reader, err = newReader(ctx, d, signedIn.FeedCursor); err != nil {
		return err
	}
	if err := p.reader.untilMessages(ctx, b.Queued); err != nil {
		return err
	}
	report.Pull = Pull{Messages: b.Queued, Seconds: time.Since(began).Seconds()}
	return nil
}
