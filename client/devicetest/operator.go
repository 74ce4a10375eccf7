package devicetest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"time"

	"parley/client/content"
	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlite"
	"parley/mls"
	"parley/wire"
)

// What follows is what somebody can do who controls the relay and does not keep
// to its rules.

// Falsify runs SQL on the relay's database while the relay is stopped.
func (r *Relay) Falsify(statements string) {
	r.t.Helper()
	r.Stop()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.dir, sqlite.FileName))
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := db.Exec(statements); err != nil {
		r.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.Start()
}

// AccountOf is who holds a number.
func (r *Relay) AccountOf(phone ident.Phone) ident.AccountID {
	r.t.Helper()
	var found store.Account
	r.view(func(reader store.Reader) (err error) {
		found, err = reader.FindAccountByPhone(phone)
		return err
	})
	return found.ID
}

// CertificateOf is the certificate of a number's device on a platform other than
// the primary.
func (r *Relay) CertificateOf(phone ident.Phone) *ident.Certificate {
	r.t.Helper()
	account := r.AccountOf(phone)
	var found *ident.Certificate
	r.view(func(reader store.Reader) error {
		devices, err := reader.ListDevices(account)
		for _, d := range devices {
			if !d.Primary && err == nil {
				found, err = ident.ParseCertificate(d.Certificate)
			}
		}
		return err
	})
	return found
}

func (r *Relay) view(f func(store.Reader) error) {
	r.t.Helper()
	if err := r.store.View(context.Background(), f); err != nil {
		r.t.Fatal(err)
	}
}

// Intruder is a device that the relay has let into a conversation.
type Intruder struct {
	relay        *Relay
	account      ident.AccountID
	conversation ident.ConversationID
	group        *mls.Group
	read         uint64
}

// Intrude puts an external commit into the conversation of two numbers, or of
// one with itself, as if its author were the certificate's device. key is that
// of the leaf. All devices connect again and find it in their feed.
func (r *Relay) Intrude(a, b ident.Phone, certificate *ident.Certificate, key ed25519.PrivateKey) *Intruder {
	r.t.Helper()
	i := &Intruder{relay: r, account: r.AccountOf(a)}
	err := r.store.Update(context.Background(), func(tx store.Tx) (err error) {
		if i.conversation, err = tx.FindPair(i.account, r.AccountOf(b)); err != nil {
			return err
		}
		return i.join(tx, certificate, key)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.dropConnections()
	return i
}

func (i *Intruder) join(tx store.Tx, certificate *ident.Certificate, key ed25519.PrivateKey) error {
	c, err := tx.FindConversation(i.conversation)
	if err != nil {
		return err
	}
	info, err := tx.FindGroupInfo(c.ID)
	if err != nil {
		return err
	}
	join, err := mls.JoinExternal(mls.Config{Signer: key}, info, mls.ExternalJoinOptions{
		Leaf: mls.LeafOptions{Credential: mls.BasicCredential(certificate.Marshal())},
	})
	if err != nil {
		return err
	}
	i.group = join.Group()
	// A relay that cheats needs no row of the device; ours refers to one.
	if _, err := tx.FindDevice(certificate.Device); err != nil {
		err := tx.CreateDevice(store.Device{
			ID: certificate.Device, Account: certificate.Account, Certificate: certificate.Marshal(), Key: certificate.DeviceKey,
			Created: i.relay.now(), LastActive: i.relay.now(),
		})
		if err != nil {
			return err
		}
	}
	member := store.Member{Account: certificate.Account, Device: certificate.Device, Leaf: uint32(i.group.OwnLeaf())}
	if err := tx.AdvanceEpoch(c.ID, c.Epoch+1, join.GroupInfo, nil, []store.Member{member}); err != nil {
		return err
	}
	id, err := ident.NewID[ident.MessageID](rand.Reader)
	if err != nil {
		return err
	}
	entry := store.Entry{
		Conversation: c.ID, Kind: wire.EntryCommit, SenderAccount: certificate.Account, SenderDevice: certificate.Device,
		ID: id, Epoch: c.Epoch, Time: i.relay.now(), Message: join.Commit,
	}
	places, err := tx.AppendEntry(&entry)
	for _, p := range places {
		if p.Account == i.account {
			i.read = p.Position
		}
	}
	return err
}

// Read returns the texts that the intruder could read so far, and how many
// messages it could open at all.
func (i *Intruder) Read() (texts []string, opened int) {
	i.relay.t.Helper()
	var entries []store.FeedEntry
	i.relay.view(func(reader store.Reader) (err error) {
		entries, err = reader.PullFeed(i.account, i.read, 1000, 1<<30)
		return err
	})
	for _, e := range entries {
		i.read = e.Position
		if e.Conversation != i.conversation {
			continue
		}
		received, err := i.group.Process(e.Message)
		switch {
		case err != nil:
		case received.Commit != nil:
			_ = i.group.Merge(received.Commit) // it is out then, and reads nothing
		case received.Application != nil:
			opened++
			c, err := content.Decode[content.Content](received.Application.Data)
			if err != nil {
				continue
			}
			if text, ok := c.Body.(*content.Text); ok {
				texts = append(texts, text.Text)
			}
		}
	}
	return texts, opened
}

// FakeCertificate is one for a device of an account that another key signed.
func FakeCertificate(account ident.AccountID, platform ident.Platform) (*ident.Certificate, ed25519.PrivateKey, error) {
	_, accountKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	device, err := ident.NewID[ident.DeviceID](rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	c := &ident.Certificate{
		Account: account, Device: device, DeviceKey: key.Public().(ed25519.PublicKey), Platform: platform,
		Serial: 1 << 40, Issued: time.Now().Add(time.Hour),
	}
	c.Sign(accountKey)
	return c, key, nil
}

// Reports are what people have told the operator.
func (r *Relay) Reports() (reports []store.Report) {
	r.t.Helper()
	r.view(func(reader store.Reader) (err error) {
		reports, err = reader.ListReports()
		return err
	})
	return reports
}
