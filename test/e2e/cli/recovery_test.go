package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"parley/client/api"
)

// bot drives a device by JSON-RPC.
type bot struct {
	*process
	lastID int
}

func (d *device) bot() *bot {
	d.t.Helper()
	return &bot{process: d.start("rpc")}
}

// call starts a call and returns its id.
func (b *bot) call(method string, params any) int {
	b.t.Helper()
	b.lastID++
	line, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": b.lastID, "method": method, "params": params})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.WriteString(b.in, string(line)+"\n"); err != nil {
		b.t.Fatal(err)
	}
	return b.lastID
}

type answer struct {
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

// answer returns the next answer, which must be a result.
func (b *bot) answer() answer {
	b.t.Helper()
	line := b.line(func(line string) bool { return strings.HasPrefix(line, `{"jsonrpc":"2.0","id":`) })
	got := decode[answer](b.t, line)
	if got.Error != nil {
		b.t.Fatalf("call %d failed: %s", got.ID, got.Error.Message)
	}
	return got
}

// chat opens the chat with a number.
func (b *bot) chat(phone string) string {
	b.t.Helper()
	b.call("openChat", api.OpenChatParams{Phone: phone})
	return decode[api.Chat](b.t, string(b.answer().Result)).ID
}

func numbered(n int) []string {
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprintf("message %04d", i))
	}
	return texts
}

// A device that was offline for 1,000 messages gets all of them, once and in
// order, at one go.
func TestRecovery_ThousandMessagesForAnOfflineDevice(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Alice's tablet")
	bob.send(alicePhone, "before")
	tablet.want("receive", "--once")

	writer := bob.bot()
	chat := writer.chat(alicePhone)
	written := numbered(1000)
	for _, text := range written {
		writer.call("send", api.SendParams{ChatID: chat, Text: text})
		writer.answer()
	}
	writer.call("sync", api.None{})
	writer.answer()

	if got := tablet.received(); !slices.Equal(got, written) {
		t.Errorf("the linked device received %d messages, want %d in order", len(got), len(written))
	}
	want := append([]string{"before"}, written...)
	if got := tablet.texts(bobPhone); !slices.Equal(got, want) {
		t.Errorf("the linked device has %d messages, want %d in order", len(got), len(want))
	}
}

// The relay is killed while messages are sent and comes back: what it had
// acknowledged is there, nothing is there twice, and all clients go on alone.
func TestRecovery_RelayKilledDuringSends(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Alice's tablet")
	bob.send(alicePhone, "before")
	receivers := []*receiver{alice.receive(), tablet.receive()}
	for _, one := range receivers {
		one.until("before")
	}

	writer := bob.bot()
	chat := writer.chat(alicePhone)
	written := numbered(300)
	for _, text := range written {
		writer.call("send", api.SendParams{ChatID: chat, Text: text, Wait: true})
	}
	for done := range written {
		if done == 50 || done == 150 {
			r.killAndRestart()
		}
		m := decode[api.Message](t, string(writer.answer().Result))
		if m.Status == api.MessagePending || m.Status == api.MessageFailed {
			t.Fatalf("%q came back as %s", m.Text, m.Status)
		}
	}
	for _, one := range receivers {
		one.until(written...)
	}
	want := slices.Sorted(slices.Values(append([]string{"before"}, written...)))
	order := bob.texts(alicePhone)
	for _, d := range []*device{alice, tablet} {
		got := d.texts(bobPhone)
		if !slices.Equal(got, order) {
			t.Errorf("%s has another order than the sender", d.name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s has %d messages, want each of %d once", d.name, len(got), len(want))
		}
	}
}
