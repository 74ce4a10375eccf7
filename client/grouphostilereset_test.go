package client

import (
	"crypto/ed25519"
	"testing"
	"time"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// X5, X9: another group in the place of a group is taken from its admin, and from nobody else who has the relay on its side,
// also not under the admin's name with another key.
func TestX5_RogueResetsAreRefused(t *testing.T) {
	r := newRogueGroup(t)
	victim := &tx{
		c:        &Client{lists: &deviceLists{}, accountKeys: map[ident.AccountID]ed25519.PublicKey{}},
		identity: &store.Identity{Account: r.accounts[2]},
	}
	for n := range byte(2) {
		cfg, _, account := deviceOf(n + 1)
		victim.c.accountKeys[account] = cfg.Signer.Public().(ed25519.PublicKey)
	}
	before := &groupView{GroupChat: &store.GroupChat{}, state: r.state, present: r.accounts[:3]}
	for name, c := range map[string]struct {
		by, under byte
		refused   bool
	}{"the admin": {1, 1, false}, "a member": {2, 2, true}, "a member under the admin's name": {2, 1, true}, "a stranger": {9, 9, true}} {
		t.Run(name, func(t *testing.T) {
			joined := resetGroupBy(t, r.state, c.by, c.under)
			if refused, err := victim.refusesReset(before, joined); err != nil || refused != c.refused {
				t.Errorf("refused %t, %v; want %t", refused, err, c.refused)
			}
			if refused, err := victim.refusesReset(nil, joined); err != nil || refused {
				t.Errorf("where nothing was known before it is refused: %v", err)
			}
		})
	}
}

// resetGroupBy is a group that the nth device made with the third, with a certificate for an account.
func resetGroupBy(t *testing.T, state *wire.GroupState, n, account byte) *mls.Group {
	cfg, leaf, _ := deviceOf(n)
	key := cfg.Signer.(ed25519.PrivateKey)
	c := &ident.Certificate{
		Account: ident.AccountID{account}, Device: ident.DeviceID{n}, DeviceKey: key.Public().(ed25519.PublicKey),
		Primary: true, Platform: ident.PlatformCLI, Serial: 1, Issued: time.Unix(1, 0),
	}
	c.Sign(key)
	leaf.Credential = mls.BasicCredential(c.Marshal())
	g, err := mls.NewGroup(cfg, mls.GroupOptions{GroupID: []byte("reset"), CipherSuite: suiteOf(store.KindGroup), Leaf: leaf, Extensions: withState(nil, state)})
	if err != nil {
		t.Fatal(err)
	}
	own, ownLeaf, _ := deviceOf(3)
	bundle, err := mls.NewKeyPackage(own, mls.KeyPackageOptions{CipherSuite: suiteOf(store.KindGroup), Leaf: ownLeaf})
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Commit(mls.CommitOptions{Add: [][]byte{bundle.Message()}})
	if err != nil {
		t.Fatal(err)
	}
	joined, _, err := mls.JoinWelcome(own, result.Welcome, []*mls.KeyPackageBundle{bundle}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return joined
}
