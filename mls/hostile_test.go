package mls

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"errors"
	"math"
	"testing"
	"time"

	"parley/mls/delivery"
)

// refused has a group process a message that must fail, with want, and change nothing.
func refused(t *testing.T, g *Group, message []byte, want error) {
	t.Helper()
	state, ratchets := g.MarshalState(), allRatchets(g)
	r, err := g.Process(message)
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	if r != nil {
		t.Fatal("an error comes with a result")
	}
	if !bytes.Equal(state, g.MarshalState()) || !bytes.Equal(ratchets, allRatchets(g)) {
		t.Fatal("the group changed")
	}
}

// resigned changes a public message of from and signs and tags it again.
func resigned(t *testing.T, from *Group, data []byte, change func(*authenticatedContent)) []byte {
	t.Helper()
	m := must[*message](t)(parseMessage(data))
	a := m.public.authenticated()
	change(a)
	e := from.epoch
	if err := a.sign(e.suite, &from.cfg, e.raw); err != nil {
		t.Fatal(err)
	}
	return e.suite.protectPublic(a, e.secrets.membershipKey, e.raw).marshal()
}

var public = CommitOptions{MessageOptions: MessageOptions{Public: true}}

func TestHostilePublicMessages(t *testing.T) { eachKEM(t, testHostilePublicMessages) }

func testHostilePublicMessages(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	commit := must[*CommitResult](t)(groups[0].Commit(public)).Message
	alter := func(change func(*publicMessage)) []byte {
		m := must[*message](t)(parseMessage(commit))
		change(m.public)
		return m.marshal()
	}
	flip := func(b []byte) { b[len(b)-1] ^= 1 }
	e := groups[0].epoch
	tagged := func(change func(*publicMessage)) []byte { // with a valid membership tag
		return alter(func(m *publicMessage) {
			change(m)
			m.membershipTag = e.suite.mac(e.secrets.membershipKey, m.authenticated().membershipInput(e.raw))
		})
	}
	for name, c := range map[string]struct {
		message []byte
		want    error
	}{
		"wrong membership tag":   {alter(func(m *publicMessage) { flip(m.membershipTag) }), ErrMembershipTag},
		"wrong signature":        {tagged(func(m *publicMessage) { flip(m.auth.signature) }), ErrSignature},
		"wrong confirmation tag": {tagged(func(m *publicMessage) { flip(m.auth.confirmationTag) }), ErrConfirmationTag},
		"empty confirmation tag": {tagged(func(m *publicMessage) { m.auth.confirmationTag = nil }), ErrConfirmationTag},
		"other group":            {alter(func(m *publicMessage) { m.content.groupID = []byte("other") }), ErrWrongGroup},
		"epoch over":             {alter(func(m *publicMessage) { m.content.epoch = 0 }), ErrWrongEpoch},
		"epoch to come":          {alter(func(m *publicMessage) { m.content.epoch = math.MaxUint64 }), ErrFutureEpoch},
		"sender not in the tree": {tagged(func(m *publicMessage) { m.content.sender.Leaf = math.MaxUint32 }), ErrNotMember},
		"sender external":        {alter(func(m *publicMessage) { m.content.sender = Sender{Type: SenderExternal} }), ErrNotMember},
		"path missing":           {resigned(t, groups[0], commit, func(a *authenticatedContent) { a.content.commit.path = nil }), ErrInvalidCommit},
		"path too short": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.path.nodes = a.content.commit.path.nodes[1:]
		}), ErrInvalidCommit},
		"path secret missing": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			node := &a.content.commit.path.nodes[0]
			node.pathSecrets = node.pathSecrets[1:]
		}), ErrInvalidCommit},
		"path secret of garbage": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			flip(a.content.commit.path.nodes[0].pathSecrets[0].ciphertext)
		}), ErrDecrypt},
		"path key of small order": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.path.nodes[0].encryptionKey = make([]byte, 32)
		}), ErrInvalidCommit},
		"unknown proposal": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.proposals = []proposalOrRef{{byRef: true, ref: make([]byte, 32)}}
		}), ErrUnknownProposal},
		"committer removes itself": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.proposals = []proposalOrRef{{proposal: Proposal{Type: ProposalRemove, Removed: 0}}}
		}), ErrInvalidProposal},
		"one leaf removed twice": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			remove := proposalOrRef{proposal: Proposal{Type: ProposalRemove, Removed: 2}}
			a.content.commit.proposals = []proposalOrRef{remove, remove}
		}), ErrInvalidProposal},
		"removal of nobody": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.proposals = []proposalOrRef{{proposal: Proposal{Type: ProposalRemove, Removed: math.MaxUint32}}}
		}), ErrInvalidProposal},
		"external init of a member": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.proposals = []proposalOrRef{{proposal: Proposal{Type: ProposalExternalInit, KEMOutput: make([]byte, 32)}}}
		}), ErrInvalidProposal},
		"re-initialisation with more": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			a.content.commit.proposals = []proposalOrRef{
				{proposal: Proposal{Type: ProposalReInit, ReInit: &ReInit{Version: 1}}},
				{proposal: Proposal{Type: ProposalRemove, Removed: 2}},
			}
		}), ErrInvalidProposal},
		"required capability nobody has": {resigned(t, groups[0], commit, func(a *authenticatedContent) {
			required := RequiredCapabilities{Extensions: []ExtensionType{0x4242}}.Extension()
			a.content.commit.proposals = []proposalOrRef{{proposal: Proposal{Type: ProposalGroupContextExtensions, Extensions: []Extension{required}}}}
		}), ErrInvalidLeaf},
		"truncated": {commit[:len(commit)-1], ErrMalformed},
		"trailing":  {append(bytes.Clone(commit), 0), ErrMalformed},
		"empty":     {nil, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) { refused(t, groups[1], c.message, c.want) })
	}
	if _, err := groups[1].Process(commit); err != nil {
		t.Fatalf("the honest commit: %v", err)
	}
}

