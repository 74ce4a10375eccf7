package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/apitest"
	"parley/client/home"
)

// testDevice is a device whose home another "process" holds open, so that
// commands work through it.
type testDevice struct {
	*apitest.Core
	t   *testing.T
	dir string
}

func newTestDevice(t *testing.T, core *apitest.Core) *testDevice {
	t.Helper()
	d := &testDevice{Core: core, t: t, dir: t.TempDir() + "/home"}
	h := attachTo(t, d.dir, func(context.Context) (home.Core, error) { return core, nil })
	t.Cleanup(func() { h.Close() })
	return d
}

// attachTo is one more "process" that uses a home.
func attachTo(t *testing.T, dir string, open func(context.Context) (home.Core, error)) *home.Home {
	t.Helper()
	h, err := home.Attach(t.Context(), home.Config{Dir: dir, Open: open, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// run runs a command line on the device with something on standard input.
func (d *testDevice) run(input string, args ...string) (status int, stdout, stderr string) {
	d.t.Helper()
	var out, errs bytes.Buffer
	status = run(d.t.Context(), append(args, "--home", d.dir), streams{strings.NewReader(input), &out, &errs})
	return status, out.String(), errs.String()
}

// want runs a command line that must succeed and returns its output.
func (d *testDevice) want(args ...string) string {
	d.t.Helper()
	status, out, errs := d.run("", args...)
	if status != exitDone {
		d.t.Fatalf("parley %s: exit status %d: %s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// decode reads one JSON value.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return value
}

// texts returns the messages among printed events.
func texts(t *testing.T, lines string) []string {
	t.Helper()
	var found []string
	for line := range strings.Lines(lines) {
		e := decode[struct {
			Event string
			Data  json.RawMessage
		}](t, line)
		if e.Event == api.OnMessage.Name {
			found = append(found, decode[api.Message](t, string(e.Data)).Text)
		}
	}
	return found
}

func TestSend_PrintsTheMessageTheRelayHas(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	sent := decode[api.Message](t, d.want("send", "--to", "+32470000002", "hello there", "--json"))
	if sent.Text != "hello there" || sent.Status != api.MessageSent || sent.ID == "" {
		t.Errorf("sent %+v", sent)
	}
	if status, out, _ := d.run("two\nlines\n", "send", "--to", "+32470000002", "-", "--json"); status != exitDone ||
		decode[api.Message](t, out).Text != "two\nlines" {
		t.Errorf("from standard input: status %d, %s", status, out)
	}
}

func TestSend_UnreachableRelaySaysThatTheMessageWaits(t *testing.T) {
	core := apitest.New()
	core.SetOnline(false)
	d := newTestDevice(t, core)
	status, out, errs := d.run("", "send", "--to", "+32470000002", "hi", "--timeout", "10ms")
	if status != exitFailed || out != "" || !strings.Contains(errs, "waits on this device") || strings.Count(errs, "\n") != 1 {
		t.Errorf("status %d, output %q, errors %q", status, out, errs)
	}
}

func TestErrors_OneSentenceOrJSON(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if status, out, errs := d.run("", "send", "--to", "Bob", "hi"); status != exitFailed || out != "" ||
		errs != "parley: "+api.ErrPhoneInvalid.Message+"\n" {
		t.Errorf("status %d, output %q, errors %q", status, out, errs)
	}
	status, out, errs := d.run("", "send", "--to", "Bob", "hi", "--json")
	failed := decode[struct{ Error api.Error }](t, out)
	if status != exitFailed || failed.Error.Code != "phone_invalid" || errs != "" {
		t.Errorf("status %d, output %q, errors %q", status, out, errs)
	}
}

func TestUsage_ExitStatus2(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	for _, args := range [][]string{
		{"send", "hi"},
		{"send", "--to", "+32470000002"},
		{"messages"},
		{"messages", "--with", "+32470000002", "--limit", "0"},
		{"register", "--relay", "http://127.0.0.1:1"},
		{"devices", "rename", "x"},
		{"devices", "sing"},
		{"receive", "--timeout", "soon"},
	} {
		if status, out, errs := d.run("", args...); status != exitUsage {
			t.Errorf("parley %s: exit status %d, output %q, errors %q", strings.Join(args, " "), status, out, errs)
		}
	}
}

func TestChats_TextOfOthersCannotDriveTheTerminal(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive("+32470000002", "\x1b[2Jboo\nsecond line")
	for _, args := range [][]string{{"chats"}, {"messages", "--with", "+32470000002"}, {"search", "boo"}} {
		if out := d.want(args...); strings.Contains(out, "\x1b") || !strings.Contains(out, "boo") {
			t.Errorf("%v printed %q", args, out)
		}
	}
}

func TestMessages_LimitIsKeptAcrossPages(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	for i := range 1200 {
		d.Receive("+32470000002", strings.Repeat("x", i%3)+"text")
	}
	page := decode[api.Messages](t, d.want("messages", "--with", "0032 470 00 00 02", "--limit", "1100", "--json"))
	if len(page.Messages) != 1100 || !page.More || page.Messages[0].Order != 101 || page.Messages[1099].Order != 1200 {
		t.Errorf("%d messages, more %v", len(page.Messages), page.More)
	}
	if status, _, errs := d.run("", "messages", "--with", "+32470000009"); status != exitFailed || !strings.Contains(errs, "no messages with this number") {
		t.Errorf("unknown number: status %d, %q", status, errs)
	}
}

func TestMessages_LinesOfOneTextAlign(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive("+32470000002", "first line\nsecond line")
	lines := strings.Split(d.want("messages", "--with", "+32470000002"), "\n")
	if first, second := strings.Index(lines[1], "first"), strings.Index(lines[2], "second"); first != second {
		t.Errorf("the lines of a text begin at %d and %d:\n%s", first, second, strings.Join(lines, "\n"))
	}
}

func TestMessages_MarkReadClearsTheCount(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive("+32470000002", "hi")
	d.want("messages", "--with", "+32470000002", "--mark-read")
	if chats := decode[api.Chats](t, d.want("chats", "--json")); chats.Chats[0].Unread != 0 {
		t.Errorf("%d unread", chats.Chats[0].Unread)
	}
}

func TestDevices_PrefixNamesOne(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if status, _, errs := d.run("", "devices", "rename", "de", "X"); status != exitFailed || !strings.Contains(errs, "2 devices have an id that begins like this") {
		t.Errorf("ambiguous: status %d, %q", status, errs)
	}
	if status, _, errs := d.run("", "devices", "remove", "zzz"); status != exitFailed || !strings.Contains(errs, api.ErrDeviceUnknown.Message) {
		t.Errorf("unknown: status %d, %q", status, errs)
	}
	d.want("devices", "rename", "det", "Support")
	if out := d.want("devices"); !strings.Contains(out, "Support") || !strings.Contains(out, "Phone (primary, this device)") {
		t.Errorf("listed\n%s", out)
	}
	d.want("devices", "remove", "det")
	if list := decode[api.Devices](t, d.want("devices", "--json")); len(list.Devices) != 1 {
		t.Errorf("devices %+v", list)
	}
}

// M25, M26: the new device and the account are shown before the decision.
func TestDevicesLink_AsksAndTellsTheNewDevice(t *testing.T) {
	for _, c := range []struct {
		name, input    string
		args           []string
		want           int
		decision, show string
	}{
		{"yes", "y\n", nil, exitDone, "accepted", "Tablet�[2J"},
		{"no", "n\n", nil, exitFailed, "rejected", "+32470000001 (Alice)"},
		{"no answer", "", nil, exitFailed, "rejected", "web"},
		{"without asking", "", []string{"--yes"}, exitDone, "accepted", "Tablet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newTestDevice(t, apitest.New())
			status, out, errs := d.run(c.input, append([]string{"devices", "link", "parley://link?good"}, c.args...)...)
			if status != c.want || d.Decision() != c.decision || !strings.Contains(out, c.show) {
				t.Errorf("status %d, decision %q, output %q, errors %q", status, d.Decision(), out, errs)
			}
		})
	}
}

// M4: moving the account is asked for by name, and with the PIN.
func TestDevicesMove(t *testing.T) {
	for _, c := range []struct {
		name, input string
		args        []string
		want        int
		decision    string
	}{
		{"yes", "y\n418302\n", []string{"move", "parley://link?move"}, exitDone, "moved"},
		{"mistyped", "y\n418303\n418302\n", []string{"move", "parley://link?move"}, exitDone, "moved"},
		{"without asking", "418302\n", []string{"move", "--yes", "parley://link?move"}, exitDone, "moved"},
		{"no", "n\n", []string{"move", "parley://link?move"}, exitFailed, "rejected"},
		{"no PIN", "y\n", []string{"move", "parley://link?move"}, exitFailed, ""},
		{"a code for linking", "y\n", []string{"move", "parley://link?good"}, exitFailed, ""},
		{"as if it were linking", "y\n", []string{"link", "--yes", "parley://link?move"}, exitFailed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newTestDevice(t, apitest.New())
			status, out, errs := d.run(c.input, append([]string{"devices"}, c.args...)...)
			if status != c.want || d.Decision() != c.decision {
				t.Errorf("status %d, decision %q, output %q, errors %q", status, d.Decision(), out, errs)
			}
			if c.decision == "moved" && !strings.Contains(out, "Tablet is your primary device now") {
				t.Errorf("printed %q", out)
			}
		})
	}
}

// M2: at the fifth device the person chooses one to log out, and linking goes on.
func TestDevicesLink_MakesRoom(t *testing.T) {
	for _, c := range []struct {
		name, input string
		args        []string
		want        int
		decision    string
		left        int
	}{
		{"chosen", "four\ny\n", nil, exitDone, "accepted", 4},
		{"named", "y\n", []string{"--replace", "four"}, exitDone, "accepted", 4},
		{"none", "\n", nil, exitFailed, "rejected", 5},
		{"unknown", "xyz\n", nil, exitFailed, "", 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			core := apitest.New()
			for _, id := range []string{"two", "three", "four"} {
				core.AddDevice(id, "Device "+id)
			}
			d := newTestDevice(t, core)
			status, out, errs := d.run(c.input, append([]string{"devices", "link", "parley://link?good"}, c.args...)...)
			if status != c.want || d.Decision() != c.decision {
				t.Errorf("status %d, decision %q, output %q, errors %q", status, d.Decision(), out, errs)
			}
			if len(c.args) == 0 && !strings.Contains(out, "Device three") {
				t.Errorf("there was no list to choose from: %q", out)
			}
			if list := decode[api.Devices](t, d.want("devices", "--json")); len(list.Devices) != c.left {
				t.Errorf("devices %+v", list.Devices)
			}
		})
	}
}

// M20, M39: all other devices in one action; the list as a file.
func TestDevicesRemove_Others(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if status, _, errs := d.run("n\n", "devices", "remove", "--others"); status != exitFailed || !strings.Contains(errs, "Nothing was changed.") {
		t.Errorf("status %d, %q", status, errs)
	}
	if out := d.want("devices", "--csv"); out != "\"id\"\r\n" {
		t.Errorf("the file is %q", out)
	}
	d.want("devices", "remove", "--others", "--yes")
	if list := decode[api.Devices](t, d.want("devices", "--json")); len(list.Devices) != 1 || !list.Devices[0].Current {
		t.Errorf("devices %+v", list)
	}
	if status, _, _ := d.run("", "devices", "remove"); status != exitUsage {
		t.Errorf("without a device: status %d", status)
	}
}

// M14, M19: what to know about the devices, until it is answered.
func TestNotices(t *testing.T) {
	core := apitest.New()
	d := newTestDevice(t, core)
	core.Notice(api.Notice{ID: "1", Kind: api.NoticeDeviceAdded, DeviceID: "device3", DeviceName: "Tab\x1b[2J", Platform: "web", At: 1})
	core.Notice(api.Notice{ID: "2", Kind: api.NoticePrimarySilent, DeviceName: "Phone", At: 1, Until: 14 * 86_400_000, LimitMS: 14 * 86_400_000})
	if out := d.want("notices"); !strings.Contains(out, "parley devices remove device3") || !strings.Contains(out, "After 14 days") || strings.Contains(out, "\x1b[2J") {
		t.Errorf("printed %q", out)
	}
	if list := decode[api.Notices](t, d.want("notices", "--json", "--answer")); len(list.Notices) != 2 {
		t.Errorf("notices %+v", list)
	}
	if out := d.want("notices"); out != "" {
		t.Errorf("left are %q", out)
	}
}

func TestLink_ShowsFreshCodesUntilLinked(t *testing.T) {
	core := apitest.NewUnlinked()
	d := newTestDevice(t, core)
	out := newLineWriter()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"link", "--relay", "http://127.0.0.1:1", "--device-name", "Tablet", "--home", d.dir},
			streams{strings.NewReader(""), out, io.Discard})
	}()
	out.wait("parley://link?relay=http://127.0.0.1:1&slot=1")
	core.Link(api.LinkProgress{State: api.LinkExpired})
	out.wait("parley://link?relay=http://127.0.0.1:1&slot=2")
	core.Link(api.LinkProgress{State: api.LinkClaimed})
	out.wait("Scanned. Now confirm on the primary device.")
	core.Link(api.LinkProgress{State: api.LinkAccepted})
	out.wait("Linked to +32470000001 (Alice) as Phone.")
	if status := <-done; status != exitDone || core.Offers() != 2 {
		t.Errorf("exit status %d after %d codes", status, core.Offers())
	}
}

