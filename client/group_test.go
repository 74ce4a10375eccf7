package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

const (
	dave = ident.Phone("+32470000004")
)

// groupOf begins a group and returns its chat.
func groupOf(d *Device, name string, members ...ident.Phone) string {
	p := api.CreateGroupParams{Name: name}
	for _, m := range members {
		p.Phones = append(p.Phones, string(m))
	}
	return Call(d, api.CreateGroup, p).ID
}

func say(d *Device, chat, text string) {
	Call(d, api.Send, api.SendParams{ChatID: chat, Text: text, Wait: true})
}

// lines are what a chat shows: texts, and what the app tells.
func lines(d *Device, chat string) (all []string) {
	Call(d, api.Sync, api.None{})
	for _, m := range Call(d, api.ListMessages, api.MessagesParams{ChatID: chat, Limit: 500, After: -1}).Messages {
		switch {
		case m.Notice != nil:
			line := "*" + m.Notice.What
			for _, p := range m.Notice.People {
				line += " " + p.Phone
			}
			all = append(all, strings.TrimSpace(line+" "+m.Notice.Text))
		case m.Kind == api.MessageText:
			all = append(all, m.Text)
		default:
			all = append(all, "["+string(m.Kind)+"]")
		}
	}
	return all
}

func texts(d *Device, chat string) []string {
	return slices.DeleteFunc(lines(d, chat), func(l string) bool { return strings.HasPrefix(l, "*") })
}

func wantSaid(t *testing.T, chat string, want []string, devices ...*Device) {
	t.Helper()
	for _, d := range devices {
		d.Eventually(fmt.Sprintf("has %q", want), func() bool { return slices.Equal(texts(d, chat), want) })
	}
}

func threePeople(t *testing.T) (a1, a2, b1, b2, c *Device) {
	r, a1, a2, b1, b2 := people(t)
	c = r.NewDevice("Carol")
	c.Register(carol)
	return a1, a2, b1, b2, c
}

// M50, X5: every device of everybody is in the group, and all know its name.
func TestM50_GroupReachesEveryDevice(t *testing.T) {
	t.Parallel()
	a1, a2, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "one")
	for _, d := range []*Device{a2, b1, b2, c} {
		d.Eventually("knows the group", func() bool {
			shown, err := Try(d, api.GetChat, api.ChatID{ChatID: chat})
			return err == nil && shown.Title == "Picnic" && shown.Members == 3 && shown.Kind == api.ChatGroup
		})
	}
	say(b2, chat, "two")
	say(c, chat, "three")
	say(a2, chat, "four")
	wantSaid(t, chat, []string{"one", "two", "three", "four"}, a1, a2, b1, b2, c)
	g := Call(b1, api.GetGroup, api.ChatID{ChatID: chat})
	if len(g.Members) != 3 || g.Admin || !g.MayAdd || !g.Members[0].Own || !g.Members[1].Admin {
		t.Errorf("Bob sees %+v", g)
	}
	m := Call(c, api.ListMessages, api.MessagesParams{ChatID: chat, Limit: 50, After: -1}).Messages
	if m[len(m)-1].SenderID == "" || m[len(m)-1].SenderName == "" {
		t.Errorf("the last message does not say who wrote it: %+v", m[len(m)-1])
	}
	// Read by all but not before. Who has written has read.
	say(a1, chat, "five")
	status := func() api.MessageStatus {
		all := Call(a1, api.ListMessages, api.MessagesParams{ChatID: chat, Limit: 50, After: -1}).Messages
		return all[slices.IndexFunc(all, func(m api.Message) bool { return m.Text == "five" })].Status
	}
	a1.Eventually("it is delivered to all", func() bool { return status() == api.MessageDelivered })
	read := func(d *Device) {
		all := Call(d, api.ListMessages, api.MessagesParams{ChatID: chat, Limit: 50, After: -1}).Messages
		Call(d, api.MarkRead, api.MarkReadParams{ChatID: chat, Order: all[len(all)-1].Order})
	}
	read(b1)
	Call(b1, api.Sync, api.None{})
	if status() == api.MessageRead {
		t.Error("the message counts as read by all when one has read it")
	}
	read(c)
	a1.Eventually("it is read by all", func() bool { return status() == api.MessageRead })
}

