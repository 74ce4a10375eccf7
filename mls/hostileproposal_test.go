package mls

import "testing"

// full is a group of four in which everybody has committed: no parent is blank.
func full(t testing.TB, suite CipherSuite, extensions ...Extension) ([]*person, []*Group) {
	t.Helper()
	people, groups := grown(t, suite, 4, extensions...)
	for i := range groups {
		deliver(t, groups, i, must[*CommitResult](t)(groups[i].Commit(CommitOptions{})))
	}
	return people, groups
}

// TestHostileProposals: a member commits what it must not (RFC 9420 sections 12.1 and 12.2).
func TestHostileProposals(t *testing.T) { eachCounted(t, testHostileProposals) }

func testHostileProposals(t *testing.T, suite CipherSuite) {
	_, groups := full(t, suite)
	commit := must[*CommitResult](t)(groups[0].Commit(public)).Message
	groups[0].ClearPendingCommit()
	reInit := func(version uint16) proposalOrRef {
		return inline(Proposal{Type: ProposalReInit, ReInit: &ReInit{Version: version, CipherSuite: suite}})
	}
	nonce := make([]byte, suites[suite].hashLen)
	psk := pskOf(PreSharedKeyID{Type: PSKExternal, ID: []byte("id"), Nonce: nonce})
	resumption := func(usage ResumptionUsage, epoch uint64) proposalOrRef {
		return pskOf(PreSharedKeyID{Type: PSKResumption, Usage: usage, Group: []byte("group"), Epoch: epoch, Nonce: nonce})
	}
	ownUpdate := must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{}, public.MessageOptions))
	must[*Received](t)(groups[1].Process(ownUpdate))
	ref := groups[1].PendingProposals()[0].Ref
	update := inline(groups[1].PendingProposals()[0].Proposal)
	for name, c := range map[string]struct {
		list []proposalOrRef
		want error
		step string
	}{
		"two re-initialisations":                   {[]proposalOrRef{reInit(1), reInit(1)}, ErrInvalidProposal, "beside other changes"},
		"a re-initialisation and a PSK":            {[]proposalOrRef{reInit(1), psk}, ErrInvalidProposal, "beside other changes"},
		"a re-initialisation with an old version":  {[]proposalOrRef{reInit(0)}, ErrInvalidProposal, "older version"},
		"a PSK with a short nonce":                 {[]proposalOrRef{pskOf(PreSharedKeyID{Type: PSKExternal, Nonce: nonce[1:]})}, ErrInvalidProposal, "nonce"},
		"a PSK with a long nonce":                  {[]proposalOrRef{pskOf(PreSharedKeyID{Type: PSKExternal, Nonce: make([]byte, len(nonce)+1)})}, ErrInvalidProposal, "nonce"},
		"a PSK of usage reinit":                    {[]proposalOrRef{resumption(ResumptionReInit, 5)}, ErrInvalidProposal, "usage"},
		"a PSK of usage branch":                    {[]proposalOrRef{resumption(ResumptionBranch, 5)}, ErrInvalidProposal, "usage"},
		"a PSK of an epoch to come":                {[]proposalOrRef{resumption(ResumptionApplication, 77)}, ErrUnknownPSK, ""},
		"one PSK twice":                            {[]proposalOrRef{psk, psk}, ErrInvalidProposal, "one PSK twice"},
		"extensions twice":                         {[]proposalOrRef{extensionsOf(), extensionsOf()}, ErrInvalidProposal, "set twice"},
		"external senders of garbage":              {[]proposalOrRef{extensionsOf(Extension{Type: ExtensionExternalSenders, Data: []byte{9}})}, ErrMalformed, "external_senders"},
		"required capabilities of garbage":         {[]proposalOrRef{extensionsOf(Extension{Type: ExtensionRequiredCapabilities, Data: []byte{9}})}, ErrMalformed, "required_capabilities"},
		"an extension nobody supports":             {[]proposalOrRef{extensionsOf(Extension{Type: 0x4242})}, ErrInvalidLeaf, "capabilities"},
		"a required proposal nobody supports":      {[]proposalOrRef{extensionsOf(RequiredCapabilities{Proposals: []ProposalType{0x4242}}.Extension())}, ErrInvalidLeaf, "capabilities"},
		"a required credential nobody supports":    {[]proposalOrRef{extensionsOf(RequiredCapabilities{Credentials: []CredentialType{0x4242}}.Extension())}, ErrInvalidLeaf, "capabilities"},
		"the committer's own update, by value":     {[]proposalOrRef{update}, ErrInvalidProposal, "own leaf"},
		"the committer's own update, by reference": {[]proposalOrRef{{byRef: true, ref: ref}}, ErrInvalidProposal, "own leaf"},
		"a proposal by reference twice":            {[]proposalOrRef{{byRef: true, ref: ref}, {byRef: true, ref: ref}}, ErrInvalidProposal, "own leaf"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, groups[1], resigned(t, groups[0], commit, withProposals(c.list...)), c.want, c.step)
		})
	}
}
