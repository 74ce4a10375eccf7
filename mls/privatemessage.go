package mls

import (
	"encoding/binary"

	"parley/mls/internal/codec"
)

// privateMessage is PrivateMessage of RFC 9420 section 6.3.
type privateMessage struct {
	groupID             []byte
	epoch               uint64
	kind                contentType
	authenticatedData   []byte
	encryptedSenderData []byte
	ciphertext          []byte
}

// size is at least that of the encoding.
func (m *privateMessage) size() int {
	return len(m.groupID) + len(m.authenticatedData) + len(m.encryptedSenderData) + len(m.ciphertext) + 32
}

func (m *privateMessage) encode(w *codec.Writer) {
	w.Vector(m.groupID)
	w.Uint64(m.epoch)
	w.Uint8(uint8(m.kind))
	w.Vector(m.authenticatedData)
	w.Vector(m.encryptedSenderData)
	w.Vector(m.ciphertext)
}

func readPrivateMessage(r *codec.Reader) *privateMessage {
	m := &privateMessage{
		groupID: r.Vector(), epoch: r.Uint64(), kind: contentType(r.Uint8()),
		authenticatedData: r.Vector(), encryptedSenderData: r.Vector(), ciphertext: r.Vector(),
	}
	if m.kind < contentApplication || m.kind > contentCommit {
		r.Fail()
	}
	return m
}

// senderDataAAD is SenderDataAAD, contentAAD is PrivateContentAAD (RFC 9420 section 6.3).
func (m *privateMessage) senderDataAAD() []byte {
	w := codec.NewWriter(16 + len(m.groupID))
	w.Vector(m.groupID)
	w.Uint64(m.epoch)
	w.Uint8(uint8(m.kind))
	return w.Data()
}

func (m *privateMessage) contentAAD() []byte {
	w := codec.NewWriter(24 + len(m.groupID) + len(m.authenticatedData))
	w.Vector(m.groupID)
	w.Uint64(m.epoch)
	w.Uint8(uint8(m.kind))
	w.Vector(m.authenticatedData)
	return w.Data()
}

// senderData is SenderData: who sent, and with which key.
type senderData struct {
	leaf       LeafIndex
	generation uint32
	reuseGuard [reuseGuardSize]byte
}

const (
	reuseGuardSize = 4
	senderDataSize = 4 + 4 + reuseGuardSize
)

// senderDataKey is the key and nonce of the sender data, which depend on the
// beginning of the ciphertext (RFC 9420 section 6.3.2).
func (s *suite) senderDataKey(senderDataSecret secret, ciphertext []byte) (key, nonce secret) {
	sample := ciphertext[:min(len(ciphertext), s.hashLen)]
	return s.expandWithLabel(senderDataSecret, "key", sample, s.keyLen),
		s.expandWithLabel(senderDataSecret, "nonce", sample, s.nonceLen)
}

func (s *suite) sealSenderData(m *privateMessage, senderDataSecret secret, d senderData) (err error) {
	w := codec.NewWriter(senderDataSize + aeadOverhead)
	w.Uint32(uint32(d.leaf))
	w.Uint32(d.generation)
	w.Raw(d.reuseGuard[:])
	key, nonce := s.senderDataKey(senderDataSecret, m.ciphertext)
	m.encryptedSenderData, err = s.sealInPlace(key, nonce, m.senderDataAAD(), w.Data())
	return err
}

func (s *suite) openSenderData(m *privateMessage, senderDataSecret secret) (d senderData, err error) {
	key, nonce := s.senderDataKey(senderDataSecret, m.ciphertext)
	plaintext, err := s.open(key, nonce, m.senderDataAAD(), m.encryptedSenderData)
	if err != nil {
		return d, fail(ErrDecrypt, "sender data")
	}
	r := codec.NewReader(plaintext)
	d.leaf, d.generation = LeafIndex(r.Uint32()), r.Uint32()
	copy(d.reuseGuard[:], r.Bytes(reuseGuardSize))
	if r.End() != nil {
		return d, fail(ErrMalformed, "sender data")
	}
	return d, nil
}

// guardedNonce mixes the reuse guard into a nonce: it differs even if a
// generation is used twice by mistake (RFC 9420 section 6.3.1).
func guardedNonce(nonce secret, guard [reuseGuardSize]byte) secret {
	guarded := append(secret(nil), nonce...)
	word := binary.BigEndian.Uint32(guarded) ^ binary.BigEndian.Uint32(guard[:])
	binary.BigEndian.PutUint32(guarded, word)
	return guarded
}

// paddedContent is PrivateMessageContent, zero-padded to size bytes if it is
// shorter. There is room behind it to seal it in place.
func (a *authenticatedContent) paddedContent(size func(int) int) []byte {
	room := 128 + len(a.content.application)
	if size != nil {
		room = max(size(room), room)
	}
	w := codec.NewWriter(room + aeadOverhead)
	a.content.encodeBody(w)
	a.auth.encode(w, a.content.kind)
	if size != nil {
		w.Zeros(size(len(w.Data())) - len(w.Data()))
	}
	return w.Data()
}

// protectPrivate frames signed content as a PrivateMessage with one message key.
func (s *suite) protectPrivate(a *authenticatedContent, senderDataSecret secret, d senderData, key messageKey, size func(int) int) (*message, error) {
	m := &privateMessage{
		groupID: a.content.groupID, epoch: a.content.epoch, kind: a.content.kind,
		authenticatedData: a.content.authenticatedData,
	}
	var err error
	m.ciphertext, err = s.sealInPlace(key.key, guardedNonce(key.nonce, d.reuseGuard), m.contentAAD(), a.paddedContent(size))
	if err != nil {
		return nil, err
	}
	if err := s.sealSenderData(m, senderDataSecret, d); err != nil {
		return nil, err
	}
	return &message{format: formatPrivate, private: m}, nil
}

// unprotectPrivate opens the content, in place of the message's ciphertext; its
// signature is still to be verified.
func (s *suite) unprotectPrivate(m *privateMessage, d senderData, key messageKey) (*authenticatedContent, error) {
	plaintext, err := s.openInPlace(key.key, guardedNonce(key.nonce, d.reuseGuard), m.contentAAD(), m.ciphertext)
	if err != nil {
		return nil, fail(ErrDecrypt, "message content")
	}
	a := &authenticatedContent{format: formatPrivate, content: &framedContent{
		groupID: m.groupID, epoch: m.epoch, sender: Sender{Type: SenderMember, Leaf: d.leaf},
		authenticatedData: m.authenticatedData, kind: m.kind,
	}}
	r := codec.NewReader(plaintext)
	a.content.readBody(r)
	a.auth = readContentAuth(r, m.kind)
	if r.Err() != nil || !allZero(r.Rest()) {
		return nil, fail(ErrMalformed, "message content")
	}
	return a, nil
}

// allZero checks padding, which must be zero (RFC 9420 section 6.3.1).
func allZero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
