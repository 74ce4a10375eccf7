package devicetest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"sync"
	"testing"

	"parley/client/api"
	"parley/client/content"
	"parley/client/linking"
	"parley/internal/store"
	"parley/wire"
)

// Typed is a code of a new device that was typed on a primary: both show words.
type Typed struct {
	// Code is what was typed, New and Primary what each shows, URI for what follows.
	Code, URI    string
	New, Primary []int
	// Ended tells how it ended at the new device.
	Ended <-chan api.LinkProgress
}

// TypeCode shows a code on the new device and types it on this primary.
func (d *Device) TypeCode(fresh *Device) *Typed {
	d.t.Helper()
	code, shown, ended := fresh.ShowCode()
	words := Call(d, api.ClaimLinkCode, api.LinkCodeParams{Code: code})
	return &Typed{Code: code, URI: words.URI, Primary: words.Words, New: <-shown, Ended: ended}
}

// ShowCode begins linking this new device by a code.
func (d *Device) ShowCode() (code string, words <-chan []int, ended <-chan api.LinkProgress) {
	d.t.Helper()
	shown, end := make(chan []int, 1), make(chan api.LinkProgress, 1)
	d.Core.Subscribe(linkEnd(end))
	d.Core.Subscribe(func(event string, data json.RawMessage) {
		var p api.LinkProgress
		if event == api.OnLink.Name && json.Unmarshal(data, &p) == nil && p.State == api.LinkComparing {
			shown <- p.Words
		}
	})
	offer := Call(d, api.StartCodeLink, api.StartLinkParams{Relay: d.relay.web.URL, DeviceName: d.Name})
	return offer.Code, shown, end
}

// Between is a relay that stands between a new device and a primary which are
// linked by a code: it swaps keys in both directions, agrees on a secret with each,
// and offers the primary a device of its own.
type Between struct {
	t             testing.TB
	fresh, holder string // names of the new device and the primary
	// toFresh is its end as a primary, toHolder as a new device.
	toFresh, toHolder *linking.Exchange

	mu      sync.Mutex
	relayID []byte
	slot    linking.Slot
	// holderShare is what the primary sent.
	holderShare       []byte
	offers, additions int
}

// StandBetween has the relay do that from now on.
func (r *Relay) StandBetween(fresh, primary *Device) *Between {
	r.t.Helper()
	b := &Between{t: r.t, fresh: fresh.Name, holder: primary.Name}
	for _, x := range []**linking.Exchange{&b.toFresh, &b.toHolder} {
		var err error
		if *x, err = linking.NewExchange(rand.Reader); err != nil {
			r.t.Fatal(err)
		}
	}
	r.view(func(reader store.Reader) (err error) {
		identity, err := r.store.Identity(context.Background(), rand.Reader)
		b.relayID = identity.ID[:]
		return err
	})
	r.Forge(b.forge)
	r.Cut(b.watch)
	return b
}

// Passed is how many offers the new device has made and how many devices the
// primary has added, which both wait for a person.
func (b *Between) Passed() (offers, additions int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.offers, b.additions
}

// forge changes what the two devices read.
func (b *Between) forge(device string, frame *wire.Frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch body := frame.Body.(type) {
	case *wire.Event:
		if e, ok := body.Happening.(*wire.LinkEvent); ok && device == b.fresh && e.State == wire.LinkShared {
			b.holderShare, e.Share = e.Share, b.toFresh.Share()
		}
	case *wire.Response:
		if device == b.holder {
			body.Result = b.forged(body.Result)
		}
	}
}

// forged is the answer that the primary gets in place of the relay's.
func (b *Between) forged(result wire.ResponseResult) wire.ResponseResult {
	switch r := result.(type) {
	case *wire.ClaimCodeSlotResult:
		r.Commitment = b.toHolder.Commitment()
		b.slot = linking.Slot{RelayID: b.relayID, ID: r.SlotID, Commitment: r.Commitment}
	case *wire.ExchangeLinkShareResult:
		if len(r.Share) > 0 {
			r.Share = b.toHolder.Share()
		}
	case *wire.Error:
		if r.Code == wire.ErrorLinkWaiting || r.Code == wire.ErrorLinkWordsDiffer {
			return &wire.ClaimLinkSlotResult{SealedOffer: b.ownOffer()}
		}
	}
	return result
}

// ownOffer is of a device of the relay's own, sealed as the primary expects it.
func (b *Between) ownOffer() []byte {
	keys, _, err := b.toHolder.AsNew(b.slot, b.holderShare)
	if err != nil {
		b.t.Error(err)
		return nil
	}
	sealed, err := keys.SealOffer(&content.LinkOffer{
		DeviceID: make([]byte, wire.IDSize), DeviceKey: make([]byte, ed25519.PublicKeySize), Platform: "web", Name: "Tablet",
	})
	if err != nil {
		b.t.Error(err)
	}
	return sealed
}

// watch counts what passes only when people have said yes.
func (b *Between) watch(_ string, frame *wire.Frame) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	request, ok := frame.Body.(*wire.Request)
	if !ok {
		return false
	}
	switch request.Call.(type) {
	case *wire.PutLinkOffer:
		b.offers++
	case *wire.AddDevice:
		b.additions++
	}
	return false
}
