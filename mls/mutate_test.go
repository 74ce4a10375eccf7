package mls

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"parley/mls/internal/codec"
)

// A mutator changes honest bytes as a program tells that the fuzzer writes. When
// the program ends it yields zeros, so every program is one.
type mutator struct{ program []byte }

func (m *mutator) byte() int {
	if len(m.program) == 0 {
		return 0
	}
	b := m.program[0]
	m.program = m.program[1:]
	return int(b)
}

func (m *mutator) below(n int) int {
	if n <= 0 {
		return 0
	}
	return (m.byte()<<8 | m.byte()) % n
}

// mutate flips, cuts, repeats and splices, up to four times. others are honest
// bytes of the same kind.
func (m *mutator) mutate(data []byte, others [][]byte) []byte {
	data = bytes.Clone(data)
	for range m.byte() % 5 {
		at := m.below(len(data) + 1)
		end := min(at+m.below(64), len(data))
		switch m.byte() % 6 {
		case 0: // one bit
			if at < len(data) {
				data[at] ^= 1 << (m.byte() % 8)
			}
		case 1: // one byte
			if at < len(data) {
				data[at] = byte(m.byte())
			}
		case 2: // the end
			data = data[:at]
		case 3: // a piece
			data = slices.Delete(data, at, end)
		case 4: // a piece twice
			data = slices.Insert(data, at, bytes.Clone(data[at:end])...)
		case 5: // the rest of another
			other := others[m.below(len(others))]
			data = append(data[:at:at], other[min(at, len(other)):]...)
		}
	}
	return data
}

// documented are the errors that Process and the joins may return.
var documented = []error{
	ErrMalformed, ErrUnexpectedMessage, ErrWrongGroup, ErrWrongEpoch, ErrFutureEpoch, ErrSecretConsumed,
	ErrTooFarAhead, ErrOwnMessage, ErrUnknownProposal, ErrInvalidProposal, ErrInvalidCommit, ErrInvalidLeaf,
	ErrInvalidTree, ErrSignature, ErrMembershipTag, ErrConfirmationTag, ErrDecrypt, ErrExpired, ErrUnsupported,
	ErrNoKeyPackage, ErrUnknownPSK, ErrNotMember, ErrLimit, ErrNotDerived, ErrKnownGroup, ErrClosed, ErrConfig,
}

func mustBeDocumented(t testing.TB, err error) {
	t.Helper()
	if !slices.ContainsFunc(documented, func(known error) bool { return errors.Is(err, known) }) {
		t.Fatalf("an error that is not documented: %v", err)
	}
}

// processAll has g process what an attacker sent: it takes it, or is unchanged.
func processAll(t testing.TB, g *Group, before string, message []byte) *Received {
	t.Helper()
	var r *Received
	var err error
	w := workOf(func() { r, err = g.Process(message) })
	limit := smallGroup
	limit.hashes, limit.bytes = 16*defaultMaxForward, 16<<20 // a forged generation within the limit
	w.within(t, limit)
	if err != nil {
		mustBeDocumented(t, err)
		if r != nil {
			t.Fatal("an error comes with a result")
		}
	}
	if err != nil || r.Commit != nil {
		unchanged(t, g, before)
	}
	return r
}

// An insider is a member with valid keys who signs what it likes.
type insider struct {
	*mutator
	group  *Group
	bodies [][]byte // of honest proposals and commits
	kinds  []contentType
}

