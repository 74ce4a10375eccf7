package relay_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/relay"
	"parley/wire"
)

// Shares as the relay sees them; whether they fit the commitment is not its part.
var (
	commitment   = bytes.Repeat([]byte{1}, wire.LinkCommitmentSize)
	primaryShare = bytes.Repeat([]byte{2}, wire.LinkShareSize)
	newShare     = bytes.Repeat([]byte{3}, wire.LinkShareSize)
)

func openCode(p *peer) *wire.OpenCodeSlotResult {
	p.Helper()
	return must[*wire.OpenCodeSlotResult](p, &wire.OpenCodeSlot{Commitment: commitment})
}

// exchanged brings a new device and a primary to where their people compare words.
func exchanged(p *peer, primary *device) (slot []byte) {
	p.Helper()
	opened := openCode(p)
	must[*wire.ClaimCodeSlotResult](primary.peer, &wire.ClaimCodeSlot{Code: opened.Code})
	must[*wire.ExchangeLinkShareResult](primary.peer, &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: primaryShare})
	event[*wire.LinkEvent](p)
	must[*wire.ExchangeLinkShareResult](p, &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: newShare})
	return opened.SlotID
}

// M5: a device is linked by a code. The primary has the commitment before it sends
// its share, and the new device that share before it sends its own; the offer
// comes last. Lost answers are given again.
func TestLinkByCode(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	p := w.greet()
	opened := openCode(p)
	if len(opened.Code) != 8 || strings.ToUpper(opened.Code) != opened.Code {
		t.Errorf("the code is %q", opened.Code)
	}
	for range 2 {
		claimed := must[*wire.ClaimCodeSlotResult](alice.peer, &wire.ClaimCodeSlot{Code: opened.Code})
		if !bytes.Equal(claimed.SlotID, opened.SlotID) || !bytes.Equal(claimed.Commitment, commitment) {
			t.Errorf("the slot is %x with %x", claimed.SlotID, claimed.Commitment)
		}
		alice.reconnect()
	}
	share := func(share []byte) *wire.ExchangeLinkShare {
		return &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: share}
	}
	claim := &wire.ClaimLinkSlot{SlotID: opened.SlotID}
	for range 2 {
		if r := must[*wire.ExchangeLinkShareResult](alice.peer, share(primaryShare)); len(r.Share) != 0 {
			t.Errorf("the new device's share is %x before it was sent", r.Share)
		}
		alice.reconnect()
	}
	if e := event[*wire.LinkEvent](p); e.State != wire.LinkShared || !bytes.Equal(e.Share, primaryShare) {
		t.Errorf("the new device hears %v, %x", e.State, e.Share)
	}
	quiet[*wire.LinkEvent](p)
	for range 2 {
		if r := must[*wire.ExchangeLinkShareResult](p, share(newShare)); !bytes.Equal(r.Share, primaryShare) {
			t.Errorf("the primary's share is %x", r.Share)
		}
	}
	if r := must[*wire.ExchangeLinkShareResult](alice.peer, share(primaryShare)); !bytes.Equal(r.Share, newShare) {
		t.Errorf("the new device's share is %x", r.Share)
	}
	if e := alice.refused(wire.ErrorLinkWaiting, claim); e.RetryAfterMS == 0 {
		t.Error("the refusal does not say when to ask again")
	}
	n := alice.unlinked(p)
	add := &wire.AddDevice{SlotID: opened.SlotID, Certificate: n.certificate(false), SealedBundle: []byte("bundle")}
	alice.refused(wire.ErrorLinkWaiting, add) // the person at the new device has not compared the words
	must[*wire.Done](p, &wire.PutLinkOffer{SlotID: opened.SlotID, SealedOffer: []byte("offer")})
	if r := must[*wire.ClaimLinkSlotResult](alice.peer, claim); string(r.SealedOffer) != "offer" {
		t.Errorf("the offer is %q", r.SealedOffer)
	}
	must[*wire.Done](alice.peer, add)
	if e := event[*wire.LinkEvent](p); e.State != wire.LinkAccepted || string(e.SealedBundle) != "bundle" {
		t.Errorf("the new device hears %v, %q", e.State, e.SealedBundle)
	}
	n.authenticate()
	alice.refused(wire.ErrorLinkUsed, &wire.ClaimCodeSlot{Code: opened.Code})
}