func TestLink_RejectedFails(t *testing.T) {
	core := apitest.NewUnlinked()
	d := newTestDevice(t, core)
	core.Subscribe(func(event string, data json.RawMessage) {
		if event == api.OnLink.Name && strings.Contains(string(data), `"open"`) {
			go core.Link(api.LinkProgress{State: api.LinkRejected})
		}
	})
	status, _, errs := d.run("", "link", "--relay", "http://127.0.0.1:1", "--device-name", "Tablet")
	if status != exitFailed || !strings.Contains(errs, errRejected.Message) {
		t.Errorf("status %d, errors %q", status, errs)
	}
}

// lineWriter is an output whose lines can be waited for.
type lineWriter struct {
	lines chan string
	rest  []byte
}

func newLineWriter() *lineWriter { return &lineWriter{lines: make(chan string, 10_000)} }

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		w.lines <- string(line)
		w.rest = rest
	}
}

// wait skips lines until the wanted one.
func (w *lineWriter) wait(want string) {
	for line := range w.lines {
		if line == want {
			return
		}
	}
}

func TestReceiveOnce_PrintsEachMessageOnce(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	for i := range 700 {
		d.Receive("+32470000002", string(rune('a'+i%26)))
	}
	if got := texts(t, d.want("receive", "--once")); len(got) != 700 || got[0] != "a" || got[27] != "b" {
		t.Errorf("first time %d messages", len(got))
	}
	if got := texts(t, d.want("receive", "--once")); len(got) != 0 {
		t.Errorf("second time %q", got)
	}
	d.Receive("+32470000003", "new")
	d.want("send", "--to", "+32470000002", "mine")
	if got := texts(t, d.want("receive", "--once")); len(got) != 2 {
		t.Errorf("third time %q, want the new one and my own", got)
	}
}

