package mls

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"parley/mls/delivery"
)

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

func TestProposalsFromOutsideNeedConsent(t *testing.T) {
	pub, key, _ := ed25519.GenerateKey(nil)
	senders := ExternalSendersExtension(ExternalSender{SignatureKey: pub, Credential: BasicCredential([]byte("relay"))})
	_, groups := grown(t, DefaultSuite, 2, senders)
	e := groups[0].epoch
	kp := newPerson(t, DefaultSuite, "uninvited").keyPackage(t, DefaultSuite).KeyPackage()
	a := e.frame(contentProposal, public.MessageOptions)
	a.content.sender = Sender{Type: SenderExternal}
	a.content.proposal = &Proposal{Type: ProposalAdd, KeyPackage: kp}
	cfg := Config{Signer: key}.withDefaults()
	if err := a.sign(e.suite, &cfg, nil); err != nil {
		t.Fatal(err)
	}
	add := e.suite.protectPublic(a, nil, nil).marshal()
	refused(t, groups[0], add, ErrInvalidProposal)
	groups[0].cfg.AcceptProposal = func(p PendingProposal) error {
		if p.Sender.Type != SenderExternal || p.Proposal.KeyPackage == nil {
			t.Errorf("asked about %+v", p)
		}
		return nil
	}
	if r := must[*Received](t)(groups[0].Process(add)); r.Proposal == nil || len(groups[0].PendingProposals()) != 1 {
		t.Fatal("the accepted proposal is not pending")
	}
	if !groups[0].DropProposal(groups[0].PendingProposals()[0].Ref) || len(groups[0].PendingProposals()) != 0 {
		t.Fatal("the proposal is not dropped")
	}
}

func anyProposal(PendingProposal) error { return nil }

// TestExternalSenders: they may propose what RFC 9420 section 12.1.8 lists, and
// are added and removed by a change of the extensions.
func TestExternalSenders(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite CipherSuite) {
		_, groups := grown(t, suite, 3)
		relay := newPerson(t, suite, "relay")
		key := must[[]byte](t)(suites[suite].signatureKey(relay.signer))
		sender := ExternalSendersExtension(ExternalSender{SignatureKey: key, Credential: relay.leaf().Credential})
		propose := func(p Proposal) []byte {
			view := &GroupView{GroupID: groups[0].ID(), Epoch: groups[0].Epoch(), CipherSuite: suite}
			return must[[]byte](t)(ProposeExternal(relay.cfg, view, 0, p))
		}
		refused(t, groups[0], propose(Proposal{Type: ProposalRemove, Removed: 2}), ErrNotMember)
		deliver(t, groups, 1, must[*CommitResult](t)(groups[1].Commit(CommitOptions{Extensions: []Extension{sender}})))

		for _, g := range groups {
			g.cfg.AcceptProposal = anyProposal
		}
		newcomer := newPerson(t, suite, "newcomer")
		bundle := newcomer.keyPackage(t, suite)
		for _, p := range []Proposal{
			{Type: ProposalAdd, KeyPackage: bundle.KeyPackage()},
			{Type: ProposalRemove, Removed: 1},
			{Type: ProposalPSK, PSK: PreSharedKeyID{Type: PSKExternal, ID: []byte("id")}},
			{Type: ProposalGroupContextExtensions, Extensions: []Extension{{Type: ExtensionApplicationID, Data: []byte("app")}}},
		} {
			data := propose(p)
			for _, g := range groups {
				if r := must[*Received](t)(g.Process(data)); r.Proposal.Sender.Type != SenderExternal {
					t.Fatalf("proposal is %+v", r.Proposal)
				}
			}
		}
		if _, err := groups[0].Encrypt(nil, nil); !errors.Is(err, ErrPendingProposals) {
			t.Fatalf("sent before the removal is committed: %v", err)
		}
		result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
		deliver(t, groups, 0, result)
		g, _, err := JoinWelcome(newcomer.cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil)
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, g)
		agree(t, groups)
		if !groups[1].Closed() || len(groups[0].Members()) != 3 {
			t.Fatal("the proposals are not committed")
		}
		// The extensions it proposed itself leave it out: it may propose no more.
		refused(t, groups[0], propose(Proposal{Type: ProposalRemove, Removed: 2}), ErrNotMember)
		if senders := must[[]ExternalSender](t)(groups[0].ExternalSenders()); len(senders) != 0 {
			t.Fatalf("external senders are %v", senders)
		}
	})
}

