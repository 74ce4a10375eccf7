package cli_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
)

// photo makes an image file.
func photo(t *testing.T) string {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 640, 480))
	for i := range m.Pix {
		m.Pix[i] = byte(i / 640)
	}
	m.SetGray(0, 0, color.Gray{1})
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// picture is the picture that a device has of its person or of a contact.
func (d *device) picture(more ...string) string {
	d.t.Helper()
	return decode[api.Picture](d.t, d.want(append([]string{"profile", "picture", "--json", "--save", filepath.Join(d.t.TempDir(), "saved")}, more...)...)).Data
}

// Name, picture, settings, drafts and stars are the same on all own devices,
// whichever changes them; contacts get name and picture with the next message.
func TestState_InStepBetweenDevices(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Tablet")
	bob.send(alicePhone, "hello")
	tablet.want("receive", "--once")

	tablet.want("profile", "name", "Alice of Ghent")
	tablet.want("profile", "picture", photo(t))
	tablet.want("settings", "set", "--theme", "dark", "--language", "nl")
	tablet.want("chat", "draft", "--with", bobPhone, "not yet", "sent")
	id := decode[api.Messages](t, tablet.want("messages", "--with", bobPhone, "--json")).Messages[0].ID
	tablet.want("star", id)

	alice.want("receive", "--once")
	if s := alice.status(); s.Name != "Alice of Ghent" {
		t.Errorf("the primary's name is %q", s.Name)
	}
	if own := tablet.picture(); own == "" || alice.picture() != own {
		t.Error("the primary has another picture")
	}
	if s := decode[api.Settings](t, alice.want("settings", "--json")); s.Theme != "dark" || s.Language != "nl" {
		t.Errorf("the primary's settings are %+v", s)
	}
	if out := alice.want("chat", "draft", "--with", bobPhone); out != "not yet sent\n" {
		t.Errorf("the primary's draft is %q", out)
	}
	if out := alice.want("starred"); !strings.Contains(out, id) {
		t.Errorf("the primary's stars are %s", out)
	}

	alice.want("profile", "name", "Alice")
	alice.send(bobPhone, "hello Bob")
	tablet.want("receive", "--once")
	bob.want("receive", "--once")
	if s := tablet.status(); s.Name != "Alice" {
		t.Errorf("the tablet's name is %q", s.Name)
	}
	if out := tablet.want("chat", "draft", "--with", bobPhone); strings.Contains(out, "not yet sent") {
		t.Error("the draft outlives what was sent")
	}
	if chats := decode[api.Chats](t, bob.want("chats", "--json")).Chats; chats[0].Title != "Alice" {
		t.Errorf("the contact calls her %q", chats[0].Title)
	}
	if bob.picture("--with", alicePhone) != alice.picture() {
		t.Error("the contact has another picture")
	}
}

// X6: a contact sees in the chat that a number was registered anew.
func TestX6_ContactSeesNewKeys(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	alice.send(bobPhone, "from the old phone")
	bob.want("receive", "--once")
	next := newDevice(r, "Alice's new phone")
	next.want("register", "--relay", r.url, "--phone", alicePhone, "--name", "Alice", "--take-over", "--code", r.invite(alicePhone))
	next.send(bobPhone, "from the new phone")
	bob.want("receive", "--once")

	var kinds []string
	for _, m := range decode[api.Messages](t, bob.want("messages", "--with", alicePhone, "--json")).Messages {
		kinds = append(kinds, string(m.Kind)+" "+m.Text)
	}
	if got, want := strings.Join(kinds, "; "), "text from the old phone; keysChanged ; text from the new phone"; got != want {
		t.Errorf("the contact has %q, want %q", got, want)
	}
	if out := bob.want("messages", "--with", alicePhone); !strings.Contains(out, "security keys") {
		t.Errorf("the contact reads\n%s", out)
	}
}
