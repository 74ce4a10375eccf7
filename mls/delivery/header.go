package delivery

import "errors"

// WireFormat is the kind of an MLSMessage (RFC 9420 section 17.2).
type WireFormat uint16

const (
	PublicMessage  WireFormat = 1
	PrivateMessage WireFormat = 2
	Welcome        WireFormat = 3
	GroupInfo      WireFormat = 4
	KeyPackageWire WireFormat = 5
)

// ContentType is what a PublicMessage or PrivateMessage carries.
type ContentType uint8

const (
	Application ContentType = 1
	Proposal    ContentType = 2
	Commit      ContentType = 3
)

// SenderType tells who sent a PublicMessage (RFC 9420 section 6).
type SenderType uint8

const (
	Member            SenderType = 1
	External          SenderType = 2
	NewMemberProposal SenderType = 3
	NewMemberCommit   SenderType = 4
)

// Header is what an MLSMessage shows to anybody who carries it. None of it is
// authenticated: members check that.
type Header struct {
	WireFormat WireFormat
	// GroupID and Epoch: PublicMessage, PrivateMessage and GroupInfo.
	GroupID []byte
	Epoch   uint64
	// Content: PublicMessage and PrivateMessage.
	Content ContentType
	// Sender, and for Member and External its leaf or index: PublicMessage only.
	Sender SenderType
	Leaf   uint32
	// Removed are the leaves that a public commit or proposal names itself in Remove proposals.
	Removed []uint32
}

// ParseHeader reads the header of an MLSMessage of at most 64 MiB. Errors:
// ErrMalformed, ErrUnsupported (another protocol version).
func ParseHeader(message []byte) (Header, error) { return Header{}, errNotYet }

var errNotYet = errors.New("delivery: not built yet")
