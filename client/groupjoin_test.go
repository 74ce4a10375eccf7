package client_test

import (
	"slices"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// approvingGroup is a group of Alice and Bob with a link, whose admins approve who joins by it.
func approvingGroup(a *Device) (chat, link string) {
	chat = groupOf(a, "Picnic", bob)
	yes := true
	return chat, Call(a, api.ChangeGroup, api.GroupChange{ChatID: chat, Link: &yes, AdminsApprove: &yes}).Link
}

func requestsAt(d *Device, chat string) int {
	return Call(d, api.GetChat, api.ChatID{ChatID: chat}).JoinRequests
}

// X5: where admins approve, who has the link waits until one has decided, on whichever device.
func TestX5_JoinIsApproved(t *testing.T) {
	t.Parallel()
	a1, a2, b1, _, c := threePeople(t)
	chat, link := approvingGroup(a1)
	if joined := Call(c, api.JoinGroup, api.GroupLink{Link: link}); !joined.Waiting || joined.Members != 0 {
		t.Fatalf("who asks sees %+v", joined)
	}
	if attempt(c, api.Send, api.SendParams{ChatID: chat, Text: "hello"}) == nil {
		t.Error("who waits may write")
	}
	for _, d := range []*Device{a1, a2} {
		d.Eventually("is asked", func() bool { return requestsAt(d, chat) == 1 })
	}
	asks := Call(a2, api.GetGroup, api.ChatID{ChatID: chat}).Requests
	if len(asks) != 1 || asks[0].Phone != string(carol) {
		t.Fatalf("an admin sees %+v", asks)
	}
	if got := Call(b1, api.GetGroup, api.ChatID{ChatID: chat}); len(got.Requests) != 0 {
		t.Errorf("a member sees %+v", got.Requests)
	}
	answer := api.JoinAnswer{ChatID: chat, AccountIDs: []string{asks[0].AccountID}, Approve: true}
	if attempt(b1, api.AnswerJoin, api.JoinAnswer{ChatID: chat, AccountIDs: answer.AccountIDs}) == nil {
		t.Error("a member declined")
	}
	done := make(chan error, 2) // both devices at once
	for _, d := range []*Device{a1, a2} {
		go func() { done <- attempt(d, api.AnswerJoin, answer) }()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("one of two who approve at once: %v", err)
		}
	}
	say(a1, chat, "welcome")
	wantSaid(t, chat, []string{"welcome"}, c)
	if now := Call(c, api.GetChat, api.ChatID{ChatID: chat}); now.Waiting || now.Members != 3 || now.Title != "Picnic" {
		t.Errorf("who was let in sees %+v", now)
	}
	for _, d := range []*Device{a1, a2} {
		d.Eventually("is asked no more", func() bool { return requestsAt(d, chat) == 0 })
	}
}

// X5: a request is declined, or taken back; the one who asked hears of it, also after it was away.
func TestX5_JoinIsDeclined(t *testing.T) {
	t.Parallel()
	a1, a2, _, _, c := threePeople(t)
	chat, link := approvingGroup(a1)
	ask := func() string {
		Call(c, api.JoinGroup, api.GroupLink{Link: link})
		a1.Eventually("is asked", func() bool { return requestsAt(a1, chat) == 1 })
		return Call(a1, api.GetGroup, api.ChatID{ChatID: chat}).Requests[0].AccountID
	}
	waits := func() bool { return Call(c, api.GetChat, api.ChatID{ChatID: chat}).Waiting }
	decline := api.JoinAnswer{ChatID: chat, AccountIDs: []string{ask()}}
	Call(a1, api.AnswerJoin, decline)
	c.Eventually("hears that it was declined", func() bool { return !waits() })
	Call(a1, api.AnswerJoin, decline) // once more does no harm
	ask()
	c.Stop()
	Call(a2, api.AnswerJoin, decline)
	c.Start()
	c.Eventually("hears of it when it is back", func() bool { return !waits() })
	ask()
	Call(c, api.WithdrawJoin, api.ChatID{ChatID: chat})
	a2.Eventually("sees that it was taken back", func() bool { return requestsAt(a2, chat) == 0 })
	// The link is made anew while somebody asks: the request stays, and can be granted.
	ask()
	yes := true
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, Link: &yes})
	if attempt(c, api.JoinGroup, api.GroupLink{Link: link}) == nil {
		t.Error("the former link is good")
	}
	decline.Approve = true
	Call(a1, api.AnswerJoin, decline)
	say(a1, chat, "welcome")
	wantSaid(t, chat, []string{"welcome"}, c)
	want := []string{"*asked", "*declined", "*asked", "*declined", "*asked", "*withdrawn", "*asked", "*added"}
	got := lines(c, chat)
	for i := range got {
		if len(got[i]) > 6 && got[i][:6] == "*added" {
			got[i] = "*added"
		}
	}
	if !slices.Equal(got, append(want, "welcome")) {
		t.Errorf("who asked reads %q", got)
	}
}

