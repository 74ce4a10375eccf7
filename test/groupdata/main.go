// Command groupdata makes a large group for measurements: it registers the device of an admin at a relay,
// stores many accounts in the relay's database, each with one device and a key package, and has the admin
// make a group of all of them. The others do nothing: what is measured is the admin, and who is added later.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"parley/client/api"
	"parley/client/applock"
	"parley/client/native"
	"parley/ident"
	"parley/internal/relay"
	relaystore "parley/internal/store"
	"parley/internal/store/sqlite"
	"parley/mls"
	"parley/wire"
)

// admin is the number of the device in the home.
const admin = "+32470000000"

type options struct {
	relay, data, home, name string
	members, extra          int
}

func main() {
	var o options
	flag.StringVar(&o.relay, "relay", "", "URL of a running relay with raised limits")
	flag.StringVar(&o.data, "data", "", "its data folder")
	flag.StringVar(&o.home, "home", "", "home of the admin's device, to be made")
	flag.StringVar(&o.name, "name", "Thousand", "what the group is called")
	flag.IntVar(&o.members, "members", 998, "accounts beside the admin")
	flag.IntVar(&o.extra, "extra", 8, "accounts that are not in the group, with numbers after those of the members")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	st, err := sqlite.Open(ctx, o.data, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // nothing is written after it
	phones, err := storeMembers(ctx, st, o)
	if err != nil {
		return err
	}
	core, err := registerAdmin(ctx, st, o)
	if err != nil {
		return err
	}
	defer func() { _ = core.Close() }() // nothing is written after it
	began := time.Now()
	chat, err := api.Call(ctx, core, api.CreateGroup, api.CreateGroupParams{Name: o.name, Phones: phones[:o.members]})
	if err != nil {
		return err
	}
	if chat.Members != o.members+1 {
		return fmt.Errorf("the group has %d members, not %d", chat.Members, o.members+1)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"chatId": chat.ID, "members": chat.Members, "madeMs": time.Since(began).Milliseconds()})
}

func registerAdmin(ctx context.Context, st relaystore.Store, o options) (*applock.Core, error) {
	if err := os.MkdirAll(o.home, 0o700); err != nil {
		return nil, err
	}
	code, err := invite(ctx, st, admin)
	if err != nil {
		return nil, err
	}
	c, err := native.Open(ctx, o.home, native.Options{Platform: ident.PlatformCLI, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	_, err = api.Call(ctx, c, api.Register, api.RegisterParams{Relay: o.relay, Phone: admin, Code: code, Name: "Admin"})
	return c, err
}

func invite(ctx context.Context, st relaystore.Store, phone string) (string, error) {
	code, _, err := relay.Invite(ctx, st, rand.Reader, time.Now(), ident.Phone(phone))
	return code, err
}

// storeMembers puts accounts into the relay's database, each with a device that can be added to groups.
func storeMembers(ctx context.Context, st relaystore.Store, o options) (phones []string, err error) {
	err = st.Update(ctx, func(tx relaystore.Tx) error {
		for i := range o.members + o.extra {
			phone := fmt.Sprintf("+3247100%04d", i)
			phones = append(phones, phone)
			if err := storeMember(tx, ident.Phone(phone)); err != nil {
				return fmt.Errorf("store %s: %w", phone, err)
			}
		}
		return nil
	})
	return phones, err
}

func storeMember(tx relaystore.Tx, phone ident.Phone) error {
	account, err := ident.NewID[ident.AccountID](rand.Reader)
	if err != nil {
		return err
	}
	device, err := ident.NewID[ident.DeviceID](rand.Reader)
	if err != nil {
		return err
	}
	accountKey, accountSecret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	deviceKey, deviceSecret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	c := &ident.Certificate{Account: account, Device: device, DeviceKey: deviceKey, Primary: true, Platform: ident.PlatformCLI, Serial: 1, Issued: now}
	c.Sign(accountSecret)
	bundle, err := mls.NewKeyPackage(mls.Config{Signer: deviceSecret}, mls.KeyPackageOptions{
		CipherSuite: mls.SuiteX25519ChaCha20, LastResort: true, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		Leaf: mls.LeafOptions{
			Credential: mls.BasicCredential(c.Marshal()), Capabilities: mls.DefaultCapabilities(mls.ExtensionType(wire.GroupStateExtension)),
		},
	})
	if err != nil {
		return err
	}
	if err := tx.CreateAccount(relaystore.Account{ID: account, Phone: phone, Key: accountKey, Created: now}); err != nil {
		return err
	}
	err = tx.CreateDevice(relaystore.Device{
		ID: device, Account: account, Certificate: c.Marshal(), Key: deviceKey, Primary: true, Created: now, LastActive: now,
	})
	if err != nil {
		return err
	}
	_, err = tx.AddKeyPackages(device, uint16(mls.SuiteX25519ChaCha20), nil, bundle.Message(), wire.MaxOneTimeKeyPackages)
	return err
}