// X5: who is added reads what comes, not what was; who is removed or leaves reads nothing after.
func TestX5_GroupComeAndGo(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	c, d := r.NewDevice("Carol"), r.NewDevice("Dave")
	c.Register(carol)
	d.Register(dave)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "one")
	wantSaid(t, chat, []string{"one"}, b1, c)
	Call(b1, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(dave)}})
	say(b1, chat, "two")
	wantSaid(t, chat, []string{"two"}, d)
	g := Call(a1, api.GetGroup, api.ChatID{ChatID: chat})
	carolIs := g.Members[slices.IndexFunc(g.Members, func(m api.GroupMember) bool { return m.Phone == string(carol) })].AccountID
	Call(a1, api.RemoveFromGroup, api.GroupPeople{ChatID: chat, AccountIDs: []string{carolIs}})
	say(d, chat, "three")
	c.Eventually("knows that it was removed", func() bool { return !Call(c, api.GetGroup, api.ChatID{ChatID: chat}).Member })
	if got := texts(c, chat); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("who was removed has %q", got)
	}
	Call(d, api.LeaveGroup, api.ChatID{ChatID: chat})
	say(a2, chat, "four")
	wantSaid(t, chat, []string{"one", "two", "three", "four"}, a1, a2, b1, b2)
	if got := texts(d, chat); !slices.Equal(got, []string{"two", "three"}) {
		t.Errorf("who left has %q", got)
	}
	want := []string{"*created", "one", "*added +32470000004", "two", "*removed +32470000003", "three", "*left +32470000004", "four"}
	a1.Eventually("tells who came and went", func() bool {
		got := lines(a1, chat)
		got[0], _, _ = strings.Cut(got[0], " ")
		return slices.Equal(got, want)
	})
	// That somebody left is told to admins; all see who was in it, the latest first, for 60 days.
	if got := lines(b1, chat); slices.Contains(got, "*left +32470000004") || !slices.Contains(got, "*removed +32470000003") {
		t.Errorf("who is no admin is told %q", got)
	}
	if g = Call(b2, api.GetGroup, api.ChatID{ChatID: chat}); len(g.Members) != 2 || len(g.Past) != 2 || g.Past[0].Removed || !g.Past[1].Removed || g.Past[1].GoneAt == 0 {
		t.Errorf("in the end the group is %+v", g)
	}
	b2.SetClock(61 * 24 * time.Hour)
	if g = Call(b2, api.GetGroup, api.ChatID{ChatID: chat}); len(g.Past) != 0 {
		t.Errorf("after 60 days past members are %+v", g.Past)
	}
	b2.SetClock(0)
	if _, err := Try(c, api.Send, api.SendParams{ChatID: chat, Text: "late"}); err == nil {
		t.Error("who was removed may write")
	}
	// Back again, without what was said meanwhile.
	Call(a1, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(carol)}})
	say(a1, chat, "five")
	wantSaid(t, chat, []string{"one", "two", "five"}, c)
}