func TestReceive_GoesOnUntilTheTimeIsUp(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	out := newLineWriter()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"receive", "--home", d.dir}, streams{strings.NewReader(""), out, io.Discard})
	}()
	// Received before or after receive began: printed all the same.
	sent := d.Receive("+32470000002", "live")
	want, _ := json.Marshal(eventLine{api.OnMessage.Name, sent})
	out.wait(string(want))
	cancel()
	if status := <-done; status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if got := texts(t, d.want("receive", "--timeout", "500ms")); len(got) != 0 {
		t.Errorf("printed again %q", got)
	}
}

func TestReceiveOnce_UnreachableRelayIsAFailure(t *testing.T) {
	core := apitest.New()
	core.SetOnline(false)
	d := newTestDevice(t, core)
	status, out, _ := d.run("", "receive", "--once", "--timeout", "10ms", "--json")
	if status != exitFailed || decode[struct{ Error api.Error }](t, out).Error.Code != api.ErrTimeout.Code {
		t.Errorf("status %d, %s", status, out)
	}
}

// M16: nothing of the account stays when the device is logged out.
func TestReceive_EndsWithTheAccount(t *testing.T) {
	core := apitest.New()
	d := newTestDevice(t, core)
	d.Receive("+32470000002", "hi")
	d.want("receive", "--once")
	core.Subscribe(func(string, json.RawMessage) {})
	out := newLineWriter()
	var errs bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"receive", "--home", d.dir}, streams{strings.NewReader(""), out, &errs})
	}()
	m := core.Receive("+32470000002", "begun")
	line, _ := json.Marshal(eventLine{api.OnMessage.Name, m})
	out.wait(string(line))
	core.LogOut()
	if status := <-done; status != exitFailed || !strings.Contains(errs.String(), "This device was logged out.") {
		t.Errorf("status %d, errors %q", status, errs.String())
	}
	if _, err := os.Stat(filepath.Join(d.dir, marksName)); !os.IsNotExist(err) {
		t.Errorf("marks are still there: %v", err)
	}
	if status, _, errs := d.run("", "chats"); status != exitFailed || !strings.Contains(errs, "This device was logged out.") {
		t.Errorf("after it: status %d, errors %q", status, errs)
	}
}

