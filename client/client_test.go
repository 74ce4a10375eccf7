package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

const (
	alice = ident.Phone("+32470000001")
	bob   = ident.Phone("+32470000002")
)

// people registers Alice with a linked device and Bob with another.
func people(t *testing.T) (r *Relay, a1, a2, b1, b2 *Device) {
	t.Helper()
	r = NewRelay(t)
	a1, a2 = r.NewDevice("Alice"), r.NewDevice("Alice's laptop")
	b1, b2 = r.NewDevice("Bob"), r.NewDevice("Bob's laptop")
	a1.Register(alice)
	b1.Register(bob)
	a1.Link(a2)
	b1.Link(b2)
	for _, linked := range []*Device{a2, b2} { // they are in their conversations
		Call(linked, api.Sync, api.None{})
	}
	return r, a1, a2, b1, b2
}

// M1, M6, M12: every device writes, and all hold the same, once, in order.
func TestMessages_ReachEveryDevice(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, b2 := people(t)
	a1.Send(bob, "one")
	a2.Send(bob, "two")
	b1.Send(alice, "three")
	b2.Send(alice, "four")
	a1.Send(bob, "five")
	want := []string{"one", "two", "three", "four", "five"}
	a1.WantTexts(bob, want)
	a2.WantTexts(bob, want)
	b1.WantTexts(alice, want)
	b2.WantTexts(alice, want)
}

// M8: linked devices go on while the primary is off, and it catches up.
func TestMessages_PrimaryOff(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	a1.Send(bob, "one")
	a1.Stop()
	b1.Send(alice, "two")
	a2.WantTexts(bob, []string{"one", "two"})
	a2.Send(bob, "three")
	a1.Start()
	a1.WantTexts(bob, []string{"one", "two", "three"})
}

// A device that was off for a thousand messages has them all when it returns.
func TestMessages_Backlog(t *testing.T) {
	t.Parallel()
	_, a1, _, b1, b2 := people(t)
	a1.Send(bob, "first")
	b2.WantTexts(alice, []string{"first"})
	b2.Stop()
	want := []string{"first"}
	chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	for i := range backlog {
		want = append(want, fmt.Sprintf("message %d", i))
		Call(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: want[i+1]})
	}
	Call(a1, api.Sync, api.None{})
	b2.Start()
	if got := b2.Texts(alice); !slices.Equal(got, want) {
		t.Fatalf("holds %d messages, want %d", len(got), len(want))
	}
	b1.WantTexts(alice, want)
}

// Two devices of each side write at once, before anybody has a conversation.
func TestMessages_BeginAtOnce(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, b2 := people(t)
	var group sync.WaitGroup
	for i, d := range []*Device{a1, a2, b1, b2} {
		to := bob
		if i >= 2 {
			to = alice
		}
		group.Go(func() { d.Send(to, d.Name) })
	}
	group.Wait()
	want := a1.Texts(bob)
	if len(want) != 4 || slices.Contains(want, "[waiting]") {
		a1.Eventually("all four", func() bool { want = a1.Held(bob); return len(want) == 4 && !slices.Contains(want, "[waiting]") })
	}
	a2.WantTexts(bob, want)
	b1.WantTexts(alice, want)
	b2.WantTexts(alice, want)
}

// M27: a device linked later has the conversations, what was said before, and
// takes part.
func TestLink_BringsConversations(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.Send(alice, "also before")
	chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	a1.Eventually("the answer", func() bool { return Call(a1, api.GetChat, api.ChatID{ChatID: chat.ID}).Unread == 1 })
	last := Call(a1, api.GetChat, api.ChatID{ChatID: chat.ID}).Last
	Call(a1, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: last.Order})
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.Eventually("nothing unread", func() bool {
		c := Call(a3, api.GetChat, api.ChatID{ChatID: chat.ID})
		return c.Last != nil && c.Unread == 0
	})
	a3.WantTexts(bob, []string{"before", "also before"})
	a3.Send(bob, "from the tablet")
	b1.WantTexts(alice, []string{"before", "also before", "from the tablet"})
}

