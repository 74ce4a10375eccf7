package mls

import (
	"testing"
)

// forgedKeyPackage is a key package of p that was changed and signed again, leaf included.
func forgedKeyPackage(t testing.TB, p *person, suite CipherSuite, change func(*KeyPackage)) *KeyPackage {
	t.Helper()
	kp := p.keyPackage(t, suite).keyPackage
	change(kp)
	cfg := p.cfg.withDefaults()
	if err := kp.LeafNode.sign(suites[suite], &cfg, nil, 0); err != nil {
		t.Fatal(err)
	}
	if err := kp.sign(suites[suite], &cfg); err != nil {
		t.Fatal(err)
	}
	return kp
}

// resigned changes a public message of from and signs and tags it again.
func resigned(t testing.TB, from *Group, data []byte, change func(*authenticatedContent)) []byte {
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

// withProposals puts other proposals into a commit.
func withProposals(list ...proposalOrRef) func(*authenticatedContent) {
	return func(a *authenticatedContent) { a.content.commit.proposals = list }
}

// inline is a proposal by value.
func inline(p Proposal) proposalOrRef { return proposalOrRef{proposal: p} }

func addOf(kp *KeyPackage) proposalOrRef { return inline(Proposal{Type: ProposalAdd, KeyPackage: kp}) }

func extensionsOf(list ...Extension) proposalOrRef {
	return inline(Proposal{Type: ProposalGroupContextExtensions, Extensions: list})
}

func pskOf(id PreSharedKeyID) proposalOrRef { return inline(Proposal{Type: ProposalPSK, PSK: id}) }

// freshKey is a new HPKE public key.
func freshKey(t testing.TB, s *suite) []byte {
	return must[keyPair](t)(s.generateKeyPair(Config{}.withDefaults().Rand)).public
}

// withoutPath is withProposals for such that need no path.
func withoutPath(list ...proposalOrRef) func(*authenticatedContent) {
	return func(a *authenticatedContent) { a.content.commit.proposals, a.content.commit.path = list, nil }
}
