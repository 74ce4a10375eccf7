package sim

import (
	"testing"
	"time"

	"parley/client/api"
)

// unread is how many messages a device counts as unread, and whether it marks
// the first chat.
func (d *device) unread() (n int, marked bool) {
	chat := d.chats()[0]
	return chat.Unread, chat.MarkedUnread
}

// Unread counts are right and the same on all own devices within a second, where each
// frame takes up to 150 milliseconds: whichever device reads, writes, or marks
// a chat as unread (M53, X12).
func TestUnread_TheSameWithinASecond(t *testing.T) {
	tellStory(t, func(s *story) {
		laptop, tablet := s.linked(), s.linked()
		for _, d := range []*device{laptop, tablet} {
			d.wake()
		}
		s.says(s.bob, s.alice, "hello")
		s.says(s.alice, s.bob, "hello")
		all := []*device{s.alice.primary(), laptop, tablet}
		want := func(what string, n int, marked bool) {
			t.Helper()
			s.pass(time.Second)
			for _, d := range all {
				if got, mark := d.unread(); got != n || mark != marked {
					t.Errorf("%s: a second later %s has %d unread, marked %v; want %d, %v", what, d.name, got, mark, n, marked)
				}
			}
		}
		for round := range 10 {
			d := all[round%len(all)]
			bob := s.bob.primary()
			for i, text := range []string{"one", "two"} {
				call(bob, api.Send, api.SendParams{ChatID: bob.chats()[0].ID, Text: text, Wait: true})
				want("sent", i+1, false)
			}
			chat := d.chats()[0]
			call(d, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order - 1})
			want("one read", 1, false)
			call(d, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order})
			want("all read", 0, false)
			on, off := true, false
			call(d, api.ChangeChat, api.ChatChange{ChatID: chat.ID, MarkedUnread: &on})
			want("marked as unread", 0, true)
			call(d, api.ChangeChat, api.ChatChange{ChatID: chat.ID, MarkedUnread: &off})
			want("mark taken away", 0, false)
		}
	})
}
