package mls

import (
	"crypto/sha256"
	"maps"
)

// keyKind separates the keys that must differ from each other (RFC 9420 section 7.3).
type keyKind byte

const (
	encryptionKeys keyKind = 1 // of leaves and parents
	signatureKeys  keyKind = 2
)

// A keyID names a key by a part of its hash: two keys with one name are as hard
// to find as a collision of 128 bits, and all members would see the same.
type keyID [16]byte

func keyOf(kind keyKind, key []byte) keyID {
	var stack [128]byte
	sum := sha256.Sum256(append(append(stack[:0], byte(kind)), key...))
	return keyID(sum[:16])
}

// keyCounts counts how often each key stands in a tree. Copies share what they
// have in common, so a copy costs as much as the changes since the last one that
// was settled, at most an eighth of all.
type keyCounts struct {
	base    map[keyID]int32 // never changed once it is shared
	changes map[keyID]int32 // to be added to base
	twice   int             // keys that stand there more than once
}

func (k *keyCounts) add(id keyID, by int32) {
	before := k.base[id] + k.changes[id]
	after := before + by
	switch {
	case before <= 1 && after > 1:
		k.twice++
	case before > 1 && after <= 1:
		k.twice--
	}
	if k.changes == nil {
		k.changes = map[keyID]int32{}
	}
	if change := after - k.base[id]; change != 0 {
		k.changes[id] = change
	} else {
		delete(k.changes, id)
	}
}

func (k *keyCounts) addParent(p *parentNode, by int32) {
	if p != nil {
		k.add(keyOf(encryptionKeys, p.encryptionKey), by)
	}
}

func (k *keyCounts) clone() keyCounts {
	if len(k.changes) > 64+len(k.base)/8 {
		k.base = maps.Clone(k.base)
		k.settle()
	}
	return keyCounts{base: k.base, changes: maps.Clone(k.changes), twice: k.twice}
}

// settle takes the changes over into base, which must not be shared.
func (k *keyCounts) settle() {
	if k.base == nil {
		k.base, k.changes = k.changes, nil
		return
	}
	for id, change := range k.changes {
		if k.base[id] += change; k.base[id] == 0 {
			delete(k.base, id)
		}
	}
	k.changes = nil
}
