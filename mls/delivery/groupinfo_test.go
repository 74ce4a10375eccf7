package delivery_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"parley/mls"
	"parley/mls/delivery"
)

// groupOfThree is a group whose leaf 1 is blank, and its members' configurations.
func groupOfThree(t testing.TB, suite mls.CipherSuite) (*mls.Group, map[uint32][]byte) {
	t.Helper()
	configs := []mls.Config{config(t, suite), config(t, suite), config(t, suite), config(t, suite)}
	g, err := mls.NewGroup(configs[0], mls.GroupOptions{GroupID: []byte("id"), Leaf: leaf, CipherSuite: suite})
	if err != nil {
		t.Fatal(err)
	}
	var add [][]byte
	for _, c := range configs[1:] {
		bundle, err := mls.NewKeyPackage(c, mls.KeyPackageOptions{CipherSuite: suite, Leaf: leaf})
		if err != nil {
			t.Fatal(err)
		}
		add = append(add, bundle.Message())
	}
	for _, o := range []mls.CommitOptions{{Add: add}, {Remove: []mls.LeafIndex{1}}} {
		if _, err := g.Commit(o); err != nil {
			t.Fatal(err)
		}
		if err := g.MergePendingCommit(); err != nil {
			t.Fatal(err)
		}
	}
	keys := make(map[uint32][]byte)
	for i, c := range configs {
		if i != 1 {
			keys[uint32(i)] = c.Signer.Public().(ed25519.PublicKey)
		}
	}
	return g, keys
}

func TestGroupInfoShowsTheLeaves(t *testing.T) {
	for _, suite := range ed25519Suites {
		g, keys := groupOfThree(t, suite)
		info, err := g.GroupInfo()
		if err != nil {
			t.Fatal(err)
		}
		p, err := delivery.ParseGroupInfo(info)
		if err != nil {
			t.Fatal(err)
		}
		if string(p.GroupID) != "id" || p.Epoch != 2 || p.CipherSuite != uint16(suite) || p.Signer != 0 || len(p.Leaves) != len(keys) {
			t.Fatalf("group: %+v", p)
		}
		for _, l := range p.Leaves {
			if !bytes.Equal(keys[l.Index], l.SignatureKey) {
				t.Errorf("leaf %d has another key", l.Index)
			}
		}
		// Any changed byte is found, and any missing end.
		for i := range info {
			bad := bytes.Clone(info)
			bad[i] ^= 1
			if p, err := delivery.ParseGroupInfo(bad); err == nil || p != nil {
				t.Fatalf("byte %d changed, and accepted", i)
			}
			if _, err := delivery.ParseGroupInfo(info[:i]); err == nil {
				t.Fatalf("cut at %d, and accepted", i)
			}
		}
	}
}

func TestOtherMessagesAreNoGroupInfo(t *testing.T) {
	g, _ := groupOfThree(t, mls.DefaultSuite)
	message, err := g.Encrypt([]byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range [][]byte{message, nil, {0, 1, 0, 4}} {
		if _, err := delivery.ParseGroupInfo(m); !errors.Is(err, delivery.ErrMalformed) {
			t.Errorf("%x: %v", m, err)
		}
	}
}

func FuzzParseGroupInfo(f *testing.F) {
	g, _ := groupOfThree(f, mls.DefaultSuite)
	info, err := g.GroupInfo()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(info)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := delivery.ParseGroupInfo(data)
		if (err == nil) != (p != nil) {
			t.Fatal("an error comes with a result")
		}
		if err != nil {
			return
		}
		for i, l := range p.Leaves {
			if i > 0 && l.Index <= p.Leaves[i-1].Index {
				t.Fatal("leaves are not ascending")
			}
		}
	})
}
