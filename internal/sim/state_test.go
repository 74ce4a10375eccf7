package sim

import (
	"context"
	"testing"
	"time"

	"parley/client/api"
	"parley/internal/store"
)

// X9: a phone whose old storage was put back asks for what is set, and a device that
// is linked meanwhile asks the phone. Neither has it; both ask the one that does.
func TestX9_StateThatOnlyOneHolds(t *testing.T) {
	tellStory(t, func(s *story) {
		phone, laptop := s.alice.primary(), s.linked()
		laptop.wake()
		s.says(s.bob, s.alice, "one")
		s.pass(time.Minute)
		phone.copyStorage()
		phone.wake()
		dark := "dark"
		call(laptop, api.ChangeSettings, api.SettingsChange{Theme: &dark})
		s.pass(time.Minute)
		laptop.close()
		phone.restore()
		phone.wake()
		tablet := s.linked()
		tablet.wake()
		s.pass(3 * time.Minute)
		laptop.wake()
		s.pass(settleTime)
		for _, d := range []*device{phone, tablet} {
			if theme := call(d, api.GetSettings, api.None{}).Theme; theme != dark {
				t.Errorf("%s shows theme %q", d.name, theme)
			}
		}
	})
}

// X9: devices that all lost their places ask each other for what is set, and do not
// go on for ever.
func TestX9_NobodyHoldsTheState(t *testing.T) {
	tellStory(t, func(s *story) {
		phone, laptop := s.alice.primary(), s.linked()
		laptop.wake()
		s.pass(time.Minute)
		phone.copyStorage()
		phone.wake()
		laptop.copyStorage()
		laptop.wake()
		call(phone, api.SetName, api.SetNameParams{Name: "Alicia"})
		s.pass(time.Minute)
		laptop.setOnline(false)
		phone.restore()
		phone.wake()
		s.pass(time.Minute)
		laptop.restore()
		laptop.wake()
		s.pass(settleTime)
		before := s.said(s.alice)
		s.pass(3 * time.Hour)
		if after := s.said(s.alice); after != before {
			t.Errorf("in three hours in which nobody did anything, %d entries were sent", after-before)
		}
		s.wantSoon(laptop, phone)
	})
}

// said is how many entries the relay has had for a person's devices.
func (s *story) said(p *person) (n uint64) {
	s.t.Helper()
	err := s.host.store.View(context.Background(), func(r store.Reader) error {
		account, err := r.FindAccountByPhone(p.phone)
		n = account.Head
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}
