package linking_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"parley/client/content"
	"parley/client/linking"
	"parley/wire/linkuri"
)

func begin(t *testing.T) (*linking.NewDevice, linkuri.Link) {
	t.Helper()
	n, err := linking.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return n, n.Link("https://relay.example.org", bytes.Repeat([]byte{9}, linkuri.SlotSize))
}

// M6, M10: offer and bundle reach the other side whole.
func TestLinking_BothWays(t *testing.T) {
	n, link := begin(t)
	sealed, err := n.SealOffer(&content.LinkOffer{Name: "Tablet", Platform: "web"})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := linking.OpenOffer(link, sealed)
	if err != nil || offer.Name != "Tablet" {
		t.Fatalf("got %v, %v", offer, err)
	}
	sealed, err = linking.SealBundle(link, &content.LinkBundle{Phone: "+32470123456"})
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := n.OpenBundle(link.Slot, sealed)
	if err != nil || bundle.Phone != "+32470123456" {
		t.Fatalf("got %v, %v", bundle, err)
	}
}

// Who did not see the code, the relay above all, can neither read the offer nor
// make a bundle, even knowing slot and HPKE key.
func TestLinking_WithoutSecret(t *testing.T) {
	n, link := begin(t)
	sealed, err := n.SealOffer(&content.LinkOffer{Name: "Tablet"})
	if err != nil {
		t.Fatal(err)
	}
	guess := link
	guess.Secret = make([]byte, linkuri.SecretSize)
	if _, err := linking.OpenOffer(guess, sealed); !errors.Is(err, linking.ErrTampered) {
		t.Errorf("offer: %v", err)
	}
	forged, err := linking.SealBundle(guess, &content.LinkBundle{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.OpenBundle(link.Slot, forged); !errors.Is(err, linking.ErrTampered) {
		t.Errorf("bundle: %v", err)
	}
}

// A bundle sealed for one slot does not open in another.
func TestLinking_OtherSlot(t *testing.T) {
	n, link := begin(t)
	sealed, err := linking.SealBundle(link, &content.LinkBundle{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.OpenBundle(make([]byte, linkuri.SlotSize), sealed); !errors.Is(err, linking.ErrTampered) {
		t.Errorf("got %v", err)
	}
}
