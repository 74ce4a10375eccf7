package mls

import (
	"testing"
	"time"
)

// TestHostileAdds: a member adds who must not be added.
func TestHostileAdds(t *testing.T) { eachCounted(t, testHostileAdds) }

func testHostileAdds(t *testing.T, suite CipherSuite) {
	_, groups := full(t, suite)
	commit := must[*CommitResult](t)(groups[0].Commit(public)).Message
	s := suites[suite]
	one, two := newPerson(t, suite, "one"), newPerson(t, suite, "two")
	honest := one.keyPackage(t, suite).keyPackage
	forged := func(change func(*KeyPackage)) proposalOrRef {
		return addOf(forgedKeyPackage(t, two, suite, change))
	}
	lifetime := func(from, to time.Duration) proposalOrRef {
		return forged(func(kp *KeyPackage) {
			kp.LeafNode.Lifetime = Lifetime{NotBefore: unixSeconds(testNow.Add(from)), NotAfter: unixSeconds(testNow.Add(to))}
		})
	}
	key := func(key []byte) proposalOrRef {
		return forged(func(kp *KeyPackage) { kp.LeafNode.EncryptionKey = key })
	}
	tree := groups[0].epoch.tree
	for name, c := range map[string]struct {
		list []proposalOrRef
		want error
		step string
	}{
		"expired":                       {[]proposalOrRef{lifetime(-time.Hour, -time.Second)}, ErrExpired, ""},
		"not yet valid":                 {[]proposalOrRef{lifetime(time.Second, time.Hour)}, ErrExpired, ""},
		"valid for too long":            {[]proposalOrRef{lifetime(-time.Hour, defaultMaxLifetime)}, ErrInvalidLeaf, "lifetime"},
		"valid for ever":                {[]proposalOrRef{forged(func(kp *KeyPackage) { kp.LeafNode.Lifetime = Lifetime{NotAfter: 1<<64 - 1} })}, ErrInvalidLeaf, "lifetime"},
		"ending before it begins":       {[]proposalOrRef{lifetime(time.Hour, -time.Hour)}, ErrInvalidLeaf, "lifetime"},
		"of another suite":              {[]proposalOrRef{forged(func(kp *KeyPackage) { kp.CipherSuite = DefaultSuite })}, ErrInvalidProposal, "cipher suite"},
		"the same twice":                {[]proposalOrRef{addOf(honest), addOf(honest)}, ErrInvalidLeaf, "key stands there twice"},
		"one signature key, two leaves": {[]proposalOrRef{addOf(honest), addOf(one.keyPackage(t, suite).keyPackage)}, ErrInvalidLeaf, "signature key"},
		"one encryption key, two adds":  {[]proposalOrRef{addOf(honest), key(honest.LeafNode.EncryptionKey)}, ErrInvalidLeaf, "encryption key"},
		"a member's encryption key":     {[]proposalOrRef{key(tree.leaves[2].EncryptionKey)}, ErrInvalidLeaf, "encryption key"},
		"a parent's encryption key":     {[]proposalOrRef{key(tree.parents[2].encryptionKey)}, ErrInvalidLeaf, "encryption key"},
		"no encryption key":             {[]proposalOrRef{key(nil)}, ErrInvalidLeaf, "HPKE public key"},
		"its init key as encryption key": {
			[]proposalOrRef{forged(func(kp *KeyPackage) { kp.LeafNode.EncryptionKey = kp.InitKey })},
			ErrInvalidLeaf, "init key",
		},
		"no init key": {[]proposalOrRef{forged(func(kp *KeyPackage) { kp.InitKey = []byte{1} })}, ErrInvalidLeaf, "HPKE public key"},
		"a leaf of an update": {
			[]proposalOrRef{forged(func(kp *KeyPackage) { kp.LeafNode.Source = LeafFromUpdate })},
			ErrMalformed, "",
		},
		"without the suite among its capabilities": {[]proposalOrRef{forged(func(kp *KeyPackage) {
			kp.LeafNode.Capabilities.Suites = []CipherSuite{DefaultSuite}
		})}, ErrInvalidLeaf, "cipher suite missing"},
		"without the version": {
			[]proposalOrRef{forged(func(kp *KeyPackage) { kp.LeafNode.Capabilities.Versions = []uint16{2} })},
			ErrInvalidLeaf, "version",
		},
		"without its credential's type": {[]proposalOrRef{forged(func(kp *KeyPackage) {
			kp.LeafNode.Capabilities.Credentials = []CredentialType{CredentialX509}
		})}, ErrInvalidLeaf, "credential"},
		"with an extension it does not support": {[]proposalOrRef{forged(func(kp *KeyPackage) {
			kp.LeafNode.Extensions = []Extension{{Type: 0x4242}}
		})}, ErrInvalidLeaf, "extension"},
		"who does not support a member's credential": {[]proposalOrRef{forged(func(kp *KeyPackage) {
			kp.LeafNode.Credential = Credential{Type: CredentialX509, Certificates: [][]byte{{1}}}
			kp.LeafNode.Capabilities.Credentials = []CredentialType{CredentialX509}
		})}, ErrInvalidLeaf, "capabilities"},
		"signed by another": {
			[]proposalOrRef{forged(func(kp *KeyPackage) { kp.LeafNode.SignatureKey = honest.LeafNode.SignatureKey })},
			ErrSignature, "",
		},
		"a short encryption key": {[]proposalOrRef{key(freshKey(t, s)[:31])}, ErrInvalidLeaf, "HPKE public key"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, groups[1], resigned(t, groups[0], commit, withoutPath(c.list...)), c.want, c.step)
		})
	}
	last := forgedKeyPackage(t, two, suite, func(kp *KeyPackage) {
		kp.Extensions = []Extension{{Type: 0x4242, Data: []byte("unknown")}}
		kp.LeafNode.Capabilities.Proposals = []ProposalType{0x4a4a}
	})
	// What nobody knows is ignored, as it must be: only the tag is of another commit.
	refused(t, groups[1], resigned(t, groups[0], commit, withoutPath(addOf(last))), ErrConfirmationTag)
}
