package mls

import (
	"crypto"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"parley/mls/hpke"
)

// Tests bound what hostile input costs by counted work, not by time. Suites of
// their own, like those that Parley uses, count. Their hash is another, as
// SHA-256 has short cuts that make no hash.Hash.
const (
	countedSuite CipherSuite = 0xf7f7 // DefaultSuite
	countedXWing CipherSuite = 0xf7f8 // SuiteXWingChaCha20
)

// work is what an operation cost.
type work struct {
	hashes     int64 // hashes begun: two or four for each HMAC and HKDF step
	keys       int64 // HPKE keys decoded or derived: at least one for each encapsulation
	signatures int64 // signatures made or checked
	bytes      int64 // memory allocated
}

var counted struct{ hashes, keys, signatures atomic.Int64 }

var countedSuites = func() (list []CipherSuite) {
	for _, like := range []struct{ id, suite CipherSuite }{{countedSuite, DefaultSuite}, {countedXWing, SuiteXWingChaCha20}} {
		if !like.suite.Supported() {
			continue
		}
		s := *suites[like.suite]
		s.id, s.kem, s.signatures = like.id, countedKEM{s.kem}, countedSignatures{s.signatures}
		s.newHash, s.hashLen = func() hash.Hash { counted.hashes.Add(1); return sha512.New384() }, sha512.Size384
		suites[like.id] = &s
		list = append(list, like.id)
	}
	return list
}()

// eachCounted runs a test with each suite that counts, one after another.
func eachCounted(t *testing.T, test func(*testing.T, CipherSuite)) {
	for _, suite := range countedSuites {
		t.Run(fmt.Sprintf("suite=%d", suite), func(t *testing.T) { test(t, suite) })
	}
}

type countedKEM struct{ hpke.KEM }

func (k countedKEM) NewPublicKey(key []byte) (hpke.PublicKey, error) {
	counted.keys.Add(1)
	return k.KEM.NewPublicKey(key)
}

func (k countedKEM) NewPrivateKey(key []byte) (hpke.PrivateKey, error) {
	counted.keys.Add(1)
	return k.KEM.NewPrivateKey(key)
}

func (k countedKEM) DeriveKeyPair(ikm []byte) (hpke.PrivateKey, error) {
	counted.keys.Add(1)
	return k.KEM.DeriveKeyPair(ikm)
}

type countedSignatures struct{ signatureScheme }

func (s countedSignatures) sign(signer crypto.Signer, rand io.Reader, message []byte) ([]byte, error) {
	counted.signatures.Add(1)
	return s.signatureScheme.sign(signer, rand, message)
}

func (s countedSignatures) verify(key, message, signature []byte) bool {
	counted.signatures.Add(1)
	return s.signatureScheme.verify(key, message, signature)
}

func (s countedSignatures) verifySender(key, message, signature []byte) bool {
	counted.signatures.Add(1)
	return s.signatureScheme.verifySender(key, message, signature)
}

// workOf counts what do costs. Nothing else may run meanwhile.
func workOf(do func()) work {
	var before, after runtime.MemStats
	hashes, keys, signatures := counted.hashes.Load(), counted.keys.Load(), counted.signatures.Load()
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return work{
		hashes: counted.hashes.Load() - hashes, keys: counted.keys.Load() - keys,
		signatures: counted.signatures.Load() - signatures, bytes: int64(after.TotalAlloc - before.TotalAlloc),
	}
}

// within fails the test if it cost more than limit.
func (w work) within(t testing.TB, limit work) {
	t.Helper()
	if w.hashes > limit.hashes || w.keys > limit.keys || w.signatures > limit.signatures || w.bytes > limit.bytes {
		t.Fatalf("it cost %+v, and may cost %+v", w, limit)
	}
}

// smallGroup is what a message to a group of a few members may cost, whatever is in it.
var smallGroup = work{hashes: 1000, keys: 80, signatures: 16, bytes: 1 << 20}

// refused has a group process a message that must fail with want, at step if
// that is given, change nothing and cost little.
func refused(t *testing.T, g *Group, message []byte, want error, step ...string) {
	t.Helper()
	refusedWithin(t, smallGroup, g, message, want, step...)
}

func refusedWithin(t *testing.T, limit work, g *Group, message []byte, want error, step ...string) {
	t.Helper()
	before := saved(g)
	var r *Received
	var err error
	w := workOf(func() { r, err = g.Process(message) })
	if slices.Contains(countedSuites, g.CipherSuite()) { // those of others run side by side
		w.within(t, limit)
	}
	if !errors.Is(err, want) || len(step) > 0 && !strings.Contains(err.Error(), step[0]) {
		t.Fatalf("error is %v, want %v %v", err, want, step)
	}
	if r != nil {
		t.Fatal("an error comes with a result")
	}
	unchanged(t, g, before)
}

// TestWorkIsCounted: the counters count, or the limits would hold of themselves.
func TestWorkIsCounted(t *testing.T) {
	_, groups := grown(t, countedSuite, 4)
	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	w := workOf(func() { must[*Received](t)(groups[1].Process(result.Message)) })
	// The commit's signature and its leaf's; two path keys checked, one private
	// key used and two derived.
	if w.signatures != 2 || w.keys < 5 || w.hashes < 50 || w.bytes < 4096 {
		t.Fatalf("a commit costs %+v", w)
	}
	w.within(t, smallGroup)
}
