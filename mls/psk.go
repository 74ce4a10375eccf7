package mls

import (
	"bytes"

	"parley/mls/internal/codec"
)

// PSKType tells an external from a resumption pre-shared key (RFC 9420 section 8.4).
type PSKType uint8

const (
	PSKExternal   PSKType = 1
	PSKResumption PSKType = 2
)

// ResumptionUsage is what a resumption PSK is used for (RFC 9420 section 8.4).
type ResumptionUsage uint8

const (
	ResumptionApplication ResumptionUsage = 1
	ResumptionReInit      ResumptionUsage = 2
	ResumptionBranch      ResumptionUsage = 3
)

// PreSharedKeyID names a pre-shared key; its value never travels (RFC 9420
// section 8.4).
type PreSharedKeyID struct {
	Type  PSKType
	ID    []byte // PSKExternal
	Usage ResumptionUsage
	Group []byte // PSKResumption
	Epoch uint64 // PSKResumption
	Nonce []byte
}

func (id PreSharedKeyID) encode(w *codec.Writer) {
	w.Uint8(uint8(id.Type))
	if id.Type == PSKExternal {
		w.Vector(id.ID)
	} else {
		w.Uint8(uint8(id.Usage))
		w.Vector(id.Group)
		w.Uint64(id.Epoch)
	}
	w.Vector(id.Nonce)
}

func (id PreSharedKeyID) clone() PreSharedKeyID {
	id.ID, id.Group, id.Nonce = bytes.Clone(id.ID), bytes.Clone(id.Group), bytes.Clone(id.Nonce)
	return id
}

func readPSKID(r *codec.Reader) PreSharedKeyID {
	id := PreSharedKeyID{Type: PSKType(r.Uint8())}
	switch id.Type {
	case PSKExternal:
		id.ID = r.Vector()
	case PSKResumption:
		id.Usage, id.Group, id.Epoch = ResumptionUsage(r.Uint8()), r.Vector(), r.Uint64()
		if id.Usage < ResumptionApplication || id.Usage > ResumptionBranch {
			r.Fail()
		}
	default:
		r.Fail()
	}
	id.Nonce = r.Vector()
	return id
}

func readPSKIDs(r *codec.Reader) (ids []PreSharedKeyID) {
	r.EachUpTo(maxProposals, func(r *codec.Reader) { ids = append(ids, readPSKID(r)) })
	return ids
}

func encodePSKIDs(w *codec.Writer, ids []PreSharedKeyID) {
	w.Nested(func(w *codec.Writer) {
		for _, id := range ids {
			id.encode(w)
		}
	})
}

// pskSecret mixes pre-shared keys in their order (RFC 9420 section 8.4).
// Without any it is zero.
func (s *suite) pskSecret(ids []PreSharedKeyID, values []secret) secret {
	zero := make(secret, s.hashLen)
	mixed := zero
	for i, id := range ids {
		var label codec.Writer
		id.encode(&label)
		label.Uint16(uint16(i))
		label.Uint16(uint16(len(ids)))
		input := s.expandWithLabel(s.extract(zero, values[i]), "derived psk", label.Data(), s.hashLen)
		mixed = s.extract(input, mixed)
	}
	return mixed
}
