package mls

import (
	"bytes"
	"crypto/ecdh"
	"errors"
	"testing"
)

// smallOrderKeys are public keys like one of the suite, with an X25519 part that
// shares no secrets.
func smallOrderKeys(t *testing.T, like []byte) (keys [][]byte) {
	t.Helper()
	mine, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if len(smallOrder) != 7 {
		t.Fatalf("%d points", len(smallOrder))
	}
	for point := range smallOrder {
		public := must[*ecdh.PublicKey](t)(ecdh.X25519().NewPublicKey(point[:]))
		if _, err := mine.ECDH(public); err == nil {
			t.Fatalf("%x shares secrets", point)
		}
		for _, top := range []byte{0, 0x80} {
			key := bytes.Clone(like)
			at := copy(key[len(key)-32:], point[:])
			key[len(key)-32+at-1] |= top
			keys = append(keys, key)
		}
	}
	return keys
}

// TestKeysOfSmallOrder: a member whose key nobody can encrypt to would keep all
// others from committing; no door lets one in.
func TestKeysOfSmallOrder(t *testing.T) { eachCounted(t, testKeysOfSmallOrder) }

func testKeysOfSmallOrder(t *testing.T, suite CipherSuite) {
	people, groups := full(t, suite)
	newcomer, e := newPerson(t, suite, "newcomer"), groups[0].epoch
	commit := must[*CommitResult](t)(groups[0].Commit(public)).Message
	groups[0].ClearPendingCommit()
	update := must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{}, public.MessageOptions))
	cfg := people[0].cfg.withDefaults()
	sign := func(n *LeafNode) {
		n.raw = nil
		if err := n.sign(e.suite, &cfg, e.context.groupID, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range smallOrderKeys(t, e.tree.leaves[0].EncryptionKey) {
		for _, change := range []func(*KeyPackage){
			func(kp *KeyPackage) { kp.InitKey = key },
			func(kp *KeyPackage) { kp.LeafNode.EncryptionKey = key },
		} {
			kp := forgedKeyPackage(t, newcomer, suite, change)
			if _, err := ParseKeyPackage(kp.Message()); !errors.Is(err, ErrInvalidLeaf) {
				t.Fatalf("a key package: %v", err)
			}
			refused(t, groups[1], resigned(t, groups[0], update, func(a *authenticatedContent) {
				a.content.proposal = &Proposal{Type: ProposalAdd, KeyPackage: kp}
			}), ErrInvalidLeaf)
		}
		refused(t, groups[1], resigned(t, groups[0], update, func(a *authenticatedContent) {
			a.content.proposal.LeafNode.EncryptionKey = key
			sign(a.content.proposal.LeafNode)
		}), ErrInvalidLeaf)
		refused(t, groups[1], resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.path.leaf.EncryptionKey = key
			sign(a.content.commit.path.leaf)
		}), ErrInvalidLeaf)
		refused(t, groups[1], resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.path.nodes[0].encryptionKey = key
		}), ErrInvalidCommit, "key in the update path")
	}
}
