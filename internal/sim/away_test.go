package sim

import (
	"testing"
	"time"
)

// A device that is opened and closed again before it is connected has not been
// there: it looks in before the relay retires what it has to fetch.
func TestOpenedForAnInstant(t *testing.T) {
	tellStory(t, func(s *story) {
		phone := s.bob.primary()
		s.says(s.alice, s.bob, "one")
		phone.close()
		s.says(s.alice, s.bob, "two")
		for range 5 {
			s.daysPass(5 * 24 * time.Hour)
			phone.open()
		}
		s.pass(time.Minute)
		if texts := phone.texts(s.alice); len(texts) != 2 {
			t.Errorf("after %s shows %q", 5*5*24*time.Hour, texts)
		}
	})
}

// A connection that was lost unnoticed is none, whatever the device believes.
func TestLostUnnoticed(t *testing.T) {
	tellStory(t, func(s *story) {
		phone := s.bob.primary()
		if !phone.wake() {
			t.Fatal("no connection")
		}
		phone.setOnline(false)
		phone.online.Store(true)
		if phone.isConnected() {
			t.Error("connected by what was lost")
		}
	})
}