func TestExternalSendersRefused(t *testing.T) {
	relay := newPerson(t, DefaultSuite, "relay")
	key := must[[]byte](t)(suites[DefaultSuite].signatureKey(relay.signer))
	_, groups := grown(t, countedSuite, 3, ExternalSendersExtension(ExternalSender{SignatureKey: key, Credential: relay.leaf().Credential}))
	e := groups[0].epoch
	view := &GroupView{GroupID: groups[0].ID(), Epoch: groups[0].Epoch(), CipherSuite: countedSuite}
	// frame signs any proposal as the external sender, valid or not.
	frame := func(p Proposal, sender Sender) []byte {
		a := e.frame(contentProposal, public.MessageOptions)
		a.content.sender, a.content.proposal = sender, &p
		cfg := relay.cfg.withDefaults()
		if err := a.sign(e.suite, &cfg, nil); err != nil {
			t.Fatal(err)
		}
		return e.suite.protectPublic(a, nil, nil).marshal()
	}
	for _, g := range groups {
		g.cfg.AcceptProposal = anyProposal
	}
	external := Sender{Type: SenderExternal}
	update := Proposal{Type: ProposalUpdate, LeafNode: e.tree.leaves[0]}
	init := Proposal{Type: ProposalExternalInit, KEMOutput: make([]byte, 32)}
	kp := relay.keyPackage(t, countedSuite).keyPackage
	for name, c := range map[string]struct {
		message []byte
		want    error
	}{
		"an update":                   {frame(update, external), ErrInvalidProposal},
		"an external init":            {frame(init, external), ErrInvalidProposal},
		"a removal of nobody":         {frame(Proposal{Type: ProposalRemove, Removed: 9}, external), ErrInvalidProposal},
		"another's index":             {frame(Proposal{Type: ProposalRemove, Removed: 1}, Sender{Type: SenderExternal, Index: 1}), ErrNotMember},
		"an old version":              {frame(Proposal{Type: ProposalReInit, ReInit: &ReInit{}}, external), ErrInvalidProposal},
		"a new member's removal":      {frame(Proposal{Type: ProposalRemove, Removed: 1}, Sender{Type: SenderNewMemberProposal}), ErrInvalidProposal},
		"an add in a member's name":   {frame(Proposal{Type: ProposalAdd, KeyPackage: kp}, Sender{Type: SenderMember, Leaf: 1}), ErrMembershipTag},
		"a PSK that is a Welcome's":   {frame(Proposal{Type: ProposalPSK, PSK: PreSharedKeyID{Type: PSKResumption, Usage: ResumptionBranch, Nonce: make([]byte, suites[countedSuite].hashLen)}}, external), ErrInvalidProposal},
		"a PSK without a nonce":       {frame(Proposal{Type: ProposalPSK, PSK: PreSharedKeyID{Type: PSKExternal}}, external), ErrInvalidProposal},
		"another suite's key package": {frame(Proposal{Type: ProposalAdd, KeyPackage: relay.keyPackage(t, DefaultSuite).keyPackage}, external), ErrInvalidProposal},
	} {
		t.Run(name, func(t *testing.T) { refused(t, groups[0], c.message, c.want) })
	}
	for _, p := range []Proposal{update, init} {
		if _, err := ProposeExternal(relay.cfg, view, 0, p); !errors.Is(err, ErrInvalidProposal) {
			t.Errorf("proposed: %v", err)
		}
	}
	twice := []Extension{{Type: 7000}, {Type: 7000}}
	for _, p := range []Proposal{{Type: ProposalAdd}, {Type: ProposalReInit}} {
		if _, err := ProposeExternal(relay.cfg, view, 0, p); !errors.Is(err, ErrInvalidProposal) {
			t.Errorf("proposed nothing: %v", err)
		}
	}
	if _, err := ProposeExternal(relay.cfg, view, 0, Proposal{Type: ProposalGroupContextExtensions, Extensions: twice}); !errors.Is(err, ErrConfig) {
		t.Errorf("proposed what nobody decodes: %v", err)
	}
	if _, err := ProposeExternal(relay.cfg, &GroupView{CipherSuite: 4}, 0, update); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
}

// TestNewMemberProposesItself: an Add by the one who wants to come in.
func TestNewMemberProposesItself(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite CipherSuite) {
		_, groups := grown(t, suite, 3)
		p := newPerson(t, suite, "guest")
		bundle := must[*KeyPackageBundle](t)(NewKeyPackage(p.cfg, KeyPackageOptions{CipherSuite: suite, Leaf: p.leaf(), LastResort: true}))
		view := must[*GroupView](t)(InspectGroupInfo(must[[]byte](t)(groups[0].GroupInfo())))
		proposal := must[[]byte](t)(ProposeJoin(p.cfg, view, bundle))
		refused(t, groups[0], proposal, ErrInvalidProposal, "not accepted")
		for _, g := range groups {
			g.cfg.AcceptProposal = func(p PendingProposal) error {
				if p.Sender.Type != SenderNewMemberProposal || string(p.Proposal.KeyPackage.LeafNode.Credential.Identity) != "guest" {
					t.Errorf("asked about %+v", p)
				}
				return nil
			}
			must[*Received](t)(g.Process(proposal))
		}
		result := must[*CommitResult](t)(groups[1].Commit(CommitOptions{NoPath: true, MessageOptions: public.MessageOptions}))
		deliver(t, groups, 1, result)
		joined, used, err := JoinWelcome(p.cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil)
		if err != nil || !used.KeyPackage().LastResort() {
			t.Fatal(err)
		}
		groups = append(groups, joined)
		agree(t, groups)
		send(t, groups, 3, "thank you")
		if other := newPerson(t, suite, "other"); suite == DefaultSuite {
			if _, err := ProposeJoin(other.cfg, view, bundle); !errors.Is(err, ErrConfig) {
				t.Fatalf("proposed with another's key: %v", err)
			}
		}
	})
}
