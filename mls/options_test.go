package mls

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"testing"
	"time"
)

func TestCommitWithoutPath(t *testing.T) { eachKEM(t, testCommitWithoutPath) }

func testCommitWithoutPath(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{
		NoPath: true, PSKs: []PreSharedKeyID{{Type: PSKExternal, ID: []byte("shared")}}, MessageOptions: public.MessageOptions,
	}))
	if must[*message](t)(parseMessage(result.Message)).public.content.commit.path != nil {
		t.Fatal("the commit has a path")
	}
	deliver(t, groups, 0, result)
	agree(t, groups)
}

func TestUnknownPSK(t *testing.T) { eachKEM(t, testUnknownPSK) }

func testUnknownPSK(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	psk := PreSharedKeyID{Type: PSKExternal, ID: []byte("shared")}
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{PSKs: []PreSharedKeyID{psk}}))
	groups[1].cfg.PSK = nil
	refused(t, groups[1], commit.Message, ErrUnknownPSK)
	if _, err := groups[1].Commit(CommitOptions{PSKs: []PreSharedKeyID{psk}}); !errors.Is(err, ErrUnknownPSK) {
		t.Fatal(err)
	}
	groups[1].cfg.PSK = func(PreSharedKeyID) []byte { return make([]byte, 32) }
	refused(t, groups[1], commit.Message, ErrConfirmationTag)
}

func TestAddsAndRemovesAndExtensionsInOneCommit(t *testing.T) {
	eachKEM(t, testAddsAndRemovesAndExtensionsInOneCommit)
}

func testAddsAndRemovesAndExtensionsInOneCommit(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 4)
	newcomers := []*person{newPerson(t, suite, "a"), newPerson(t, suite, "b")}
	var bundles []*KeyPackageBundle
	opt := CommitOptions{Remove: []LeafIndex{1, 3}, Extensions: []Extension{{Type: ExtensionApplicationID, Data: []byte("id")}}}
	for _, p := range newcomers {
		bundles = append(bundles, p.keyPackage(t, suite))
		opt.Add = append(opt.Add, bundles[len(bundles)-1].Message())
	}
	result := must[*CommitResult](t)(groups[0].Commit(opt))
	refs := must[[][]byte](t)(WelcomeRefs(result.Welcome))
	if len(refs) != 2 || !bytes.Equal(refs[0], bundles[0].Ref()) {
		t.Fatalf("the welcome is for %x", refs)
	}
	staged := must[*Received](t)(groups[2].Process(result.Message)).Commit
	if len(staged.Added) != 2 || staged.Added[0].Index != 1 || staged.Added[1].Index != 3 || len(staged.Removed) != 2 ||
		!staged.ExtensionsChanged || staged.SelfRemoved || staged.Epoch != 2 || len(staged.Proposals) != 5 {
		t.Fatalf("staged %+v", staged)
	}
	deliver(t, groups, 0, result)
	for i, p := range newcomers {
		// Both bundles are on offer to the first: the one that is named first is taken.
		g, used, err := JoinWelcome(p.cfg, result.Welcome, bundles[i:], nil)
		if err != nil || used != bundles[i] {
			t.Fatal(err)
		}
		groups = append(groups, g)
	}
	agree(t, groups)
	send(t, groups, 5, "new here")
	if _, _, err := JoinWelcome(people[0].cfg, result.Welcome, nil, nil); !errors.Is(err, ErrNoKeyPackage) {
		t.Fatal(err)
	}
}

func TestLimitsHold(t *testing.T) { eachKEM(t, testLimitsHold) }

func testLimitsHold(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	var opt CommitOptions
	for range 2 {
		opt.Add = append(opt.Add, newPerson(t, suite, "new").keyPackage(t, suite).Message())
	}
	groups[0].cfg.Limits.MaxMembers = 4
	if _, err := groups[0].Commit(opt); !errors.Is(err, ErrLimit) {
		t.Fatal(err)
	}
	opt.Remove = []LeafIndex{1}
	commit := must[*CommitResult](t)(groups[0].Commit(opt))
	groups[2].cfg.Limits.MaxProposals = 2
	refused(t, groups[2], commit.Message, ErrLimit)
	for i := range 3 {
		if _, err := groups[2].ProposeUpdate(LeafOptions{}, MessageOptions{}); (i < 2) != (err == nil) || i == 2 && !errors.Is(err, ErrLimit) {
			t.Fatalf("proposal %d: %v", i, err)
		}
	}
	update := must[[]byte](t)(groups[1].ProposeUpdate(LeafOptions{}, MessageOptions{}))
	refused(t, groups[2], update, ErrLimit)

	// One who comes from outside is one more; one who comes back is not.
	info, joiner := must[[]byte](t)(groups[1].GroupInfo()), newPerson(t, suite, "joiner")
	groups[1].cfg.Limits.MaxMembers = 3
	replaced := LeafIndex(0)
	for _, again := range []bool{false, true} {
		opt := ExternalJoinOptions{Leaf: joiner.leaf()}
		if again {
			opt.Leaf, opt.Replace = groups[0].leafOptions(), &replaced
		}
		join := must[*ExternalJoin](t)(JoinExternal(joiner.cfg, info, opt))
		if again {
			must[*Received](t)(groups[1].Process(join.Commit)).Commit.Drop()
			continue
		}
		refused(t, groups[1], join.Commit, ErrLimit)
	}
}

