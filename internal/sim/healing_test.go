package sim

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/client/api"
)

// soon is how long a device may wait for what somebody holds who is there (X9).
const soon = time.Minute

// story is a world that does as it is told.
type story struct {
	*world
	alice, bob *person
}

// tellStory runs a story on a calm network.
func tellStory(t *testing.T, f func(*story)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		defer w.close()
		w.network.setCalm(true)
		f(&story{world: w, alice: w.people[0], bob: w.people[1]})
	})
}

// linked is a new device of Alice that loses its network as soon as it is linked,
// before it has joined anything.
func (s *story) linked() *device {
	s.t.Helper()
	d := s.newDevice("Alice")
	if err := s.alice.primary().link(d); err != nil {
		s.t.Fatal(err)
	}
	d.setOnline(false)
	s.alice.devices = append(s.alice.devices, d)
	return d
}

// says has somebody write and waits until everybody who is there has it.
func (s *story) says(from, to *person, text string) {
	s.t.Helper()
	d := from.primary()
	chat := call(d, api.OpenChat, api.OpenChatParams{Phone: string(to.phone)})
	call(d, api.Send, api.SendParams{ChatID: chat.ID, Text: text, Wait: true})
	from.wrote[text] = true
	s.pass(5 * time.Second)
}

// wantSoon waits until a device shows what another one shows.
func (s *story) wantSoon(d, as *device) {
	s.t.Helper()
	s.pass(soon)
	for _, difference := range compare(as.name, as.view(), d.name, d.view()) {
		s.t.Error(difference)
	}
}

// A device that comes between two things that happen knows both.
func TestLinkedWhileThingsHappen(t *testing.T) {
	tellStory(t, func(s *story) {
		phone := s.alice.primary()
		s.says(s.bob, s.alice, "one")
		d := s.linked()
		call(s.bob.primary(), api.SetName, api.SetNameParams{Name: "Robert"})
		s.says(s.bob, s.alice, "two")
		chat := phone.chats()[0]
		call(phone, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order})
		call(phone, api.SetName, api.SetNameParams{Name: "Alicia"})
		s.pass(5 * time.Second)
		if shown := phone.chats()[0]; shown.Title != "Robert" || shown.Unread != 0 {
			t.Fatalf("the phone shows %q with %d unread", shown.Title, shown.Unread)
		}
		d.wake()
		s.wantSoon(d, phone)
	})
}

// Whoever writes has read what was said before, on every device.
func TestReadByWriting(t *testing.T) {
	tellStory(t, func(s *story) {
		d := s.linked()
		d.wake()
		s.says(s.bob, s.alice, "one")
		s.says(s.alice, s.bob, "two")
		if unread := s.alice.primary().chats()[0].Unread; unread != 0 {
			t.Errorf("%d unread where the answer was written", unread)
		}
		s.wantSoon(d, s.alice.primary())
	})
}

// M113: a linked device that was away for longer than the relay keeps entries
// refills, also where nothing was said afterwards that would show the hole.
func TestM113_LastMessagesRetired(t *testing.T) {
	tellStory(t, func(s *story) {
		d := s.linked()
		d.wake()
		s.says(s.bob, s.alice, "one")
		d.close()
		s.says(s.bob, s.alice, "two")
		s.says(s.people[2], s.alice, "three")
		for range 5 {
			s.daysPass(5 * 24 * time.Hour)
			s.pass(time.Minute)
		}
		d.wake()
		s.wantSoon(d, s.alice.primary())
		if texts := d.texts(s.bob); !slices.Equal(texts, []string{"one", "two"}) {
			t.Errorf("it holds %q", texts)
		}
	})
}

// M113, X9: two devices that lost their places, and wait for each other's history,
// hand over what they have, and wait no more.
func TestM113_BothLostTheirPlaces(t *testing.T) {
	tellStory(t, func(s *story) {
		phone, d := s.alice.primary(), s.linked()
		d.wake()
		s.says(s.bob, s.alice, "one")
		s.pass(time.Minute)
		phone.copyStorage()
		phone.wake()
		s.says(s.bob, s.alice, "two")
		s.pass(time.Minute)
		d.copyStorage()
		d.wake()
		s.says(s.bob, s.alice, "three")
		s.pass(time.Minute)
		d.setOnline(false)
		phone.restore()
		phone.wake()
		s.pass(time.Minute)
		d.restore()
		d.wake()
		s.pass(2 * time.Minute)
		if texts := phone.texts(s.bob); !slices.Contains(texts, "two") {
			t.Errorf("the phone holds %q", texts)
		}
		for _, device := range []*device{phone, d} {
			if h := call(device, api.GetHistory, api.None{}); h.Receiving == nil || h.Receiving.State != api.HistoryDone {
				t.Errorf("%s waits for %+v", device.name, h.Receiving)
			}
		}
		s.wantSoon(d, phone)
	})
}

