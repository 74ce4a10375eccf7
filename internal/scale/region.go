package scale

import (
	"math/rand/v2"
	"time"

	"parley/internal/relay/busy"
)

// step is how finely time is cut.
const step = 10 * time.Millisecond

// waits is a queue of many that came at the same time, first in, first out.
type waits struct {
	groups []group
	n      int
}

// group is some that came at a time, each of a cost. bound is how long they wait if they fail,
// connections at most. Messages are of a kind.
type group struct {
	at    time.Duration
	n     int
	cost  time.Duration
	bound time.Duration
	kind  *kind
}

// kind is messages that cost the same, and the devices that send them. A device that was
// refused tries one message again after a while, and sends what else it has once that is taken.
type kind struct {
	cost              time.Duration
	devices, refusing int
	unsent            int
}

func (w *waits) add(g group) {
	if g.n > 0 {
		w.groups = append(w.groups, g)
		w.n += g.n
	}
}

// take removes up to one group for a budget, and returns it with what is left of the budget.
// What is cheaper than the rest of the budget by less than a whole is done all the same, and
// paid by the next step.
func (w *waits) take(budget time.Duration) (group, time.Duration) {
	if w.n == 0 || budget <= 0 {
		return group{}, budget
	}
	first := &w.groups[0]
	n := min(first.n, int(budget/first.cost)+1)
	taken := *first
	taken.n = n
	if first.n -= n; first.n == 0 {
		w.groups = w.groups[1:]
	}
	w.n -= n
	return taken, budget - time.Duration(n)*taken.cost
}

// relay is one of a region.
type relay struct {
	alive     bool
	connected int
	writes    waits
	connects  waits
	gate      *busy.Gate
	debt      time.Duration // processor time that the step before used too much
	owed      float64       // of a message
}

// region is a plan under way.
type region struct {
	Plan
	random *rand.Rand
	now    time.Duration
	relays []*relay
	// retries are messages, and returns connections, by the step in which they are due.
	retries map[int][]group
	returns map[int][]group
	// texts are messages between two, bursts those of a happening.
	texts, bursts kind
	away          int
	Outcome
}

// Run lives through what happens, until the end at the latest.
func (p Plan) Run(seed uint64, end time.Duration, happenings ...Happening) Outcome {
	r := &region{Plan: p, random: rand.New(rand.NewPCG(seed, 0)), retries: map[int][]group{}, returns: map[int][]group{}} //nolint:gosec // a simulation
	r.texts = kind{cost: p.Message, devices: p.Devices}
	for range p.Relays {
		r.relays = append(r.relays, &relay{alive: true, connected: p.Devices / p.Relays, gate: new(busy.Gate)})
	}
	last := happenings[len(happenings)-1]
	for ; r.now < end; r.now += step {
		for _, h := range happenings {
			r.happen(h)
		}
		r.step()
		if quiet := last.At + last.BurstTime; r.now > quiet && r.isAtRest() {
			r.Back = r.now - quiet
			break
		}
	}
	return r.Outcome
}

func (r *region) isAtRest() bool { return r.away == 0 && r.texts.unsent+r.bursts.unsent == 0 }

func (r *region) happen(h Happening) {
	if r.now >= h.At && r.now < h.At+h.BurstTime {
		r.bursts.cost, r.bursts.devices = h.BurstCost, h.BurstDevices
		r.write(&r.bursts, r.relays[len(r.relays)-1], int(h.Burst*step.Seconds()))
	}
	if r.now != h.At {
		return
	}
	for _, dead := range r.relays[:h.Lost] {
		dead.alive = false
		r.comeBack(dead.connected, r.FirstBackoff)
		r.away += dead.connected
		// What it had not written is sent again, where the devices are then.
		for _, g := range dead.writes.groups {
			g.kind.unsent, g.kind.refusing = g.kind.unsent+g.n, g.kind.refusing+g.n
			r.sendLater(g, busy.Soon)
		}
		for _, g := range dead.connects.groups {
			r.comeBack(g.n, g.bound)
		}
		*dead = relay{}
	}
}

// comeBack has devices connect at any time below a bound.
func (r *region) comeBack(n int, bound time.Duration) {
	steps := int(bound / step)
	next := min(2*bound, r.LastBackoff)
	r.spread(r.returns, n, 1, steps, group{bound: next, cost: r.Connect})
}

// sendLater has messages come again after a time that they were told, or that devices wait by
// themselves.
func (r *region) sendLater(g group, told time.Duration) {
	due := int((r.now + max(g.bound, told)) / step)
	r.retries[due] = join(r.retries[due], group{kind: g.kind, bound: min(max(2*g.bound, r.FirstRetry), r.LastRetry)}, g.n)
}

