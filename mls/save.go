package mls

import (
	"bytes"

	"parley/mls/internal/codec"
)

// stateVersion is the first byte of saved state.
const stateVersion = 2

// MarshalState encodes what changes with epochs, proposals and one's own
// commits: tree, key schedule, past epochs, pending commit. Save it, with
// ChangedRatchets in the same transaction, after NewGroup, a join, Process of a
// proposal, Propose…, Commit, MergePendingCommit, ClearPendingCommit,
// DropProposal and Merge. It holds private keys, but not the signature key.
func (g *Group) MarshalState() []byte {
	table := newLeafTable(g)
	w := codec.NewWriter(4096)
	w.Uint8(stateVersion)
	w.Optional(g.closed)
	g.reInit.save(w)
	table.encode(w)
	g.epoch.save(w, table)
	w.Nested(func(w *codec.Writer) {
		for _, p := range g.past {
			p.save(w, table)
		}
	})
	w.Nested(func(w *codec.Writer) {
		for _, r := range g.resumption {
			w.Uint64(r.epoch)
			w.Vector(r.secret)
		}
	})
	w.Nested(func(w *codec.Writer) {
		for _, p := range g.proposals {
			p.save(w)
		}
	})
	w.Optional(g.pending != nil)
	if g.pending != nil {
		g.pending.save(w, table)
	}
	return w.Data()
}

// Restore brings back a group from its state and all its ratchet records, in
// any order, as they were saved together. State and records that do not belong
// together are refused. Errors: ErrState, ErrConfig.
func Restore(cfg Config, state []byte, ratchets []RatchetRecord) (*Group, error) {
	g := &Group{cfg: cfg.withDefaults()}
	r := &stateReader{Reader: codec.NewReader(bytes.Clone(state))}
	if r.Uint8() != stateVersion {
		return nil, fail(ErrState, "version of the state")
	}
	g.load(r)
	if r.End() != nil {
		return nil, fail(ErrState, "state")
	}
	if err := g.loadRatchets(ratchets); err != nil {
		return nil, err
	}
	if err := g.checkSigner(); err != nil {
		return nil, err
	}
	g.DropExpired()
	return g, nil
}

// checkSigner: the saved leaf is that of the Signer.
func (g *Group) checkSigner() error {
	key, err := g.epoch.suite.signatureKey(g.cfg.Signer)
	if err != nil {
		return err
	}
	if !bytes.Equal(key, g.epoch.tree.leaf(g.epoch.own).SignatureKey) {
		return fail(ErrConfig, "Signer of another key than the saved leaf's")
	}
	return nil
}

func (g *Group) load(r *stateReader) {
	g.closed, g.reInit = r.Optional(), loadReInit(r.Reader)
	r.loadLeaves()
	g.epoch = r.epoch()
	r.Each(func(in *codec.Reader) { g.past = append(g.past, r.with(in).pastEpoch()) })
	r.Each(func(in *codec.Reader) {
		g.resumption = append(g.resumption, resumptionSecret{epoch: in.Uint64(), secret: in.Vector()})
	})
	r.Each(func(in *codec.Reader) { g.proposals = append(g.proposals, loadProposal(in)) })
	if r.Optional() {
		g.pending = r.pendingCommit()
	}
}

func (p *storedProposal) save(w *codec.Writer) {
	w.Vector(p.Ref)
	p.Sender.encode(w)
	p.Proposal.encode(w)
	w.Optional(p.ownKey != nil)
	if p.ownKey != nil {
		w.Vector(p.ownKey)
	}
}

func loadProposal(r *codec.Reader) *storedProposal {
	p := &storedProposal{PendingProposal: PendingProposal{Ref: r.Vector(), Sender: readSender(r), Proposal: readProposal(r)}}
	if r.Optional() {
		p.ownKey = r.Vector()
	}
	return p
}

func (p *pendingCommit) save(w *codec.Writer, table *leafTable) {
	w.Vector(p.result.Message)
	w.Vector(p.result.Welcome)
	w.Vector(p.result.GroupInfo)
	w.Optional(p.next.closed)
	p.next.reInit.save(w)
	p.next.epoch.save(w, table)
	w.Vector(p.next.ratchets.nodes[rootOf(p.next.ratchets.leaves)]) // nothing of it is used yet
}

func (r *stateReader) pendingCommit() *pendingCommit {
	p := &pendingCommit{next: &nextEpoch{}}
	p.result = CommitResult{Message: r.Vector(), Welcome: orNil(r.Vector()), GroupInfo: r.Vector()}
	p.next.closed, p.next.reInit = r.Optional(), loadReInit(r.Reader)
	p.next.epoch = r.epoch()
	encryption := secret(r.Vector())
	if len(encryption) != p.next.epoch.suite.hashLen {
		r.Fail()
	}
	p.next.ratchets = newSecretTree(p.next.epoch.suite, len(p.next.epoch.tree.leaves), encryption)
	p.result.Epoch = p.next.epoch.context.epoch
	return p
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