// Each side has one share: whoever could try several would try until the words are
// alike.
func TestLinkByCode_OneShare(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	p := w.greet()
	opened := openCode(p)
	exchange := &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: newShare}
	p.refused(wire.ErrorMalformed, exchange) // not before the primary's
	must[*wire.ClaimCodeSlotResult](alice.peer, &wire.ClaimCodeSlot{Code: opened.Code})
	p.refused(wire.ErrorMalformed, exchange)
	must[*wire.ExchangeLinkShareResult](alice.peer, &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: primaryShare})
	p.refused(wire.ErrorMalformed, &wire.PutLinkOffer{SlotID: opened.SlotID, SealedOffer: []byte("offer")}) // not before its share
	must[*wire.ExchangeLinkShareResult](p, exchange)
	other := &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: make([]byte, wire.LinkShareSize)}
	alice.refused(wire.ErrorLinkUsed, other)
	p.refused(wire.ErrorLinkUsed, other)
	must[*wire.Done](p, &wire.PutLinkOffer{SlotID: opened.SlotID, SealedOffer: []byte("offer")})
	p.refused(wire.ErrorMalformed, &wire.PutLinkOffer{SlotID: opened.SlotID, SealedOffer: []byte("another")})
}

// M23: a code is good for five minutes, once, and its slot three more for each
// person who decides.
func TestLinkByCode_Lifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		p := w.greet()
		first := openCode(p)
		time.Sleep(wire.CodeSlotLifetime)
		second := openCode(p)
		alice.refused(wire.ErrorLinkExpired, &wire.ClaimCodeSlot{Code: first.Code})
		time.Sleep(wire.CodeSlotLifetime + time.Second)
		alice.refused(wire.ErrorLinkExpired, &wire.ClaimCodeSlot{Code: second.Code})

		p = w.greet()
		third := openCode(p)
		time.Sleep(wire.CodeSlotLifetime)
		must[*wire.ClaimCodeSlotResult](alice.peer, &wire.ClaimCodeSlot{Code: third.Code})
		bob.refused(wire.ErrorLinkUsed, &wire.ClaimCodeSlot{Code: third.Code})
		bob.refused(wire.ErrorLinkUnknown, &wire.ExchangeLinkShare{SlotID: third.SlotID, Share: primaryShare})
		bob.refused(wire.ErrorLinkUsed, &wire.ClaimLinkSlot{SlotID: third.SlotID})
		time.Sleep(wire.LinkDecisionTime + time.Second)
		alice.refused(wire.ErrorLinkExpired, &wire.ExchangeLinkShare{SlotID: third.SlotID, Share: primaryShare})

		p = w.greet()
		fourth := exchanged(p, alice)
		time.Sleep(wire.LinkDecisionTime)
		must[*wire.Done](p, &wire.PutLinkOffer{SlotID: fourth, SealedOffer: []byte("offer")})
		time.Sleep(wire.LinkDecisionTime)
		must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: fourth})
		time.Sleep(time.Second)
		alice.refused(wire.ErrorLinkExpired, &wire.ClaimLinkSlot{SlotID: fourth})

		p = w.greet()
		fifth := openCode(p)
		p.pipe.Close()
		synctest.Wait()
		alice.refused(wire.ErrorLinkExpired, &wire.ClaimCodeSlot{Code: fifth.Code}) // its device is gone
		time.Sleep(time.Hour)                                                       // and forgotten
		alice.refused(wire.ErrorLinkCodeUnknown, &wire.ClaimCodeSlot{Code: fifth.Code})
		w.stopEarly()
	})
}

// Who says that the words differ ends it for both sides.
func TestLinkByCode_WordsDiffer(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	p := w.greet()
	slot := exchanged(p, alice)
	must[*wire.Done](p, &wire.RejectLinkSlot{SlotID: slot, WordsDiffer: true})
	alice.refused(wire.ErrorLinkWordsDiffer, &wire.ClaimLinkSlot{SlotID: slot})
	alice.refused(wire.ErrorLinkWordsDiffer, &wire.AddDevice{SlotID: slot, Certificate: alice.unlinked(p).certificate(false)})

	slot = exchanged(p, alice)
	for range 2 {
		must[*wire.Done](alice.peer, &wire.RejectLinkSlot{SlotID: slot, WordsDiffer: true})
		alice.reconnect()
	}
	if e := event[*wire.LinkEvent](p); e.State != wire.LinkRejected || !e.WordsDiffer {
		t.Errorf("the new device hears %v, %t", e.State, e.WordsDiffer)
	}
	p.refused(wire.ErrorLinkUsed, &wire.PutLinkOffer{SlotID: slot, SealedOffer: []byte("offer")})
}

