package mls

import "slices"

// maxSelections bounds how often selectProposals tries a list: each attempt
// costs as much as the check of a commit.
const maxSelections = 64

// selectProposals joins the pending proposals that go with those by value. If
// all together are invalid, it looks for the invalid ones by halves: nobody's
// proposal keeps others from committing. With very many that contradict each
// other it gives up and leaves out what it has not come to.
func (g *Group) selectProposals(byValue []CommittedProposal) (*changes, []proposalOrRef, error) {
	s := &selection{group: g, byValue: byValue, left: maxSelections}
	pending := g.committable(byValue)
	err := s.try(pending)
	if err == nil || len(pending) == 0 {
		return s.changes, s.list, err
	}
	if err := s.try(nil); err != nil {
		return nil, nil, err
	}
	s.addHalves(pending)
	return s.changes, s.list, nil
}

// A selection is the best list so far.
type selection struct {
	group   *Group
	byValue []CommittedProposal
	left    int // attempts
	kept    []*storedProposal
	changes *changes
	list    []proposalOrRef
}

// addHalves adds what is valid of more, which is not valid as a whole.
func (s *selection) addHalves(more []*storedProposal) {
	if len(more) == 1 {
		return
	}
	for _, half := range [][]*storedProposal{more[:len(more)/2], more[len(more)/2:]} {
		if s.left == 0 {
			return
		}
		if s.try(append(slices.Clone(s.kept), half...)) != nil {
			s.addHalves(half)
		}
	}
}

// try checks a list, and keeps it if it is valid.
func (s *selection) try(pending []*storedProposal) error {
	s.left--
	var all []CommittedProposal
	var list []proposalOrRef
	for _, p := range pending {
		all = append(all, CommittedProposal{Proposal: p.Proposal, Sender: p.Sender, ByReference: true})
		list = append(list, proposalOrRef{ref: p.Ref, byRef: true})
	}
	for _, p := range s.byValue {
		all = append(all, p)
		list = append(list, proposalOrRef{proposal: p.Proposal})
	}
	ch, err := s.group.epoch.apply(&s.group.cfg, Sender{Type: SenderMember, Leaf: s.group.epoch.own}, all)
	if err != nil {
		return err
	}
	if err := ch.validate(); err != nil {
		return err
	}
	s.kept, s.changes, s.list = pending, ch, list
	return nil
}

// committable leaves out what this member must not commit, and what others or
// the options overrule (RFC 9420 section 12.2): a removal goes before an update,
// a later update before an earlier one, everything before a ReInit.
func (g *Group) committable(byValue []CommittedProposal) []*storedProposal {
	c := &candidates{group: g, touched: map[LeafIndex]bool{g.epoch.own: true}}
	for i := range byValue {
		switch byValue[i].Proposal.Type {
		case ProposalRemove:
			c.touched[byValue[i].Proposal.Removed] = true
		case ProposalGroupContextExtensions:
			c.extensions = true
		case ProposalReInit:
			return nil
		}
	}
	c.addLeafChanges()
	c.addOthers()
	if len(c.kept) == 0 && len(byValue) == 0 {
		c.addReInit()
	}
	return c.kept
}

// candidates are pending proposals that may go into one commit.
type candidates struct {
	group      *Group
	touched    map[LeafIndex]bool
	extensions bool
	kept       []*storedProposal
}

func (c *candidates) addLeafChanges() {
	for _, kind := range []ProposalType{ProposalRemove, ProposalUpdate} {
		for _, p := range slices.Backward(c.group.proposals) {
			target := (&CommittedProposal{Proposal: p.Proposal, Sender: p.Sender}).target()
			if p.Proposal.Type == kind && !c.touched[target] {
				c.touched[target] = true
				c.kept = append(c.kept, p)
			}
		}
	}
	slices.Reverse(c.kept)
}

func (c *candidates) addOthers() {
	for _, p := range c.group.proposals {
		switch p.Proposal.Type {
		case ProposalAdd:
			c.kept = append(c.kept, p)
		case ProposalPSK:
			if c.group.pskValue(p.Proposal.PSK) != nil {
				c.kept = append(c.kept, p)
			}
		case ProposalGroupContextExtensions:
			if !c.extensions {
				c.extensions, c.kept = true, append(c.kept, p)
			}
		}
	}
}

// addReInit takes one that this package could follow.
func (c *candidates) addReInit() {
	for _, p := range c.group.proposals {
		if p.Proposal.Type == ProposalReInit && p.Proposal.ReInit.supported() == nil {
			c.kept = append(c.kept, p)
			return
		}
	}
}
