package sim

import (
	"slices"
	"testing"
	"time"

	"parley/client/api"
)

// X9: what the person wrote on a device that is gone, and nobody who is there has, is
// said to be perhaps lost after a day and a half; it still comes from who has it.
func TestX9_LongWaiting(t *testing.T) {
	tellStory(t, func(s *story) {
		phone, gone := s.alice.primary(), s.linked()
		gone.wake()
		s.says(s.bob, s.alice, "one")
		d := s.linked()
		phone.close()
		call(gone, api.Send, api.SendParams{ChatID: gone.chats()[0].ID, Text: "two", Wait: true})
		s.pass(5 * time.Second)
		gone.close()
		d.wake()
		s.untilPlaceholder(d)
		gone.wake()
		call(gone, api.Logout, api.None{}) // before it has answered
		gone.close()
		s.alice.devices = []*device{phone, d}
		began := time.Now()
		for long := false; !long; {
			s.pass(time.Minute)
			s.daysPass(8 * time.Hour)
			d.wake()
			waiting := d.waiting()
			if len(waiting) != 1 || time.Since(began) > 10*24*time.Hour {
				t.Fatalf("after %s these wait: %+v", time.Since(began), waiting)
			}
			if long = waiting[0].WaitsFor == api.WaitsForGone; long && time.Since(began) < 24*time.Hour {
				t.Errorf("said to wait long after %s", time.Since(began))
			}
		}
		phone.wake()
		s.pass(10 * time.Minute) // the phone asks for its own, and answers
		s.daysPass(24 * time.Hour)
		d.wake()
		s.pass(10 * time.Minute)
		s.wantSoon(d, phone)
	})
}

// X9: a phone that logs a device out before it has read what that device wrote shows
// it all the same, though nobody else of the account has read it.
func TestX9_WrittenBeforeTheLogout(t *testing.T) {
	tellStory(t, func(s *story) {
		phone, gone := s.alice.primary(), s.linked()
		gone.wake()
		s.says(s.bob, s.alice, "one")
		id := call(gone, api.GetStatus, api.None{}).DeviceID
		phone.close()
		call(gone, api.Send, api.SendParams{ChatID: gone.chats()[0].ID, Text: "two", Wait: true})
		s.pass(5 * time.Second)
		phone.open()
		call(phone, api.RemoveDevice, api.DeviceID{ID: id})
		s.alice.devices = []*device{phone}
		gone.close()
		s.pass(time.Minute)
		if texts := phone.texts(s.bob); !slices.Equal(texts, []string{"one", "two"}) {
			t.Errorf("the phone holds %q", texts)
		}
	})
}