// M2: four linked devices and not five; one more after one was removed.
func TestLink_Limit(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	primary := r.NewDevice("Alice")
	primary.Register(alice)
	for i := range 4 {
		primary.Link(r.NewDevice(fmt.Sprintf("linked %d", i)))
	}
	fifth := r.NewDevice("linked 5")
	offer := Call(fifth, api.StartLink, api.StartLinkParams{Relay: "http://relay.test"})
	_, err := Try(primary, api.AcceptLink, api.LinkURI{URI: offer.URI})
	wantCode(t, err, "too_many_devices")
	devices := Call(primary, api.ListDevices, api.None{}).Devices
	Call(primary, api.RemoveDevice, api.DeviceID{ID: devices[4].ID})
	primary.Link(fifth)
}

// M21: a linked device cannot link another.
func TestLink_OnlyPrimary(t *testing.T) {
	t.Parallel()
	r, _, a2, _, _ := people(t)
	offer := Call(r.NewDevice("new"), api.StartLink, api.StartLinkParams{Relay: "http://relay.test"})
	_, err := Try(a2, api.InspectLink, api.LinkURI{URI: offer.URI})
	wantCode(t, err, "primary_only")
}

// M23: a used code is refused by name, an unreadable one too.
func TestLink_BadCodes(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	fresh := r.NewDevice("new")
	offer := Call(fresh, api.StartLink, api.StartLinkParams{Relay: "http://relay.test"})
	Call(b1, api.InspectLink, api.LinkURI{URI: offer.URI})
	_, err := Try(a1, api.InspectLink, api.LinkURI{URI: offer.URI})
	wantCode(t, err, "link_used")
	Call(b1, api.RejectLink, api.RejectLinkParams{URI: offer.URI})
	_, err = Try(b1, api.InspectLink, api.LinkURI{URI: offer.URI})
	wantCode(t, err, "link_used")
	_, err = Try(a1, api.InspectLink, api.LinkURI{URI: "https://example.org"})
	wantCode(t, err, "link_malformed")
	again := Call(fresh, api.StartLink, api.StartLinkParams{Relay: "http://relay.test"})
	cut := strings.Index(again.URI, "secret=") + len("secret=")
	forged := again.URI[:cut] + "AAAA" + again.URI[cut+4:]
	_, err = Try(a1, api.InspectLink, api.LinkURI{URI: forged})
	wantCode(t, err, "link_tampered")
}

// M15, M16: a device that is logged out hears nothing further, holds nothing,
// and cannot read what is said afterwards.
func TestRemoveDevice(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	a1.Send(bob, "xyzzy before")
	a2.WantTexts(bob, []string{"xyzzy before"})
	id := Call(a2, api.GetStatus, api.None{}).DeviceID
	Call(a1, api.RemoveDevice, api.DeviceID{ID: id})
	a2.Eventually("logged out", func() bool { return Call(a2, api.GetStatus, api.None{}).State == api.StateLoggedOut })
	if got := Call(a2, api.ListChats, api.None{}).Chats; len(got) != 0 {
		t.Errorf("still has %d chats", len(got))
	}
	b1.Send(alice, "after")
	a1.WantTexts(bob, []string{"xyzzy before", "after"})
	if devices := Call(a1, api.ListDevices, api.None{}).Devices; len(devices) != 1 {
		t.Errorf("%d devices are listed", len(devices))
	}
	a2.Stop()
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(a2.Storage() + suffix)
		if err == nil && bytes.Contains(raw, []byte("xyzzy")) {
			t.Errorf("%s still holds a message", filepath.Base(a2.Storage()+suffix))
		}
	}
}

// A device logged out while it was off learns it when it comes back.
func TestRemoveDevice_WhileOff(t *testing.T) {
	t.Parallel()
	_, a1, a2, _, _ := people(t)
	id := Call(a2, api.GetStatus, api.None{}).DeviceID
	a2.Stop()
	Call(a1, api.RemoveDevice, api.DeviceID{ID: id})
	a2.Start()
	a2.Eventually("logged out", func() bool { return Call(a2, api.GetStatus, api.None{}).State == api.StateLoggedOut })
}

// M16: a linked device logs itself out.
func TestLogout(t *testing.T) {
	t.Parallel()
	_, a1, a2, _, _ := people(t)
	Call(a2, api.Logout, api.None{})
	if s := Call(a2, api.GetStatus, api.None{}); s.State != api.StateLoggedOut {
		t.Errorf("state %s", s.State)
	}
	a1.Eventually("one device", func() bool { return len(Call(a1, api.ListDevices, api.None{}).Devices) == 1 })
	_, err := Try(a1, api.Logout, api.None{})
	wantCode(t, err, "primary_stays")
}

