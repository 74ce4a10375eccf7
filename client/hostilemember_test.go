package client_test

import (
	"crypto/rand"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/content"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
	"parley/wire/grouprules"
)

// thinksItMay has a device think that in a group everybody may do everything.
func thinksItMay(t *testing.T, db *sql.DB, chat ident.ChatID) {
	t.Helper()
	var state []byte
	if err := db.QueryRow("SELECT state FROM group_chat WHERE conversation_id = ?", chat[:]).Scan(&state); err != nil {
		t.Fatal(err)
	}
	known, err := grouprules.Parse(state)
	if err != nil {
		t.Fatal(err)
	}
	known.AdminsEdit, known.AdminsWrite = false, false
	if _, err := db.Exec("UPDATE group_chat SET state = ? WHERE conversation_id = ?", grouprules.Encode(known), chat[:]); err != nil {
		t.Fatal(err)
	}
}

// sayRaw has a device send what no device of this version would, in a group.
func sayRaw(t *testing.T, d *Device, chat string, all ...[]byte) {
	t.Helper()
	d.Stop()
	db, err := sql.Open("sqlite", "file:"+d.Storage())
	if err != nil {
		t.Fatal(err)
	}
	of, err := ident.ParseID[ident.ChatID](chat)
	if err != nil {
		t.Fatal(err)
	}
	thinksItMay(t, db, of)
	for _, plain := range all {
		id, err := ident.NewID[ident.MessageID](rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO outbox (message_id, chat, content) VALUES (?, ?, ?)", id[:], of[:], plain); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	d.Start()
	Call(d, api.Sync, api.None{})
}

// A member of a group whose device sends what is malformed changes nothing and stops
// nobody; what a later version may have meant is named as such; and one that pins where
// only admins may is not followed.
func TestHostileMember(t *testing.T) {
	t.Parallel()
	a1, a2, b1, _, c := threePeople(t)
	chat := groupOf(a1, "Choir", bob, carol)
	say(a1, chat, "rehearsal at 8")
	wantSaid(t, chat, []string{"rehearsal at 8"}, a2, b1, c)
	only := true
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsEdit: &only})
	Call(b1, api.Sync, api.None{})
	all := Call(b1, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages
	i := slices.IndexFunc(all, func(m api.Message) bool { return m.Text == "rehearsal at 8" })
	said, err := ident.ParseID[ident.MessageID](all[i].ID)
	if err != nil {
		t.Fatal(err)
	}
	other := said
	other[0]++
	encoded := func(body content.ContentBody) []byte { return content.Encode(&content.Content{Body: body}) }
	sayRaw(
		t, b1, chat,
		[]byte{}, []byte{0xff}, []byte(strings.Repeat("\x80", 4000)), []byte("<script>alert(1)</script>"),
		[]byte{0xfa, 0x3f, 0x00}, // a field that nobody knows
		encoded(&content.Text{Text: strings.Repeat("x", 50<<10)}), encoded(&content.Text{Text: "a\xff\xfe\xed\xa0\x80b", SenderName: "\u202e\xff\nBob"}),
		encoded(&content.Edit{MessageID: said[:], Text: "forged"}), encoded(&content.Deletion{MessageID: said[:]}),
		encoded(&content.Edit{MessageID: other[:], Text: "of nothing"}), encoded(&content.Pin{MessageID: []byte{1}, Seconds: 60}),
		encoded(&content.Pin{MessageID: said[:], Seconds: 3600}), encoded(&content.Poll{Question: "?"}),
		encoded(&content.AppState{Key: "blocked", Value: []byte("yes")}), encoded(&content.DeviceLists{Lists: [][]byte{{1, 2, 3}}}),
		encoded(&content.GroupDetailsTold{Details: []byte("no details")}), encoded(&content.GapReply{RequestID: said[:], ConversationID: said[:]}),
		encoded(&content.Media{MediaID: said[:], Key: []byte("short"), Kind: 99}),
	)
	say(b1, chat, "still here")
	for _, d := range []*Device{a1, a2, c} {
		d.Eventually("what can be read", func() bool { return slices.Contains(texts(d, chat), "still here") })
		var shown []string
		for _, m := range Call(d, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages {
			if m.Notice == nil {
				shown = append(shown, string(m.Kind)+" "+m.Text)
			}
		}
		if len(shown) < 3 || shown[0] != "text rehearsal at 8" || shown[len(shown)-1] != "text still here" {
			t.Errorf("%s shows %q", d.Name, shown)
		}
		for _, line := range shown[1 : len(shown)-1] {
			if !strings.HasPrefix(line, "unsupported ") && !strings.HasPrefix(line, "text a") {
				t.Errorf("%s shows %q", d.Name, line)
			}
		}
		if pinned := pinnedTexts(d, chat); len(pinned) > 0 {
			t.Errorf("%s has pinned %q", d.Name, pinned)
		}
	}
	group := Call(c, api.GetGroup, api.ChatID{ChatID: chat})
	for _, m := range group.Members {
		if strings.ContainsAny(m.Name, "\u202e\n") {
			t.Errorf("a member is called %q", m.Name)
		}
	}
	say(c, chat, "and on")
	a1.Eventually("what others say", func() bool { return slices.Contains(texts(a1, chat), "and on") })
}