// M21: what each side may do at a slot with a code, and what no slot allows.
func TestLinkByCode_Refusals(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	tablet := alice.link()
	p, other := w.greet(), w.greet()
	for _, size := range []int{0, wire.LinkCommitmentSize - 1, wire.LinkCommitmentSize + 1} {
		p.refused(wire.ErrorMalformed, &wire.OpenCodeSlot{Commitment: make([]byte, size)})
	}
	w.dial().refused(wire.ErrorNotAuthenticated, &wire.OpenCodeSlot{Commitment: commitment})
	alice.refused(wire.ErrorMalformed, &wire.OpenCodeSlot{Commitment: commitment})
	alice.refused(wire.ErrorMalformed, &wire.PutLinkOffer{})
	opened := openCode(p)
	code := &wire.ClaimCodeSlot{Code: opened.Code}
	tablet.refused(wire.ErrorPrimaryOnly, code)
	tablet.refused(wire.ErrorPrimaryOnly, &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: primaryShare})
	other.refused(wire.ErrorNotAuthenticated, code)
	alice.refused(wire.ErrorLinkUnknown, &wire.ClaimLinkSlot{SlotID: opened.SlotID}) // by its code alone
	alice.refused(wire.ErrorLinkCodeUnknown, &wire.ClaimCodeSlot{Code: "00000000"})
	alice.refused(wire.ErrorLinkCodeUnknown, &wire.ClaimCodeSlot{})
	must[*wire.ClaimCodeSlotResult](alice.peer, code)
	for _, size := range []int{0, wire.LinkShareSize - 1, wire.LinkShareSize + 1} {
		alice.refused(wire.ErrorMalformed, &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: make([]byte, size)})
	}
	must[*wire.ExchangeLinkShareResult](alice.peer, &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: primaryShare})
	other.refused(wire.ErrorLinkUnknown, &wire.ExchangeLinkShare{SlotID: opened.SlotID, Share: newShare})
	other.refused(wire.ErrorLinkUnknown, &wire.RejectLinkSlot{SlotID: opened.SlotID})
	other.refused(wire.ErrorLinkUnknown, &wire.PutLinkOffer{SlotID: opened.SlotID, SealedOffer: []byte("offer")})
	p.refused(wire.ErrorMalformed, &wire.PutLinkOffer{SlotID: opened.SlotID})
	p.refused(wire.ErrorTooLarge, &wire.PutLinkOffer{SlotID: opened.SlotID, SealedOffer: make([]byte, wire.MaxLinkOffer+1)})

	qr := must[*wire.OpenLinkSlotResult](other, &wire.OpenLinkSlot{SealedOffer: []byte("offer")}).SlotID
	must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: qr})
	alice.refused(wire.ErrorMalformed, &wire.ExchangeLinkShare{SlotID: qr, Share: primaryShare})
	other.refused(wire.ErrorLinkUnknown, &wire.PutLinkOffer{SlotID: qr, SealedOffer: []byte("another")})
	other.refused(wire.ErrorLinkUnknown, &wire.RejectLinkSlot{SlotID: qr})
}

// Nobody can search for codes: neither an account nor many behind one address get
// more than a few answers an hour, right ones included. Asking again is free.
func TestLinkByCode_Rates(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.LinksPerHour = 3 })
	p := w.greet()
	opened := openCode(p)
	alice := w.register(w.nextPhone())
	slot := exchanged(p, alice) // its second slot; the first is gone
	for range 20 {
		alice.refused(wire.ErrorLinkWaiting, &wire.ClaimLinkSlot{SlotID: slot})
	}
	alice.refused(wire.ErrorLinkExpired, &wire.ClaimCodeSlot{Code: opened.Code})
	alice.refused(wire.ErrorLinkCodeUnknown, &wire.ClaimCodeSlot{Code: "00000000"})
	right := openCode(w.greet())
	if e := alice.refused(wire.ErrorRateLimited, &wire.ClaimCodeSlot{Code: right.Code}); e.RetryAfterMS == 0 {
		t.Error("the refusal does not say when to try again")
	}
	answered := 3
	for range 20 {
		d := w.register(w.nextPhone())
		if e, ok := d.call(&wire.ClaimCodeSlot{Code: "00000000"}).(*wire.Error); !ok || e.Code != wire.ErrorLinkCodeUnknown {
			break
		}
		answered++
	}
	if answered != 18 {
		t.Errorf("%d codes were tried from one address", answered)
	}
}