// M29: clocks that are days off are noticed, named and harmless.
func TestClock_Wrong(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1 := r.NewDevice("Alice"), r.NewDevice("Bob")
	a1.SetClock(48 * time.Hour)
	b1.SetClock(-48 * time.Hour)
	a1.Register(alice)
	b1.Register(bob)
	a1.Send(bob, "from tomorrow")
	b1.Send(alice, "from yesterday")
	a1.WantTexts(bob, []string{"from tomorrow", "from yesterday"})
	b1.WantTexts(alice, []string{"from tomorrow", "from yesterday"})
	if s := Call(a1, api.GetStatus, api.None{}); !s.ClockWrong || s.ClockOffsetMS < 47*time.Hour.Milliseconds() {
		t.Errorf("offset %d ms, wrong %v", s.ClockOffsetMS, s.ClockWrong)
	}
	if s := Call(b1, api.GetStatus, api.None{}); !s.ClockWrong || s.ClockOffsetMS > -47*time.Hour.Milliseconds() {
		t.Errorf("offset %d ms, wrong %v", s.ClockOffsetMS, s.ClockWrong)
	}
}

// X1: ticks go from sent to delivered to read, and read marks reach the
// reader's other devices.
func TestReceipts(t *testing.T) {
	t.Parallel()
	_, a1, _, b1, b2 := people(t)
	a1.Send(bob, "hello")
	status := func() api.MessageStatus {
		chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
		if chat.Last == nil {
			return ""
		}
		return chat.Last.Status
	}
	a1.Eventually("delivered", func() bool { return status() == api.MessageDelivered })
	unread := func(d *Device) int {
		n := 0
		for _, c := range Call(d, api.ListChats, api.None{}).Chats {
			n += c.Unread
		}
		return n
	}
	b2.Eventually("one unread", func() bool { return unread(b2) == 1 })
	b1.Eventually("one unread", func() bool { return unread(b1) == 1 })
	chat := Call(b1, api.ListChats, api.None{}).Chats[0]
	Call(b1, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order})
	a1.Eventually("read", func() bool { return status() == api.MessageRead })
	b2.Eventually("none unread", func() bool { return unread(b2) == 0 })
}

// The same id sends once, whatever is repeated.
func TestSend_Idempotent(t *testing.T) {
	t.Parallel()
	_, a1, _, b1, _ := people(t)
	chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	id := Call(a1, api.NewMessageID, api.None{}).ID
	for range 3 {
		Call(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: "once", ID: id, Wait: true})
	}
	a1.Send(bob, "last")
	b1.WantTexts(alice, []string{"once", "last"})
}

// The outbox survives a restart of the device, and a relay that is away.
func TestOutbox_Survives(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "one")
	chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	r.Stop()
	Call(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: "two"})
	Call(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: "three"})
	a1.Stop()
	a1.Start()
	if got := a1.Held(bob); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Fatalf("offline it holds %q", got)
	}
	r.Start()
	b1.WantTexts(alice, []string{"one", "two", "three"})
}

// A device that has just been started is still connecting: it can be asked for
// what needs the relay all the same.
func TestOpenChat_JustStarted(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1 := r.NewDevice("Alice"), r.NewDevice("Bob")
	a1.Register(alice)
	b1.Register(bob)
	a1.Stop()
	a1.Start()
	if chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)}); chat.Phone != string(bob) {
		t.Errorf("opened %+v", chat)
	}
	r.Stop()
	a1.Stop()
	a1.Start()
	if _, err := Try(a1, api.OpenChat, api.OpenChatParams{Phone: "+32470000009"}); !errors.Is(err, api.ErrRelayUnreachable) {
		t.Errorf("without a relay: %v", err)
	}
}

// M18: a name given to a device is known on all.
func TestRenameDevice(t *testing.T) {
	t.Parallel()
	_, a1, a2, _, _ := people(t)
	id := Call(a2, api.GetStatus, api.None{}).DeviceID
	Call(a1, api.RenameDevice, api.RenameDeviceParams{ID: id, Name: "SupportPCFrontDesk"})
	a2.Eventually("renamed", func() bool {
		return Call(a2, api.GetStatus, api.None{}).DeviceName == "SupportPCFrontDesk"
	})
}