// M50: roles, details and settings; who lacks the role is refused.
func TestM50_GroupRoles(t *testing.T) {
	t.Parallel()
	a1, a2, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	named := func(name string) func(d *Device) {
		return func(d *Device) {
			d.Eventually("is called "+name, func() bool {
				shown, err := Try(d, api.GetChat, api.ChatID{ChatID: chat})
				return err == nil && shown.Title == name
			})
		}
	}
	yes, no := true, false
	text := func(s string) *string { return &s }
	Call(b1, api.GetStatus, api.None{})
	named("Picnic")(b1)
	Call(b1, api.ChangeGroup, api.GroupChange{ChatID: chat, Name: text("Lunch"), Description: text("On Sunday")})
	for _, d := range []*Device{a1, a2, b2, c} {
		named("Lunch")(d)
	}
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsEdit: &yes, AdminsAdd: &yes, AdminsWrite: &yes})
	b1.Eventually("hears of the settings", func() bool { return Call(b1, api.GetGroup, api.ChatID{ChatID: chat}).AdminsWrite })
	for _, refused := range []error{
		attempt(b1, api.ChangeGroup, api.GroupChange{ChatID: chat, Name: text("Mine")}),
		attempt(b1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsWrite: &no}),
		attempt(b1, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(dave)}}),
		attempt(b1, api.Send, api.SendParams{ChatID: chat, Text: "hello", Wait: true}),
	} {
		if refused == nil {
			t.Error("a member did what only admins may")
		}
	}
	bobIs := Call(b1, api.GetGroup, api.ChatID{ChatID: chat}).Members[0].AccountID
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, MakeAdmin: []string{bobIs}})
	b2.Eventually("is an admin", func() bool { return Call(b2, api.GetGroup, api.ChatID{ChatID: chat}).Admin })
	say(b2, chat, "from an admin")
	wantSaid(t, chat, []string{"from an admin"}, a1, c)
	Call(b2, api.ChangeGroup, api.GroupChange{ChatID: chat, Name: text("Dinner")})
	named("Dinner")(c)
}

func attempt[P, R any](d *Device, m api.Method[P, R], params P) error {
	_, err := Try(d, m, params)
	return err
}

// M50: the invite link lets in; a new one ends it.
func TestM50_GroupLink(t *testing.T) {
	t.Parallel()
	a1, a2, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob)
	yes, no := true, false
	link := Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, Link: &yes}).Link
	if link == "" {
		t.Fatal("there is no link")
	}
	a2.Eventually("has the link", func() bool { return Call(a2, api.GetGroup, api.ChatID{ChatID: chat}).Link == link })
	if joined := Call(c, api.JoinGroup, api.GroupLink{Link: link}); joined.ID != chat || joined.Members != 3 {
		t.Errorf("who joined sees %+v", joined)
	}
	say(c, chat, "hello")
	wantSaid(t, chat, []string{"hello"}, a1, a2, b1, b2)
	c.Eventually("knows the name", func() bool { return Call(c, api.GetChat, api.ChatID{ChatID: chat}).Title == "Picnic" })
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, Link: &no})
	if attempt(c, api.JoinGroup, api.GroupLink{Link: link}) == nil {
		t.Error("a link that was ended lets in")
	}
	if attempt(c, api.JoinGroup, api.GroupLink{Link: "https://example.org/#group=x"}) == nil {
		t.Error("a malformed link lets in")
	}
}

// A device linked later has the group, what was said in it, and takes part; one that is logged out
// is out before the next message (M15, M27).
func TestM27_GroupDevices(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	chat := groupOf(a1, "Picnic", bob)
	say(a1, chat, "before")
	b3 := r.NewDevice("Bob's tablet")
	b1.Link(b3)
	say(b1, chat, "between")
	wantSaid(t, chat, []string{"before", "between"}, b3)
	b3.Eventually("knows the name", func() bool { return Call(b3, api.GetChat, api.ChatID{ChatID: chat}).Title == "Picnic" })
	say(b3, chat, "after")
	wantSaid(t, chat, []string{"before", "between", "after"}, a1, b1)
	Call(b1, api.RemoveDevice, api.DeviceID{ID: Call(b3, api.GetStatus, api.None{}).DeviceID})
	say(a1, chat, "without it")
	wantSaid(t, chat, []string{"before", "between", "after", "without it"}, b1)
	if n := len(Call(a1, api.GetGroup, api.ChatID{ChatID: chat}).Members); n != 2 {
		t.Errorf("after a device went the group has %d members", n)
	}
}
