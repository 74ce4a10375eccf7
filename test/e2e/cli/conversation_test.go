package cli_test

import (
	"fmt"
	"slices"
	"testing"
)

// M1, M12: what is written on any device of two people appears on all devices
// of both, once and in the same order. Each device receives in one process and
// sends from another one.
func TestConversation_EveryDirectionOnAllDevices(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	aliceTablet, bobTablet := link(alice, "Alice's tablet"), link(bob, "Bob's tablet")
	all := []*device{alice, aliceTablet, bob, bobTablet}
	peer := map[*device]string{alice: bobPhone, aliceTablet: bobPhone, bob: alicePhone, bobTablet: alicePhone}

	receivers := map[*device]*receiver{}
	for _, d := range all {
		receivers[d] = d.receive()
	}
	var written []string
	for round := range 3 {
		for _, d := range all {
			text := fmt.Sprintf("%s, round %d", d.name, round)
			d.send(peer[d], text)
			written = append(written, text)
		}
	}
	for _, d := range all {
		receivers[d].until(written...)
	}
	for _, d := range all {
		if got := d.texts(peer[d]); !slices.Equal(got, written) {
			t.Errorf("%s has\n%q, want\n%q", d.name, got, written)
		}
	}
}

// M8: linked devices work while the primary is closed; it has everything when
// it comes back.
func TestConversation_PrimaryClosed(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Alice's tablet")
	alice.send(bobPhone, "first")
	bob.want("receive", "--once")
	tablet.want("receive", "--once")

	bob.send(alicePhone, "are you there?")
	if got := tablet.received(); !slices.Equal(got, []string{"are you there?"}) {
		t.Fatalf("the linked device received %q", got)
	}
	tablet.send(bobPhone, "on my tablet")
	if got := bob.received(); !slices.Equal(got, []string{"on my tablet"}) {
		t.Fatalf("Bob received %q", got)
	}
	alice.want("receive", "--once")
	want := []string{"first", "are you there?", "on my tablet"}
	for _, d := range []*device{alice, tablet} {
		if got := d.texts(bobPhone); !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", d.name, got, want)
		}
	}
}

// What one command received while sending is still printed by the next receive.
func TestReceive_PrintsWhatOtherCommandsFetched(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	alice.send(bobPhone, "hello Bob")
	bob.send(alicePhone, "hello Alice")
	bob.send(alicePhone, "again")
	if got := bob.received(); !slices.Equal(got, []string{"hello Bob"}) {
		t.Errorf("Bob's receive printed %q", got)
	}
	if got := bob.received(); len(got) != 0 {
		t.Errorf("and then again %q", got)
	}
}

// A process that is killed leaves the device to the next one.
func TestReceive_AnotherProcessTakesOverAfterKill(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	first := alice.receive()
	bob.send(alicePhone, "one")
	first.until("one")
	second := alice.receive()
	for hears := false; !hears; hears = second.hears() { // through the first, once it listens
		bob.send(alicePhone, "two")
	}
	first.kill()
	bob.send(alicePhone, "three")
	second.until("three")
	alice.send(bobPhone, "four")
	if got := bob.received(); !slices.Equal(got, []string{"four"}) {
		t.Errorf("Bob received %q", got)
	}
}
