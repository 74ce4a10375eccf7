package mls

// Secrets are overwritten as soon as they are not needed. The garbage collector
// and the libraries below may have made copies; this is the best the language offers.

// is tells whether two secrets are one in memory.
func (s secret) is(other secret) bool {
	return len(s) > 0 && len(other) > 0 && &s[0] == &other[0]
}

// done wipes what is needed only for Welcomes.
func (s *scheduled) done() {
	s.joiner.wipe()
	s.welcome.wipe()
}

// wipe is for when the key schedule has run.
func (t *transition) wipe() {
	t.commitSecret.wipe()
	t.initSecret.wipe()
	t.pskSecret.wipe()
}

// done wipes what was needed to make the commit. The next epoch keeps its own.
func (b *commitBuilder) done() {
	b.init.wipe()
	b.psk.wipe()
	if b.sched != nil {
		b.sched.done()
	}
	if b.path != nil {
		b.path.commit.wipe()
		for _, s := range b.path.secrets {
			s.wipe()
		}
	}
}

// done wipes what a Welcome brought, once the group is joined.
func (j *welcomeJoin) done() {
	j.psk.wipe()
	if j.secrets != nil {
		j.secrets.joiner.wipe()
		j.secrets.pathSecret.wipe()
	}
}

// spend wipes the private keys of a bundle that is used up.
func (b *KeyPackageBundle) spend() {
	b.initKey.wipe()
	b.leafKey.wipe()
	b.initKey, b.leafKey = nil, nil
}

// wipeKeys wipes an epoch's private keys of the tree, but for those that kept uses, too.
func (e *epoch) wipeKeys(kept *epoch) {
	if !e.leafKey.is(kept.leafKey) {
		e.leafKey.wipe()
	}
	for x, pair := range e.keys {
		if !pair.private.is(kept.keys[x].private) {
			pair.private.wipe()
		}
	}
}

// discard wipes an epoch that is not entered from present.
func (n *nextEpoch) discard(present *epoch) {
	if n.epoch == nil {
		return
	}
	n.epoch.wipeKeys(present)
	for _, field := range n.epoch.secrets.fields() {
		field.wipe()
	}
	n.epoch.secrets.external.private.wipe()
	n.ratchets.drop()
}

// dropProposals forgets the pending proposals.
func (g *Group) dropProposals() {
	for _, p := range g.proposals {
		p.ownKey.wipe()
	}
	g.proposals = nil
}

// dropPending forgets one's own pending commit, unless it leads to next.
func (g *Group) dropPending(next *nextEpoch) {
	if g.pending != nil && g.pending.next != next {
		g.pending.next.discard(g.epoch)
	}
	g.pending = nil
}
