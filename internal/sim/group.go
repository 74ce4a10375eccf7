package sim

import (
	"maps"
	"time"

	"parley/client/api"
)

// group is a group of a history, and what is certain of who is in it. Calls fail, and
// what they asked for may happen all the same: who is in doubt is compared, not foretold.
type group struct {
	id string // its chat
	// link is the latest invite link; empty before there was one.
	link string
	// in must read what is said, out must not; moved is when somebody last came or went.
	in, out, doubt map[*person]bool
	moved          map[*person]time.Time
	// restricted: there was a time in which only admins wrote.
	restricted bool
	said       []*groupMessage
}

// groupMessage is a message written in a group.
type groupMessage struct {
	text string
	by   *person
	from *device
	// must read it if the relay took it, and never may.
	must, never map[*person]bool
}

func newGroup(id string) *group {
	return &group{id: id, in: map[*person]bool{}, out: map[*person]bool{}, doubt: map[*person]bool{}, moved: map[*person]time.Time{}}
}

// certain is how long after a change the devices that are connected know of it.
const certain = 10 * time.Second

// observe notes who is in a group for certain.
func (w *world) observe(g *group) {
	for _, p := range w.people {
		d := p.primary()
		if g.in[p] || g.doubt[p] || time.Since(g.moved[p]) < certain || !d.isConnected() {
			continue
		}
		shown, err := try(d, api.GetGroup, api.ChatID{ChatID: g.id})
		g.in[p] = err == nil && shown.Member
	}
}

// moves notes that somebody may come in or go.
func (g *group) moves(p *person) {
	g.moved[p] = time.Now()
	delete(g.in, p)
	delete(g.out, p)
	for _, m := range g.said {
		delete(m.must, p)
		if m.never[p] && !m.isTaken() {
			delete(m.never, p) // it may be sent when this person is back
		}
	}
}

// moveEnds notes what became of it: whether somebody is gone, or it is not known.
func (g *group) moveEnds(p *person, gone bool, err error) {
	g.moved[p] = time.Now()
	switch {
	case err != nil:
		g.doubt[p] = true
	case gone && !g.doubt[p]:
		g.out[p] = true
	}
}

// says notes a message.
func (g *group) says(text string, by *person, from *device) {
	g.said = append(g.said, &groupMessage{text: text, by: by, from: from, must: maps.Clone(g.in), never: maps.Clone(g.out)})
}

// isTaken reports whether it is certain that the relay has a message, or never will.
func (m *groupMessage) isTaken() bool {
	if m.from.core == nil {
		return false
	}
	for _, shown := range m.from.messages() {
		if shown.Text == m.text {
			return shown.Status != api.MessagePending
		}
	}
	return false
}

// excused reports whether a message may have been refused: its writer was perhaps not
// in the group, or only admins wrote.
func (w *world) excused(p *person, text string) bool {
	for _, g := range w.groups {
		for _, m := range g.said {
			if m.text == text && m.by == p {
				return g.restricted || !g.moved[p].IsZero()
			}
		}
	}
	return false
}
