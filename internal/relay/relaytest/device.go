package relaytest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"time"

	"parley/ident"
	"parley/mls/delivery"
	"parley/wire"
)

// Link is a connection to a relay.
type Link interface {
	// Send sends one frame.
	Send(frame []byte) error
	// Receive waits for the next one.
	Receive() ([]byte, error)
}

// Device speaks the device protocol without encryption. Start may be called
// from several goroutines if the link's Send may; Next is for one.
type Device struct {
	Account ident.AccountID
	ID      ident.DeviceID
	key     ed25519.PrivateKey
	// accountKey is the account's.
	accountKey ed25519.PrivateKey
	link       Link
	lastID     atomic.Uint64
}

// Register makes an account with an operator's code; the device is its primary
// and authenticated.
func Register(link Link, phone, code string) (*Device, error) {
	_, accountKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	d, err := newDevice(ident.AccountID{}, accountKey)
	if err != nil {
		return nil, err
	}
	hello, err := d.greet(link)
	if err != nil {
		return nil, err
	}
	granted, err := Call[*wire.VerifyCodeResult](d, &wire.VerifyCode{Phone: phone, Code: code})
	if err != nil {
		return nil, err
	}
	d.Account = ident.AccountID(granted.AccountID)
	accountPublic := accountKey.Public().(ed25519.PublicKey)
	_, err = Call[*wire.Done](d, &wire.Register{Token: granted.Token, AccountKey: accountPublic, Certificate: d.certificate(true)})
	if err != nil {
		return nil, err
	}
	return d, d.authenticate(hello)
}

func newDevice(account ident.AccountID, accountKey ed25519.PrivateKey) (*Device, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return &Device{Account: account, ID: NewID[ident.DeviceID](), key: key, accountKey: accountKey}, err
}

func (d *Device) certificate(primary bool) []byte {
	c := &ident.Certificate{
		Account: d.Account, Device: d.ID, DeviceKey: d.key.Public().(ed25519.PublicKey),
		Primary: primary, Platform: ident.PlatformCLI, Serial: 1, Issued: time.Unix(1_800_000_000, 0),
	}
	c.Sign(d.accountKey)
	return c.Marshal()
}

// Link adds a device to the account of the primary d; it is authenticated on a link of its own.
func (d *Device) Link(link Link) (*Device, error) {
	n, err := newDevice(d.Account, d.accountKey)
	if err != nil {
		return nil, err
	}
	hello, err := n.greet(link)
	if err != nil {
		return nil, err
	}
	slot, err := Call[*wire.OpenLinkSlotResult](n, &wire.OpenLinkSlot{SealedOffer: []byte("offer")})
	if err != nil {
		return nil, err
	}
	if _, err := Call[*wire.ClaimLinkSlotResult](d, &wire.ClaimLinkSlot{SlotID: slot.SlotID}); err != nil {
		return nil, err
	}
	_, err = Call[*wire.Done](d, &wire.AddDevice{SlotID: slot.SlotID, Certificate: n.certificate(false), SealedBundle: []byte("bundle")})
	if err != nil {
		return nil, err
	}
	return n, n.authenticate(hello)
}

// Connect authenticates on a new connection.
func (d *Device) Connect(link Link) error {
	hello, err := d.greet(link)
	if err != nil {
		return err
	}
	return d.authenticate(hello)
}

func (d *Device) greet(link Link) (*wire.HelloResult, error) {
	d.link = link
	return Call[*wire.HelloResult](d, &wire.Hello{Version: wire.Version, Software: "relaytest"})
}

func (d *Device) authenticate(hello *wire.HelloResult) error {
	content := wire.AuthenticationContent(hello.RelayID, hello.Nonce, d.Account[:], d.ID[:])
	_, err := Call[*wire.AuthenticateResult](d, &wire.Authenticate{
		AccountID: d.Account[:], DeviceID: d.ID[:], Signature: ed25519.Sign(d.key, content),
	})
	return err
}

// Start sends a request and returns its id.
func (d *Device) Start(call wire.RequestCall) (uint64, error) {
	id := d.lastID.Add(1)
	return id, d.link.Send(wire.Encode(&wire.Frame{ID: id, Body: &wire.Request{Call: call}}))
}

// Next waits for the next frame, a response or an event.
func (d *Device) Next() (*wire.Frame, error) {
	b, err := d.link.Receive()
	if err != nil {
		return nil, err
	}
	return wire.Decode(b)
}

// Call sends a request and waits for its response, which must be an R; frames
// that come before it are dropped.
func Call[R wire.ResponseResult](d *Device, call wire.RequestCall) (R, error) {
	var none R
	id, err := d.Start(call)
	if err != nil {
		return none, err
	}
	for {
		f, err := d.Next()
		if err != nil {
			return none, err
		}
		response, ok := f.Body.(*wire.Response)
		if !ok || f.ID != id {
			continue
		}
		if result, ok := response.Result.(R); ok {
			return result, nil
		}
		return none, fmt.Errorf("%T was answered by %T %v", call, response.Result, response.Result)
	}
}

// Direct opens a direct conversation of two devices.
func (d *Device) Direct(with *Device) ([]byte, error) {
	id, message := NewID[ident.ConversationID](), NewID[ident.MessageID]()
	_, err := Call[*wire.SendResult](d, &wire.CreateConversation{
		ConversationID: id[:], Kind: wire.ConversationDirect, Peer: with.Account[:], MessageID: message[:],
		Commit: CommitMessage(id[:], 0), GroupInfo: GroupInfo(id[:], 1, 0, d.key, d.leaf(0), with.leaf(1)),
		Members: []*wire.Member{
			{AccountID: d.Account[:], DeviceID: d.ID[:], LeafIndex: 0},
			{AccountID: with.Account[:], DeviceID: with.ID[:], LeafIndex: 1},
		},
	})
	return id[:], err
}

func (d *Device) leaf(index uint32) delivery.Leaf {
	return delivery.Leaf{Index: index, SignatureKey: d.key.Public().(ed25519.PublicKey)}
}

// Text is a Send of an application message in epoch 1.
func Text(conversation []byte, ciphertext string) *wire.Send {
	id := NewID[ident.MessageID]()
	return &wire.Send{
		ConversationID: conversation, MessageID: id[:], Kind: wire.EntryApplication, Epoch: 1,
		Message: ApplicationMessage(conversation, 1, ciphertext),
	}
}

// NewID returns a fresh id.
func NewID[T ident.ID]() T {
	id, err := ident.NewID[T](rand.Reader)
	if err != nil {
		panic(err) // the system's random source does not fail
	}
	return id
}
