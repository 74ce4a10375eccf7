package peer

import (
	"testing"
	"time"

	"parley/mls"
)

// TestEndlessLifetimes: other implementations make key packages without an end;
// they are added, and stand in the tree of a group that is joined by either door.
func TestEndlessLifetimes(t *testing.T) {
	alice, carol, dave := newPeer(t), newPeer(t), newPeer(t)
	signer, err := mls.DefaultSuite.GenerateSigner(nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign := mls.Config{Signer: signer, Limits: mls.Limits{MaxLifetime: -1}}
	bundle, err := mls.NewKeyPackage(foreign, mls.KeyPackageOptions{
		Leaf:      mls.LeafOptions{Credential: mls.BasicCredential([]byte("bob"))},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	do(t, alice, Request{Op: "create"})
	do(t, alice, hexed("add", bundle.Message()))
	do(t, carol, hexed("join", do(t, alice, hexed("add", do(t, carol, Request{Op: "newkp"}).KeyPackage)).Welcome))
	external := do(t, dave, hexed("ext", do(t, alice, Request{Op: "gi"}).GroupInfo))
	do(t, carol, hexed("process", external.Commit))
	if n := len(carol.Group().Members()); n != 4 {
		t.Fatalf("%d members", n)
	}
}

func newPeer(t *testing.T) *Peer {
	t.Helper()
	p, err := New(mls.DefaultSuite)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func hexed(op string, data HexBytes) Request {
	text, _ := data.MarshalText() // never fails
	return Request{Op: op, Data: string(text)}
}

func do(t *testing.T, p *Peer, r Request) Answer {
	t.Helper()
	a := p.Do(r)
	if a.Err != "" {
		t.Fatalf("%s: %s", r.Op, a.Err)
	}
	return a
}
