package relaybench

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// account is a device of a registered account.
type account struct {
	id          ident.AccountID
	device      ident.DeviceID
	deviceKey   ed25519.PrivateKey
	accountKey  ed25519.PrivateKey
	certificate []byte
}

// register makes an account on a fresh connection and closes it.
func (b *bench) register(ctx context.Context, number int) (*account, error) {
	phone := ident.Phone(fmt.Sprintf("+32470%06d", number))
	code, err := b.Invite(ctx, phone)
	if err != nil {
		return nil, err
	}
	d, err := b.connect(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer d.close()
	verified, err := request[*wire.VerifyCodeResult](ctx, d, &wire.VerifyCode{Phone: string(phone), Code: code})
	if err != nil {
		return nil, err
	}
	a, err := newAccount(verified.AccountID)
	if err != nil {
		return nil, err
	}
	_, err = request[*wire.Done](ctx, d, &wire.Register{
		Token: verified.Token, AccountKey: a.accountKey.Public().(ed25519.PublicKey), Certificate: a.certificate,
	})
	return a, err
}

func newAccount(id []byte) (*account, error) {
	account := &account{}
	var err error
	if account.id, err = ident.IDFromBytes[ident.AccountID](id); err != nil {
		return nil, err
	}
	if _, account.accountKey, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	return account.newDevice(true)
}

// newDevice is another device of the account, which the relay does not know.
func (a *account) newDevice(primary bool) (*account, error) {
	d := &account{id: a.id, accountKey: a.accountKey}
	var err error
	if d.device, err = ident.NewID[ident.DeviceID](rand.Reader); err != nil {
		return nil, err
	}
	if _, d.deviceKey, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	certificate := &ident.Certificate{
		Account: d.id, Device: d.device, DeviceKey: d.deviceKey.Public().(ed25519.PublicKey), Primary: primary,
		Platform: ident.PlatformCLI, NameHash: ident.NameHash("bench"), Serial: 1, Issued: time.Now(),
	}
	certificate.Sign(d.accountKey)
	d.certificate = certificate.Marshal()
	return d, nil
}

// link makes another device of a connected primary's account.
func (b *bench) link(ctx context.Context, primary *device) (*account, error) {
	d, err := b.connect(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer d.close()
	slot, err := request[*wire.OpenLinkSlotResult](ctx, d, &wire.OpenLinkSlot{SealedOffer: []byte("offer")})
	if err != nil {
		return nil, err
	}
	if _, err := request[*wire.ClaimLinkSlotResult](ctx, primary, &wire.ClaimLinkSlot{SlotID: slot.SlotID}); err != nil {
		return nil, err
	}
	linked, err := primary.newDevice(false)
	if err != nil {
		return nil, err
	}
	_, err = request[*wire.Done](ctx, primary, &wire.AddDevice{SlotID: slot.SlotID, Certificate: linked.certificate, SealedBundle: []byte("bundle")})
	return linked, err
}

// signIn connects and authenticates a device. The caller closes it.
func (b *bench) signIn(ctx context.Context, a *account) (*device, error) {
	d, err := b.connect(ctx, a)
	if err != nil {
		return nil, err
	}
	content := wire.AuthenticationContent(d.hello.RelayID, d.hello.Nonce, a.id[:], a.device[:])
	r, err := request[*wire.AuthenticateResult](ctx, d, &wire.Authenticate{
		AccountID: a.id[:], DeviceID: a.device[:], Signature: ed25519.Sign(a.deviceKey, content),
	})
	if err != nil {
		d.close()
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	d.feedCursor, d.externalSender = r.FeedCursor, r.ExternalSender
	return d, nil
}

func (a *account) mlsConfig() mls.Config {
	return mls.Config{Signer: a.deviceKey, Rand: rand.Reader, Now: time.Now, ValidateLeaf: func(mls.LeafNode, mls.LeafContext) error { return nil }}
}

func (a *account) leaf() mls.LeafOptions {
	return mls.LeafOptions{
		Credential:   mls.BasicCredential(a.certificate),
		Capabilities: mls.DefaultCapabilities(mls.ExtensionType(wire.GroupStateExtension)),
	}
}
