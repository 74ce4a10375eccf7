package cli_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"parley/client/api"
)

// unused returns an address at which nobody listens.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// isNew checks that nothing has happened to a device.
func isNew(t *testing.T, d *device) {
	t.Helper()
	if s := d.status(); s.State != api.StateNew || s.AccountID != "" {
		t.Errorf("status %+v, want that of a new device", s)
	}
}

func TestRegister_MistakesChangeNothing(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	d := newDevice(r, "Alice")
	register := func(relay, phone, name, code string) []string {
		return []string{"register", "--relay", relay, "--phone", phone, "--name", name, "--code", code}
	}
	d.refused("phone_invalid", register(r.url, "0470 00 00 01", "Alice", "123456")...)
	d.refused("phone_invalid", register(r.url, "+320", "Alice", "123456")...)
	d.refused("code_format", register(r.url, alicePhone, "Alice", "12345")...)
	d.refused("name_invalid", register(r.url, alicePhone, strings.Repeat("x", 65), "123456")...)
	d.refused("relay_url_invalid", register("chat.example.org", alicePhone, "Alice", "123456")...)
	d.refused("relay_unreachable", register(unused(t), alicePhone, "Alice", "123456")...)
	d.refused("code_expired", register(r.url, alicePhone, "Alice", "123456")...)
	d.refused("not_registered", "send", "--to", bobPhone, "hi")
	isNew(t, d)
}

// A code can be tried five times; the sixth fails even with the right one.
func TestRegister_SixthTry(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	d := newDevice(r, "Alice")
	code := r.invite(alicePhone)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	args := []string{"register", "--relay", r.url, "--phone", alicePhone, "--name", "Alice", "--json", "--code"}
	for left := 4; left >= 0; left-- {
		got := d.run(append(args, wrong)...)
		failed := decode[struct{ Error api.Error }](t, got.out).Error
		if got.status != 1 || failed.Code != "code_wrong" || failed.TriesLeft != left {
			t.Errorf("with %d tries left: %+v", left, got)
		}
	}
	got := d.run(append(args, code)...)
	if failed := decode[struct{ Error api.Error }](t, got.out).Error; got.status != 1 || failed.Code != "code_expired" {
		t.Errorf("sixth try with the right code: %+v", got)
	}
	isNew(t, d)
}

// Without --code one is requested, and asked for until it is right.
func TestRegister_AsksForTheCode(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	d := newDevice(r, "Alice")
	registering := d.start("register", "--relay", r.url, "--phone", alicePhone, "--name", "Alice")
	registering.line(func(line string) bool { return strings.Contains(line, "six-digit code") })
	code := sixDigits(r.process.line(func(line string) bool { return sixDigits(line) != "" }))
	if _, err := io.WriteString(registering.in, "12\n"+code+"\n"); err != nil {
		t.Fatal(err)
	}
	if status := registering.wait(); status != 0 {
		t.Fatalf("exit status %d: %s", status, registering.errs)
	}
	if s := d.status(); s.State != api.StateReady || s.Phone != alicePhone || !s.Primary || s.Connection != api.ConnectionOnline {
		t.Errorf("status %+v", s)
	}
}

// sixDigits finds a registration code in a line.
func sixDigits(line string) string {
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r < '0' || r > '9' }) {
		if len(word) == 6 {
			return word
		}
	}
	return ""
}

// M23: a code that was used, is not one, or belongs to another relay, links
// nothing.
func TestLink_MistakesChangeNothing(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	d := newDevice(r, "Tablet")
	waiting := d.start("link", "--relay", r.url, "--device-name", "Tablet", "--json")
	uri := offerOf(waiting).URI
	alice.want("devices", "link", uri, "--yes")
	if status := waiting.wait(); status != 0 {
		t.Fatalf("link: exit status %d: %s", status, waiting.errs)
	}
	alice.refused("link_used", "devices", "link", uri, "--yes")
	alice.refused("link_malformed", "devices", "link", "https://example.org", "--yes")

	other := startRelay(t)
	stranger := newDevice(other, "Stranger")
	elsewhere := stranger.start("link", "--relay", other.url, "--device-name", "Stranger", "--json")
	alice.refused("link_other_relay", "devices", "link", offerOf(elsewhere).URI, "--yes")
	isolated := newDevice(r, "Isolated")
	isolated.refused("relay_unreachable", "link", "--relay", unused(t), "--device-name", "Isolated")
	isNew(t, isolated)
	if list := decode[api.Devices](t, alice.want("devices", "--json")); len(list.Devices) != 2 {
		t.Errorf("the primary lists %+v", list.Devices)
	}
}

