package mls

import (
	"errors"
	"slices"
	"testing"

	"parley/mls/internal/codec"
)

func TestHostileWelcomes(t *testing.T) { eachCounted(t, testHostileWelcomes) }

func testHostileWelcomes(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "new")
	bundle := p.keyPackage(t, suite)
	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{Add: [][]byte{bundle.Message()}}))
	join := func(cfg Config, data []byte) error {
		g, used, err := JoinWelcome(cfg, data, []*KeyPackageBundle{bundle}, nil)
		if err != nil && (g != nil || used != nil) {
			t.Fatal("an error comes with a result")
		}
		return err
	}
	alter := func(change func(*welcome)) []byte {
		m := must[*message](t)(parseMessage(result.Welcome))
		change(m.welcome)
		return m.marshal()
	}
	other := newPerson(t, suite, "other")
	for name, c := range map[string]struct {
		cfg  Config
		data []byte
		want error
	}{
		"changed secrets":   {p.cfg, alter(func(w *welcome) { w.secrets[0].secrets.ciphertext[0] ^= 1 }), ErrDecrypt},
		"changed GroupInfo": {p.cfg, alter(func(w *welcome) { w.encryptedGroupInfo[0] ^= 1 }), ErrDecrypt},
		"for another":       {p.cfg, alter(func(w *welcome) { w.secrets[0].newMember[0] ^= 1 }), ErrNoKeyPackage},
		"other suite":       {p.cfg, alter(func(w *welcome) { w.suite = SuiteX25519AES128 }), ErrNoKeyPackage},
		"X448":              {p.cfg, alter(func(w *welcome) { w.suite = 4 }), ErrUnsupported},
		"another's signer":  {other.cfg, result.Welcome, ErrConfig},
		"a commit":          {p.cfg, result.Message, ErrUnexpectedMessage},
		"truncated":         {p.cfg, result.Welcome[:len(result.Welcome)-1], ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if err := join(c.cfg, c.data); !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
		})
	}
	if err := join(p.cfg, result.Welcome); err != nil {
		t.Fatal(err)
	}
}

// TestWelcomeOfADishonestMember: the committer itself lies in what it encrypts.
func TestWelcomeOfADishonestMember(t *testing.T) { eachCounted(t, testWelcomeOfADishonestMember) }

func testWelcomeOfADishonestMember(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "new")
	bundle := p.keyPackage(t, suite)
	g := groups[0]
	byValue := must[[]CommittedProposal](t)(g.byValue(&CommitOptions{Add: [][]byte{bundle.Message()}}))
	ch, list, err := g.selectProposals(byValue)
	if err != nil {
		t.Fatal(err)
	}
	b := &commitBuilder{cfg: &g.cfg, epoch: g.epoch, changes: ch, proposals: list}
	if err := b.build(&CommitOptions{}, g.pskValues); err != nil {
		t.Fatal(err)
	}
	seal := func(change func(*groupInfo)) []byte {
		info := must[*groupInfo](t)(b.next.groupInfo(&g.cfg))
		change(info)
		info.signature = must[[]byte](t)(g.epoch.suite.signWithLabel(g.cfg.Signer, g.cfg.Rand, groupInfoLabel, info.signedContent()))
		return must[[]byte](t)(b.welcome(info))
	}
	for name, c := range map[string]struct {
		welcome []byte
		want    error
	}{
		"wrong confirmation tag": {seal(func(i *groupInfo) { i.confirmationTag = make([]byte, 32) }), ErrConfirmationTag},
		"another epoch":          {seal(func(i *groupInfo) { i.context.epoch += 5 }), ErrConfirmationTag},
		"another suite":          {seal(func(i *groupInfo) { i.context.suite = SuiteX25519AES128 }), ErrMalformed},
		"the newcomer left out": {seal(withTree(func(tree *tree) {
			tree.leaves[2] = nil
			for i, n := range tree.parents {
				if n != nil {
					c := *n
					c.unmerged = slices.DeleteFunc(slices.Clone(n.unmerged), func(l LeafIndex) bool { return l == 2 })
					tree.parents[i] = &c
				}
			}
			tree.truncate()
		})), ErrInvalidTree},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := JoinWelcome(p.cfg, c.welcome, []*KeyPackageBundle{bundle}, nil); !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
		})
	}
	var w codec.Writer
	secrets := &groupSecrets{joiner: b.sched.joiner, pathSecret: make(secret, suites[suite].hashLen)}
	w.Raw(secrets.marshal())
	m := must[*message](t)(parseMessage(seal(func(*groupInfo) {})))
	sealed, err := g.epoch.suite.encryptWithLabel(bundle.keyPackage.InitKey, "Welcome", m.welcome.encryptedGroupInfo, w.Data())
	if err != nil {
		t.Fatal(err)
	}
	m.welcome.secrets[0].secrets = sealed
	if _, _, err := JoinWelcome(p.cfg, m.marshal(), []*KeyPackageBundle{bundle}, nil); !errors.Is(err, ErrInvalidCommit) {
		t.Fatalf("a path secret of another key: %v", err)
	}
}