// X5: when admins cease to approve, who waits with a link that is good comes in, also after it was away. Who waits with
// a former one still does, and admins can let it in.
func TestX5_ApprovalEndsWhileSomebodyWaits(t *testing.T) {
	t.Parallel()
	a1, a2, b1, _, c := threePeople(t)
	dan, erin := a1.Relay().NewDevice("Dave"), a1.Relay().NewDevice("Erin")
	dan.Register(dave)
	erin.Register("+32470000005")
	chat, link := approvingGroup(a1)
	yes, no := true, false
	Call(dan, api.JoinGroup, api.GroupLink{Link: link})
	link = Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, Link: &yes}).Link
	Call(c, api.JoinGroup, api.GroupLink{Link: link})
	Call(erin, api.JoinGroup, api.GroupLink{Link: link})
	a1.Eventually("is asked", func() bool { return requestsAt(a1, chat) == 3 })
	a2.Eventually("is asked", func() bool { return requestsAt(a2, chat) == 3 })
	erin.Stop()
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsApprove: &no})
	c.Eventually("is in", func() bool { return Call(c, api.GetGroup, api.ChatID{ChatID: chat}).Member })
	erin.Start()
	erin.Eventually("is in", func() bool { return Call(erin, api.GetGroup, api.ChatID{ChatID: chat}).Member })
	for _, d := range []*Device{a1, a2} {
		d.Eventually("is asked by one", func() bool { return requestsAt(d, chat) == 1 })
	}
	asks := Call(a2, api.GetGroup, api.ChatID{ChatID: chat}).Requests
	if len(asks) != 1 || asks[0].Phone != string(dave) || !Call(dan, api.GetChat, api.ChatID{ChatID: chat}).Waiting {
		t.Fatalf("an admin is asked by %+v", asks)
	}
	Call(a2, api.AnswerJoin, api.JoinAnswer{ChatID: chat, AccountIDs: []string{asks[0].AccountID}, Approve: true})
	say(b1, chat, "welcome")
	wantSaid(t, chat, []string{"welcome"}, c, dan, erin)
	for _, d := range []*Device{a1, a2} {
		d.Eventually("is asked no more", func() bool { return requestsAt(d, chat) == 0 })
	}
}

// X5: that a group notifies of mentions alone is known on all own devices.
func TestX5_MentionsOnly(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	chat := groupOf(a1, "Picnic", bob)
	yes, no := true, false
	Call(a1, api.ChangeChat, api.ChatChange{ChatID: chat, MentionsOnly: &yes})
	b1.Eventually("is in", func() bool { return attempt(b1, api.GetGroup, api.ChatID{ChatID: chat}) == nil })
	aliceIs := Call(a1, api.GetGroup, api.ChatID{ChatID: chat}).Members[0].AccountID
	say(b1, chat, "nice weather")
	mention := []api.Mention{{AccountID: aliceIs, Name: "Alice"}}
	Call(b1, api.Send, api.SendParams{ChatID: chat, Text: "@Alice salt?", Mentions: mention, Wait: true})
	a2.Eventually("is told of one of two", func() bool {
		shown, err := Try(a2, api.GetChat, api.ChatID{ChatID: chat})
		return err == nil && shown.MentionsOnly && shown.Unread == 2 && shown.Mentions == 1
	})
	if shown := Call(a2, api.ChangeChat, api.ChatChange{ChatID: chat, MentionsOnly: &no}); shown.MentionsOnly {
		t.Error("the choice cannot be taken back")
	}
}