// M25: no at the primary ends linking on the new device, and links nothing.
func TestLink_Declined(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	d := newDevice(r, "Tablet")
	waiting := d.start("link", "--relay", r.url, "--device-name", "Tablet", "--json")
	got := runParley(t, "n\n", "devices", "link", offerOf(waiting).URI, "--home", alice.home)
	if got.status != 1 || !strings.Contains(got.out, "Tablet") || !strings.Contains(got.out, alicePhone) {
		t.Errorf("declining: %+v", got)
	}
	if status := waiting.wait(); status != 1 {
		t.Errorf("link ended with status %d", status)
	}
	isNew(t, d)
}

// M23: after a minute a new code is shown and the old one is refused by name.
func TestLink_ExpiredCodeIsRefusedAndReplaced(t *testing.T) {
	if testing.Short() {
		t.Skip("a link code lives for a minute")
	}
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	d := newDevice(r, "Tablet")
	waiting := d.start("link", "--relay", r.url, "--device-name", "Tablet", "--json")
	expired, fresh := offerOf(waiting), offerOf(waiting)
	alice.refused("link_expired", "devices", "link", expired.URI, "--yes")
	alice.want("devices", "link", fresh.URI, "--yes")
	if status := waiting.wait(); status != 0 {
		t.Errorf("link: exit status %d: %s", status, waiting.errs)
	}
}

// M2: four devices beside the primary; the fifth is refused until one goes.
func TestLink_FifthDeviceIsRefused(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	for i := range 4 {
		link(alice, fmt.Sprintf("Device %d", i))
	}
	fifth := newDevice(r, "Fifth")
	waiting := fifth.start("link", "--relay", r.url, "--device-name", "Fifth", "--json")
	alice.refused("too_many_devices", "devices", "link", offerOf(waiting).URI, "--yes")
	waiting.kill()
	isNew(t, fifth)
	alice.want("devices", "remove", alice.idOf("Device 2"))
	link(alice, "Fifth")
}

func TestSend_MistakesChangeNothing(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	alice.refused("account_unknown", "send", "--to", "+32470000009", "hi")
	alice.refused("phone_invalid", "send", "--to", "Bob", "hi")
	alice.refused("message_empty", "send", "--to", bobPhone, "  ")
	alice.refused("chat_unknown", "messages", "--with", "+32470000009")
	long := runParley(t, strings.Repeat("x", 100_000), "send", "--to", bobPhone, "-", "--json", "--home", alice.home)
	if failed := decode[struct{ Error api.Error }](t, long.out).Error; long.status != 1 || failed.Code != "too_large" {
		t.Errorf("oversized message: %+v", long)
	}
	if got := bob.received(); len(got) != 0 {
		t.Errorf("Bob received %q", got)
	}
}

// A message for an unreachable relay waits and goes out by itself later.
func TestSend_WaitsForTheRelay(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	alice.send(bobPhone, "first")
	r.process.kill()
	got := alice.run("send", "--to", bobPhone, "while you were away", "--timeout", "1s")
	if got.status != 1 || !strings.Contains(got.errs, "waits on this device") {
		t.Errorf("sending without a relay: %+v", got)
	}
	r.start(strings.TrimPrefix(r.url, "http://"))
	alice.want("receive", "--once")
	if got := bob.received(); len(got) != 2 || got[1] != "while you were away" {
		t.Errorf("Bob received %q", got)
	}
}
