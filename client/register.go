package client

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// maxName is the length of a person's or device's name, runes.
const maxName = 64

// requestCode implements api.RequestCode.
func (c *Client) requestCode(ctx context.Context, p api.RequestCodeParams) (api.RequestCodeResult, error) {
	var none api.RequestCodeResult
	phone, err := ident.ParsePhone(p.Phone)
	if err != nil {
		return none, api.ErrPhoneInvalid
	}
	s, err := c.connect(ctx, p.Relay)
	if err != nil {
		return none, err
	}
	defer s.close(errConnection)
	r, err := request[*wire.RequestCodeResult](ctx, s, &wire.RequestCode{Phone: string(phone), Language: p.Language})
	if err != nil {
		return none, err
	}
	return api.RequestCodeResult{
		Sender: r.Sender, RetryAfterMS: int64(r.RetryAfterMS), ExpiresInMS: int64(r.ExpiresInMS),
	}, nil
}

// register implements api.Register.
func (c *Client) register(ctx context.Context, p api.RegisterParams) (api.Status, error) {
	phone, name, err := registration(p)
	if err != nil {
		return api.Status{}, err
	}
	// One at a time: a repeated call must not register twice.
	c.linkMu.Lock()
	defer c.linkMu.Unlock()
	done, err := c.registered(phone)
	if err != nil {
		return api.Status{}, err
	}
	if !done {
		if err := c.registerAt(ctx, p, phone, name); err != nil {
			return api.Status{}, err
		}
	}
	return c.getStatus(ctx, api.None{})
}

// registration checks what the person typed.
func registration(p api.RegisterParams) (ident.Phone, string, error) {
	phone, err := ident.ParsePhone(p.Phone)
	if err != nil {
		return "", "", api.ErrPhoneInvalid
	}
	name, err := cleanName(p.Name)
	if err != nil {
		return "", "", err
	}
	if _, err := cleanCode(p.Code); err != nil {
		return "", "", err
	}
	return phone, name, nil
}

func cleanName(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	if name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) {
		return "", api.ErrNameInvalid
	}
	return name, nil
}

// registered reports whether this device has this number already.
func (c *Client) registered(phone ident.Phone) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.identity == nil || c.identity.LoggedOut:
		return false, nil
	case c.identity.Phone == phone && c.identity.Primary:
		return true, nil
	}
	return false, api.ErrAlreadyRegistered
}

func (c *Client) registerAt(ctx context.Context, p api.RegisterParams, phone ident.Phone, name string) error {
	held, err := c.prove(ctx, api.VerifyCodeParams{Relay: cleanRelay(p.Relay), Phone: string(phone), Code: strings.TrimSpace(p.Code)})
	if err != nil {
		return err
	}
	s, err := c.connect(ctx, p.Relay)
	if err != nil {
		return err
	}
	defer s.close(errConnection)
	id, deviceName, err := c.newPrimary(p, held.account, phone, name)
	if err != nil {
		return err
	}
	id.RelayID = s.hello.RelayID
	_, err = request[*wire.Done](ctx, s, &wire.Register{
		Token: held.token, AccountKey: id.AccountKey, Certificate: id.Certificate,
	})
	if err == nil || hasCode(err, wire.ErrorCodeExpired) {
		c.dropProof(held)
	}
	if err != nil {
		return err
	}
	if err := c.begin(ctx, id, []store.DeviceName{deviceName}, nil, nil, nil); err != nil {
		return err
	}
	c.settle(ctx)
	return nil
}

// settleTime bounds how long a new device is waited for.
const settleTime = 10 * time.Second

// settle waits until a new device can be written to: its key packages are
// published and it has joined its conversations. Without a connection it goes
// on in the background.
func (c *Client) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	_, _ = c.awaitStatus(ctx, func(s api.Status) bool { return s.CaughtUp }) // it goes on in the background
}

// newPrimary makes the keys of an account and of its primary device.
func (c *Client) newPrimary(p api.RegisterParams, account ident.AccountID, phone ident.Phone, name string) (*store.Identity, store.DeviceName, error) {
	var none store.DeviceName
	id := &store.Identity{
		RelayURL: cleanRelay(p.Relay), Account: account, Primary: true,
		Phone: phone, ProfileName: name, Serial: 1,
	}
	var err error
	if id.AccountSeed, err = c.newSeed(); err != nil {
		return nil, none, err
	}
	if id.DeviceSeed, err = c.newSeed(); err != nil {
		return nil, none, err
	}
	if id.Device, err = ident.NewID[ident.DeviceID](c.cfg.Rand); err != nil {
		return nil, none, err
	}
	deviceName := c.deviceName(p.DeviceName)
	accountKey := ed25519.NewKeyFromSeed(id.AccountSeed)
	certificate := &ident.Certificate{
		Account: account, Device: id.Device, DeviceKey: publicKey(id.DeviceSeed), Primary: true,
		Platform: c.cfg.Platform, NameHash: ident.NameHash(deviceName), Serial: id.Serial, Issued: c.relayNow(),
	}
	certificate.Sign(accountKey)
	id.AccountKey = certificate.AccountKey
	id.Certificate = certificate.Marshal()
	return id, store.DeviceName{Device: id.Device, Name: deviceName, SetAt: c.relayNow().UnixMilli()}, nil
}

func (c *Client) deviceName(given string) string {
	if name, err := cleanName(given); err == nil {
		return name
	}
	return c.cfg.DeviceName
}

func (c *Client) newSeed() ([]byte, error) {
	seed := make([]byte, ed25519.SeedSize)
	_, err := io.ReadFull(c.cfg.Rand, seed)
	return seed, err
}

func publicKey(seed []byte) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
}

// begin saves a new identity and starts working for it. Chats that are still
// here stay only if they belong to the same account.
func (c *Client) begin(ctx context.Context, id *store.Identity, names []store.DeviceName, contacts []store.Account, chats []store.Chat, list []byte) error {
	if err := c.clearOther(ctx, id.Account); err != nil {
		return err
	}
	err := c.update(ctx, func(tx *tx) error {
		for _, n := range names {
			if _, err := tx.SaveDeviceName(n); err != nil {
				return err
			}
		}
		for i := range contacts {
			if err := tx.SaveAccount(&contacts[i]); err != nil {
				return err
			}
		}
		for i := range chats {
			if err := tx.SaveChat(&chats[i]); err != nil {
				return err
			}
		}
		tx.progress = store.Progress{ClockOffset: c.clockOffset()}
		if err := tx.setIdentity(id); err != nil {
			return err
		}
		if id.AccountSeed != nil && !id.Primary {
			if err := tx.beginFirstHistory(); err != nil {
				return err
			}
		}
		if len(list) == 0 {
			return nil
		}
		return tx.takeLists(&store.Conversation{Kind: store.KindSelf}, &ident.Certificate{Account: id.Account}, &content.DeviceLists{Lists: [][]byte{list}})
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.startLocked()
	return nil
}

// clearOther removes what another account left on this device.
func (c *Client) clearOther(ctx context.Context, account ident.AccountID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity == nil || c.identity.Account == account {
		return nil
	}
	return errors.Join(c.store.Clear(ctx), c.reloadLocked(ctx))
}
