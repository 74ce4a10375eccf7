// Command historydata fills the home of a primary device for measurements of
// history: it registers the device and its contacts at a relay, has each contact
// write one message, and then stores many more straight into the device's
// database, spread over a year.
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/client/api"
	"parley/client/applock"
	"parley/client/native"
	"parley/client/store"
	"parley/ident"
	"parley/internal/relay"
	relaystore "parley/internal/store"
	"parley/internal/store/sqlite"
)

// phone of the primary device.
const phone = "+32470000000"

type options struct {
	relay, data, home string
	chats, messages   int
	large             bool
}

func main() {
	var o options
	flag.StringVar(&o.relay, "relay", "", "URL of a running relay")
	flag.StringVar(&o.data, "data", "", "its data folder")
	flag.StringVar(&o.home, "home", "", "home of the primary device, to be made")
	flag.IntVar(&o.chats, "chats", 100, "chats")
	flag.IntVar(&o.messages, "messages", 20_000, "messages in all of them together")
	flag.BoolVar(&o.large, "large", false, "nine of ten messages are in one chat")
	flag.Parse()
	if err := fill(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func fill(ctx context.Context, o options) error {
	st, err := sqlite.Open(ctx, o.data, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // nothing is written after it
	if err := os.MkdirAll(o.home, 0o700); err != nil {
		return err
	}
	primary, err := register(ctx, st, o, o.home, phone)
	if err != nil {
		return err
	}
	for i := range o.chats {
		if err := befriend(ctx, st, o, fmt.Sprintf("+3247100%04d", i)); err != nil {
			return err
		}
	}
	if err := receiveAll(ctx, primary, o.chats); err != nil {
		return err
	}
	if err := primary.Close(); err != nil {
		return err
	}
	return fillStore(ctx, filepath.Join(o.home, "device.db"), o)
}

// register makes a device the primary of a number.
func register(ctx context.Context, st relaystore.Store, o options, home, number string) (*applock.Core, error) {
	code, _, err := relay.Invite(ctx, st, rand.Reader, time.Now(), ident.Phone(number))
	if err != nil {
		return nil, err
	}
	c, err := native.Open(ctx, home, native.Options{Platform: ident.PlatformCLI, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	_, err = api.Call(ctx, c, api.Register, api.RegisterParams{Relay: o.relay, Phone: number, Code: code, Name: "Contact " + number})
	return c, err
}

// befriend has a new contact write to the primary once.
func befriend(ctx context.Context, st relaystore.Store, o options, number string) error {
	home, err := os.MkdirTemp("", "parley-contact-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }() // a temporary folder
	c, err := register(ctx, st, o, home, number)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing is written after it
	chat, err := api.Call(ctx, c, api.OpenChat, api.OpenChatParams{Phone: phone})
	if err != nil {
		return err
	}
	_, err = api.Call(ctx, c, api.Send, api.SendParams{ChatID: chat.ID, Text: "Hello", Wait: true})
	return err
}

// receiveAll returns when the primary has a message in every chat.
func receiveAll(ctx context.Context, c *applock.Core, chats int) error {
	for {
		if _, err := api.Call(ctx, c, api.Sync, api.None{}); err != nil {
			return err
		}
		list, err := api.Call(ctx, c, api.ListChats, api.None{})
		if err != nil || len(list.Chats) >= chats {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// words make texts that shrink about as much as people's.
var words = strings.Fields(`the of and to in we you that it is was for on are with as at be this have from or had by but not what all
	were when your can said there use each which she do how their if will up about out many then them these so some her would make like him
	into time has look two more write go see number no way could people my than first water been call who oil its now find long down day`)

// fillStore stores messages of the last year in turn in all chats, or most in one. Their
// sequences lie behind the real ones: only their order matters here.
func fillStore(ctx context.Context, path string, o options) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=foreign_keys(1)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing is written after it
	st, err := store.Open(ctx, db)
	if err != nil {
		return err
	}
	random := mathrand.New(mathrand.NewPCG(1, 1)) //nolint:gosec // the same data every time
	now, year := time.Now().UnixMilli(), (360 * 24 * time.Hour).Milliseconds()
	return st.Update(ctx, func(tx *store.Tx) error {
		self, err := tx.FindIdentity()
		if err != nil {
			return err
		}
		chats, err := tx.FindChats()
		if err != nil {
			return err
		}
		for i := range o.messages {
			chat := chats[i%len(chats)]
			if o.large {
				if chat = chats[0]; i%10 == 0 {
					chat = chats[i/10%len(chats)]
				}
			}
			m := &store.Message{
				Chat: chat.ID, Sequence: uint64(100 + i), Sender: chat.Account, Kind: store.KindText,
				SentAt: now - year + int64(i)*year/int64(o.messages),
			}
			if m.Mine = random.IntN(2) == 0; m.Mine {
				m.Sender = self.Account
			}
			for j := range m.ID {
				m.ID[j] = byte(random.Uint32())
			}
			var text []string
			for range 5 + random.IntN(20) {
				text = append(text, words[random.IntN(len(words))])
			}
			m.Text = strings.Join(text, " ")
			if _, err := tx.CreateMessage(m); err != nil {
				return err
			}
		}
		return nil
	})
}
