package main

import (
	"strings"
	"testing"
	"time"

	"parley/client/api"
	"parley/client/apitest"
)

const (
	bobPhone = "+32470000002"
	catPhone = "+32470000003"
)

// M51-M53: a chat is changed by its number, and the list shows it.
func TestChat_ChangesShowInTheList(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive(bobPhone, "hello")
	d.Receive(catPhone, "later")
	if changed := decode[api.Chat](t, d.want("chat", "pin", "--with", bobPhone, "--json")); !changed.Pinned {
		t.Errorf("pinned: %+v", changed)
	}
	d.want("chat", "mute", "--with", bobPhone, "--for", "1h")
	d.want("chat", "read", "--with", bobPhone)
	d.want("chat", "unread", "--with", bobPhone)
	d.want("chat", "rename", "--with", bobPhone, "Bob", "the", "plumber")
	lines := strings.Split(d.want("chats"), "\n")
	for _, part := range []string{"Bob the plumber", bobPhone, "●", "pinned muted"} {
		if !strings.Contains(lines[1], part) {
			t.Errorf("the first line has no %q: %q", part, lines[1])
		}
	}
	d.want("chat", "unpin", "--with", bobPhone)
	d.want("chat", "unmute", "--with", bobPhone)
	d.want("chat", "rename", "--with", bobPhone)
	chat := decode[api.Chats](t, d.want("chats", "--json")).Chats[1]
	if chat.Title != bobPhone || chat.Pinned || chat.MutedUntil != 0 || !chat.MarkedUnread {
		t.Errorf("undone: %+v", chat)
	}
}

// M51: archived chats have a list of their own, and stay there when messages come.
func TestChat_ArchivedAreApart(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive(bobPhone, "hello")
	d.want("chat", "archive", "--with", bobPhone)
	d.Receive(bobPhone, "again")
	if out := d.want("chats"); strings.Contains(out, bobPhone) || !strings.Contains(out, "1 archived") {
		t.Errorf("chats:\n%s", out)
	}
	if out := d.want("chats", "--archived"); !strings.Contains(out, bobPhone) {
		t.Errorf("archived chats:\n%s", out)
	}
	d.want("chat", "unarchive", "--with", bobPhone)
	if out := d.want("chats", "--archived"); !strings.Contains(out, "No archived chats") {
		t.Errorf("archived chats:\n%s", out)
	}
}

// M52: eight hours if nothing else is said, a time, or for good.
func TestChatMute_Lengths(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.Receive(bobPhone, "hello")
	for _, c := range []struct {
		args []string
		want time.Duration
	}{
		{nil, 8 * time.Hour},
		{[]string{"--for", "168h"}, 168 * time.Hour},
	} {
		args := append([]string{"chat", "mute", "--with", bobPhone, "--json"}, c.args...)
		until := time.UnixMilli(decode[api.Chat](t, d.want(args...)).MutedUntil)
		if left := time.Until(until); left > c.want || left < c.want-time.Minute {
			t.Errorf("%v: muted for %v", c.args, left)
		}
	}
	if until := decode[api.Chat](t, d.want("chat", "mute", "--with", bobPhone, "--always", "--json")).MutedUntil; until != muteForever.UnixMilli() {
		t.Errorf("always: until %d", until)
	}
	for _, args := range [][]string{{"--for", "-1h"}, {"--for", "soon"}, {"--for", "1h", "--always"}} {
		if status, _, _ := d.run("", append([]string{"chat", "mute", "--with", bobPhone}, args...)...); status != exitUsage {
			t.Errorf("%v: exit status %d", args, status)
		}
	}
}

func TestChat_UnknownNumberAndMissingFlag(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	if status, _, errs := d.run("", "chat", "pin", "--with", bobPhone); status != exitFailed || !strings.Contains(errs, "no messages with this number") {
		t.Errorf("unknown: status %d, %q", status, errs)
	}
	if status, _, _ := d.run("", "chat", "pin"); status != exitUsage {
		t.Errorf("without --with: status %d", status)
	}
}

func TestChats_ShowDrafts(t *testing.T) {
	core := apitest.New()
	d := newTestDevice(t, core)
	d.Receive(bobPhone, "hello")
	draft := "begun\nelsewhere"
	if _, err := api.Call(t.Context(), core, api.ChangeChat, api.ChatChange{ChatID: "chat" + bobPhone, Draft: &draft}); err != nil {
		t.Fatal(err)
	}
	if out := d.want("chats"); !strings.Contains(out, "Draft: begun elsewhere") {
		t.Errorf("chats:\n%s", out)
	}
}

// M48: a message gets a star by its id.
func TestStar_ListsAndTakesAway(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	id := d.Receive(bobPhone, "the door code is 12").ID
	d.want("star", id)
	if out := d.want("starred"); !strings.Contains(out, "the door code is 12") || !strings.Contains(out, id) {
		t.Errorf("starred:\n%s", out)
	}
	d.want("unstar", id)
	if list := decode[api.Messages](t, d.want("starred", "--json")); len(list.Messages) != 0 {
		t.Errorf("starred: %+v", list)
	}
	if status, _, errs := d.run("", "star", "nothing"); status != exitFailed || !strings.Contains(errs, "\n") {
		t.Errorf("unknown: status %d, %q", status, errs)
	}
}
