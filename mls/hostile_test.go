package mls

import (
	"bytes"
	"math"
	"testing"
)

var public = CommitOptions{MessageOptions: MessageOptions{Public: true}}

func TestHostilePublicMessages(t *testing.T) { eachCounted(t, testHostilePublicMessages) }

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

func TestHostilePrivateMessages(t *testing.T) { eachCounted(t, testHostilePrivateMessages) }

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
	farthest := work{hashes: 13 * defaultMaxForward, keys: 0, signatures: 0, bytes: 8 << 20}
	refusedWithin(t, farthest, groups[1], forge(senderData{generation: defaultMaxForward}, honest, 0), ErrDecrypt)
	if r := must[*Received](t)(groups[1].Process(forge(senderData{}, honest, 0))); string(r.Application.Data) != "forged" {
		t.Fatal("the honest message is not read")
	}
}