// welcomeWith is a Welcome for bundle in which the committer changed the secrets.
func welcomeWith(t testing.TB, g *Group, bundle *KeyPackageBundle, change func(*groupSecrets)) []byte {
	t.Helper()
	byValue := must[[]CommittedProposal](t)(g.byValue(&CommitOptions{Add: [][]byte{bundle.Message()}}))
	ch, list, err := g.selectProposals(byValue)
	if err != nil {
		t.Fatal(err)
	}
	b := &commitBuilder{cfg: &g.cfg, epoch: g.epoch, changes: ch, proposals: list}
	if err := b.build(&CommitOptions{}, g.pskValues); err != nil {
		t.Fatal(err)
	}
	m := must[*message](t)(parseMessage(must[[]byte](t)(b.welcome(must[*groupInfo](t)(b.next.groupInfo(&g.cfg))))))
	secrets := &groupSecrets{joiner: b.sched.joiner, pathSecret: b.path.secretFor(ch.addedLeaves[0])}
	change(secrets)
	sealed, err := g.epoch.suite.encryptWithLabel(bundle.keyPackage.InitKey, "Welcome", m.welcome.encryptedGroupInfo, secrets.marshal())
	if err != nil {
		t.Fatal(err)
	}
	m.welcome.secrets[0].secrets = sealed
	return m.marshal()
}

// TestHostilePSKsOfAWelcome: RFC 9420 sections 8.4 and 12.4.3.1.
func TestHostilePSKsOfAWelcome(t *testing.T) { eachCounted(t, testHostilePSKsOfAWelcome) }

func testHostilePSKsOfAWelcome(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "new")
	p.cfg.PSK = func(PreSharedKeyID) []byte { return make([]byte, 32) } // knows any, whatever it is asked for
	p.cfg.Limits.MaxProposals = 3
	bundle := p.keyPackage(t, suite)
	nonce := make([]byte, suites[suite].hashLen)
	external := PreSharedKeyID{Type: PSKExternal, ID: []byte("id"), Nonce: nonce}
	link := func(usage ResumptionUsage) PreSharedKeyID {
		return PreSharedKeyID{Type: PSKResumption, Usage: usage, Group: []byte("old"), Epoch: 7, Nonce: nonce}
	}
	for name, c := range map[string]struct {
		psks []PreSharedKeyID
		want error
	}{
		"a short nonce":      {[]PreSharedKeyID{{Type: PSKExternal, Nonce: nonce[1:]}}, ErrInvalidProposal},
		"no nonce":           {[]PreSharedKeyID{{Type: PSKExternal}}, ErrInvalidProposal},
		"one twice":          {[]PreSharedKeyID{external, external}, ErrInvalidProposal},
		"of a ReInit":        {[]PreSharedKeyID{link(ResumptionReInit)}, ErrUnexpectedMessage},
		"of a branch":        {[]PreSharedKeyID{link(ResumptionBranch)}, ErrUnexpectedMessage},
		"of both":            {[]PreSharedKeyID{link(ResumptionReInit), link(ResumptionBranch)}, ErrInvalidProposal},
		"too many":           {make([]PreSharedKeyID, 4), ErrLimit},
		"not the commit's":   {[]PreSharedKeyID{external}, ErrDecrypt},
		"of an unknown kind": {[]PreSharedKeyID{{Type: 9, Nonce: nonce}}, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range c.psks {
				if c.psks[i].Type == 0 {
					c.psks[i].Type = PSKExternal
				}
			}
			data := welcomeWith(t, groups[0], bundle, func(s *groupSecrets) { s.psks = c.psks })
			workOf(func() {
				if _, _, err := JoinWelcome(p.cfg, data, []*KeyPackageBundle{bundle}, nil); !errors.Is(err, c.want) {
					t.Errorf("error is %v, want %v", err, c.want)
				}
			}).within(t, smallGroup)
		})
	}
	short := welcomeWith(t, groups[0], bundle, func(s *groupSecrets) { s.joiner = s.joiner[1:] })
	if _, _, err := JoinWelcome(p.cfg, short, []*KeyPackageBundle{bundle}, nil); !errors.Is(err, ErrMalformed) {
		t.Fatalf("a short joiner secret: %v", err)
	}
	honest := welcomeWith(t, groups[0], bundle, func(*groupSecrets) {})
	if _, _, err := JoinWelcome(p.cfg, honest, []*KeyPackageBundle{bundle}, nil); err != nil {
		t.Fatal(err)
	}
}