func TestHostilePrivateMessages(t *testing.T) { eachKEM(t, testHostilePrivateMessages) }

func testHostilePrivateMessages(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	e := groups[0].epoch
	// forge makes an application message of member 0 with any sender data.
	forge := func(d senderData, change func(*authenticatedContent), padding byte) []byte {
		a := e.frame(contentApplication, MessageOptions{})
		a.content.application = []byte("forged")
		if err := a.sign(e.suite, &groups[0].cfg, e.raw); err != nil {
			t.Fatal(err)
		}
		change(a)
		probe := newSecretTree(e.suite, 4, nil)
		probe.nodes = map[nodeIndex]secret{}
		for x, node := range groups[0].ratchets.nodes {
			probe.nodes[x] = node.clone()
		}
		use, err := probe.nextKey(0, false)
		if err != nil {
			t.Fatal(err)
		}
		pad := func(n int) int { return n + 10 }
		m := &privateMessage{groupID: a.content.groupID, epoch: a.content.epoch, kind: a.content.kind}
		plain := a.paddedContent(pad)
		plain[len(plain)-1] = padding
		m.ciphertext = must[[]byte](t)(e.suite.seal(use.key, guardedNonce(use.nonce, d.reuseGuard), m.contentAAD(), plain))
		if err := e.suite.sealSenderData(m, e.secrets.senderData, d); err != nil {
			t.Fatal(err)
		}
		return (&message{format: formatPrivate, private: m}).marshal()
	}
	honest := func(*authenticatedContent) {}
	for name, c := range map[string]struct {
		message []byte
		want    error
	}{
		"generation 2^31":     {forge(senderData{generation: 1 << 31}, honest, 0), ErrTooFarAhead},
		"generation 2^32-1":   {forge(senderData{generation: math.MaxUint32}, honest, 0), ErrTooFarAhead},
		"one past the limit":  {forge(senderData{generation: defaultMaxForward + 1}, honest, 0), ErrTooFarAhead},
		"at the limit":        {forge(senderData{generation: defaultMaxForward}, honest, 0), ErrDecrypt},
		"wrong generation":    {forge(senderData{generation: 1}, honest, 0), ErrDecrypt},
		"leaf out of range":   {forge(senderData{leaf: math.MaxUint32}, honest, 0), ErrNotMember},
		"blank leaf":          {forge(senderData{leaf: 3}, honest, 0), ErrNotMember},
		"another's leaf":      {forge(senderData{leaf: 2}, honest, 0), ErrDecrypt},
		"the receiver's leaf": {forge(senderData{leaf: 1}, honest, 0), ErrDecrypt},
		"wrong signature":     {forge(senderData{}, func(a *authenticatedContent) { a.auth.signature[0] ^= 1 }, 0), ErrSignature},
		"signed for another content": {forge(senderData{}, func(a *authenticatedContent) {
			a.content.application = []byte("other")
		}, 0), ErrSignature},
		"padding not zero": {forge(senderData{}, honest, 1), ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) { refused(t, groups[1], c.message, c.want) })
	}
	if r := must[*Received](t)(groups[1].Process(forge(senderData{}, honest, 0))); string(r.Application.Data) != "forged" {
		t.Fatal("the honest message is not read")
	}
}

