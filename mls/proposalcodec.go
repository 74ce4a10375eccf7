package mls

import "parley/mls/internal/codec"

func (p *Proposal) encode(w *codec.Writer) {
	w.Uint16(uint16(p.Type))
	switch p.Type {
	case ProposalAdd:
		p.KeyPackage.encode(w)
	case ProposalUpdate:
		p.LeafNode.encode(w)
	case ProposalRemove:
		w.Uint32(uint32(p.Removed))
	case ProposalPSK:
		p.PSK.encode(w)
	case ProposalReInit:
		p.ReInit.encode(w)
	case ProposalExternalInit:
		w.Vector(p.KEMOutput)
	case ProposalGroupContextExtensions:
		encodeExtensions(w, p.Extensions)
	}
}

// readProposal refuses unknown types: they carry no length (RFC 9420 section 12.1).
func readProposal(r *codec.Reader) Proposal {
	p := Proposal{Type: ProposalType(r.Uint16())}
	switch p.Type {
	case ProposalAdd:
		p.KeyPackage = readKeyPackage(r)
	case ProposalUpdate:
		p.LeafNode = readLeafNode(r)
	case ProposalRemove:
		p.Removed = LeafIndex(r.Uint32())
	case ProposalPSK:
		p.PSK = readPSKID(r)
	case ProposalReInit:
		p.ReInit = readReInit(r)
	case ProposalExternalInit:
		p.KEMOutput = r.Vector()
	case ProposalGroupContextExtensions:
		p.Extensions = readExtensions(r)
	default:
		r.Fail()
	}
	return p
}

func (i *ReInit) encode(w *codec.Writer) {
	w.Vector(i.GroupID)
	w.Uint16(i.Version)
	w.Uint16(uint16(i.CipherSuite))
	encodeExtensions(w, i.Extensions)
}

func readReInit(r *codec.Reader) *ReInit {
	return &ReInit{
		GroupID: r.Vector(), Version: r.Uint16(),
		CipherSuite: CipherSuite(r.Uint16()), Extensions: readExtensions(r),
	}
}

// requiresPath tells the types that make an update path necessary (RFC 9420
// section 17.4, column "Path Required").
func (t ProposalType) requiresPath() bool {
	switch t {
	case ProposalUpdate, ProposalRemove, ProposalExternalInit, ProposalGroupContextExtensions:
		return true
	}
	return false
}

// proposalOrRef is ProposalOrRef of RFC 9420 section 12.4: ref is nil for a
// proposal by value.
type proposalOrRef struct {
	proposal Proposal
	ref      []byte
	byRef    bool
}

const (
	inlineProposal    = 1
	proposalReference = 2
)

func (p *proposalOrRef) encode(w *codec.Writer) {
	if p.byRef {
		w.Uint8(proposalReference)
		w.Vector(p.ref)
		return
	}
	w.Uint8(inlineProposal)
	p.proposal.encode(w)
}

func readProposalOrRef(r *codec.Reader) proposalOrRef {
	switch r.Uint8() {
	case inlineProposal:
		return proposalOrRef{proposal: readProposal(r)}
	case proposalReference:
		return proposalOrRef{ref: r.Vector(), byRef: true}
	}
	r.Fail()
	return proposalOrRef{}
}

// commit is Commit of RFC 9420 section 12.4.
type commit struct {
	proposals []proposalOrRef
	path      *updatePath
}

func (c *commit) encode(w *codec.Writer) {
	w.Nested(func(w *codec.Writer) {
		for i := range c.proposals {
			c.proposals[i].encode(w)
		}
	})
	w.Optional(c.path != nil)
	if c.path != nil {
		c.path.encode(w)
	}
}

func readCommit(r *codec.Reader) *commit {
	c := &commit{}
	r.EachUpTo(maxProposals, func(r *codec.Reader) { c.proposals = append(c.proposals, readProposalOrRef(r)) })
	if r.Optional() {
		c.path = readUpdatePath(r)
	}
	return c
}

// updatePath is UpdatePath of RFC 9420 section 7.6.
type updatePath struct {
	leaf  *LeafNode
	nodes []updatePathNode
}

type updatePathNode struct {
	encryptionKey []byte
	pathSecrets   []hpkeCiphertext // one for each node of the copath child's resolution
}

func (p *updatePath) encode(w *codec.Writer) {
	p.leaf.encode(w)
	w.Nested(func(w *codec.Writer) {
		for _, node := range p.nodes {
			w.Vector(node.encryptionKey)
			w.Nested(func(w *codec.Writer) {
				for _, ciphertext := range node.pathSecrets {
					ciphertext.encode(w)
				}
			})
		}
	})
}

func readUpdatePath(r *codec.Reader) *updatePath {
	p := &updatePath{leaf: readLeafNode(r)}
	r.EachUpTo(maxPathNodes, func(r *codec.Reader) {
		node := updatePathNode{encryptionKey: r.Vector()}
		r.Each(func(r *codec.Reader) { node.pathSecrets = append(node.pathSecrets, readHPKECiphertext(r)) })
		p.nodes = append(p.nodes, node)
	})
	return p
}
