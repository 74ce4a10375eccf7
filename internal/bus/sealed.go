package bus

import (
	"context"
	"crypto/cipher"
	"crypto/rand"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealed is a bus whose server reads nothing but subjects, and cannot say anything in a relay's
// name. It can lose messages, hold them back and bring them again.
type sealed struct {
	Bus
	aead cipher.AEAD
}

// Seal returns a bus on another that encrypts every message with a key of 32 bytes that its
// members share (XChaCha20-Poly1305, bound to the subject).
func Seal(b Bus, key []byte) (Bus, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	return &sealed{b, aead}, nil
}

func (s *sealed) seal(subject string, message []byte) []byte {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(message)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return s.aead.Seal(nonce, nonce, message, []byte(subject))
}

// open returns false for what no member has sealed for a subject.
func (s *sealed) open(subject string, box []byte) ([]byte, bool) {
	n := s.aead.NonceSize()
	if len(box) < n {
		return nil, false
	}
	message, err := s.aead.Open(nil, box[:n], box[n:], []byte(subject))
	return message, err == nil
}

// Publish implements Bus.
func (s *sealed) Publish(subject string, message []byte) {
	s.Bus.Publish(subject, s.seal(subject, message))
}

// Subscribe implements Bus.
func (s *sealed) Subscribe(subject string, handle func([]byte)) error {
	return s.Bus.Subscribe(subject, func(box []byte) {
		if message, ok := s.open(subject, box); ok {
			handle(message)
		}
	})
}

// answerTo is what the answers on a subject are bound to: a request cannot be given back as one.
func answerTo(subject string) string { return subject + " answer" }

// Request implements Bus.
func (s *sealed) Request(ctx context.Context, subject string, message []byte) ([]byte, error) {
	box, err := s.Bus.Request(ctx, subject, s.seal(subject, message))
	if err != nil {
		return nil, err
	}
	answer, ok := s.open(answerTo(subject), box)
	if !ok {
		return nil, ErrNoAnswer
	}
	return answer, nil
}

// Serve implements Bus.
func (s *sealed) Serve(subject string, answer func([]byte) []byte) error {
	return s.Bus.Serve(subject, func(box []byte) []byte {
		message, ok := s.open(subject, box)
		if !ok {
			return nil
		}
		if reply := answer(message); reply != nil {
			return s.seal(answerTo(subject), reply)
		}
		return nil
	})
}