// When the process that held the device ends and the device cannot be opened
// here, receive must not wait for ever.
func TestReceive_EndsWhenTheDeviceCannotBeOpenedAnyMore(t *testing.T) {
	core := apitest.New()
	dir := t.TempDir() + "/home"
	holder := attachTo(t, dir, func(context.Context) (home.Core, error) { return core, nil })
	guest := attachTo(t, dir, func(context.Context) (home.Core, error) { return nil, api.ErrStorageFull })
	defer guest.Close()
	out := newLineWriter()
	d := &device{core: guest, home: dir, std: streams{strings.NewReader(""), out, io.Discard}}
	done := make(chan error, 1)
	go func() { done <- d.receive(t.Context(), 0) }()
	line, _ := json.Marshal(eventLine{api.OnMessage.Name, core.Receive("+32470000002", "begun")})
	out.wait(string(line))
	holder.Close()
	if err := <-done; !errors.Is(err, api.ErrStorageFull) {
		t.Errorf("error %v, want %v", err, api.ErrStorageFull)
	}
}

func TestStatus_TellsWhoThisIs(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if s := decode[api.Status](t, d.want("status", "--json")); s.Phone != "+32470000001" || s.State != api.StateReady {
		t.Errorf("status %+v", s)
	}
	if out := d.want("status"); !strings.Contains(out, "Account   +32470000001 (Alice)\n") {
		t.Errorf("printed\n%s", out)
	}
}

