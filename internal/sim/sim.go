// Package sim lives random histories of whole accounts on a virtual clock:
// devices are linked, removed, put back on an old copy of their storage, and
// away for weeks; the relay is killed and comes back; the network loses
// connections in every way. Clients, relay and stores are the real ones, joined
// by pipes in memory inside a testing/synctest bubble, so that weeks take
// seconds.
//
// The invariant, checked when everybody is back, the network is well and
// settleTime has passed:
//
//   - all devices of an account show the same chats with the same names, marks
//     and drafts, the same settings, and the same messages in the same order;
//   - the devices of both people of a chat hold the same messages in the same order;
//   - no message is a placeholder, failed, or still waiting to be sent;
//   - each message that a person wrote is there exactly once.
//
// In groups, all who are in one agree on its members, admins, name, settings and link, hold the
// same messages in the same order, and lack none that was written while they were in it for
// certain; who was removed or left has read nothing that was written afterwards; admins see
// exactly the requests of those who wait. A message is refused only where its writer may have
// been out, or only admins wrote.
//
// Only these may be missing, and then everywhere: messages that were not yet
// acknowledged to the device they were written on when that device was removed,
// or its storage was replaced by an old copy. What a removed device shows does not
// count. A device is removed or restored only while another one of its account
// holds all that it can read: what exists once is lost with its only copy.
//
// A seed decides the steps, and when frames are lost. It does not decide how the
// goroutines of devices and relay are scheduled, nor keys: a seed that failed
// fails again often, not always.
package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"parley/client/api"
	"parley/ident"
)

// Report counts what happened in histories.
type Report struct {
	Histories, Devices, Messages, Changes, Removals, Restores, Kills, Breaks int
	// Virtual is how much time passed for the devices; Settled the longest that
	// devices took to agree once everybody was back.
	Virtual, Settled time.Duration
}

// Add adds the counts of another report.
func (r *Report) Add(o Report) {
	r.Histories += o.Histories
	r.Devices += o.Devices
	r.Messages += o.Messages
	r.Changes += o.Changes
	r.Removals += o.Removals
	r.Restores += o.Restores
	r.Kills += o.Kills
	r.Breaks += o.Breaks
	r.Virtual += o.Virtual
	r.Settled = max(r.Settled, o.Settled)
}

// String is the report in one line.
func (r *Report) String() string {
	return fmt.Sprintf("%d histories, %d devices, %d messages, %d changes of groups, %d removals, %d restores, %d kills of the relay, "+
		"%d broken connections, %.1f virtual days, at most %s to agree",
		r.Histories, r.Devices, r.Messages, r.Changes, r.Removals, r.Restores, r.Kills, r.Breaks, r.Virtual.Hours()/24, r.Settled)
}

// world is one history.
type world struct {
	t       *testing.T
	random  *rand.Rand
	network *network
	host    *host
	people  []*person
	groups  []*group
	// resets: groups are reset.
	resets  bool
	devices int
	report  Report
}

// person is an account with its devices; the first is the primary.
type person struct {
	name    string
	phone   ident.Phone
	account string
	devices []*device
	// wrote are the texts that must arrive, lost those that may.
	wrote, lost map[string]bool
	edits       int
}

func (p *person) primary() *device { return p.devices[0] }

// Run lives one history in a bubble of its own and reports differences as errors of t.
func Run(t *testing.T, seed uint64, steps int) Report {
	t.Helper()
	return run(t, seed, steps, (*world).step)
}

// RunGroups is Run with a fourth person and half of the steps in groups; with resets, groups
// are reset, too.
func RunGroups(t *testing.T, seed uint64, steps int, resets bool) Report {
	t.Helper()
	return run(t, seed, steps, func(w *world) {
		w.resets = resets
		switch {
		case len(w.people) < 4:
			w.network.setCalm(true)
			w.meet("Dave")
			w.network.setCalm(false)
		case w.random.IntN(2) == 0:
			w.groupStep()
		default:
			w.step()
		}
	})
}

func run(t *testing.T, seed uint64, steps int, step func(*world)) Report {
	t.Helper()
	var report Report
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed)
		defer w.close()
		began := time.Now()
		for range steps {
			step(w)
			w.pass(w.duration(10*time.Millisecond, 4*time.Second))
		}
		w.settle()
		w.report.Histories, w.report.Devices = 1, w.devices
		w.report.Virtual, w.report.Breaks = time.Since(began), w.network.broken()
		report = w.report
	})
	return report
}

func newWorld(t *testing.T, seed uint64) *world {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // decides what happens, guards nothing
	w := &world{t: t, random: random, network: newNetwork(seed)}
	w.host = newHost(t, w.network)
	w.host.start()
	w.network.setCalm(true)
	for _, name := range []string{"Alice", "Bob", "Carol"} {
		w.meet(name)
	}
	w.network.setCalm(false)
	return w
}

// meet adds a person with a primary.
func (w *world) meet(name string) {
	p := &person{
		name: name, phone: ident.Phone(fmt.Sprintf("+3247000000%d", len(w.people)+1)),
		wrote: map[string]bool{}, lost: map[string]bool{},
	}
	d := w.newDevice(name)
	d.register(p)
	p.account = call(d, api.GetStatus, api.None{}).AccountID
	p.devices = []*device{d}
	w.people = append(w.people, p)
}

func (w *world) close() {
	w.network.setCalm(true)
	for _, p := range w.people {
		for _, d := range p.devices {
			d.close()
		}
	}
	w.host.kill()
}

// duration draws one between two bounds.
func (w *world) duration(from, to time.Duration) time.Duration {
	return from + time.Duration(w.random.Int64N(int64(to-from)))
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// tell adds a line to the story that is shown when a history fails.
func (w *world) tell(format string, args ...any) {
	w.t.Helper()
	w.t.Logf("%s "+format, append([]any{time.Now().Format("02 Jan 15:04:05")}, args...)...)
}
