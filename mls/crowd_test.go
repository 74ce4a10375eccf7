package mls

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
)

// crowdSuite counts like countedSuite. Its signatures anybody can make, so that
// thousands of leaves cost nothing; all else is what DefaultSuite has. It shows
// what large groups cost and that their members agree, never that they are safe.
const crowdSuite CipherSuite = 0xf7f9

var _ = func() bool {
	s := *suites[countedSuites[0]]
	s.id, s.signatures = crowdSuite, countedSignatures{openSignatures{}}
	suites[crowdSuite] = &s
	return true
}()

// openSignatures are the hash of the public key and the message.
type openSignatures struct{}

type openKey [sha256.Size]byte

func (k openKey) Public() crypto.PublicKey { return k }

func (k openKey) Sign(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	sum := sha256.Sum256(append(k[:], message...))
	return sum[:], nil
}

func (openSignatures) generate(random io.Reader) (crypto.Signer, error) {
	var k openKey
	_, err := io.ReadFull(random, k[:])
	return k, err
}

func (openSignatures) sign(signer crypto.Signer, random io.Reader, message []byte) ([]byte, error) {
	return signer.Sign(random, message, nil)
}

func (openSignatures) verify(key, message, signature []byte) bool {
	want, err := openKey(key).Sign(nil, message, nil)
	return err == nil && bytes.Equal(signature, want)
}

func (o openSignatures) verifySender(key, message, signature []byte) bool {
	return o.verify(key, message, signature)
}

func (openSignatures) nonce(signature []byte) []byte { return signature }

func (openSignatures) publicKey(key crypto.PublicKey) []byte {
	k, ok := key.(openKey)
	if !ok {
		return nil
	}
	return k[:]
}

// crowd is a group of n members in its first epoch: the founder, and accounts with
// five devices each whose leaves stand in the tree from the start, with keys whose
// private halves nobody has. It is a group as others can join it.
func crowd(t testing.TB, n int) *Group {
	t.Helper()
	founder := newPerson(t, crowdSuite, "founder")
	e := founder.found(t, crowdSuite).epoch
	for i := range n - 1 {
		addMute(t, e, fmt.Sprintf("account %d device %d", i/5, i%5))
	}
	e.context.treeHash = e.tree.rootHash()
	return must[*Group](t)(e.found(founder.cfg.withDefaults()))
}

// addMute adds the leaf of a member of which there is nothing else.
func addMute(t testing.TB, e *epoch, name string) {
	t.Helper()
	p := newPerson(t, crowdSuite, name)
	signatureKey := must[[]byte](t)(e.suite.signatureKey(p.signer))
	cfg := p.cfg.withDefaults()
	leaf := &LeafNode{
		EncryptionKey: randomKey(), SignatureKey: signatureKey, Credential: p.leaf().Credential, Capabilities: p.leaf().capabilities(),
		Source: LeafFromKeyPackage, Lifetime: KeyPackageOptions{}.lifetime(&cfg),
	}
	if err := leaf.sign(e.suite, &p.cfg, nil, 0); err != nil {
		t.Fatal(err)
	}
	e.tree.addLeaf(leaf)
}

// randomKey is a public key of X25519, as any 32 bytes are.
func randomKey() []byte {
	key := make([]byte, 32)
	rand.Read(key)
	return key
}

// warmed is a crowd in which each tenth member, and last the founder, have set
// their paths, as in a group that has been used: update paths are short.
func warmed(t testing.TB, n int) *Group {
	t.Helper()
	g := crowd(t, n)
	e := g.epoch
	for i := LeafIndex(10); int(i) < n; i += 10 {
		setMutePath(t, e, i)
	}
	e.context.treeHash = e.tree.rootHash()
	g = must[*Group](t)(e.found(g.cfg))
	must[*CommitResult](t)(g.Commit(CommitOptions{}))
	if err := g.MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	return g
}

// setMutePath puts new keys on the path of a leaf, as a commit of its member would.
func setMutePath(t testing.TB, e *epoch, i LeafIndex) {
	t.Helper()
	steps := e.tree.filteredPath(i)
	keys := make([][]byte, len(steps))
	for j := range keys {
		keys[j] = randomKey()
	}
	before := e.tree.leaf(i)
	leaf := &LeafNode{
		EncryptionKey: randomKey(), SignatureKey: before.SignatureKey, Credential: before.Credential, Capabilities: before.Capabilities,
		Source: LeafFromCommit, ParentHash: e.tree.setPath(i, steps, keys),
	}
	if err := leaf.sign(e.suite, &Config{Signer: openKey(leaf.SignatureKey)}, e.context.groupID, i); err != nil {
		t.Fatal(err)
	}
	e.tree.setLeaf(i, leaf)
}
