package mls

import (
	"errors"
	"testing"
	"time"
)

// TestSkippedKeysAge: keys that wait for late messages go when they are too
// old, in the present epoch and in past ones, also while nothing happens and
// across restarts.
func TestSkippedKeysAge(t *testing.T) {
	people, groups := grown(t, DefaultSuite, 2)
	now := testNow
	for i := range people {
		people[i].cfg.Now = func() time.Time { return now }
		groups[i].cfg.Now = people[i].cfg.Now
	}
	encrypt := func() []byte { return must[[]byte](t)(groups[0].Encrypt([]byte("x"), nil)) }
	late := func() []byte {
		skipped := encrypt()
		must[*Received](t)(groups[1].Process(encrypt()))
		return skipped
	}
	const day = 24 * time.Hour
	past := late()
	unsent := encrypt() // nothing later of its sender comes in this epoch
	deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{})))
	first := late()
	now = now.Add(20 * day)
	second := late()
	var v vault
	v.save(groups[1])
	opens := func(g *Group, message []byte) bool {
		_, err := g.Process(message)
		if err != nil && !errors.Is(err, ErrSecretConsumed) && !errors.Is(err, ErrWrongEpoch) {
			t.Fatal(err)
		}
		return err == nil
	}
	for _, message := range [][]byte{past, unsent, first, second} {
		if !opens(v.open(t, people[1], groups[1]), message) {
			t.Fatal("a message 20 days late is refused")
		}
	}
	now = now.Add(11 * day)
	check := func(g *Group) {
		t.Helper()
		for i, message := range [][]byte{past, unsent, first} {
			if opens(g, message) {
				t.Fatalf("message %d is opened 31 days late", i)
			}
		}
		if len(g.past) != 0 || len(g.ratchets.senders[0].application.skipped) != 1 {
			t.Fatal("old keys are kept")
		}
		if !opens(g, second) {
			t.Fatal("a message 11 days late is refused")
		}
	}
	restored := must[*Group](t)(Restore(people[1].cfg, v.state, v.list()))
	if len(restored.ChangedRatchets()) == 0 {
		t.Fatal("a restart leaves old keys in storage")
	}
	check(restored)

	idle := groups[1]
	if !idle.DropExpired() || idle.DropExpired() {
		t.Fatal("what is dropped is told once")
	}
	v.save(idle)
	idle = v.open(t, people[1], idle)
	check(idle)
	v.save(idle)
	if len(v.records) != len(idle.Ratchets()) {
		t.Fatal("records of dropped keys are left")
	}
	// A message that is processed does it, too.
	now = now.Add(40 * day)
	late()
	now = now.Add(40 * day)
	must[*Received](t)(groups[1].Process(encrypt()))
	if n := len(groups[1].ratchets.senders[0].application.skipped); n != 0 {
		t.Fatalf("%d old keys are kept", n)
	}
}
