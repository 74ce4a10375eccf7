package relay

import (
	"sync"
	"time"
)

// pace spaces out what is sent to people: the waits between one code for a key
// and the next grow, and an hour has a limit. It is in memory: a restart
// forgives.
type pace[K comparable] struct {
	mu     sync.Mutex
	recent map[K][]time.Time
}

// request notes a code request for a key, or returns how long to wait.
func (p *pace[K]) request(key K, now time.Time, perHour int) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	recent := p.recentLocked(key, now)
	if wait := nextCodeAt(recent, perHour).Sub(now); wait > 0 {
		return wait
	}
	if p.recent == nil {
		p.recent = make(map[K][]time.Time)
	}
	p.recent[key] = append(recent, now)
	return 0
}

// waitAfter returns how long to wait after the request just noted.
func (p *pace[K]) waitAfter(key K, now time.Time, perHour int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, nextCodeAt(p.recentLocked(key, now), perHour).Sub(now))
}

// recentLocked returns the requests of the last hour.
func (p *pace[K]) recentLocked(key K, now time.Time) []time.Time {
	times := p.recent[key]
	for len(times) > 0 && now.Sub(times[0]) >= time.Hour {
		times = times[1:]
	}
	return times
}

// sweep forgets what is over.
func (p *pace[K]) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.recent {
		if len(p.recentLocked(key, now)) == 0 {
			delete(p.recent, key)
		}
	}
}

// nextCodeAt returns when the next code may be asked for after those of the
// last hour.
func nextCodeAt(recent []time.Time, perHour int) time.Time {
	n := len(recent)
	if n == 0 {
		return time.Time{}
	}
	next := recent[n-1].Add(codeWaits[min(n, len(codeWaits))-1])
	if n >= perHour {
		if hour := recent[n-perHour].Add(time.Hour); hour.After(next) {
			return hour
		}
	}
	return next
}
