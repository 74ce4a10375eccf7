package relay

import (
	"errors"

	"parley/internal/bus"
	"parley/wire"
	"parley/wire/linkcode"
)

// openCodeSlot opens a slot that is found by a typed code.
func (s *Session) openCodeSlot(m *wire.OpenCodeSlot) (*wire.OpenCodeSlotResult, error) {
	if len(m.Commitment) != wire.LinkCommitmentSize {
		return nil, refuse(wire.ErrorMalformed)
	}
	id, err := s.relay.newSlotID()
	if err != nil {
		return nil, err
	}
	for {
		code, err := linkcode.New(s.relay.random)
		if err != nil {
			return nil, err
		}
		if s.relay.slots.openCode(id, s, code, m.Commitment, s.relay.now()) {
			return &wire.OpenCodeSlotResult{SlotID: id[:], Code: code, ExpiresInMS: uint64(wire.CodeSlotLifetime.Milliseconds())}, nil
		}
	}
}

// claimCodeSlot finds the slot of a code. Right codes count as well: if only wrong
// ones did, a guess beyond the limit would still be answered when it is right.
func (s *Session) claimCodeSlot(m *wire.ClaimCodeSlot) (*wire.ClaimCodeSlotResult, error) {
	r := s.relay
	if !s.elsewhere && !r.slots.claimedCode(m.Code, *s.who) {
		if wait := r.limits.links.take(s.who.account, r.now()); wait > 0 {
			return nil, refuseUntil(wait)
		}
		if wait := r.limits.linkCodes.take(s.address, r.now()); wait > 0 {
			return nil, refuseUntil(wait)
		}
	}
	if r.others.journal != nil && !s.elsewhere && !r.slots.hasCode(m.Code) {
		return s.findCodeSlot(m)
	}
	id, commitment, err := r.slots.claimCode(m.Code, *s.who, r.now())
	if err != nil {
		return nil, err
	}
	return &wire.ClaimCodeSlotResult{SlotID: id[:], Commitment: commitment}, nil
}

// findCodeSlot asks the other relays for the slot of a code.
func (s *Session) findCodeSlot(m *wire.ClaimCodeSlot) (*wire.ClaimCodeSlotResult, error) {
	result, err := s.forward(subjectLinkCode, m, findCodeTime)
	if errors.Is(err, bus.ErrNoAnswer) {
		return nil, refuse(wire.ErrorLinkCodeUnknown)
	}
	if err != nil {
		return nil, err
	}
	found, ok := result.(*wire.ClaimCodeSlotResult)
	if !ok {
		return nil, errNotice
	}
	return found, nil
}

// exchangeLinkShare passes a share on, and answers with the other side's.
func (s *Session) exchangeLinkShare(m *wire.ExchangeLinkShare) (*wire.ExchangeLinkShareResult, error) {
	id, err := parseSlotID(m.SlotID)
	if err != nil {
		return nil, err
	}
	if len(m.Share) != wire.LinkShareSize {
		return nil, refuse(wire.ErrorMalformed)
	}
	if s.who == nil {
		other, err := s.relay.slots.shareNew(id, s, m.Share, s.relay.now())
		if err != nil {
			return nil, err
		}
		return &wire.ExchangeLinkShareResult{Share: other}, nil
	}
	other, opener, err := s.relay.slots.sharePrimary(id, *s.who, m.Share, s.relay.now())
	if err != nil {
		return nil, err
	}
	if opener != nil {
		opener.notify(encodeEvent(&wire.LinkEvent{SlotID: m.SlotID, State: wire.LinkShared, Share: m.Share}))
	}
	return &wire.ExchangeLinkShareResult{Share: other}, nil
}

func (s *Session) putLinkOffer(m *wire.PutLinkOffer) (*wire.Done, error) {
	id, err := parseSlotID(m.SlotID)
	if err != nil {
		return nil, err
	}
	if err := checkOffer(m.SealedOffer); err != nil {
		return nil, err
	}
	return &wire.Done{}, s.relay.slots.offer(id, s, m.SealedOffer, s.relay.now())
}

func checkOffer(sealed []byte) error {
	switch {
	case len(sealed) == 0:
		return refuse(wire.ErrorMalformed)
	case len(sealed) > wire.MaxLinkOffer:
		return refuse(wire.ErrorTooLarge)
	}
	return nil
}

// declineLinkSlot is RejectLinkSlot of the new device.
func (s *Session) declineLinkSlot(m *wire.RejectLinkSlot) (*wire.Done, error) {
	id, err := parseSlotID(m.SlotID)
	if err != nil {
		return nil, err
	}
	return &wire.Done{}, s.relay.slots.decline(id, s, m.WordsDiffer, s.relay.now())
}