// leafOptions are those of the present leaf.
func (g *Group) leafOptions() LeafOptions {
	return LeafOptions{Credential: g.epoch.tree.leaf(g.epoch.own).Credential}
}

// TestShortLifetimes: with a MaxLifetime below the default lifetime, what is made
// by default is what others with the same limit take.
func TestShortLifetimes(t *testing.T) {
	for _, most := range []time.Duration{time.Minute, 7*24*time.Hour + time.Millisecond, -1} {
		a, b, c := newPerson(t, DefaultSuite, "a"), newPerson(t, DefaultSuite, "b"), newPerson(t, DefaultSuite, "c")
		for _, p := range []*person{a, b, c} {
			p.cfg.Limits.MaxLifetime = most
		}
		groups := []*Group{a.found(t, DefaultSuite)}
		bundle := b.keyPackage(t, DefaultSuite)
		result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{NoPath: true, Add: [][]byte{bundle.Message()}}))
		deliver(t, groups, 0, result)
		g, _, err := JoinWelcome(b.cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil)
		if err != nil {
			t.Fatal(err)
		}
		must[*ExternalJoin](t)(JoinExternal(c.cfg, must[[]byte](t)(g.GroupInfo()), ExternalJoinOptions{Leaf: c.leaf()}))
		if l := bundle.KeyPackage().LeafNode.Lifetime; most > 0 && l.NotAfter-l.NotBefore > uint64(most/time.Second) {
			t.Fatalf("a lifetime of %d seconds, at most %v", l.NotAfter-l.NotBefore, most)
		} else if most < 0 && l.NotAfter-l.NotBefore != uint64((clockSlack+defaultLifetime)/time.Second) {
			t.Fatalf("without a bound, a lifetime of %d seconds", l.NotAfter-l.NotBefore)
		}
	}
}

