// Package delivery is what a delivery service for package mls needs and no
// more: it reads the clear headers of MLS messages (RFC 9420 section 6) and the
// members in a GroupInfo, checks key packages that devices publish, and makes
// the proposals of an external sender. It links nothing that decrypts.
package delivery

import "errors"

// The errors of this package; test with errors.Is.
var (
	// ErrMalformed: not a well-formed message of the kind expected.
	ErrMalformed = errors.New("delivery: malformed message")
	// ErrUnsupported: a protocol version or cipher suite that is not there.
	ErrUnsupported = errors.New("delivery: not supported")
	// ErrSignature: a signature does not verify.
	ErrSignature = errors.New("delivery: signature does not verify")
)
