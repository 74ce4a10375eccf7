package cli_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/client/api"
)

// What test/historydata makes.
const (
	historyPhone    = "+32470000000"
	historyChats    = 3
	historyMessages = 6000
)

// fillHistory makes a primary with months of messages.
func fillHistory(r *relay) *device {
	r.t.Helper()
	d := newDevice(r, "Phone")
	d.home = filepath.Join(d.home, "home")
	tool := exec.Command("go", "run", "parley/test/historydata", "-relay", r.url, "-data", r.data, "-home", d.home,
		"-chats", fmt.Sprint(historyChats), "-messages", fmt.Sprint(historyMessages))
	if out, err := tool.CombinedOutput(); err != nil {
		r.t.Fatalf("historydata: %v\n%s", err, out)
	}
	return d
}

// halfway waits until more than so much of the history is here, and not all.
func (b *bot) halfway(more int) (received int) {
	b.t.Helper()
	b.line(func(line string) bool {
		var event struct {
			Method string
			Params api.History
		}
		if json.Unmarshal([]byte(line), &event) != nil || event.Method != api.OnHistory.Name || event.Params.Receiving == nil {
			return false
		}
		if event.Params.Receiving.State == api.HistoryDone {
			b.t.Fatalf("all of it came before it could be interrupted: %s", line)
		}
		received = event.Params.Receiving.Received
		return received > more
	})
	return received
}

// M10: history goes on after the new device and the primary were killed in the
// middle of it, and is whole, in order, and nothing twice.
func TestM10_HistorySurvivesKills(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	primary := fillHistory(r)
	holder := primary.start("receive")
	holder.line(func(line string) bool { return strings.Contains(line, `"caughtUp":true`) })
	tablet := newDevice(r, "Tablet")
	b := tablet.bot()
	b.call("startLink", api.StartLinkParams{Relay: r.url, DeviceName: "Tablet"})
	offer := decode[api.LinkOffer](t, string(b.answer().Result))
	accepting := primary.start("devices", "link", offer.URI, "--yes")

	first := b.halfway(0)
	b.kill() // kill -9 of the new device
	b = tablet.bot()
	second := b.halfway(first)
	holder.kill() // and of the primary: what runs on it takes the device over
	accepting.kill()
	primary.start("receive")
	b.kill()
	t.Logf("interrupted after %d and %d of about %d messages", first, second, historyMessages)

	tablet.want("history", "--wait", "--timeout", "5m")
	for i := range historyChats {
		phone := fmt.Sprintf("+3247100%04d", i)
		got, want := tablet.texts(phone), primary.texts(phone)
		if len(want) < historyMessages/historyChats || !slices.Equal(got, want) {
			t.Errorf("with %s the new device has %d messages, the primary %d, or in another order", phone, len(got), len(want))
		}
	}
}

// M113: repairing a device loses nothing of what is only there, or was done
// there: messages that wait to be sent, drafts and stars.
func TestM113_RepairLosesNothing(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Tablet")
	bob.send(alicePhone, "a message with a star")
	bob.send(alicePhone, "another")
	tablet.want("receive", "--once")
	starred := decode[api.Messages](t, tablet.want("messages", "--with", bobPhone, "--json")).Messages[0].ID

	r.process.kill()
	tablet.want("star", starred)
	tablet.want("chat", "draft", "--with", bobPhone, "half a thought")
	for _, text := range []string{"first of the outbox", "second of the outbox"} {
		if got := tablet.run("send", "--to", bobPhone, text, "--timeout", "100ms"); got.status != 1 || !strings.Contains(got.errs, "waits on this device") {
			t.Fatalf("sending without a relay: %+v", got)
		}
	}
	// Writing a message has taken the draft away.
	tablet.want("chat", "draft", "--with", bobPhone, "half a thought")
	if s := tablet.status(); s.Outbox < 2 {
		t.Fatalf("nothing waits: %+v", s)
	}
	r.start(strings.TrimPrefix(r.url, "http://"))
	receiving := alice.receive() // somebody has the history
	tablet.want("devices", "repair")
	tablet.want("receive", "--once")
	receiving.until("first of the outbox", "second of the outbox")

	want := []string{"a message with a star", "another", "first of the outbox", "second of the outbox"}
	if got := tablet.texts(bobPhone); !slices.Equal(got, want) {
		t.Errorf("the repaired device has %q", got)
	}
	if out := tablet.want("chat", "draft", "--with", bobPhone); out != "half a thought\n" {
		t.Errorf("the draft is %q", out)
	}
	if list := decode[api.Messages](t, tablet.want("starred", "--json")).Messages; len(list) != 1 || list[0].ID != starred {
		t.Errorf("the stars are %+v", list)
	}
	if got := bob.received(); !slices.Equal(got, want[2:]) {
		t.Errorf("the contact received %q", got)
	}
	if s := tablet.status(); s.Outbox != 0 {
		t.Errorf("still waiting: %+v", s)
	}
}
