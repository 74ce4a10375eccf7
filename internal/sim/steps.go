package sim

import (
	"fmt"
	"time"

	"parley/client/api"
)

// Bounds of what a history does.
const (
	// maxLinked is how many linked devices a person has at most.
	maxLinked = 3
	// linkedAway and primaryAway are below what retention tolerates.
	linkedAway  = 27 * 24 * time.Hour
	primaryAway = 12 * 24 * time.Hour
)

// step does one thing with one device.
func (w *world) step() {
	p := w.people[w.random.IntN(len(w.people))]
	d := p.devices[w.random.IntN(len(p.devices))]
	roll := w.random.IntN(100)
	switch {
	case roll < 36:
		w.write(p, d)
	case roll < 47:
		w.edit(p, d)
	case roll < 54:
		d.setOnline(!d.online.Load())
		w.tell("%s online: %t", d.name, d.online.Load())
	case roll < 63:
		w.toggle(d)
	case roll < 71:
		w.link(p)
	case roll < 76:
		w.remove(p)
	case roll < 83:
		w.tell("copy of %s", d.name)
		d.copyStorage()
	case roll < 90:
		w.restore(p)
	case roll < 94:
		w.killRelay()
	case roll < 98:
		w.daysPass(w.duration(time.Minute, 12*time.Hour))
	default:
		w.weeksPass()
	}
}

// write has a device write without waiting.
func (w *world) write(p *person, d *device) {
	if d.core == nil {
		return
	}
	to := w.people[w.random.IntN(len(w.people))]
	if to == p {
		return
	}
	chat, err := try(d, api.OpenChat, api.OpenChatParams{Phone: string(to.phone)})
	if err != nil {
		return // the relay cannot be asked who has the number
	}
	for range 1 + w.random.IntN(3) {
		text := fmt.Sprintf("%s to %s: %d", d.name, to.name, w.report.Messages)
		call(d, api.Send, api.SendParams{ChatID: chat.ID, Text: text})
		w.tell("%s", text)
		w.report.Messages++
		p.wrote[text] = true
	}
}

func (w *world) toggle(d *device) {
	if d.core == nil {
		w.tell("open %s", d.name)
		d.open()
	} else {
		w.tell("close %s", d.name)
		d.close()
	}
}

// link links a new device; the network is calm meanwhile, and people are there.
func (w *world) link(p *person) {
	if len(p.devices) > maxLinked {
		return
	}
	w.host.start()
	w.network.setCalm(true)
	defer w.network.setCalm(false)
	if !p.primary().wake() {
		w.t.Errorf("%s does not connect", p.primary().name)
		return
	}
	fresh := w.newDevice(p.name)
	w.tell("link %s", fresh.name)
	if err := p.primary().link(fresh); err != nil {
		w.t.Errorf("%s could not be linked: %v", fresh.name, err)
		fresh.close()
		return
	}
	p.devices = append(p.devices, fresh)
}

// remove has the primary log a linked device out.
func (w *world) remove(p *person) {
	if len(p.devices) == 1 {
		return
	}
	i := 1 + w.random.IntN(len(p.devices)-1)
	gone := p.devices[i]
	if !w.dispensable(p, gone) {
		return
	}
	w.host.start()
	w.network.setCalm(true)
	defer w.network.setCalm(false)
	gone.open()
	id := call(gone, api.GetStatus, api.None{}).DeviceID
	if !p.primary().wake() {
		w.t.Errorf("%s does not connect", p.primary().name)
		return
	}
	w.tell("remove %s", gone.name)
	p.lose(gone)
	if err := retry(p.primary(), api.RemoveDevice, api.DeviceID{ID: id}); err != nil {
		w.t.Errorf("%s could not be removed: %v", gone.name, err)
		return
	}
	p.devices = append(p.devices[:i:i], p.devices[i+1:]...)
	gone.close()
	w.report.Removals++
}

// restore puts the storage of a device that can be spared back to its copy.
func (w *world) restore(p *person) {
	var d *device
	for _, i := range w.random.Perm(len(p.devices)) {
		if one := p.devices[i]; one.hasCopy && w.dispensable(p, one) {
			d = one
			break
		}
	}
	if d == nil {
		return
	}
	w.tell("restore %s", d.name)
	d.close()
	d.open() // what it has not sent is known
	d.setOnline(false)
	p.lose(d)
	d.setOnline(true)
	d.restore()
	w.report.Restores++
}

// lose notes that what a device has not yet sent may not arrive.
func (p *person) lose(d *device) {
	for _, m := range d.messages() {
		if m.Mine && p.wrote[m.Text] && m.Status == api.MessagePending {
			delete(p.wrote, m.Text)
			p.lost[m.Text] = true
		}
	}
}

// dispensable reports whether another device of the person holds all that a
// device can read and has sent.
func (w *world) dispensable(p *person, d *device) bool {
	d.open()
	holds := map[string]bool{}
	for _, m := range d.messages() {
		if m.Kind == api.MessageText && m.Status != api.MessagePending {
			holds[m.ID] = true
		}
	}
	for _, other := range p.devices {
		if other == d || other.core == nil {
			continue
		}
		left := len(holds)
		for _, m := range other.messages() {
			if m.Kind == api.MessageText && holds[m.ID] {
				left--
			}
		}
		if left == 0 {
			return true
		}
	}
	return false
}

// killRelay kills the relay; it comes back at once or later.
func (w *world) killRelay() {
	w.tell("kill the relay")
	w.host.kill()
	w.report.Kills++
	w.pass(w.duration(time.Millisecond, time.Minute))
	w.host.start()
}

// daysPass lets time pass. While it is long, devices are closed, as phones are:
// what an idle connection does is the same all day. Who has been away for long
// looks in before.
func (w *world) daysPass(long time.Duration) {
	w.host.start()
	var open []*device
	for _, p := range w.people {
		for i, d := range p.devices {
			limit := linkedAway
			if i == 0 {
				limit = primaryAway
			}
			if d.away()+long > limit && !d.wake() {
				w.t.Errorf("%s does not connect", d.name)
			}
			if d.core != nil && long > time.Hour {
				open = append(open, d)
				d.close()
			}
		}
	}
	w.tell("%s pass", long.Round(time.Minute))
	w.pass(long)
	for _, d := range open {
		d.open()
	}
}

// weeksPass lets up to weeks pass, in which some linked devices stay away and
// others write.
func (w *world) weeksPass() {
	for _, p := range w.people {
		for i, d := range p.devices {
			if w.random.IntN(2) == 0 && i > 0 {
				d.close()
			}
		}
	}
	for range 2 + w.random.IntN(6) {
		w.daysPass(w.duration(12*time.Hour, 5*24*time.Hour))
		for range w.random.IntN(4) {
			p := w.people[w.random.IntN(len(w.people))]
			w.write(p, p.devices[w.random.IntN(len(p.devices))])
			w.pass(w.duration(time.Second, 20*time.Second))
		}
	}
}
