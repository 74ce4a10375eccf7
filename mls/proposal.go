package mls

// ProposalType is the kind of a proposal (RFC 9420 section 17.4).
type ProposalType uint16

const (
	ProposalAdd                    ProposalType = 1
	ProposalUpdate                 ProposalType = 2
	ProposalRemove                 ProposalType = 3
	ProposalPSK                    ProposalType = 4
	ProposalReInit                 ProposalType = 5
	ProposalExternalInit           ProposalType = 6
	ProposalGroupContextExtensions ProposalType = 7
)

// Proposal is a change somebody asks for (RFC 9420 section 12.1). Type tells
// which of the other fields is set. Treat it as read-only.
type Proposal struct {
	Type       ProposalType
	KeyPackage *KeyPackage    // ProposalAdd
	LeafNode   *LeafNode      // ProposalUpdate
	Removed    LeafIndex      // ProposalRemove
	PSK        PreSharedKeyID // ProposalPSK
	ReInit     *ReInit        // ProposalReInit
	KEMOutput  []byte         // ProposalExternalInit
	Extensions []Extension    // ProposalGroupContextExtensions: all the extensions the group will have
}

// ReInit describes the group that will follow this one (RFC 9420 section 12.1.5).
type ReInit struct {
	GroupID     []byte
	Version     uint16
	CipherSuite CipherSuite
	Extensions  []Extension
}

// SenderType tells who sent a handshake message (RFC 9420 section 6).
type SenderType uint8

const (
	SenderMember            SenderType = 1
	SenderExternal          SenderType = 2 // Index counts the external_senders extension
	SenderNewMemberProposal SenderType = 3
	SenderNewMemberCommit   SenderType = 4
)

// Sender is who sent a message (RFC 9420 section 6). Leaf is set for
// SenderMember, Index for SenderExternal; a new member's leaf stands in
// StagedCommit.Committer.
type Sender struct {
	Type  SenderType
	Leaf  LeafIndex
	Index uint32
}

// PendingProposal is a proposal of this epoch that waits for a commit (RFC 9420
// section 12.2).
type PendingProposal struct {
	Ref      []byte // ProposalRef, RFC 9420 section 5.2
	Proposal Proposal
	Sender   Sender
}

// MessageOptions says how a handshake message is sent (RFC 9420 section 6).
type MessageOptions struct {
	// Public sends a PublicMessage, which the delivery service can read; the
	// default is a PrivateMessage.
	Public bool
	// AuthenticatedData is authenticated and not encrypted.
	AuthenticatedData []byte
}
