package client

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
)

// Whose leaf a group of ours accepts: the key that signed the certificate
// counts, not the account that the certificate names (DESIGN section 4).
func TestValidateLeaf(t *testing.T) {
	me, peer, stranger := ident.AccountID{1}, ident.AccountID{2}, ident.AccountID{3}
	ownKey, otherKey := newKey(t), newKey(t)
	tx := &tx{c: &Client{lists: new(deviceLists)}, identity: &store.Identity{
		Account: me, AccountKey: ownKey.Public().(ed25519.PublicKey), DeviceSeed: newKey(t).Seed(),
	}}
	direct := &store.Conversation{Kind: store.KindDirect, Peer: peer}
	self := &store.Conversation{Kind: store.KindSelf}
	before := leaf(t, peer, ident.DeviceID{9}, otherKey)
	for name, c := range map[string]struct {
		conversation *store.Conversation
		leaf         mls.LeafNode
		at           mls.LeafContext
		want         error
	}{
		"own device":                             {direct, leaf(t, me, ident.DeviceID{1}, ownKey), mls.LeafContext{}, nil},
		"own account, foreign key":               {direct, leaf(t, me, ident.DeviceID{1}, otherKey), mls.LeafContext{}, errOtherKey},
		"own account, foreign key, when we join": {direct, leaf(t, me, ident.DeviceID{1}, otherKey), mls.LeafContext{Join: true}, nil},
		"self, foreign key, when we join":        {self, leaf(t, me, ident.DeviceID{1}, otherKey), mls.LeafContext{Join: true}, errOtherKey},
		"self, foreign account":                  {self, leaf(t, peer, ident.DeviceID{1}, ownKey), mls.LeafContext{}, errForeignAccount},
		"contact":                                {direct, leaf(t, peer, ident.DeviceID{2}, otherKey), mls.LeafContext{}, nil},
		"stranger":                               {direct, leaf(t, stranger, ident.DeviceID{3}, otherKey), mls.LeafContext{}, errForeignAccount},
		"same device again":                      {direct, leaf(t, peer, ident.DeviceID{9}, otherKey), mls.LeafContext{Previous: &before}, nil},
		"another device in its place":            {direct, leaf(t, peer, ident.DeviceID{8}, otherKey), mls.LeafContext{Previous: &before}, errOtherDevice},
		"another key in its place":               {direct, leaf(t, peer, ident.DeviceID{9}, ownKey), mls.LeafContext{Previous: &before}, errOtherDevice},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tx.mlsConfig(c.conversation).ValidateLeaf(c.leaf, c.at); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	stolen := leaf(t, me, ident.DeviceID{1}, ownKey)
	stolen.SignatureKey = newKey(t).Public().(ed25519.PublicKey)
	if err := tx.mlsConfig(direct).ValidateLeaf(stolen, mls.LeafContext{}); !errors.Is(err, errLeafKey) {
		t.Errorf("a certificate over another leaf key: %v", err)
	}
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// leaf is a leaf of a device whose certificate an account key has signed.
func leaf(t *testing.T, account ident.AccountID, device ident.DeviceID, accountKey ed25519.PrivateKey) mls.LeafNode {
	t.Helper()
	key := newKey(t).Public().(ed25519.PublicKey)
	c := &ident.Certificate{Account: account, Device: device, DeviceKey: key, Platform: ident.PlatformCLI, Issued: time.Unix(1, 0)}
	c.Sign(accountKey)
	return mls.LeafNode{SignatureKey: key, Credential: mls.BasicCredential(c.Marshal())}
}
