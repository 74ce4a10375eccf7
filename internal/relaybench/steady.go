package relaybench

import (
	"context"
	"slices"
	"sync"
	"time"

	"parley/wire"
)

// stopwatch collects how long messages took.
type stopwatch struct {
	mu           sync.Mutex
	sent         map[string]time.Time // by message id
	acknowledged []time.Duration
	delivered    []time.Duration
	failure      error
	left         sync.WaitGroup
}

// steady sends at a fixed rate, whatever the answers do.
func (b *bench) steady(ctx context.Context, report *Report) error {
	n := int(b.Duration.Seconds() * float64(b.Rate))
	batches := make([][]*wire.Send, len(b.pairs))
	for i, p := range b.pairs {
		var err error
		if batches[i], err = p.encrypt(n/len(b.pairs) + 1); err != nil {
			return err
		}
	}
	w := &stopwatch{sent: map[string]time.Time{}}
	for _, p := range b.pairs {
		p.reader.watch(w.arrived)
	}
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(b.Rate))
		if err := sleepUntil(ctx, due); err != nil {
			return err
		}
		which := i % len(b.pairs)
		if err := w.send(b.pairs[which], batches[which][i/len(b.pairs)]); err != nil {
			return err
		}
	}
	if err := waitGroup(ctx, &w.left); err != nil {
		return err
	}
	for _, p := range b.pairs {
		p.reader.watch(nil)
	}
	report.Latency = Latency{PerSecond: b.Rate, Acknowledged: percentiles(w.acknowledged), Delivered: percentiles(w.delivered)}
	return w.failure
}

func waitGroup(ctx context.Context, group *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *reader) watch(arrived func(*wire.Entry)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrived = arrived
}

func sleepUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *stopwatch) send(p *pair, m *wire.Send) error {
	w.left.Add(2) // the acknowledgement and the arrival
	now := time.Now()
	w.mu.Lock()
	w.sent[string(m.MessageID)] = now
	w.mu.Unlock()
	return p.sender.start(m, func(r wire.ResponseResult) {
		took := time.Since(now)
		_, err := resultOf[*wire.SendResult](r)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.acknowledged = append(w.acknowledged, took)
		if err != nil {
			w.failure = err
			w.left.Done() // it will not arrive
		}
		w.left.Done()
	})
}

func (w *stopwatch) arrived(e *wire.Entry) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if sent, ok := w.sent[string(e.MessageID)]; ok {
		delete(w.sent, string(e.MessageID))
		w.delivered = append(w.delivered, now.Sub(sent))
		w.left.Done()
	}
}

func percentiles(times []time.Duration) Percentiles {
	if len(times) == 0 {
		return Percentiles{}
	}
	slices.Sort(times)
	at := func(part float64) float64 {
		return float64(times[int(part*float64(len(times)-1))].Microseconds()) / 1000
	}
	return Percentiles{P50: at(0.5), P99: at(0.99), Max: at(1)}
}