func TestRPC_SpeaksOnStandardStreams(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	status, out, _ := d.run(`{"jsonrpc":"2.0","id":1,"method":"status"}`+"\n", "rpc")
	if status != exitDone || !strings.HasPrefix(out, `{"jsonrpc":"2.0","id":1,"result":{"state":"ready"`) {
		t.Errorf("status %d, %s", status, out)
	}
}

func TestDevice_WithoutAccountSaysWhatToDo(t *testing.T) {
	d := newTestDevice(t, apitest.NewUnlinked())
	for _, args := range [][]string{{"chats"}, {"receive", "--once"}, {"send", "--to", "+32470000002", "x"}, {"devices"}, {"logout"}} {
		if status, _, errs := d.run("", args...); status != exitFailed || !strings.Contains(errs, api.ErrNotRegistered.Message) {
			t.Errorf("%v: status %d, errors %q", args, status, errs)
		}
	}
	if out := d.want("status"); !strings.Contains(out, "new: register this device") {
		t.Errorf("status printed %s", out)
	}
}

// A number that the relay has not told yet is waited for: the messages of somebody who
// wrote first may be printed before it is known. Another number is not found all the same.
func TestMessages_NumberComesAfterTheMessages(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.ReceiveUnnumbered(bobPhone, "hello")
	page := decode[api.Messages](t, d.want("messages", "--with", bobPhone, "--json"))
	if len(page.Messages) != 1 || page.Messages[0].Text != "hello" {
		t.Errorf("messages: %+v", page.Messages)
	}
	d.ReceiveUnnumbered(bobPhone, "again")
	if status, out, _ := d.run("", "messages", "--with", catPhone, "--json"); status == exitDone || !strings.Contains(out, "chat_unknown") {
		t.Errorf("another number: exit status %d: %s", status, out)
	}
}
