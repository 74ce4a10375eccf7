package relaybench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/wire"
)

const (
	// overloadFactor is how much more than it can take the relay is offered.
	overloadFactor = 3
	// overloadTick is how often each sender sends its share.
	overloadTick = 10 * time.Millisecond
	// overloadChunk is how many messages a sender encrypts at once when it has no more.
	overloadChunk = 64
)

// overload finds what the relay can take, and then offers it three times that, whatever
// it answers.
func (b *bench) overload(ctx context.Context) (Result, error) {
	channels, err := b.pairs(ctx, 0)
	if err != nil {
		return Result{}, err
	}
	b.note("sending %d messages at saturation", b.Messages)
	at, err := b.measure(ctx, channels, b.Messages/b.Pairs)
	if err != nil {
		return Result{}, err
	}
	rate := overloadFactor * at.PerSecond
	b.note("offering %.0f messages a second for %s", rate, b.Duration)
	floods := make([]*flood, len(channels))
	for i, c := range channels {
		floods[i] = newFlood(c, rate/float64(len(channels)))
	}
	return b.flood(ctx, floods, rate)
}

func (b *bench) flood(ctx context.Context, floods []*flood, rate float64) (Result, error) {
	watch := watchMemory(ctx, b.PID)
	cpu, began := b.cpu(), time.Now()
	var all sync.WaitGroup
	failures := make([]error, len(floods))
	for i, f := range floods {
		all.Go(func() { failures[i] = f.run(ctx, b.Duration) })
	}
	all.Wait()
	elapsed, used := time.Since(began), b.cpu()-cpu
	if err := errors.Join(append(failures, ctx.Err())...); err != nil {
		return Result{}, err
	}
	r := Result{OfferedPerSecond: rate}
	var times []time.Duration
	for _, f := range floods {
		r.Messages, r.Refused = r.Messages+len(f.accepted), r.Refused+f.refused
		r.Duplicated += f.duplicated
		times = append(times, f.took...)
		r.Lost += f.lost(ctx)
	}
	r.Deliveries, r.PerSecond, r.CPUPerThousand = r.Messages, float64(r.Messages)/elapsed.Seconds(), per(used, r.Messages)
	r.P50, r.P99, r.Max = percentiles(times)
	r.BaseKiB, r.MostKiB = watch.stop()
	return r, nil
}

// flood sends in a channel at a rate. What the relay refuses it sends again later.
type flood struct {
	*channel
	perTick float64

	mu         sync.Mutex
	unsent     []*wire.Send
	waiting    sync.WaitGroup
	refused    int
	took       []time.Duration
	accepted   map[string]bool
	arrived    map[string]bool
	duplicated int
	failure    error
}

func newFlood(c *channel, rate float64) *flood {
	f := &flood{channel: c, perTick: rate * overloadTick.Seconds(), accepted: map[string]bool{}, arrived: map[string]bool{}}
	c.readers[0].watch(f.arrive)
	return f
}

func (f *flood) arrive(e *wire.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.arrived[string(e.MessageID)] {
		f.duplicated++
	}
	f.arrived[string(e.MessageID)] = true
}

// run offers messages for a time, and waits for the answers.
func (f *flood) run(ctx context.Context, d time.Duration) error {
	tick := time.NewTicker(overloadTick)
	defer tick.Stop()
	owed := 0.0
	for end := time.Now().Add(d); time.Now().Before(end); {
		for owed += f.perTick; owed >= 1; owed-- {
			if err := f.offer(); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	late, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := waitGroup(late, &f.waiting); err != nil {
		return fmt.Errorf("a message was not answered for %s: %w", patience, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failure
}

func (f *flood) offer() error {
	m, err := f.next()
	if err != nil {
		return err
	}
	began := time.Now()
	f.waiting.Add(1)
	return f.sender.start(m, func(answer wire.ResponseResult) {
		defer f.waiting.Done()
		_, err := resultOf[*wire.SendResult](answer)
		f.mu.Lock()
		defer f.mu.Unlock()
		var refusal *wire.Error
		switch {
		case err == nil:
			f.accepted[string(m.MessageID)] = true
			f.took = append(f.took, time.Since(began))
		case errors.As(err, &refusal) && refusal.Code == wire.ErrorUnavailable && refusal.RetryAfterMS > 0:
			f.refused++
			f.unsent = append(f.unsent, m)
		default:
			f.failure = err
		}
	})
}

// next is a message that was not taken yet.
func (f *flood) next() (*wire.Send, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.unsent) == 0 {
		more, err := f.encrypt(overloadChunk)
		if err != nil {
			return nil, err
		}
		f.unsent = more
	}
	m := f.unsent[0]
	f.unsent = f.unsent[1:]
	return m, nil
}

// lost waits for what was acknowledged and says how many did not come.
func (f *flood) lost(ctx context.Context) (missing int) {
	late, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	count := func() int {
		f.mu.Lock()
		defer f.mu.Unlock()
		missing = 0
		for id := range f.accepted {
			if !f.arrived[id] {
				missing++
			}
		}
		return missing
	}
	_ = f.readers[0].until(late, func() bool { return count() == 0 }) // what is missing then is lost
	return count()
}

// memoryWatch asks for the memory of a process twice a second.
type memoryWatch struct {
	end  context.CancelFunc
	done chan struct{}
	kib  []float64
}

func watchMemory(ctx context.Context, pid int) *memoryWatch {
	ctx, end := context.WithCancel(ctx)
	w := &memoryWatch{end: end, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for {
			if bytes, err := memory(pid); err == nil {
				w.kib = append(w.kib, float64(bytes)/1024)
			}
			if sleepUntil(ctx, time.Now().Add(time.Second/2)) != nil {
				return
			}
		}
	}()
	return w
}

// stop returns the memory at the beginning and the most there was.
func (w *memoryWatch) stop() (first, most float64) {
	w.end()
	<-w.done
	if len(w.kib) == 0 {
		return 0, 0
	}
	return w.kib[0], slices.Max(w.kib)
}