// newInsider collects what member 0 of groups may send.
func newInsider(t testing.TB, groups []*Group) *insider {
	in := &insider{group: groups[0]}
	collect := func(data []byte) {
		c := must[*message](t)(parseMessage(data)).public.content
		var w codec.Writer
		c.encodeBody(&w)
		in.bodies, in.kinds = append(in.bodies, w.Data()), append(in.kinds, c.kind)
	}
	g, opt := groups[0], public.MessageOptions
	kp := newPerson(t, g.CipherSuite(), "newcomer").keyPackage(t, g.CipherSuite()).Message()
	psk := PreSharedKeyID{Type: PSKExternal, ID: []byte("id")}
	own := PreSharedKeyID{Type: PSKResumption, Usage: ResumptionApplication, Group: g.ID(), Epoch: g.Epoch()}
	collect(must[[]byte](t)(g.ProposeAdd(kp, opt)))
	collect(must[[]byte](t)(g.ProposeUpdate(LeafOptions{}, opt)))
	collect(must[[]byte](t)(g.ProposeRemove(2, opt)))
	collect(must[[]byte](t)(g.ProposePSK(own, opt)))
	collect(must[[]byte](t)(g.ProposeReInit(ReInit{}, opt)))
	collect(must[[]byte](t)(g.ProposeExtensions([]Extension{RequiredCapabilities{Credentials: []CredentialType{1}}.Extension()}, opt)))
	for _, c := range []CommitOptions{
		{},
		{Remove: []LeafIndex{2}},
		{Add: [][]byte{kp}, NoPath: true},
		{PSKs: []PreSharedKeyID{psk, own}, NoPath: true},
		{Extensions: []Extension{{Type: ExtensionApplicationID}}},
		{ReInit: &ReInit{}},
		{Add: [][]byte{kp}, Remove: []LeafIndex{1}, PSKs: []PreSharedKeyID{psk}},
	} {
		g.proposals = nil
		c.MessageOptions = opt
		collect(must[*CommitResult](t)(g.Commit(c)).Message)
		g.ClearPendingCommit()
	}
	return in
}

// content is a proposal or commit of the insider, changed, with valid leaf signatures.
func (in *insider) content(t testing.TB) *framedContent {
	i := in.below(len(in.bodies))
	c := in.group.epoch.frame(contentProposal, public.MessageOptions).content
	c.kind = in.kinds[i]
	r := codec.NewReader(in.mutate(in.bodies[i], in.bodies))
	c.readBody(r)
	if r.End() != nil {
		return nil
	}
	cfg := in.group.cfg.withDefaults()
	resign := func(n *LeafNode) {
		if err := n.sign(in.group.epoch.suite, &cfg, c.groupID, c.sender.Leaf); err != nil {
			t.Fatal(err)
		}
	}
	if c.proposal != nil && c.proposal.LeafNode != nil {
		resign(c.proposal.LeafNode)
	}
	if c.commit != nil && c.commit.path != nil {
		resign(c.commit.path.leaf)
	}
	if in.byte()%16 == 1 {
		c.sender = Sender{Type: SenderType(in.byte() % 5), Leaf: LeafIndex(in.byte() % 6), Index: uint32(in.byte() % 2)}
	}
	return c
}

// consistent makes the commit of c's proposals as an honest member would, path,
// tag and all, if they can be applied; next is the epoch it leads to.
func (in *insider) consistent(c *framedContent) (message []byte, next *epoch) {
	g := in.group
	var all []CommittedProposal
	for _, p := range c.commit.proposals {
		if p.byRef {
			return nil, nil
		}
		all = append(all, CommittedProposal{Proposal: p.proposal, Sender: c.sender})
	}
	if c.sender != (Sender{Type: SenderMember, Leaf: g.epoch.own}) {
		return nil, nil
	}
	ch, err := g.epoch.apply(&g.cfg, c.sender, all)
	if err != nil {
		return nil, nil
	}
	b := &commitBuilder{cfg: &g.cfg, epoch: g.epoch, changes: ch, proposals: c.commit.proposals}
	if b.build(&CommitOptions{MessageOptions: public.MessageOptions, NoPath: c.commit.path == nil}, g.pskValues) != nil {
		return nil, nil
	}
	return g.epoch.suite.protectPublic(b.signed, g.epoch.secrets.membershipKey, g.epoch.raw).marshal(), b.next
}

// send signs and frames c, in the clear or encrypted.
func (in *insider) send(t testing.TB, c *framedContent) []byte {
	g := in.group
	a := &authenticatedContent{format: formatPublic, content: c}
	private := in.byte()%2 == 1 && c.sender == Sender{Type: SenderMember, Leaf: g.epoch.own}
	if private {
		a.format = formatPrivate
	}
	if err := a.sign(g.epoch.suite, &g.cfg, g.epoch.raw); err != nil {
		t.Fatal(err)
	}
	a.auth.confirmationTag = make([]byte, g.epoch.suite.hashLen)
	if !private {
		return g.epoch.suite.protectPublic(a, g.epoch.secrets.membershipKey, g.epoch.raw).marshal()
	}
	data, _, err := g.protect(a, false)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
