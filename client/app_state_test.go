package client_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

func ptr[T any](v T) *T { return &v }

// M48, M51-M53: what is done to a chat on one device shows on all, also on a
// device that is linked later.
func TestAppState_OnAllDevices(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	b1.Send(alice, "hello")
	a2.WantTexts(bob, []string{"hello"})
	id := chatOf(a1, bob).ID
	until := time.Now().Add(time.Hour).UnixMilli()
	Call(a1, api.ChangeChat, api.ChatChange{ChatID: id, Archived: ptr(true), Pinned: ptr(true), Name: ptr("  Bobby  ")})
	Call(a2, api.ChangeChat, api.ChatChange{ChatID: id, MutedUntil: &until, MarkedUnread: ptr(true), Draft: ptr("I was about to")})
	message := Call(a2, api.ListMessages, api.MessagesParams{ChatID: id}).Messages[0].ID
	Call(a2, api.Star, api.StarParams{ID: message, Starred: true})
	changed := func(d *Device) func() bool {
		return func() bool {
			chat, starred := chatOf(d, bob), Call(d, api.ListStarred, api.None{}).Messages
			return chat.Archived && chat.Pinned && chat.Title == "Bobby" && chat.OwnName == "Bob" && chat.MutedUntil == until &&
				chat.MarkedUnread && chat.Draft == "I was about to" && len(starred) == 1 && starred[0].Starred && starred[0].Text == "hello"
		}
	}
	a1.Eventually("what the laptop did", changed(a1))
	a2.Eventually("what the phone did", changed(a2))
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.Eventually("what was done before it was linked", changed(a3))

	Call(a3, api.ChangeChat, api.ChatChange{ChatID: id, Archived: ptr(false), MutedUntil: ptr(int64(0)), Name: ptr("")})
	Call(a3, api.Star, api.StarParams{ID: message})
	a3.Send(bob, "I was about to write")
	back := func(d *Device) func() bool {
		return func() bool {
			chat := chatOf(d, bob)
			return !chat.Archived && chat.MutedUntil == 0 && chat.Title == "Bob" && chat.Draft == "" && chat.Pinned &&
				len(Call(d, api.ListStarred, api.None{}).Messages) == 0
		}
	}
	a1.Eventually("that it was undone", back(a1))
	a2.Eventually("that it was undone", back(a2))
}

// Changes made while the devices cannot hear each other are merged: the later
// wins, entry by entry.
func TestAppState_OfflineEditsMerge(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	b1.Send(alice, "hello")
	a2.WantTexts(bob, []string{"hello"})
	a1.WantTexts(bob, []string{"hello"})
	id := chatOf(a1, bob).ID
	r.Stop()
	Call(a1, api.ChangeChat, api.ChatChange{ChatID: id, Name: ptr("from the phone"), Pinned: ptr(true)})
	time.Sleep(5 * time.Millisecond)
	Call(a2, api.ChangeChat, api.ChatChange{ChatID: id, Name: ptr("from the laptop, later"), Archived: ptr(true)})
	r.Start()
	for _, d := range []*Device{a1, a2} {
		d.Eventually("both changes, and the later name", func() bool {
			chat := chatOf(d, bob)
			return chat.Title == "from the laptop, later" && chat.Pinned && chat.Archived
		})
	}
}

// M53: reading a chat takes the mark away everywhere.
func TestM53_ReadingTakesTheMarkAway(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	b1.Send(alice, "hello")
	a1.WantTexts(bob, []string{"hello"})
	a2.WantTexts(bob, []string{"hello"})
	chat := chatOf(a1, bob)
	Call(a1, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order})
	Call(a1, api.ChangeChat, api.ChatChange{ChatID: chat.ID, MarkedUnread: ptr(true)})
	a2.Eventually("marked as unread", func() bool { return chatOf(a2, bob).MarkedUnread })
	Call(a2, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order})
	a1.Eventually("read", func() bool { return !chatOf(a1, bob).MarkedUnread })
}

func TestAppState_BadInput(t *testing.T) {
	t.Parallel()
	_, a1, _, b1, _ := people(t)
	b1.Send(alice, "hello")
	a1.WantTexts(bob, []string{"hello"})
	before := chatOf(a1, bob)
	_, err := Try(a1, api.ChangeChat, api.ChatChange{ChatID: "no such chat", Pinned: ptr(true)})
	wantCode(t, err, api.ErrChatUnknown.Code)
	_, err = Try(a1, api.ChangeChat, api.ChatChange{ChatID: before.ID, Pinned: ptr(true), Draft: ptr(strings.Repeat("x", 48<<10+1))})
	wantCode(t, err, api.ErrMessageTooLong.Code)
	_, err = Try(a1, api.Star, api.StarParams{ID: "no id", Starred: true})
	wantCode(t, err, api.ErrBadParams.Code)
	if after := chatOf(a1, bob); after.Pinned {
		t.Error("a refused change pinned the chat")
	}
}

