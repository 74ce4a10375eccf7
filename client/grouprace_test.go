package client_test

import (
	"slices"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// X5: two who change the group at once both get their way, unnoticed.
func TestX5_GroupChangesAtOnce(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	c, d := r.NewDevice("Carol"), r.NewDevice("Dave")
	c.Register(carol)
	d.Register(dave)
	chat := groupOf(a1, "Picnic", bob)
	b1.Eventually("is in", func() bool { return attempt(b1, api.GetGroup, api.ChatID{ChatID: chat}) == nil })
	done := make(chan error, 3)
	go func() {
		done <- attempt(a1, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(carol)}})
	}()
	go func() {
		done <- attempt(b1, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(dave)}})
	}()
	go func() { done <- attempt(b1, api.Send, api.SendParams{ChatID: chat, Text: "between", Wait: true}) }()
	for range 3 {
		if err := <-done; err != nil {
			t.Errorf("one of three at once failed: %v", err)
		}
	}
	say(c, chat, "carol")
	say(d, chat, "dave")
	for _, device := range []*Device{a1, b1} {
		device.Eventually("all four are in", func() bool {
			return len(Call(device, api.GetGroup, api.ChatID{ChatID: chat}).Members) == 4 && slices.Contains(texts(device, chat), "dave")
		})
	}
}

// X5: two admins change the details, the settings and the roles at once, and neither undoes what the other did.
func TestX5_AdminsChangeAtOnce(t *testing.T) {
	t.Parallel()
	a1, _, b1, _, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	bobIs := Call(b1, api.GetStatus, api.None{}).AccountID
	carolIs := Call(c, api.GetStatus, api.None{}).AccountID
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, MakeAdmin: []string{bobIs}})
	b1.Eventually("is an admin", func() bool {
		g, err := Try(b1, api.GetGroup, api.ChatID{ChatID: chat})
		return err == nil && g.Admin && g.Name == "Picnic"
	})
	yes, name, about := true, "Lunch", "On Sunday"
	done := make(chan error, 2)
	go func() {
		done <- attempt(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, Name: &name, AdminsWrite: &yes, MakeAdmin: []string{carolIs}})
	}()
	go func() {
		done <- attempt(b1, api.ChangeGroup, api.GroupChange{ChatID: chat, Description: &about, AdminsAdd: &yes, Link: &yes})
	}()
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("one of two admins: %v", err)
		}
	}
	for _, d := range []*Device{a1, b1, c} {
		d.Eventually("has what both changed", func() bool {
			g := Call(d, api.GetGroup, api.ChatID{ChatID: chat})
			return g.Name == name && g.Description == about && g.AdminsWrite && g.AdminsAdd && g.Link != "" && Call(c, api.GetGroup, api.ChatID{ChatID: chat}).Admin
		})
	}
}
