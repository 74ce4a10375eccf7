package linking_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"parley/client/content"
	"parley/client/linking"
	"parley/wire"
	"parley/wire/linkuri"
)

const relayURL = "https://relay.example.org"

func newExchange(t *testing.T) *linking.Exchange {
	t.Helper()
	x, err := linking.NewExchange(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func slotOf(fresh *linking.Exchange) linking.Slot {
	return linking.Slot{
		RelayID: bytes.Repeat([]byte{7}, wire.IDSize), ID: bytes.Repeat([]byte{9}, linkuri.SlotSize), Commitment: fresh.Commitment(),
	}
}

// M5, M6: both sides have the same words and a secret, with which they go on as
// with that of a QR code.
func TestExchange_BothWays(t *testing.T) {
	fresh, primary := newExchange(t), newExchange(t)
	slot := slotOf(fresh)
	n, newWords, err := fresh.AsNew(slot, primary.Share())
	if err != nil {
		t.Fatal(err)
	}
	link, primaryWords, err := primary.AsPrimary(slot, relayURL, fresh.Share())
	if err != nil || newWords != primaryWords {
		t.Fatalf("%v and %v, %v", newWords, primaryWords, err)
	}
	if got, err := linkuri.Parse(link.String()); err != nil || got.Relay != relayURL || !bytes.Equal(got.Slot, slot.ID) {
		t.Errorf("the link is %v, %v", got, err)
	}
	offer, err := n.SealOffer(&content.LinkOffer{Name: "Desk PC"})
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := linking.OpenOffer(link, offer); err != nil || opened.Name != "Desk PC" {
		t.Errorf("offer: %v, %v", opened, err)
	}
	bundle, err := linking.SealBundle(link, &content.LinkBundle{Phone: "+32470123456"})
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := n.OpenBundle(slot.ID, bundle); err != nil || opened.Phone != "+32470123456" {
		t.Errorf("bundle: %v, %v", opened, err)
	}
}

// Whatever is not the same for both sides changes words and secret. There are
// enough of these that words alike by chance, one time in 2^32, are no matter.
func TestExchange_EverythingCounts(t *testing.T) {
	fresh, primary, other := newExchange(t), newExchange(t), newExchange(t)
	slot := slotOf(fresh)
	link, words, err := primary.AsPrimary(slot, relayURL, fresh.Share())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*linking.Slot)
		share  []byte
	}{
		"relay":             {func(s *linking.Slot) { s.RelayID = make([]byte, wire.IDSize) }, primary.Share()},
		"slot":              {func(s *linking.Slot) { s.ID = make([]byte, linkuri.SlotSize) }, primary.Share()},
		"commitment":        {func(s *linking.Slot) { s.Commitment = other.Commitment() }, primary.Share()},
		"key":               {func(*linking.Slot) {}, other.Share()},
		"nonce of same key": {func(*linking.Slot) {}, append(bytes.Clone(primary.Share()[:63]), primary.Share()[63]^1)},
	} {
		changed := slot
		c.change(&changed)
		n, got, err := fresh.AsNew(changed, c.share)
		if err != nil || got == words {
			t.Errorf("%s: words %v and %v, %v", name, got, words, err)
			continue
		}
		sealed, err := n.SealOffer(&content.LinkOffer{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := linking.OpenOffer(link, sealed); !errors.Is(err, linking.ErrTampered) {
			t.Errorf("%s: the secret is the same: %v", name, err)
		}
	}
}

// A share other than the one committed to gives neither words nor secret.
func TestExchange_Commitment(t *testing.T) {
	fresh, primary, other := newExchange(t), newExchange(t), newExchange(t)
	changed := bytes.Clone(fresh.Share())
	changed[40] ^= 1 // in the nonce
	for name, share := range map[string][]byte{"another": other.Share(), "another nonce": changed, "short": fresh.Share()[:63], "none": nil} {
		link, words, err := primary.AsPrimary(slotOf(fresh), relayURL, share)
		if !errors.Is(err, linking.ErrCommitment) || words != (linking.Words{}) || link.Secret != nil {
			t.Errorf("%s: got %v, %v, %v", name, link, words, err)
		}
	}
}

// Keys with which there would be no secret, and parts of wrong lengths, are refused.
func TestExchange_Refuses(t *testing.T) {
	fresh, primary := newExchange(t), newExchange(t)
	good := slotOf(fresh)
	long := append([]byte{1}, good.RelayID...)
	for name, c := range map[string]struct {
		slot  linking.Slot
		share []byte
	}{
		"key of low order": {good, make([]byte, wire.LinkShareSize)},
		"short share":      {good, primary.Share()[:32]},
		"no share":         {good, nil},
		"long relay id":    {linking.Slot{RelayID: long, ID: good.ID, Commitment: good.Commitment}, primary.Share()},
		"long slot":        {linking.Slot{RelayID: good.RelayID, ID: long, Commitment: good.Commitment}, primary.Share()},
		"short commitment": {linking.Slot{RelayID: good.RelayID, ID: good.ID, Commitment: good.Commitment[:31]}, primary.Share()},
	} {
		if _, words, err := fresh.AsNew(c.slot, c.share); !errors.Is(err, linking.ErrTampered) || words != (linking.Words{}) {
			t.Errorf("%s: got %v, %v", name, words, err)
		}
	}
}
