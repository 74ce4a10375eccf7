package mls

// ProposeJoin is the proposal of somebody outside to be added to a group (RFC
// 9420 section 12.1.8, new_member_proposal), a PublicMessage for the epoch of
// group, of which GroupID, Epoch and CipherSuite are used. Keep bundle until the
// Welcome comes. Members take it only if their Config.AcceptProposal does.
// Errors: ErrUnsupported, ErrConfig.
func ProposeJoin(cfg Config, group *GroupView, bundle *KeyPackageBundle) ([]byte, error) {
	cfg = cfg.withDefaults()
	s, err := lookupSuite(group.CipherSuite)
	if err != nil {
		return nil, err
	}
	key, err := s.signatureKey(cfg.Signer)
	if err != nil {
		return nil, err
	}
	if kp := bundle.keyPackage; kp.CipherSuite != s.id || string(key) != string(kp.LeafNode.SignatureKey) {
		return nil, fail(ErrConfig, "key package of another cipher suite or Signer")
	}
	return proposeFromOutside(s, &cfg, group, Sender{Type: SenderNewMemberProposal},
		&Proposal{Type: ProposalAdd, KeyPackage: bundle.keyPackage})
}

// ProposeExternal is a proposal of an external sender (RFC 9420 section
// 12.1.8), a PublicMessage for the epoch of group, of which GroupID, Epoch and
// CipherSuite are used. index counts the group's external_senders, and
// cfg.Signer has the key that stands there. Members take removals, and others
// only if their Config.AcceptProposal does. Errors: ErrInvalidProposal,
// ErrUnsupported, ErrConfig.
func ProposeExternal(cfg Config, group *GroupView, index uint32, p Proposal) ([]byte, error) {
	cfg = cfg.withDefaults()
	s, err := lookupSuite(group.CipherSuite)
	if err != nil {
		return nil, err
	}
	if _, err := s.signatureKey(cfg.Signer); err != nil {
		return nil, err
	}
	sender := Sender{Type: SenderExternal, Index: index}
	if err := checkProposer(&p, sender); err != nil {
		return nil, err
	}
	if err := p.checkComplete(); err != nil {
		return nil, err
	}
	if p.Type == ProposalPSK {
		if p.PSK.Nonce, err = s.pskNonce(&cfg, p.PSK.Nonce); err != nil {
			return nil, err
		}
	}
	return proposeFromOutside(s, &cfg, group, sender, &p)
}

// checkComplete checks a proposal that a caller has put together.
func (p *Proposal) checkComplete() error {
	if p.Type == ProposalAdd && p.KeyPackage == nil || p.Type == ProposalReInit && p.ReInit == nil {
		return fail(ErrInvalidProposal, "without what it proposes")
	}
	if p.Type == ProposalReInit {
		return checkExtensions(p.ReInit.Extensions)
	}
	return checkExtensions(p.Extensions)
}

func proposeFromOutside(s *suite, cfg *Config, group *GroupView, sender Sender, p *Proposal) ([]byte, error) {
	a := &authenticatedContent{format: formatPublic, content: &framedContent{
		groupID: group.GroupID, epoch: group.Epoch, kind: contentProposal, sender: sender, proposal: p,
	}}
	if err := a.sign(s, cfg, nil); err != nil {
		return nil, err
	}
	return s.protectPublic(a, nil, nil).marshal(), nil
}