// What the person chose for all devices follows them, also to one linked later.
func TestSettings_OnAllDevices(t *testing.T) {
	t.Parallel()
	r, a1, a2, _, _ := people(t)
	if got := Call(a1, api.GetSettings, api.None{}); got != (api.Settings{}) {
		t.Fatalf("settings that nobody chose: %+v", got)
	}
	Call(a1, api.ChangeSettings, api.SettingsChange{Theme: ptr("dark")})
	Call(a2, api.ChangeSettings, api.SettingsChange{Language: ptr("nl")})
	Call(a2, api.ChangeSettings, api.SettingsChange{Notifications: ptr("on"), Previews: ptr("chosen"), Sounds: ptr("off"), QuietHours: ptr("2200-0700"), Wallpaper: ptr("dots")})
	want := api.Settings{Theme: "dark", Language: "nl", Notifications: "on", Previews: "chosen", Sounds: "off", QuietHours: "2200-0700", Wallpaper: "dots"}
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	for _, d := range []*Device{a1, a2, a3} {
		d.Eventually("both settings", func() bool { return Call(d, api.GetSettings, api.None{}) == want })
	}
	for _, bad := range []string{strings.Repeat("x", 33), "a b", "é"} {
		_, err := Try(a1, api.ChangeSettings, api.SettingsChange{Language: &bad})
		wantCode(t, err, api.ErrBadParams.Code)
	}
	if got := Call(a1, api.GetSettings, api.None{}); got != want {
		t.Errorf("refused values changed the settings to %+v", got)
	}
}

// A picture shows on all own devices, and to a contact from the next message on;
// so does that it was removed.
func TestPicture_OwnDevicesAndContacts(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	picture := base64.StdEncoding.EncodeToString(Picture(256, 256))
	Call(a1, api.SetPicture, api.Picture{Data: picture})
	shows := func(d *Device, account, want string) func() bool {
		return func() bool {
			got := Call(d, api.GetPicture, api.AccountID{AccountID: account})
			return got.Data == want && (got.Type == "image/png" || want == "")
		}
	}
	account := Call(a1, api.GetStatus, api.None{}).AccountID
	a2.Eventually("the picture set on the phone", shows(a2, account, picture))
	if Call(a2, api.GetStatus, api.None{}).PictureAt == 0 {
		t.Error("the status does not tell of the picture")
	}

	a2.Send(bob, "hello")
	a2.Send(bob, "again")
	for _, d := range []*Device{b1, b2} {
		d.WantTexts(alice, []string{"hello", "again"})
		d.Eventually("Alice's picture", shows(d, account, picture))
		if chat := chatOf(d, alice); chat.PictureAt == 0 || chat.Unread != 2 {
			t.Errorf("the chat tells of picture %d and %d unread", chat.PictureAt, chat.Unread)
		}
	}
	b3 := r.NewDevice("Bob's tablet")
	b1.Link(b3)
	b3.Eventually("Alice's picture", shows(b3, account, picture))

	Call(a1, api.SetPicture, api.Picture{})
	a2.Eventually("no picture", shows(a2, account, ""))
	a1.Send(bob, "without")
	b1.Eventually("no picture", shows(b1, account, ""))
	b1.Eventually("no picture in the chat", func() bool { return chatOf(b1, alice).PictureAt == 0 })
}

func TestSetPicture_BadInput(t *testing.T) {
	t.Parallel()
	_, a1, _, _, _ := people(t)
	good := base64.StdEncoding.EncodeToString(Picture(256, 256))
	Call(a1, api.SetPicture, api.Picture{Data: good})
	for name, bad := range map[string]string{
		"not base64": "%",
		"a script":   base64.StdEncoding.EncodeToString([]byte("<svg onload=alert(1)></svg>")),
		"too short":  base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff")),
		"too large":  base64.StdEncoding.EncodeToString(append([]byte("\xff\xd8\xff"), make([]byte, 24<<10)...)),
		"a bomb":     base64.StdEncoding.EncodeToString(Picture(60_000, 60_000)),
		"of nothing": base64.StdEncoding.EncodeToString(Picture(0, 256)),
		"other RIFF": base64.StdEncoding.EncodeToString([]byte("RIFF\x10\x00\x00\x00WAVEfmt and more")),
	} {
		_, err := Try(a1, api.SetPicture, api.Picture{Data: bad})
		if err == nil {
			t.Errorf("%s was taken", name)
			continue
		}
		wantCode(t, err, api.ErrPictureInvalid.Code)
	}
	account := Call(a1, api.GetStatus, api.None{}).AccountID
	if got := Call(a1, api.GetPicture, api.AccountID{AccountID: account}); got.Data != good || got.Type != "image/png" {
		t.Errorf("a refused picture took the place of the good one: %+v", got)
	}
}