// spread puts n into any of the next steps behind from.
func (r *region) spread(into map[int][]group, n, from, steps int, g group) {
	first := int(r.now/step) + from
	for i := range steps {
		if even := n / steps; even > 0 {
			into[first+i] = join(into[first+i], g, even)
		}
	}
	for range n % steps {
		due := first + r.random.IntN(steps)
		into[due] = join(into[due], g, 1)
	}
}

// join adds n to those that are like g.
func join(to []group, g group, n int) []group {
	for i, other := range to {
		if other.bound == g.bound && other.kind == g.kind {
			to[i].n += n
			return to
		}
	}
	g.n = n
	return append(to, g)
}

func (r *region) step() {
	due := int(r.now / step)
	for _, g := range r.retries[due] {
		r.share(g, func(to *relay, n int) { r.tryAgain(to, group{n: n, bound: g.bound, kind: g.kind}) })
	}
	for _, g := range r.returns[due] {
		r.share(g, func(to *relay, n int) { r.dial(to, n, g.bound) })
	}
	delete(r.retries, due)
	delete(r.returns, due)
	for _, to := range r.relays {
		if !to.alive {
			continue
		}
		to.owed += float64(to.connected) * r.Rate * step.Seconds()
		r.write(&r.texts, to, int(to.owed))
		to.owed -= float64(int(to.owed))
		r.work(to)
		r.MostWrites, r.MostConnects = max(r.MostWrites, to.writes.n), max(r.MostConnects, to.connects.n)
	}
	r.MostUnsent = max(r.MostUnsent, r.texts.unsent+r.bursts.unsent)
}

// share gives the relays that are alive about as much each.
func (r *region) share(g group, give func(to *relay, n int)) {
	alive := make([]*relay, 0, len(r.relays))
	for _, to := range r.relays {
		if to.alive {
			alive = append(alive, to)
		}
	}
	first := r.random.IntN(len(alive))
	for i := range alive {
		n := g.n / (len(alive) - i)
		g.n -= n
		give(alive[(first+i)%len(alive)], n)
	}
}

// write has people write to a relay's devices. Those that were refused keep it for later.
func (r *region) write(k *kind, to *relay, n int) {
	kept := int(float64(n) * float64(k.refusing) / float64(k.devices))
	refused := r.offer(to, group{n: n - kept, kind: k})
	k.unsent, k.refusing = k.unsent+kept+refused, k.refusing+refused
}

// tryAgain has devices that were refused send one message, and what else they have if it is
// taken.
func (r *region) tryAgain(to *relay, g group) {
	k := g.kind
	if taken := g.n - r.offer(to, g); taken > 0 {
		more := max(0, k.unsent-k.refusing) * taken / k.refusing
		k.unsent, k.refusing = k.unsent-taken-more, k.refusing-taken
		r.write(k, to, more)
	}
}

// offer gives messages to a relay. What it refuses comes again.
func (r *region) offer(to *relay, g group) (refused int) {
	now := time.Time{}.Add(r.now)
	for range g.n {
		if wait, taken := to.gate.Begin(now); !taken {
			refused++
			r.sendLater(group{n: 1, bound: g.bound, kind: g.kind}, wait)
		}
	}
	to.writes.add(group{at: r.now, n: g.n - refused, cost: g.kind.cost, kind: g.kind})
	r.Refused += refused
	to.debt += time.Duration(refused) * r.Refusal
	return refused
}

// dial has devices wait for a relay to take their connections, as far as there is room.
func (r *region) dial(to *relay, n int, bound time.Duration) {
	room := min(n, r.Backlog-to.connects.n)
	to.connects.add(group{at: r.now, n: room, cost: r.Connect, bound: bound})
	r.GivenUp += n - room
	r.comeBack(n-room, bound)
}

// work spends the processor time of a step: half on connections while there are some, the
// rest on what is to be written.
func (r *region) work(to *relay) {
	budget := time.Duration(r.Processors)*step - to.debt
	to.debt = 0
	connecting := budget
	if to.writes.n > 0 {
		connecting = budget / 2
	}
	budget -= connecting
	left := r.connect(to, connecting)
	left = r.commit(to, budget+left)
	if left < 0 {
		to.debt = -left
	}
}

func (r *region) connect(to *relay, budget time.Duration) time.Duration {
	for budget > 0 && to.connects.n > 0 {
		var g group
		g, budget = to.connects.take(budget)
		if r.now-g.at > r.Patience { // the work is done for nobody
			r.GivenUp += g.n
			r.comeBack(g.n, g.bound)
			continue
		}
		to.connected += g.n
		r.away -= g.n
	}
	return budget
}

func (r *region) commit(to *relay, budget time.Duration) time.Duration {
	for budget > 0 && to.writes.n > 0 {
		var g group
		g, budget = to.writes.take(budget)
		took := r.now - g.at
		for range g.n {
			to.gate.End(took)
		}
		r.LongestWrite = max(r.LongestWrite, took)
	}
	return budget
}
