package sim

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/client/api"
)

// maxGroups is how many groups a history has at most.
const maxGroups = 2

// groupStep does one thing in a group, or two at once.
func (w *world) groupStep() {
	if len(w.groups) == 0 || len(w.groups) < maxGroups && w.random.IntN(12) == 0 {
		w.createGroup()
		return
	}
	g := w.groups[w.random.IntN(len(w.groups))]
	w.observe(g)
	roll := w.random.IntN(100)
	switch {
	case roll < 48:
		w.writeInGroup(g)
	case roll < 50 && w.resets:
		w.resetGroup(g)
	default:
		w.changeGroup(g, 1+w.random.IntN(4)/3)
	}
}

// someone is a person and an open device of theirs; nil if the one drawn is closed.
func (w *world) someone() (*person, *device) {
	p := w.people[w.random.IntN(len(w.people))]
	if d := p.devices[w.random.IntN(len(p.devices))]; d.core != nil {
		return p, d
	}
	return p, nil
}

// createGroup begins a group with some of the others.
func (w *world) createGroup() {
	p, d := w.someone()
	if d == nil {
		return
	}
	params := api.CreateGroupParams{Name: fmt.Sprintf("Group %d", len(w.groups)+1)}
	for _, other := range w.people {
		if other != p && w.random.IntN(3) > 0 {
			params.Phones = append(params.Phones, string(other.phone))
		}
	}
	chat, err := try(d, api.CreateGroup, params)
	w.tell("%s creates %s with %d others: %v", d.name, params.Name, len(params.Phones), err)
	if err == nil {
		w.groups = append(w.groups, newGroup(chat.ID))
	}
}

// writeInGroup has a device write in a group without waiting.
func (w *world) writeInGroup(g *group) {
	p, d := w.someone()
	if d == nil {
		return
	}
	for range 1 + w.random.IntN(3) {
		text := fmt.Sprintf("%s to a group: %d", d.name, w.report.Messages)
		if _, err := try(d, api.Send, api.SendParams{ChatID: g.id, Text: text}); err != nil {
			return // it is not in the group, as far as it knows
		}
		w.tell("%s", text)
		w.report.Messages++
		p.wrote[text] = true
		g.says(text, p, d)
	}
}

// groupChange is a change that somebody makes in a group.
type groupChange struct {
	what string
	// comes and goes are whom it moves.
	comes, goes []*person
	do          func() error
	// link is the invite link that it made.
	link string
}

// changeGroup makes changes at once.
func (w *world) changeGroup(g *group, n int) {
	var changes []*groupChange
	moved := map[*person]bool{}
	for range n {
		c := w.drawChange(g)
		if c == nil || slices.ContainsFunc(append(c.comes[:len(c.comes):len(c.comes)], c.goes...), func(p *person) bool { return moved[p] }) {
			continue
		}
		for _, p := range append(c.comes[:len(c.comes):len(c.comes)], c.goes...) {
			moved[p] = true
			g.moves(p)
		}
		changes = append(changes, c)
	}
	errs := make([]error, len(changes))
	var wait sync.WaitGroup
	for i, c := range changes {
		wait.Go(func() { errs[i] = c.do() })
	}
	wait.Wait()
	for i, c := range changes {
		w.tell("%s: %v", c.what, errs[i])
		w.report.Changes++
		if c.link != "" {
			g.link = c.link
		}
		for _, p := range c.comes {
			g.moveEnds(p, false, errs[i])
		}
		for _, p := range c.goes {
			g.moveEnds(p, true, errs[i])
		}
	}
}

// drawChange draws who changes what; nil if they cannot.
func (w *world) drawChange(g *group) *groupChange {
	p, d := w.someone()
	if d == nil {
		return nil
	}
	shown, err := try(d, api.GetGroup, api.ChatID{ChatID: g.id})
	if err != nil || !shown.Member {
		return w.join(g, p, d)
	}
	roll := w.random.IntN(100)
	switch {
	case roll < 25:
		return w.add(g, d, shown)
	case roll < 40:
		return w.takeOut(g, d, shown)
	case roll < 45:
		return &groupChange{
			what: d.name + " leaves", goes: []*person{p},
			do: func() error { _, err := try(d, api.LeaveGroup, api.ChatID{ChatID: g.id}); return err },
		}
	case roll < 60 && len(shown.Requests) > 0:
		return w.answer(g, d, shown)
	}
	return w.alter(g, d, shown)
}

// join joins by the invite link.
func (w *world) join(g *group, p *person, d *device) *groupChange {
	link := g.link
	if link == "" || w.random.IntN(2) == 0 {
		return nil
	}
	return &groupChange{
		what: d.name + " joins by the link", comes: []*person{p},
		do: func() error { _, err := try(d, api.JoinGroup, api.GroupLink{Link: link}); return err },
	}
}

