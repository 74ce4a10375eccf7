package store_test

import (
	"context"
	"errors"
	"testing"

	"parley/client/applock"
	"parley/client/native"
	"parley/client/store"
	"parley/ident"
)

// onEachDriver runs a test on a database as it is on a machine: plain, and under
// the app lock (M38), which are two drivers.
func onEachDriver(t *testing.T, test func(t *testing.T, s *store.Store)) {
	for name, key := range map[string][]byte{"plain": nil, "sealed": make([]byte, applock.KeySize)} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t, key)
			test(t, s)
		})
	}
}

// open opens a new database, and tells its folder.
func open(t *testing.T, key []byte) (s *store.Store, dir string) {
	t.Helper()
	dir = t.TempDir()
	db, err := native.Files(dir).Open(t.Context(), "device.db", key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s, err = store.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func update(t *testing.T, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

var (
	alice = ident.AccountID{1}
	bob   = ident.AccountID{2}
)

func message(n byte, sequence uint64, text string) *store.Message {
	return &store.Message{
		ID: ident.MessageID{n}, Chat: ident.ChatWith(bob), Sequence: sequence, Sender: bob, Kind: store.KindText, Text: text, SentAt: int64(n),
	}
}

func create(t *testing.T, s *store.Store, messages ...*store.Message) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error {
		if err := tx.SaveChat(store.DirectChat(bob)); err != nil {
			return err
		}
		for _, m := range messages {
			if _, err := tx.CreateMessage(m); err != nil {
				return err
			}
		}
		return nil
	})
}

func texts(t *testing.T, s *store.Store, page store.MessagePage) []string {
	t.Helper()
	var texts []string
	update(t, s, func(tx *store.Tx) error {
		found, err := tx.FindMessages(page)
		for _, m := range found {
			texts = append(texts, m.Text)
		}
		return err
	})
	return texts
}

func wantTexts(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// A message that waits to be sent stands last until the relay gives it a place.
func TestMessageOrder(t *testing.T) { onEachDriver(t, testMessageOrder) }

func testMessageOrder(t *testing.T, s *store.Store) {
	mine := message(9, 0, "mine")
	mine.Mine = true
	create(t, s, message(1, 1, "one"), mine, message(3, 3, "three"))
	all := store.MessagePage{Chat: ident.ChatWith(bob), Limit: 10}
	wantTexts(t, texts(t, s, all), "one", "three", "mine")
	update(t, s, func(tx *store.Tx) error { return tx.PlaceMessage(mine.ID, 2, 100) })
	wantTexts(t, texts(t, s, all), "one", "mine", "three")
}

func TestMessagePages(t *testing.T) { onEachDriver(t, testMessagePages) }

func testMessagePages(t *testing.T, s *store.Store) {
	create(t, s, message(1, 1, "one"), message(2, 2, "two"), message(3, 3, "three"), message(4, 4, "four"))
	wantTexts(t, texts(t, s, store.MessagePage{Chat: ident.ChatWith(bob), Limit: 2}), "three", "four")
	wantTexts(t, texts(t, s, store.MessagePage{Chat: ident.ChatWith(bob), Limit: 2, Before: 3 * 1024}), "one", "two")
	wantTexts(t, texts(t, s, store.MessagePage{Chat: ident.ChatWith(bob), Limit: 2, After: 1 * 1024}), "two", "three")
}

// A placeholder is filled by the message when a sibling sends it; a message
// that is there is never replaced (X9).
func TestCreateMessage_FillsPlaceholderOnce(t *testing.T) {
	onEachDriver(t, testCreateMessageFillsPlaceholderOnce)
}

func testCreateMessageFillsPlaceholderOnce(t *testing.T, s *store.Store) {
	placeholder := message(1, 1, "")
	placeholder.Kind = store.KindWaiting
	create(t, s, placeholder, message(1, 1, "healed"), message(1, 1, "again"))
	wantTexts(t, texts(t, s, store.MessagePage{Chat: ident.ChatWith(bob), Limit: 10}), "healed")
}

func TestUnread(t *testing.T) { onEachDriver(t, testUnread) }

func testUnread(t *testing.T, s *store.Store) {
	mine := message(3, 3, "mine")
	mine.Mine = true
	create(t, s, message(1, 1, "one"), message(2, 2, "two"), mine)
	update(t, s, func(tx *store.Tx) error {
		read := store.DirectChat(bob)
		read.ReadSequence = 1
		if err := tx.SaveChat(read); err != nil {
			return err
		}
		chat, err := tx.FindChat(ident.ChatWith(bob))
		if err != nil {
			return err
		}
		summary, err := tx.Summarize(chat)
		if err != nil {
			return err
		}
		if summary.Unread != 1 || summary.Last.Text != "mine" {
			t.Errorf("unread %d, last %q; want 1, mine", summary.Unread, summary.Last.Text)
		}
		return nil
	})
}

// M54: words in any order, accents folded, the last a beginning; operators of
// the search language are words like others.
func TestSearch(t *testing.T) { onEachDriver(t, testSearch) }

func testSearch(t *testing.T, s *store.Store) {
	create(t, s, message(1, 1, "the café opens early"), message(2, 2, "early birds"), message(3, 3, "nothing"))
	for _, c := range []struct {
		words []string
		want  int
	}{
		{[]string{"cafe"}, 1},
		{[]string{"ear"}, 2},
		{[]string{"early", "caf"}, 1},
		{[]string{"OR"}, 0},
		{[]string{`"quoted`}, 0},
		{[]string{"absent"}, 0},
	} {
		update(t, s, func(tx *store.Tx) error {
			hits, err := tx.Search(c.words, nil, 10)
			if len(hits) != c.want {
				t.Errorf("%q: %d hits, want %d", c.words, len(hits), c.want)
			}
			return err
		})
	}
}

// M16: after a logout nothing readable remains, in the search index neither.
func TestWipe(t *testing.T) { onEachDriver(t, testWipe) }

func testWipe(t *testing.T, s *store.Store) {
	create(t, s, message(1, 1, "secret"))
	update(t, s, func(tx *store.Tx) error {
		return tx.SaveAccount(&store.Account{ID: alice, Key: make([]byte, 32), Phone: "+32470000001"})
	})
	if err := s.Wipe(t.Context(), "unused", 5); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *store.Tx) error {
		identity, err := tx.FindIdentity()
		if err != nil {
			return err
		}
		if identity == nil || !identity.LoggedOut || identity.LogoutReason != "unused" || identity.LogoutAfter != 5 {
			t.Errorf("identity is %v; want logged out", identity)
		}
		accounts, err := tx.FindAccounts()
		if len(accounts) != 0 {
			t.Error("accounts are left")
		}
		if err != nil {
			return err
		}
		hits, err := tx.Search([]string{"secret"}, nil, 10)
		if len(hits) != 0 {
			t.Error("search still finds the message")
		}
		return err
	})
}

