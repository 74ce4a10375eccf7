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

// account is a registered account with its primary device.
type account struct {
	id          ident.AccountID
	device      ident.DeviceID
	deviceKey   ed25519.PrivateKey
	accountKey  ed25519.PublicKey
	certificate []byte
}

// register makes an account on a fresh connection and closes it.
func (b *bench) register(ctx context.Context, number int) (*account, error) {
	phone := ident.Phone(fmt.Sprintf("+32470%06d", number))
	code, err := b.Invite(ctx, phone)
	if err != nil {
		return nil, err
	}
	d, err := connect(ctx, b.URL, nil)
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
		Token: verified.Token, AccountKey: a.accountKey, Certificate: a.certificate,
	})
	return a, err
}

func newAccount(id []byte) (*account, error) {
	a := &account{}
	var err error
	if a.id, err = ident.IDFromBytes[ident.AccountID](id); err != nil {
		return nil, err
	}
	if a.device, err = ident.NewID[ident.DeviceID](rand.Reader); err != nil {
		return nil, err
	}
	var accountKey ed25519.PrivateKey
	if a.accountKey, accountKey, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	if _, a.deviceKey, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	certificate := &ident.Certificate{
		Account: a.id, Device: a.device, DeviceKey: a.deviceKey.Public().(ed25519.PublicKey), Primary: true,
		Platform: ident.PlatformCLI, NameHash: ident.NameHash("bench"), Serial: 1, Issued: time.Now(),
	}
	certificate.Sign(accountKey)
	a.certificate = certificate.Marshal()
	return a, nil
}

// signIn connects and authenticates an account's device.
func (b *bench) signIn(ctx context.Context, a *account) (*device, *wire.AuthenticateResult, error) {
	d, err := connect(ctx, b.URL, a)
	if err != nil {
		return nil, nil, err
	}
	content := wire.AuthenticationContent(d.hello.RelayID, d.hello.Nonce, a.id[:], a.device[:])
	r, err := request[*wire.AuthenticateResult](ctx, d, &wire.Authenticate{
		AccountID: a.id[:], DeviceID: a.device[:], Signature: ed25519.Sign(a.deviceKey, content),
	})
	if err != nil {
		d.close()
		return nil, nil, fmt.Errorf("authenticate: %w", err)
	}
	return d, r, nil
}

func (a *account) mlsConfig() mls.Config {
	return mls.Config{Signer: a.deviceKey, Rand: rand.Reader, Now: time.Now, ValidateLeaf: func(mls.LeafNode, mls.LeafContext) error { return nil }}
}

func (a *account) leaf() mls.LeafOptions {
	return mls.LeafOptions{Credential: mls.BasicCredential(a.certificate)}
}
