// Package obs makes what an operator watches a relay with: structured logs and
// metrics in the Prometheus text format. It keeps no history and sends nothing
// anywhere.
package obs

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Registry holds the metrics of one process. The zero value is ready; all
// methods may be called at the same time.
type Registry struct {
	mu      sync.Mutex
	metrics []metric
}

type metric struct {
	name, help, kind string
	read             func() float64
}

// Counter only grows.
type Counter struct{ n atomic.Uint64 }

// Add adds n.
func (c *Counter) Add(n int) { c.n.Add(uint64(n)) }

// Inc adds one.
func (c *Counter) Inc() { c.n.Add(1) }

// Value returns the sum so far.
func (c *Counter) Value() uint64 { return c.n.Load() }

// Counter registers a counter; its name ends in _total.
func (r *Registry) Counter(name, help string) *Counter {
	c := new(Counter)
	r.Total(name, help, c.Value)
	return c
}

// Total registers a sum that somebody else keeps, which is read when the metrics are; its name ends
// in _total, and read must be safe to call from any goroutine.
func (r *Registry) Total(name, help string, read func() uint64) {
	r.add(metric{name, help, "counter", func() float64 { return float64(read()) }})
}

// Gauge registers a value that is read when the metrics are; read must be safe
// to call from any goroutine.
func (r *Registry) Gauge(name, help string, read func() float64) {
	r.add(metric{name, help, "gauge", read})
}

func (r *Registry) add(m metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metrics = append(r.metrics, m)
}

// WriteText writes all metrics in the Prometheus text format, sorted by name.
func (r *Registry) WriteText(w io.Writer) error {
	r.mu.Lock()
	metrics := slices.Clone(r.metrics)
	r.mu.Unlock()
	slices.SortFunc(metrics, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	out := bufio.NewWriter(w)
	for _, m := range metrics {
		fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %g\n", m.name, m.help, m.name, m.kind, m.name, m.read())
	}
	return out.Flush()
}
