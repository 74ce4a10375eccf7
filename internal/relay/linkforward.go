package relay

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"time"

	"parley/ident"
	"parley/internal/bus"
	"parley/internal/store"
	"parley/wire"
)

// A linking slot is in the memory of the relay to which its new device is connected. The primary may
// be at another relay, which forwards its calls: the first bytes of a slot's id name the holder,
// and who has a typed code is asked of all.

const (
	// holderSize is how many bytes of a slot's id name its holder.
	holderSize = 4
	// subjectLink, with the holder's name, and subjectLinkCode are those of the requests.
	subjectLink     = "link."
	subjectLinkCode = "linkcode"
	// forwardTime is how long a forwarded call may take, and findCodeTime how long the relays have to
	// say that they know a code.
	forwardTime  = 5 * time.Second
	findCodeTime = 2 * time.Second
)

// sealBus returns the relay's bus, encrypted with a key that only relays on the same store know.
func sealBus(b bus.Bus, identity store.Identity) (bus.Bus, error) {
	key := hmac.New(sha256.New, identity.Signer.Seed())
	key.Write([]byte("parley bus v1"))
	return bus.Seal(b, key.Sum(nil))
}

// newSlotID returns a fresh slot id that names this relay.
func (r *Relay) newSlotID() (id slotID, err error) {
	_, err = io.ReadFull(r.random, id[:])
	if r.others.journal != nil {
		copy(id[:holderSize], r.others.id[:])
	}
	return id, err
}

// serveLinks answers what other relays forward.
func (o *others) serveLinks() error {
	return errors.Join(
		o.bus.Serve(subjectLink+hex.EncodeToString(o.id[:holderSize]), o.answerForwarded),
		o.bus.Serve(subjectLinkCode, func(message []byte) []byte {
			s, call := o.decodeForwarded(message)
			claim, ok := call.(*wire.ClaimCodeSlot)
			if !ok || !o.relay.slots.hasCode(claim.Code) {
				return nil
			}
			return o.answerAs(s, call)
		}),
	)
}

// forwardLink carries out a primary's call at a slot that another relay holds; forwarded is false if
// it is this relay's to answer.
func (s *Session) forwardLink(call wire.RequestCall) (result wire.ResponseResult, err error, forwarded bool) {
	o := &s.relay.others
	if o.journal == nil || s.who == nil {
		return nil, nil, false
	}
	var slot []byte
	switch m := call.(type) {
	case *wire.ClaimLinkSlot:
		slot = m.SlotID
	case *wire.AddDevice:
		slot = m.SlotID
	case *wire.RejectLinkSlot:
		slot = m.SlotID
	case *wire.ExchangeLinkShare:
		slot = m.SlotID
	}
	if len(slot) != wire.IDSize || bytes.HasPrefix(slot, o.id[:holderSize]) {
		return nil, nil, false
	}
	result, err = s.forward(subjectLink+hex.EncodeToString(slot[:holderSize]), call, forwardTime)
	if errors.Is(err, bus.ErrNoAnswer) {
		err = s.relay.refuseHolder(slot[:holderSize])
	}
	return result, err, true
}

// refuseHolder is the answer for a slot of a relay that does not: its slots have ended with it, or it
// cannot be reached at present.
func (r *Relay) refuseHolder(holder []byte) error {
	var runs bool
	err := r.store.View(r.ctx, func(reader store.Reader) error {
		relays, err := reader.(store.SharedReader).ListRelays()
		runs = slices.ContainsFunc(relays, func(id store.RelayID) bool { return bytes.HasPrefix(id[:], holder) })
		return err
	})
	switch {
	case err != nil:
		return err
	case runs:
		return r.comeBackLater()
	}
	return refuse(wire.ErrorLinkExpired)
}

// forward has another relay carry out a call for this session.
func (s *Session) forward(subject string, call wire.RequestCall, patience time.Duration) (wire.ResponseResult, error) {
	message := append(append([]byte{}, s.who.account[:]...), s.who.device[:]...)
	message = append(message, wire.Encode(&wire.Frame{ID: 1, Body: &wire.Request{Call: call}})...)
	ctx, cancel := context.WithTimeout(s.relay.ctx, patience)
	defer cancel()
	answer, err := s.relay.others.bus.Request(ctx, subject, message)
	if err != nil {
		return nil, err
	}
	frame, err := wire.Decode(answer)
	if err != nil {
		return nil, err
	}
	response, ok := frame.Body.(*wire.Response)
	if !ok {
		return nil, errNotice
	}
	if refusal, ok := response.Result.(*wire.Error); ok {
		return nil, refusal
	}
	return response.Result, nil
}

// decodeForwarded returns what forward has sent: the call is nil if it cannot be read.
func (o *others) decodeForwarded(message []byte) (*Session, wire.RequestCall) {
	if len(message) < 2*wire.IDSize {
		return nil, nil
	}
	frame, err := wire.Decode(message[2*wire.IDSize:])
	if err != nil {
		return nil, nil
	}
	request, ok := frame.Body.(*wire.Request)
	if !ok {
		return nil, nil
	}
	who := identity{ident.AccountID(message[:wire.IDSize]), ident.DeviceID(message[wire.IDSize : 2*wire.IDSize]), true}
	return &Session{relay: o.relay, stage: stageAuthenticated, who: &who, elsewhere: true}, request.Call
}

func (o *others) answerForwarded(message []byte) []byte {
	s, call := o.decodeForwarded(message)
	switch call.(type) {
	case *wire.ClaimLinkSlot, *wire.AddDevice, *wire.RejectLinkSlot, *wire.ExchangeLinkShare:
		return o.answerAs(s, call)
	}
	return nil
}

// answerAs carries out a call for a session of another relay, which has seen to it that it is a
// primary's.
func (o *others) answerAs(s *Session, call wire.RequestCall) []byte {
	result, err := s.call(call)
	if err != nil {
		result = o.relay.asWireError(err, s.log())
	}
	return wire.Encode(&wire.Frame{ID: 1, Body: &wire.Response{Result: result}})
}
