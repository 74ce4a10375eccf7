package client_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"parley/client/api"
	"parley/ident"

	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

var (
	historySeed  = flag.Uint64("history.seed", 0, "replay this random history; 0 draws one")
	historySteps = flag.Int("history.steps", 60, "steps of a random history")
)

// person is an account with its devices in a random history.
type person struct {
	phone   ident.Phone
	peer    ident.Phone
	primary *Device
	linked  []*Device
	sent    []string
}

func (p *person) devices() []*Device { return append([]*Device{p.primary}, p.linked...) }

// history is two people whose devices come and go.
type history struct {
	t      *testing.T
	random *rand.Rand
	relay  *Relay
	people [2]*person
	count  int
}

// Whatever comes and goes, in the end every device of both people holds the
// same messages in the same order, each once, none of them unreadable, and
// everything that the relay acknowledged (M8, M12, M15, X9).
func TestRandomHistory(t *testing.T) {
	seed := *historySeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("replay with -history.seed=%d -history.steps=%d", seed, *historySteps)
	h := &history{t: t, random: rand.New(rand.NewPCG(seed, 0)), relay: NewRelay(t)}
	h.people = [2]*person{{phone: alice, peer: bob}, {phone: bob, peer: alice}}
	for _, p := range h.people {
		p.primary = h.newDevice()
		p.primary.Register(p.phone)
	}
	for range *historySteps {
		h.step(h.people[h.random.IntN(2)])
	}
	h.settle()
}

func (h *history) newDevice() *Device {
	h.count++
	return h.relay.NewDevice(fmt.Sprintf("device %d", h.count))
}

func (h *history) step(p *person) {
	devices := p.devices()
	d := devices[h.random.IntN(len(devices))]
	switch roll := h.random.IntN(20); {
	case roll < 11:
		h.send(p, d)
	case roll < 14:
		h.toggle(d)
	case roll < 16:
		h.link(p)
	case roll < 17:
		h.remove(p)
	case roll < 18:
		h.relay.Stop()
		h.relay.Start()
	default:
		h.restart(d)
	}
}

// send writes without waiting, so that everything may happen meanwhile.
func (h *history) send(p *person, d *Device) {
	if d.Core == nil {
		return
	}
	chat, err := Try(d, api.OpenChat, api.OpenChatParams{Phone: string(p.peer)})
	if err != nil {
		return // unreachable at the moment
	}
	text := fmt.Sprintf("%s writes %d", d.Name, len(p.sent))
	Call(d, api.Send, api.SendParams{ChatID: chat.ID, Text: text})
	p.sent = append(p.sent, text)
}

func (h *history) toggle(d *Device) {
	if d.Core == nil {
		d.Start()
	} else {
		d.Stop()
	}
}

func (h *history) restart(d *Device) {
	if d.Core != nil {
		d.Stop()
		d.Start()
	}
}

func (h *history) link(p *person) {
	if len(p.linked) == 3 {
		return
	}
	h.wake(p.primary)
	fresh := h.newDevice()
	p.primary.Link(fresh)
	p.linked = append(p.linked, fresh)
}

// remove logs a linked device out after it has sent what it had to send.
func (h *history) remove(p *person) {
	if len(p.linked) == 0 {
		return
	}
	i := h.random.IntN(len(p.linked))
	gone := p.linked[i]
	h.wake(gone)
	h.wake(p.primary)
	id := Call(gone, api.GetStatus, api.None{}).DeviceID
	Call(p.primary, api.RemoveDevice, api.DeviceID{ID: id})
	p.linked = slices.Delete(p.linked, i, i+1)
	gone.Stop()
}

// wake starts a device and waits until it is connected and has sent everything.
func (h *history) wake(d *Device) {
	if d.Core == nil {
		d.Start()
	}
	Call(d, api.Sync, api.None{})
}

// settle brings everybody back and compares.
func (h *history) settle() {
	for _, p := range h.people {
		for _, d := range p.devices() {
			h.wake(d)
		}
	}
	var want []string
	reference := h.people[0].primary
	total := len(h.people[0].sent) + len(h.people[1].sent)
	reference.Eventually(fmt.Sprintf("all %d messages, readable", total), func() bool {
		want = reference.Held(bob)
		return len(want) == total && !strings.Contains(strings.Join(want, "\n"), "[")
	})
	for _, p := range h.people {
		for _, d := range p.devices() {
			d.WantTexts(p.peer, want)
		}
		for _, text := range p.sent {
			if !slices.Contains(want, text) {
				h.t.Errorf("%q is lost", text)
			}
		}
	}
}
