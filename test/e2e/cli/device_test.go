package cli_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"parley/client/api"
)

// Numbers of the people in the tests.
const (
	alicePhone = "+32470000001"
	bobPhone   = "+32470000002"
)

// device is a home and the commands on it.
type device struct {
	t     *testing.T
	relay *relay
	home  string
	name  string
	env   []string // more of the environment
}

func newDevice(r *relay, name string) *device {
	r.t.Helper()
	return &device{t: r.t, relay: r, home: r.t.TempDir(), name: name}
}

// register makes a primary with an invitation.
func register(r *relay, phone, name string) *device {
	r.t.Helper()
	d := newDevice(r, name)
	d.want("register", "--relay", r.url, "--phone", phone, "--name", name, "--code", r.invite(phone))
	return d
}

// link links a new device to a primary.
func link(primary *device, name string) *device {
	primary.t.Helper()
	d := newDevice(primary.relay, name)
	waiting := d.start("link", "--relay", d.relay.url, "--device-name", name, "--json")
	primary.want("devices", "link", offerOf(waiting).URI, "--yes")
	if status := waiting.wait(); status != 0 {
		d.t.Fatalf("link: exit status %d: %s", status, waiting.errs)
	}
	return d
}

// offerOf waits for the next link code that a device shows.
func offerOf(linking *process) api.LinkOffer {
	linking.t.Helper()
	line := linking.line(func(line string) bool { return strings.Contains(line, `"event":"offer"`) })
	return decode[struct{ Data api.LinkOffer }](linking.t, line).Data
}

// run runs a command on the device.
func (d *device) run(args ...string) result {
	d.t.Helper()
	return runParleyWith(d.t, d.env, "", append(args, "--home", d.home)...)
}

// want runs a command that must succeed and returns its output.
func (d *device) want(args ...string) string {
	d.t.Helper()
	got := d.run(args...)
	if got.status != 0 {
		d.t.Fatalf("%s: parley %s: exit status %d: %s%s", d.name, strings.Join(args, " "), got.status, got.out, got.errs)
	}
	return got.out
}

// refused runs a command that must fail with a code, in one plain sentence.
func (d *device) refused(code string, args ...string) {
	d.t.Helper()
	plain := d.run(args...)
	if plain.status != 1 || plain.out != "" || strings.Count(plain.errs, "\n") != 1 || !strings.HasSuffix(plain.errs, ".\n") {
		d.t.Errorf("parley %s: want one plain sentence, got %+v", args[0], plain)
	}
	got := d.run(append(args, "--json")...)
	failed := decode[struct{ Error api.Error }](d.t, got.out).Error
	if got.status != 1 || failed.Code != code || plain.errs != "parley: "+failed.Message+"\n" {
		d.t.Errorf("parley %s: got %+v, want the code %s and the same sentence", args[0], got, code)
	}
}

func (d *device) start(args ...string) *process {
	d.t.Helper()
	return startParleyWith(d.t, d.env, append(args, "--home", d.home)...)
}

func (d *device) status() api.Status {
	d.t.Helper()
	return decode[api.Status](d.t, d.want("status", "--json"))
}

func (d *device) send(to, text string) {
	d.t.Helper()
	d.want("send", "--to", to, text)
}

// texts are the messages with someone on this device, in order.
func (d *device) texts(with string) []string {
	d.t.Helper()
	page := decode[api.Messages](d.t, d.want("messages", "--with", with, "--limit", "10000", "--json"))
	var list []string
	for _, m := range page.Messages {
		if m.Kind == api.MessageText {
			list = append(list, m.Text)
		}
	}
	return list
}

// received are the texts of others that receive --once prints.
func (d *device) received() []string {
	d.t.Helper()
	var list []string
	for line := range strings.Lines(d.want("receive", "--once")) {
		if m, ok := message(d.t, line); ok && !m.Mine && m.Kind == api.MessageText {
			list = append(list, m.Text)
		}
	}
	return list
}

// receiver is a receive that runs.
type receiver struct {
	*process
	// placed are the texts that have their place in the chat, as they came.
	placed []string
}

func (d *device) receive() *receiver {
	d.t.Helper()
	return &receiver{process: d.start("receive", "--verbose")}
}

// until waits until all texts have come, from here or elsewhere.
func (r *receiver) until(texts ...string) {
	r.t.Helper()
	r.line(func(line string) bool {
		m, ok := message(r.t, line)
		if ok && m.Kind == api.MessageText && m.Status != api.MessagePending && !slices.Contains(r.placed, m.Text) {
			r.placed = append(r.placed, m.Text)
		}
		return containsAll(r.placed, texts)
	})
}

func containsAll(list, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(text string) bool { return !slices.Contains(list, text) })
}

// message reads a line of receive if it is about a message.
func message(t *testing.T, line string) (api.Message, bool) {
	t.Helper()
	e := decode[struct {
		Event string
		Data  json.RawMessage
	}](t, line)
	if e.Event != api.OnMessage.Name {
		return api.Message{}, false
	}
	return decode[api.Message](t, string(e.Data)), true
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return value
}
