package delivery

import "parley/mls/internal/codec"

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
// authenticated: members check that. Slices alias the message.
type Header struct {
	WireFormat WireFormat
	// CipherSuite: GroupInfo, Welcome and key packages.
	CipherSuite uint16
	// GroupID and Epoch: PublicMessage, PrivateMessage and GroupInfo.
	GroupID []byte
	Epoch   uint64
	// Content: PublicMessage and PrivateMessage.
	Content ContentType
	// Sender, and for Member and External its leaf or index: PublicMessage only.
	Sender SenderType
	Leaf   uint32
	// Removed are the leaves that the Remove proposals in a public proposal or
	// commit name; those a commit refers to are not among them.
	Removed []uint32
	// NewMembers are the KeyPackageRefs a Welcome is for.
	NewMembers [][]byte
}

const (
	protocolVersion = 1
	// maxMessage bounds what is looked at, as in package mls.
	maxMessage = 64 << 20
)

// ParseHeader reads the header of an MLSMessage of at most 64 MiB, and checks
// that the whole message is well-formed as far as it is in the clear. It takes
// time and memory in proportion to the message. Errors: ErrMalformed,
// ErrUnsupported (another protocol version).
func ParseHeader(message []byte) (Header, error) {
	if len(message) > maxMessage {
		return Header{}, ErrMalformed
	}
	r := codec.NewReader(message)
	version := r.Uint16()
	h := Header{WireFormat: WireFormat(r.Uint16())}
	if r.Err() == nil && version != protocolVersion {
		return Header{}, ErrUnsupported
	}
	switch h.WireFormat {
	case PublicMessage:
		h.readPublic(r)
	case PrivateMessage:
		h.readPrivate(r)
	case Welcome:
		h.readWelcome(r)
	case GroupInfo:
		h.readGroupInfo(r)
	case KeyPackageWire:
		h.CipherSuite = readKeyPackage(r).suite
	default:
		r.Fail()
	}
	if r.End() != nil {
		return Header{}, ErrMalformed
	}
	return h, nil
}

func (h *Header) readPublic(r *codec.Reader) {
	h.GroupID, h.Epoch, h.Sender = r.Vector(), r.Uint64(), SenderType(r.Uint8())
	switch h.Sender {
	case Member, External:
		h.Leaf = r.Uint32()
	case NewMemberProposal, NewMemberCommit:
	default:
		r.Fail()
	}
	r.Vector() // authenticated data
	h.Content = ContentType(r.Uint8())
	switch h.Content {
	case Proposal:
		h.readProposal(r)
	case Commit:
		h.readCommit(r)
	default: // application data never travels in the clear
		r.Fail()
	}
	r.Vector() // signature
	if h.Content == Commit {
		r.Vector() // confirmation tag
	}
	if h.Sender == Member {
		r.Vector() // membership tag
	}
}

func (h *Header) readPrivate(r *codec.Reader) {
	h.GroupID, h.Epoch, h.Content = r.Vector(), r.Uint64(), ContentType(r.Uint8())
	if h.Content < Application || h.Content > Commit {
		r.Fail()
	}
	r.Vector() // authenticated data
	r.Vector() // sender data
	r.Vector() // ciphertext
}

func (h *Header) readWelcome(r *codec.Reader) {
	h.CipherSuite = r.Uint16()
	r.Each(func(r *codec.Reader) {
		h.NewMembers = append(h.NewMembers, r.Vector())
		skipHPKECiphertext(r)
	})
	r.Vector() // encrypted GroupInfo
}

func (h *Header) readGroupInfo(r *codec.Reader) {
	if r.Uint16() != protocolVersion {
		r.Fail()
	}
	h.CipherSuite, h.GroupID, h.Epoch = r.Uint16(), r.Vector(), r.Uint64()
	r.Vector() // tree hash
	r.Vector() // confirmed transcript hash
	skipExtensions(r)
	skipExtensions(r)
	r.Vector() // confirmation tag
	r.Uint32() // signer
	r.Vector() // signature
}

// The types of ProposalOrRef (RFC 9420 section 12.4).
const (
	byValue     = 1
	byReference = 2
)

func (h *Header) readCommit(r *codec.Reader) {
	r.Each(func(r *codec.Reader) {
		switch r.Uint8() {
		case byValue:
			h.readProposal(r)
		case byReference:
			r.Vector()
		default:
			r.Fail()
		}
	})
	if !r.Optional() {
		return
	}
	readLeafNode(r)
	r.Each(func(r *codec.Reader) {
		r.Vector() // encryption key
		r.Each(skipHPKECiphertext)
	})
}

// The proposal types of RFC 9420 section 17.4.
const (
	proposalAdd                    = 1
	proposalUpdate                 = 2
	proposalRemove                 = 3
	proposalPSK                    = 4
	proposalReInit                 = 5
	proposalExternalInit           = 6
	proposalGroupContextExtensions = 7
)

func (h *Header) readProposal(r *codec.Reader) {
	switch r.Uint16() {
	case proposalAdd:
		readKeyPackage(r)
	case proposalUpdate:
		readLeafNode(r)
	case proposalRemove:
		h.Removed = append(h.Removed, r.Uint32())
	case proposalPSK:
		skipPSK(r)
	case proposalReInit:
		r.Vector()
		r.Uint16()
		r.Uint16()
		skipExtensions(r)
	case proposalExternalInit:
		r.Vector()
	case proposalGroupContextExtensions:
		skipExtensions(r)
	default:
		r.Fail()
	}
}

func skipPSK(r *codec.Reader) {
	switch r.Uint8() {
	case 1: // external: its id
		r.Vector()
	case 2: // resumption: usage, group, epoch
		r.Uint8()
		r.Vector()
		r.Uint64()
	default:
		r.Fail()
	}
	r.Vector() // nonce
}

func skipHPKECiphertext(r *codec.Reader) {
	r.Vector()
	r.Vector()
}

func skipExtensions(r *codec.Reader) {
	r.Each(func(r *codec.Reader) {
		r.Uint16()
		r.Vector()
	})
}