func TestHostileKeyPackages(t *testing.T) { eachKEM(t, testHostileKeyPackages) }

func testHostileKeyPackages(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "new")
	alter := func(opt KeyPackageOptions, change func(*KeyPackage)) []byte {
		opt.Leaf, opt.CipherSuite = p.leaf(), cmp.Or(opt.CipherSuite, suite)
		b := must[*KeyPackageBundle](t)(NewKeyPackage(p.cfg, opt))
		change(b.keyPackage)
		b.keyPackage.raw = nil
		return b.Message()
	}
	keep := func(*KeyPackage) {}
	twice := p.keyPackage(t, suite).Message()
	for name, c := range map[string]struct {
		add  [][]byte
		want error
	}{
		"expired":         {[][]byte{alter(KeyPackageOptions{NotAfter: testNow.Add(-time.Second)}, keep)}, ErrExpired},
		"not yet valid":   {[][]byte{alter(KeyPackageOptions{NotBefore: testNow.Add(time.Second)}, keep)}, ErrExpired},
		"other suite":     {[][]byte{alter(KeyPackageOptions{CipherSuite: SuiteX25519AES128}, keep)}, ErrInvalidProposal},
		"wrong signature": {[][]byte{alter(KeyPackageOptions{}, func(kp *KeyPackage) { kp.Signature[0] ^= 1 })}, ErrSignature},
		"wrong leaf signature": {[][]byte{alter(KeyPackageOptions{}, func(kp *KeyPackage) {
			kp.LeafNode.Signature[0] ^= 1
			kp.LeafNode.raw = nil
			cfg := p.cfg.withDefaults()
			if err := kp.sign(suites[suite], &cfg); err != nil {
				t.Fatal(err)
			}
		})}, ErrSignature},
		"the same twice":     {[][]byte{twice, twice}, ErrInvalidLeaf},
		"a member once more": {[][]byte{newMemberAgain(t, groups[1])}, ErrInvalidLeaf},
		"no key package":     {[][]byte{must[[]byte](t)(groups[0].GroupInfo())}, ErrUnexpectedMessage},
	} {
		t.Run(name, func(t *testing.T) {
			state, ratchets := groups[0].MarshalState(), allRatchets(groups[0])
			if _, err := groups[0].Commit(CommitOptions{Add: c.add}); !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
			if !bytes.Equal(state, groups[0].MarshalState()) || !bytes.Equal(ratchets, allRatchets(groups[0])) {
				t.Fatal("the group changed")
			}
		})
	}
}

// newMemberAgain is a key package with the signature key of a member.
func newMemberAgain(t *testing.T, g *Group) []byte {
	p := &person{name: "again", signer: g.cfg.Signer, cfg: g.cfg}
	return p.keyPackage(t, g.epoch.suite.id).Message()
}

func TestExpiredAddOfSomebodyElseIsRefused(t *testing.T) {
	eachKEM(t, testExpiredAddOfSomebodyElseIsRefused)
}

func testExpiredAddOfSomebodyElseIsRefused(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	b := newPerson(t, suite, "new").keyPackage(t, suite)
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{Add: [][]byte{b.Message()}}))
	groups[1].cfg.Now = func() time.Time { return testNow.Add(defaultLifetime + time.Second) }
	refused(t, groups[1], commit.Message, ErrExpired)
	groups[1].cfg.Now = func() time.Time { return testNow }
	must[*Received](t)(groups[1].Process(commit.Message))
}

func TestReplaysAndOwnMessages(t *testing.T) { eachKEM(t, testReplaysAndOwnMessages) }

func testReplaysAndOwnMessages(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	message := must[[]byte](t)(groups[0].Encrypt([]byte("once"), nil))
	must[*Received](t)(groups[1].Process(message))
	refused(t, groups[1], message, ErrSecretConsumed)
	refused(t, groups[0], message, ErrOwnMessage)
	for _, public := range []bool{true, false} {
		proposal := must[[]byte](t)(groups[0].ProposeExtensions(nil, MessageOptions{Public: public}))
		refused(t, groups[0], proposal, ErrOwnMessage)
	}
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	refused(t, groups[0], commit.Message, ErrOwnMessage)
}

func TestStagedCommitIsTakenOnlyByMerge(t *testing.T) { eachKEM(t, testStagedCommitIsTakenOnlyByMerge) }

