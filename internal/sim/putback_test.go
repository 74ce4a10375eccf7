package sim

import (
	"os"
	"slices"
	"testing"
	"time"
)

// X9: the relay is put back to a backup while one device is away, and another is
// closed. In the end all hold the same, what the relay had lost included.
func TestX9_RelayPutBack(t *testing.T) {
	tellStory(t, func(s *story) {
		phone, d := s.alice.primary(), s.linked()
		d.wake()
		s.says(s.bob, s.alice, "one")
		s.pass(time.Minute)
		s.host.kill()
		backup := s.host.dir
		s.host.dir = t.TempDir()
		if err := os.CopyFS(s.host.dir, os.DirFS(backup)); err != nil {
			t.Fatal(err)
		}
		s.host.start()
		for _, device := range []*device{phone, d, s.bob.primary()} {
			device.wake()
		}
		d.setOnline(false)
		s.says(s.bob, s.alice, "two")
		s.bob.primary().close()
		s.says(s.alice, s.bob, "three") // which Bob's phone never fetches
		s.pass(time.Minute)
		s.host.kill()
		s.host.dir = backup
		s.host.start()
		d.setOnline(true)
		for _, device := range []*device{phone, d, s.bob.primary()} {
			device.wake()
		}
		s.pass(3 * time.Minute)
		s.wantSoon(d, phone)
		if mine, theirs := phone.texts(s.bob), s.bob.primary().texts(s.alice); len(mine) != 3 || !slices.Equal(mine, theirs) {
			t.Errorf("one holds %q, the other %q", mine, theirs)
		}
	})
}