// TestOwnLeafThatOthersRefuse: nobody could follow a commit with such a leaf.
func TestOwnLeafThatOthersRefuse(t *testing.T) {
	_, groups := grown(t, DefaultSuite, 2)
	fits := groups[0].epoch.tree.leaves[0].Capabilities
	with := func(change func(*LeafOptions)) LeafOptions {
		opt := groups[0].leafOptions()
		opt.Capabilities = fits.withoutDefaults()
		change(&opt)
		return opt
	}
	for name, c := range map[string]struct {
		leaf LeafOptions
		want error
	}{
		"no suite":       {with(func(l *LeafOptions) { l.Capabilities.Suites = nil }), ErrInvalidLeaf},
		"another suite":  {with(func(l *LeafOptions) { l.Capabilities.Suites = []CipherSuite{SuiteX25519AES128} }), ErrInvalidLeaf},
		"too many types": {with(func(l *LeafOptions) { l.Capabilities.Proposals = make([]ProposalType, maxTypes+1) }), ErrConfig},
		"too many certificates": {with(func(l *LeafOptions) {
			l.Credential = Credential{Type: CredentialX509, Certificates: make([][]byte, maxCertificates+1)}
		}), ErrConfig},
	} {
		before := saved(groups[0])
		if _, err := groups[0].Commit(CommitOptions{Leaf: c.leaf}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		unchanged(t, groups[0], before)
		if _, err := NewKeyPackage(groups[0].cfg, KeyPackageOptions{Leaf: c.leaf}); !errors.Is(err, c.want) {
			t.Errorf("%s, in a key package: %v", name, err)
		}
	}
}

// TestCallersMemoryIsTheirs: what a caller does later with the slices it passed
// changes nothing.
func TestCallersMemoryIsTheirs(t *testing.T) {
	p := newPerson(t, DefaultSuite, "x")
	opt := p.leaf()
	opt.Capabilities = Capabilities{
		Versions: []uint16{1}, Suites: []CipherSuite{DefaultSuite}, Credentials: []CredentialType{CredentialX509},
	}
	opt.Credential = Credential{Type: CredentialX509, Certificates: [][]byte{[]byte("certificate")}}
	g := must[*Group](t)(NewGroup(p.cfg, GroupOptions{Leaf: opt, GroupID: []byte("group")}))
	psk := PreSharedKeyID{Type: PSKExternal, ID: []byte("id"), Nonce: make([]byte, 32)}
	must[[]byte](t)(g.ProposePSK(psk, MessageOptions{}))
	before := saved(g)
	clear(opt.Capabilities.Versions)
	clear(opt.Capabilities.Suites)
	clear(opt.Capabilities.Credentials)
	clear(opt.Credential.Certificates[0])
	clear(psk.ID)
	psk.Nonce[0]++
	unchanged(t, g, before)
	leaf := g.Members()[0].Leaf
	if string(leaf.Credential.Certificates[0]) != "certificate" || leaf.checkFor(g.epoch.suite) != nil {
		t.Fatalf("the leaf is %+v", leaf)
	}
}

// TestSignerThatDoesNotSign: a Signer that breaks its contract is an error.
func TestSignerThatDoesNotSign(t *testing.T) {
	for _, suite := range testSuites {
		p := newPerson(t, suite, "x")
		g := p.found(t, suite)
		before := saved(g)
		for _, signature := range [][]byte{nil, {0x30}, make([]byte, 31), make([]byte, 63)} {
			g.cfg.Signer = brokenSigner{p.signer, signature}
			if _, err := g.Encrypt(nil, nil); !errors.Is(err, ErrConfig) {
				t.Errorf("suite %d, %d bytes: %v", suite, len(signature), err)
			}
			unchanged(t, g, before)
		}
	}
}

type brokenSigner struct {
	crypto.Signer
	signature []byte
}

func (s brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return s.signature, nil
}

func TestLastResortKeyPackage(t *testing.T) {
	p := newPerson(t, DefaultSuite, "x")
	b := must[*KeyPackageBundle](t)(NewKeyPackage(p.cfg, KeyPackageOptions{Leaf: p.leaf(), LastResort: true}))
	again := must[*KeyPackageBundle](t)(ParseKeyPackageBundle(b.MarshalPrivate()))
	kp := must[*KeyPackage](t)(ParseKeyPackage(again.Message()))
	if !kp.LastResort() || !bytes.Equal(kp.Ref(), b.Ref()) || !slices.Contains(kp.LeafNode.Capabilities.Extensions, ExtensionLastResort) {
		t.Fatalf("key package is %+v", kp)
	}
	if p.keyPackage(t, DefaultSuite).KeyPackage().LastResort() {
		t.Fatal("every key package is of last resort")
	}
}

func TestInspectGroupInfo(t *testing.T) { eachKEM(t, testInspectGroupInfo) }

func testInspectGroupInfo(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	view := must[*GroupView](t)(InspectGroupInfo(must[[]byte](t)(groups[1].GroupInfo())))
	if string(view.GroupID) != "group" || view.Epoch != 1 || len(view.Members) != 3 || view.Signer != 1 || view.CipherSuite != suite {
		t.Fatalf("view is %+v", view)
	}
}

func TestRestoreRefuses(t *testing.T) { eachKEM(t, testRestoreRefuses) }

func testRestoreRefuses(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 2)
	state, ratchets := groups[0].MarshalState(), allRatchets(groups[0])
	deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{})))
	for name, c := range map[string]struct {
		cfg             Config
		state, ratchets []byte
		want            error
	}{
		"ratchets of another epoch": {people[0].cfg, groups[0].MarshalState(), ratchets, ErrState},
		"state of another epoch":    {people[0].cfg, state, allRatchets(groups[0]), ErrState},
		"another signer":            {people[1].cfg, state, ratchets, ErrConfig},
		"no signer":                 {Config{}, state, ratchets, ErrConfig},
		"nothing":                   {people[0].cfg, nil, nil, ErrState},
	} {
		if g, err := restore(c.cfg, c.state, c.ratchets); !errors.Is(err, c.want) || g != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	p := newPerson(t, DefaultSuite, "x")
	other := Config{Signer: must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
	twice := []Extension{{Type: 7000}, {Type: 7000}}
	for name, c := range map[string]struct {
		cfg  Config
		opt  GroupOptions
		want error
	}{
		"no signer":                              {Config{}, GroupOptions{Leaf: p.leaf()}, ErrConfig},
		"signer of another suite":                {other, GroupOptions{Leaf: p.leaf()}, ErrConfig},
		"no credential":                          {p.cfg, GroupOptions{}, ErrConfig},
		"X448":                                   {p.cfg, GroupOptions{CipherSuite: 4, Leaf: p.leaf()}, ErrUnsupported},
		"one extension twice":                    {p.cfg, GroupOptions{Leaf: p.leaf(), Extensions: twice}, ErrConfig},
		"an extension the leaf does not support": {p.cfg, GroupOptions{Leaf: p.leaf(), Extensions: twice[:1]}, ErrInvalidLeaf},
	} {
		if g, err := NewGroup(c.cfg, c.opt); !errors.Is(err, c.want) || g != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