// add adds some of those who are not in the group.
func (w *world) add(g *group, d *device, shown api.Group) *groupChange {
	c := &groupChange{what: d.name + " adds"}
	params := api.GroupPeople{ChatID: g.id}
	for _, p := range w.people {
		if w.memberOf(shown, p) == nil && w.random.IntN(3) > 0 {
			c.comes, c.what = append(c.comes, p), c.what+" "+p.name
			params.Phones = append(params.Phones, string(p.phone))
		}
	}
	if len(c.comes) == 0 {
		return nil
	}
	c.do = func() error { _, err := try(d, api.AddToGroup, params); return err }
	return c
}

// takeOut removes somebody.
func (w *world) takeOut(g *group, d *device, shown api.Group) *groupChange {
	p := w.people[w.random.IntN(len(w.people))]
	m := w.memberOf(shown, p)
	if m == nil || m.Own || !shown.Admin {
		return nil
	}
	return &groupChange{
		what: d.name + " removes " + p.name, goes: []*person{p},
		do: func() error {
			_, err := try(d, api.RemoveFromGroup, api.GroupPeople{ChatID: g.id, AccountIDs: []string{m.AccountID}})
			return err
		},
	}
}

// answer decides about somebody who asks to come in.
func (w *world) answer(g *group, d *device, shown api.Group) *groupChange {
	asks := shown.Requests[0].AccountID
	params := api.JoinAnswer{ChatID: g.id, AccountIDs: []string{asks}, Approve: w.random.IntN(3) > 0}
	i := slices.IndexFunc(w.people, func(p *person) bool { return p.account == asks })
	c := &groupChange{what: fmt.Sprintf("%s answers %s: %t", d.name, w.people[i].name, params.Approve), comes: w.people[i : i+1 : i+1]}
	c.do = func() error { _, err := try(d, api.AnswerJoin, params); return err }
	return c
}

// alter changes name, roles, settings or link.
func (w *world) alter(g *group, d *device, shown api.Group) *groupChange {
	params := api.GroupChange{ChatID: g.id}
	yes := w.random.IntN(2) == 0
	one := shown.Members[w.random.IntN(len(shown.Members))]
	name := fmt.Sprintf("Name %d", w.random.IntN(1000))
	what := "changes the name to " + name
	switch roll := w.random.IntN(8); {
	case roll < 2 || !shown.Admin:
		params.Name = &name
	case roll == 2:
		what = fmt.Sprintf("lets only admins write: %t", yes)
		params.AdminsWrite, g.restricted = &yes, true
	case roll == 3:
		what = fmt.Sprintf("lets only admins edit: %t", yes)
		params.AdminsEdit = &yes
	case roll == 4:
		what = fmt.Sprintf("has admins approve: %t", yes)
		params.AdminsApprove = &yes
	case roll == 5:
		what, yes = "makes a link", true
		params.Link = &yes
	case one.Admin:
		what, params.DismissAdmin = "dismisses "+one.Name, []string{one.AccountID}
	default:
		what, params.MakeAdmin = "makes an admin of "+one.Name, []string{one.AccountID}
	}
	c := &groupChange{what: d.name + " " + what}
	c.do = func() error {
		now, err := try(d, api.ChangeGroup, params)
		if params.Link != nil {
			c.link = now.Link
		}
		return err
	}
	return c
}

// memberOf is how a person is shown among the members; nil if they are not.
func (w *world) memberOf(shown api.Group, p *person) *api.GroupMember {
	i := slices.IndexFunc(shown.Members, func(m api.GroupMember) bool { return m.AccountID == p.account })
	if i < 0 {
		return nil
	}
	return &shown.Members[i]
}

// resetGroup damages what the relay keeps of a group and links a device of an admin's:
// it cannot join, and gives the group another MLS group.
func (w *world) resetGroup(g *group) {
	for _, i := range w.random.Perm(len(w.people)) {
		p := w.people[i]
		if !g.in[p] || len(p.devices) > maxLinked || !p.primary().isConnected() {
			continue
		}
		if shown := call(p.primary(), api.GetGroup, api.ChatID{ChatID: g.id}); !shown.Admin {
			continue
		}
		w.tell("a group is damaged")
		w.host.falsify("UPDATE group_infos SET group_info = x'00' WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE kind = 3)")
		w.link(p)
		fresh := p.devices[len(p.devices)-1]
		for began := time.Now(); time.Since(began) < 2*time.Minute; w.pass(time.Second) {
			if shown, err := try(fresh, api.GetGroup, api.ChatID{ChatID: g.id}); err == nil && shown.Member {
				break
			}
		}
		return
	}
}