// M113: a primary whose storage is put back learns its own name from a device that
// was linked with it, and has read nothing else since.
func TestM113_NameOfARestoredPrimary(t *testing.T) {
	tellStory(t, func(s *story) {
		phone := s.alice.primary()
		phone.copyStorage()
		phone.wake()
		call(phone, api.SetName, api.SetNameParams{Name: "Alicia"})
		s.pass(5 * time.Second)
		d := s.linked()
		phone.close()
		d.wake()
		s.pass(5 * time.Second) // it has joined, and nobody was there to answer it
		phone.restore()
		phone.wake()
		s.pass(soon)
		for _, device := range s.alice.devices {
			if name := call(device, api.GetStatus, api.None{}).Name; name != "Alicia" {
				t.Errorf("%s shows the name %q", device.name, name)
			}
		}
	})
}

// X9: requests wait for a sibling that is away, but one that lost its place
// cannot open them. When it is back, what it holds arrives within a minute, although the
// next request was not due for hours.
func TestX9_SiblingLostItsPlace(t *testing.T) {
	tellStory(t, func(s *story) {
		s.restartWithLifetime(8 * 24 * time.Hour)
		phone, gone := s.alice.primary(), s.linked()
		gone.wake()
		s.says(s.bob, s.alice, "one")
		gone.close()
		d := s.linked()
		s.says(s.bob, s.alice, "two")
		phone.close()
		s.people[2].primary().close()
		s.bob.primary().close()
		d.wake()
		s.untilPlaceholder(d)
		gone.wake()
		call(gone, api.Logout, api.None{})
		gone.close()
		for range 11 {
			s.pass(time.Minute)
			d.close()
			s.pass(24 * time.Hour)
			d.wake()
		}
		s.pass(time.Minute)
		s.untilPlaceholder(d)
		phone.wake()
		s.pass(soon)
		if texts := d.texts(s.bob); !slices.Contains(texts, "two") {
			t.Errorf("it holds %q", texts)
		}
	})
}

// X9: of entries of an own device that is gone, what was no message goes away
// when the contact says so, and what was one waits for a sibling.
func TestX9_DeviceThatIsGone(t *testing.T) {
	tellStory(t, func(s *story) {
		phone, gone := s.alice.primary(), s.linked()
		gone.wake()
		s.says(s.bob, s.alice, "one")
		d := s.linked()
		phone.close()
		call(gone, api.SetPicture, api.Picture{Data: picture})
		call(gone, api.Send, api.SendParams{ChatID: gone.chats()[0].ID, Text: "two", Wait: true})
		s.pass(5 * time.Second)
		gone.close()
		d.wake()
		s.untilPlaceholder(d)
		s.pass(3 * time.Second)
		gone.wake()
		call(gone, api.Logout, api.None{}) // before it has answered
		gone.close()
		s.alice.devices = []*device{phone, d}
		if n := len(d.waiting()); n < 2 {
			t.Fatalf("%d entries wait; the picture is to be one of them", n)
		}
		s.pass(10 * time.Minute)
		if w := d.waiting(); len(w) != 1 {
			t.Errorf("%d entries wait, want the message alone", len(w))
		} else if w[0].WaitsFor != api.WaitsForOwn { // Bob hands back what he wrote alone
			t.Errorf("the placeholder says that it waits for %s", w[0].WaitsFor)
		}
		phone.wake()
		s.pass(15 * time.Minute)
		s.wantSoon(d, phone)
	})
}

// picture is a small PNG.
const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func (d *device) waiting() []api.Message {
	return slices.DeleteFunc(d.messages(), func(m api.Message) bool { return m.Kind != api.MessageWaiting })
}

// restartWithLifetime has the relay keep entries for another time.
func (s *story) restartWithLifetime(lifetime time.Duration) {
	s.host.kill()
	s.host.lifetime = lifetime
	s.host.start()
	for _, p := range s.people {
		p.primary().wake()
	}
}

// untilPlaceholder waits until a device has a message that it cannot read.
func (s *story) untilPlaceholder(d *device) {
	s.t.Helper()
	for range 600 {
		if len(d.waiting()) > 0 {
			return
		}
		s.pass(50 * time.Millisecond)
	}
	s.t.Fatalf("%s has no placeholder, but %q", d.name, d.view())
}
