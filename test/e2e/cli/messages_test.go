package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley/client/api"
)

// X2, X3, X4, M49: what people send besides texts, by command: a mention, a place, a
// card, a poll, a timer, and a photo that is opened once.
func TestX3_MoreThanTexts(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	alice.want("group", "create", "Picnic", "--member", bobPhone)
	alice.want("send", "--to", "Picnic", "--mention", bobPhone, "@"+bobPhone+" bread?")
	alice.want("place", "--to", "Picnic", "--name", "The lake", "50.8796,4.7009")
	alice.want("card", "--to", "Picnic", "+32470000009", "Baker")
	alice.want("poll", "--to", "Picnic", "When?", "noon", "one")
	photo, data := filepath.Join(t.TempDir(), "beach.jpg"), []byte("\xff\xd8\xff not much of a photo")
	if err := os.WriteFile(photo, data, 0o600); err != nil {
		t.Fatal(err)
	}
	alice.refused("view_once_kind", "send", "--to", "Picnic", "--view-once", "a text")
	alice.want("send", "--to", "Picnic", "--view-once", "--file", photo)
	alice.want("timer", "--to", "Picnic", "7d")
	bob.want("receive", "--once")
	kinds := map[api.MessageKind]api.Message{}
	for _, m := range decode[api.Messages](t, bob.want("messages", "--with", "Picnic", "--json")).Messages {
		kinds[m.Kind] = m
	}
	if m := kinds[api.MessageText]; !m.Addressed || len(m.Mentions) != 1 || !m.Mentions[0].Me {
		t.Errorf("the mention is %+v", m)
	}
	if m := kinds[api.MessageLocation]; m.Location == nil || m.Location.Name != "The lake" {
		t.Errorf("the place is %+v", m)
	}
	if m := kinds[api.MessageContact]; m.Contact == nil || m.Contact.Phone != "+32470000009" {
		t.Errorf("the card is %+v", m)
	}
	if m := kinds[api.MessageTimer]; m.KeptFor != 7*24*3600 {
		t.Errorf("the timer is %+v", m)
	}
	bob.want("vote", kinds[api.MessagePoll].ID, "--choose", "2")
	once, saved := kinds[api.MessageMedia].ID, filepath.Join(t.TempDir(), "saved.jpg")
	bob.refused("view_once", "download", once, "--to", saved)
	bob.want("download", "--once", once, "--to", saved)
	if got, err := os.ReadFile(saved); err != nil || string(got) != string(data) {
		t.Errorf("what was opened is %q: %v", got, err)
	}
	bob.refused("file_unknown", "download", "--once", once)
	bob.want("receive", "--once") // sends what commands left to the next one on a busy machine
	alice.want("receive", "--once")
	for _, m := range decode[api.Messages](t, alice.want("messages", "--with", "Picnic", "--json")).Messages {
		if m.Kind == api.MessageOnce && (m.Once == nil || m.Once.By != 1) {
			t.Errorf("Alice sees %+v", m.Once)
		}
		if m.Kind == api.MessagePoll && m.Poll.Options[1].Votes != 1 {
			t.Errorf("the poll is %+v", m.Poll)
		}
	}
}
