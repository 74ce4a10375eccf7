package mls

import (
	"errors"
	"testing"
	"time"
)

func TestHostileKeyPackages(t *testing.T) { eachCounted(t, testHostileKeyPackages) }

func testHostileKeyPackages(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	p := newPerson(t, suite, "new")
	alter := func(opt KeyPackageOptions, change func(*KeyPackage)) []byte {
		opt.Leaf = p.leaf()
		if opt.CipherSuite == 0 {
			opt.CipherSuite = suite
		}
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
			before := saved(groups[0])
			var err error
			workOf(func() { _, err = groups[0].Commit(CommitOptions{Add: c.add}) }).within(t, smallGroup)
			if !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
			unchanged(t, groups[0], before)
		})
	}
}

// newMemberAgain is a key package with the signature key of a member.
func newMemberAgain(t *testing.T, g *Group) []byte {
	p := &person{name: "again", signer: g.cfg.Signer, cfg: g.cfg}
	return p.keyPackage(t, g.CipherSuite()).Message()
}

func TestExpiredAddOfSomebodyElseIsRefused(t *testing.T) {
	eachCounted(t, testExpiredAddOfSomebodyElseIsRefused)
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