// A failed transaction changes nothing.
func TestUpdate_RollsBack(t *testing.T) { onEachDriver(t, testUpdateRollsBack) }

func testUpdateRollsBack(t *testing.T, s *store.Store) {
	create(t, s)
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.CreateMessage(message(1, 1, "lost")); err != nil {
			return err
		}
		return context.Canceled
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	wantTexts(t, texts(t, s, store.MessagePage{Chat: ident.ChatWith(bob), Limit: 10}))
}

// X5: a receipt that comes before this device knows of the member counts from when it does.
func TestReceiptBeforeItsMember(t *testing.T) {
	onEachDriver(t, func(t *testing.T, s *store.Store) {
		group := ident.ConversationID{9}
		update(t, s, func(tx *store.Tx) error {
			if err := tx.SaveReceiptTime(group, bob, false, 12, 1000); err != nil {
				return err
			}
			if err := tx.SaveReceiptTime(group, bob, true, 11, 1000); err != nil {
				return err
			}
			if err := tx.SaveGroupMember(group, store.GroupMember{Account: bob, Since: 10}); err != nil {
				return err
			}
			if r, err := tx.FindGroupReceipt(group, alice); err != nil || r.Delivered != 12 || r.Read != 11 {
				t.Errorf("a member whose receipt came first has %+v: %v", r, err)
			}
			if err := tx.SaveGroupMember(group, store.GroupMember{Account: ident.AccountID{3}, Since: 10}); err != nil {
				return err
			}
			r, err := tx.FindGroupReceipt(group, alice)
			if r.Delivered != 9 || r.Read != 9 {
				t.Errorf("with a member that has none: %+v", r)
			}
			return err
		})
	})
}
