package mls

import (
	"testing"
)

// TestTruncatedEverything: no beginning of an honest message is taken for one,
// by whatever it is given to.
func TestTruncatedEverything(t *testing.T) {
	_, g, list := traffic(t)
	joiner := newPerson(t, DefaultSuite, "joiner again")
	bundle := joiner.keyPackage(t, DefaultSuite)
	before := saved(g)
	for _, data := range list {
		for n := range data {
			short := data[:n:n]
			if r, err := g.Process(short); err == nil || r != nil {
				t.Fatalf("%d of %d bytes are processed", n, len(data))
			}
			if _, err := ParseKeyPackage(short); err == nil {
				t.Fatal("a key package")
			}
			if _, err := InspectGroupInfo(short); err == nil {
				t.Fatal("a GroupInfo")
			}
			if _, err := JoinExternal(joiner.cfg, short, ExternalJoinOptions{Leaf: joiner.leaf()}); err == nil {
				t.Fatal("a GroupInfo to join by")
			}
			if _, _, err := JoinWelcome(joiner.cfg, short, []*KeyPackageBundle{bundle}, nil); err == nil {
				t.Fatal("a Welcome")
			}
		}
	}
	unchanged(t, g, before)
	private := bundle.MarshalPrivate()
	for n := range private {
		if _, err := ParseKeyPackageBundle(private[:n]); err == nil {
			t.Fatal("a bundle")
		}
	}
}