func testStagedCommitIsTakenOnlyByMerge(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	state, ratchets := groups[1].MarshalState(), allRatchets(groups[1])
	first := must[*Received](t)(groups[1].Process(commit.Message)).Commit
	second := must[*Received](t)(groups[1].Process(commit.Message)).Commit
	if !bytes.Equal(state, groups[1].MarshalState()) || !bytes.Equal(ratchets, allRatchets(groups[1])) {
		t.Fatal("staging changed the group")
	}
	if err := groups[2].Merge(first); !errors.Is(err, ErrStale) {
		t.Fatalf("another group merges it: %v", err)
	}
	if err := groups[1].Merge(first); err != nil {
		t.Fatal(err)
	}
	if err := groups[1].Merge(second); !errors.Is(err, ErrStale) {
		t.Fatalf("merged twice: %v", err)
	}
}

func TestValidateLeafRefuses(t *testing.T) { eachKEM(t, testValidateLeafRefuses) }

func testValidateLeafRefuses(t *testing.T, suite CipherSuite) {
	refuse := errors.New("not on the list")
	_, groups := grown(t, suite, 2)
	info := must[[]byte](t)(groups[0].GroupInfo())
	p := newPerson(t, suite, "stranger")
	join := must[*ExternalJoin](t)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()}))
	groups[1].cfg.ValidateLeaf = func(leaf LeafNode, in LeafContext) error {
		if string(leaf.Credential.Identity) == "stranger" && in.Index == 2 && in.Previous == nil && in.Epoch == 2 {
			return refuse
		}
		return nil
	}
	refused(t, groups[1], join.Commit, ErrInvalidLeaf)
	refused(t, groups[1], join.Commit, refuse)
	update := must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{Credential: BasicCredential([]byte("stranger"))}, MessageOptions{}))
	groups[1].cfg.ValidateLeaf = func(leaf LeafNode, _ LeafContext) error {
		if string(leaf.Credential.Identity) == "stranger" {
			return refuse
		}
		return nil
	}
	must[*Received](t)(groups[1].Process(update))
	result := must[*CommitResult](t)(groups[1].Commit(public))
	groups[1].ClearPendingCommit()
	if len(must[*message](t)(parseMessage(result.Message)).public.content.commit.proposals) != 0 {
		t.Fatal("a refused update is committed")
	}
	groups[1].cfg.ValidateLeaf = func(_ LeafNode, in LeafContext) error {
		if in.Join {
			return refuse
		}
		return nil
	}
	if _, err := JoinExternal(groups[1].cfg, info, ExternalJoinOptions{Leaf: p.leaf()}); !errors.Is(err, refuse) {
		t.Fatalf("joined a tree with refused leaves: %v", err)
	}
}

func TestExternalSenderRemoves(t *testing.T) {
	pub, key, _ := ed25519.GenerateKey(nil)
	senders := Extension{Type: ExtensionExternalSenders, Data: delivery.ExternalSender(pub, []byte("relay"))}
	for _, suite := range []CipherSuite{SuiteX25519ChaCha20, SuiteX25519AES128} {
		_, groups := grown(t, suite, 3, senders)
		if got := must[[]ExternalSender](t)(groups[1].ExternalSenders()); !bytes.Equal(got[0].SignatureKey, pub) || string(got[0].Credential.Identity) != "relay" {
			t.Fatalf("external senders are %+v", got)
		}
		_, stranger, _ := ed25519.GenerateKey(nil)
		bad := must[[]byte](t)(delivery.ProposeRemove(groups[0].ID(), groups[0].Epoch(), 0, 2, stranger, uint16(suite)))
		refused(t, groups[0], bad, ErrSignature)
		bad = must[[]byte](t)(delivery.ProposeRemove(groups[0].ID(), groups[0].Epoch(), 1, 2, key, uint16(suite)))
		refused(t, groups[0], bad, ErrNotMember)
		bad = must[[]byte](t)(delivery.ProposeRemove(groups[0].ID(), groups[0].Epoch(), 0, 9, key, uint16(suite)))
		refused(t, groups[0], bad, ErrInvalidProposal)

		proposal := must[[]byte](t)(delivery.ProposeRemove(groups[0].ID(), groups[0].Epoch(), 0, 2, key, uint16(suite)))
		for _, g := range groups {
			r := must[*Received](t)(g.Process(proposal))
			if r.Proposal.Sender.Type != SenderExternal || r.Proposal.Proposal.Removed != 2 {
				t.Fatalf("proposal is %+v", r.Proposal)
			}
		}
		deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{})))
		agree(t, groups)
		if !groups[2].Closed() || len(groups[1].Members()) != 2 {
			t.Fatal("the member is not removed")
		}
	}
}