// M4: registering a number again makes a new primary and logs the old devices
// out; people who write with it are told that the keys changed and go on.
func TestRegister_Again(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	phone := r.NewDevice("Alice's new phone")
	phone.Register(alice)
	for _, d := range []*Device{a1, a2} {
		d.Eventually("logged out", func() bool { return Call(d, api.GetStatus, api.None{}).LogoutReason == "reregistered" })
	}
	phone.Send(bob, "new phone")
	b1.WantTexts(alice, []string{"before", "[keysChanged]", "new phone"})
	b1.Send(alice, "hello again")
	phone.Eventually("the answer", func() bool { return slices.Contains(phone.Held(bob), "hello again") })
}

// M13, M47: nothing that people write, and no name they give, passes the
// network or lies at the relay in the clear.
func TestRelay_NeverSeesContent(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	r.Record()
	a1, a2, b1 := r.NewDevice("Alice Xanthippe"), r.NewDevice("Kitchen Tablet Name"), r.NewDevice("Bob Ygritte")
	a1.Register(alice)
	b1.Register(bob)
	a1.Link(a2)
	a1.Send(bob, "the treasure lies under the oak")
	b1.WantTexts(alice, []string{"the treasure lies under the oak"})
	a2.WantTexts(bob, []string{"the treasure lies under the oak"})
	secrets := []string{"treasure", "Xanthippe", "Kitchen Tablet", "Ygritte"}
	for _, message := range r.Traffic() {
		for _, secret := range secrets {
			if bytes.Contains(message, []byte(secret)) {
				t.Fatalf("%q passed the network", secret)
			}
		}
	}
	if len(r.Traffic()) == 0 {
		t.Fatal("nothing was recorded")
	}
	files := 0
	err := filepath.WalkDir(r.Dir(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%q lies in %s", secret, entry.Name())
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("the relay has %d files: %v", files, err)
	}
}

// Input that cannot be right gets one plain sentence and changes nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("Alice")
	good := api.RegisterParams{Relay: "http://relay.test", Phone: string(alice), Code: "000000", Name: "Alice"}
	for name, c := range map[string]struct {
		change func(*api.RegisterParams)
		code   string
	}{
		"phone":        {func(p *api.RegisterParams) { p.Phone = "0470" }, "phone_invalid"},
		"no such area": {func(p *api.RegisterParams) { p.Phone = "+99912345678" }, "phone_invalid"},
		"relay":        {func(p *api.RegisterParams) { p.Relay = "ftp://x" }, "relay_url_invalid"},
		"code":         {func(p *api.RegisterParams) { p.Code = "12" }, "code_format"},
		"name":         {func(p *api.RegisterParams) { p.Name = "  " }, "name_invalid"},
		"never asked":  {func(*api.RegisterParams) {}, "code_expired"},
	} {
		p := good
		c.change(&p)
		_, err := Try(d, api.Register, p)
		t.Run(name, func(t *testing.T) { wantCode(t, err, c.code) })
	}
	if s := Call(d, api.GetStatus, api.None{}); s.State != api.StateNew {
		t.Errorf("state %s", s.State)
	}
	_, err := Try(d, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	wantCode(t, err, "not_registered")
}

func TestSend_BadText(t *testing.T) {
	t.Parallel()
	_, a1, _, _, _ := people(t)
	chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	_, err := Try(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: " \n"})
	wantCode(t, err, "message_empty")
	_, err = Try(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: strings.Repeat("a", 60<<10)})
	wantCode(t, err, "too_large")
	_, err = Try(a1, api.OpenChat, api.OpenChatParams{Phone: "+32470999999"})
	wantCode(t, err, "account_unknown")
}

// Codes: five tries, and the sixth is refused even if it is right.
func TestRegister_WrongCodes(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("Alice")
	code := r.Invite(alice)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	p := api.RegisterParams{Relay: "http://relay.test", Phone: string(alice), Code: wrong, Name: "Alice"}
	for range 5 {
		_, err := Try(d, api.Register, p)
		wantCode(t, err, "code_wrong")
	}
	p.Code = code
	_, err := Try(d, api.Register, p)
	wantCode(t, err, "code_expired")
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *api.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if e.Message == "" || !strings.HasSuffix(e.Message, ".") {
		t.Errorf("%s: %q is no sentence", code, e.Message)
	}
}
