package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/apitest"
)

func TestProfile_Name(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if s := decode[api.Status](t, d.want("profile", "name", "Alice", "van", "Hove", "--json")); s.Name != "Alice van Hove" {
		t.Errorf("changed: %+v", s)
	}
	if out := d.want("profile"); !strings.Contains(out, "Name     Alice van Hove") || !strings.Contains(out, "Picture  none") {
		t.Errorf("shown %q", out)
	}
}

// A picture goes from a file to the account and from there to a file.
func TestProfile_Picture(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	dir := t.TempDir()
	photo, saved := filepath.Join(dir, "photo.png"), filepath.Join(dir, "saved.jpg")
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 640, 480))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(photo, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := d.want("profile", "picture", photo); !strings.Contains(out, "Picture  yes") {
		t.Errorf("set: %q", out)
	}
	d.want("profile", "picture", "--save", saved)
	data, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != 256 || c.Height != 256 {
		t.Errorf("saved %+v, %v", c, err)
	}
	if status, _, errs := d.run("", "profile", "picture", "--save", saved); status != exitFailed || !strings.Contains(errs, "exists") {
		t.Errorf("over a file that exists: %d, %q", status, errs)
	}
	if out := d.want("profile", "picture", "--remove"); !strings.Contains(out, "Picture  none") {
		t.Errorf("removed: %q", out)
	}
	if status, _, errs := d.run("", "profile", "picture", "--save", saved+"2"); status != exitFailed || !strings.Contains(errs, errNoPicture.Message) {
		t.Errorf("without a picture: %d, %q", status, errs)
	}
}

func TestProfile_PictureMistakesChangeNothing(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive(bobPhone, "hello")
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want int
		said string
		args []string
	}{
		{exitFailed, errPicture.Message, []string{text}},
		{exitFailed, "no such file", []string{text + ".png"}},
		{exitFailed, errNoPicture.Message, []string{"--save", text + ".jpg", "--with", bobPhone}},
		{exitUsage, "either a file", nil},
		{exitUsage, "either a file", []string{text, "--remove"}},
		{exitUsage, "--with", []string{text, "--with", bobPhone}},
	} {
		status, out, errs := d.run("", append([]string{"profile", "picture"}, c.args...)...)
		if status != c.want || out != "" || !strings.Contains(errs, c.said) {
			t.Errorf("%v: %d, %q, %q", c.args, status, out, errs)
		}
	}
	if s := decode[api.Status](t, d.want("status", "--json")); s.PictureAt != 0 {
		t.Errorf("there is a picture: %+v", s)
	}
}

func TestSettings_ShowAndSet(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if out := d.want("settings"); strings.Count(out, "not chosen") != 2 {
		t.Errorf("at first: %q", out)
	}
	if s := decode[api.Settings](t, d.want("settings", "set", "--theme", "dark", "--json")); s.Theme != "dark" || s.Language != "" {
		t.Errorf("after the theme: %+v", s)
	}
	d.want("settings", "set", "--language", "fr")
	if s := decode[api.Settings](t, d.want("settings", "--json")); s.Theme != "dark" || s.Language != "fr" {
		t.Errorf("after the language: %+v", s)
	}
	for _, args := range [][]string{nil, {"--theme", "pink"}, {"--language", "tlh"}, {"--language", ""}} {
		if status, _, _ := d.run("", append([]string{"settings", "set"}, args...)...); status != exitUsage {
			t.Errorf("%v: exit status %d", args, status)
		}
	}
}

func TestChatDraft(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive(bobPhone, "hello")
	d.want("chat", "draft", "--with", bobPhone, "see", "you")
	if out := d.want("chat", "draft", "--with", bobPhone); out != "see you\n" {
		t.Errorf("shown %q", out)
	}
	if status, out, _ := d.run("two\nlines\n", "chat", "draft", "--with", bobPhone, "-", "--json"); status != exitDone || decode[api.Chat](t, out).Draft != "two\nlines" {
		t.Errorf("from standard input: %d, %q", status, out)
	}
	if out := d.want("chats"); !strings.Contains(out, "Draft: two lines") {
		t.Errorf("chats:\n%s", out)
	}
	d.want("chat", "draft", "--with", bobPhone, "--remove")
	if out := d.want("chat", "draft", "--with", bobPhone); !strings.Contains(out, "has no draft") {
		t.Errorf("removed: %q", out)
	}
	if status, _, _ := d.run("", "chat", "draft", "--with", bobPhone, "--remove", "text"); status != exitUsage {
		t.Errorf("a text and --remove: exit status %d", status)
	}
}
