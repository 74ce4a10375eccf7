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
	seen         map[string]bool // what has arrived
	duplicated   int
	failure      error
	left         sync.WaitGroup
}

// steady sends at a fixed rate, whatever the answers do.
func (b *bench) steady(ctx context.Context) (Result, error) {
	channels, err := b.pairs(ctx, 0)
	if err != nil {
		return Result{}, err
	}
	n := int(b.Duration.Seconds() * float64(b.Rate))
	batches := make([][]*wire.Send, len(channels))
	for i, c := range channels {
		if batches[i], err = c.encrypt(n/len(channels) + 1); err != nil {
			return Result{}, err
		}
	}
	b.note("sending %d messages a second for %s", b.Rate, b.Duration)
	w := &stopwatch{sent: map[string]time.Time{}, seen: map[string]bool{}}
	for _, c := range channels {
		c.readers[0].watch(w.arrived)
	}
	cpu, began := b.cpu(), time.Now()
	for i := range n {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(b.Rate))
		if err := sleepUntil(ctx, due); err != nil {
			return Result{}, err
		}
		which := i % len(channels)
		if err := w.send(channels[which], batches[which][i/len(channels)]); err != nil {
			return Result{}, err
		}
	}
	late, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := waitGroup(late, &w.left); err != nil && ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	return w.result(n, time.Since(began), b.cpu()-cpu)
}

func (w *stopwatch) result(n int, elapsed, used time.Duration) (Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Result{
		Messages: n, Deliveries: n, PerSecond: float64(n) / elapsed.Seconds(), CPUPerThousand: per(used, n),
		CPUPerThousandDeliveries: per(used, n), Lost: len(w.sent), Duplicated: w.duplicated,
	}
	r.P50, r.P99, r.Max = percentiles(w.acknowledged)
	r.DeliveredP50, r.DeliveredP99, _ = percentiles(w.delivered)
	return r, w.failure
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

func (w *stopwatch) send(c *channel, m *wire.Send) error {
	w.left.Add(2) // the acknowledgement and the arrival
	now := time.Now()
	w.mu.Lock()
	w.sent[string(m.MessageID)] = now
	w.mu.Unlock()
	return c.sender.start(m, func(r wire.ResponseResult) {
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
	if w.seen[string(e.MessageID)] {
		w.duplicated++
	}
	if sent, ok := w.sent[string(e.MessageID)]; ok {
		w.seen[string(e.MessageID)] = true
		delete(w.sent, string(e.MessageID))
		w.delivered = append(w.delivered, now.Sub(sent))
		w.left.Done()
	}
}

// percentiles are in ms.
func percentiles(times []time.Duration) (p50, p99, longest float64) {
	if len(times) == 0 {
		return 0, 0, 0
	}
	slices.Sort(times)
	at := func(part float64) float64 {
		return float64(times[int(part*float64(len(times)-1))].Microseconds()) / 1000
	}
	return at(0.5), at(0.99), at(1)
}
