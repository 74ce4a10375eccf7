package mls

import (
	"bytes"
	"crypto"
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/mls/internal/codec"
)

// A person is somebody with a device: what a test needs to act as a member.
type person struct {
	name   string
	signer crypto.Signer
	cfg    Config
}

var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newPerson(t testing.TB, suite CipherSuite, name string) *person {
	t.Helper()
	signer, err := suite.GenerateSigner(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{name: name, signer: signer, cfg: Config{
		Signer: signer, Now: func() time.Time { return testNow },
		PSK: func(id PreSharedKeyID) []byte {
			if id.Type != PSKExternal {
				return nil
			}
			return bytes.Repeat([]byte{7}, 32)
		},
	}}
}

func (p *person) leaf() LeafOptions {
	return LeafOptions{Credential: BasicCredential([]byte(p.name))}
}

func (p *person) keyPackage(t testing.TB, suite CipherSuite) *KeyPackageBundle {
	t.Helper()
	b, err := NewKeyPackage(p.cfg, KeyPackageOptions{CipherSuite: suite, Leaf: p.leaf()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// copied is a bundle as it comes back from storage: joining wipes the one in memory.
func copied(t testing.TB, b *KeyPackageBundle) *KeyPackageBundle {
	t.Helper()
	return must[*KeyPackageBundle](t)(ParseKeyPackageBundle(b.MarshalPrivate()))
}

func (p *person) found(t testing.TB, suite CipherSuite, extensions ...Extension) *Group {
	t.Helper()
	g, err := NewGroup(p.cfg, GroupOptions{CipherSuite: suite, GroupID: []byte("group"), Leaf: p.leaf(), Extensions: extensions})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// must fails the test on an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// grown is a group of n members, all present; the first added the others at once.
func grown(t testing.TB, suite CipherSuite, n int, extensions ...Extension) ([]*person, []*Group) {
	t.Helper()
	people, groups := make([]*person, n), make([]*Group, n)
	var opt CommitOptions
	bundles := make([]*KeyPackageBundle, n)
	for i := range people {
		people[i] = newPerson(t, suite, fmt.Sprintf("member %d", i))
		if i > 0 {
			bundles[i] = people[i].keyPackage(t, suite)
			opt.Add = append(opt.Add, bundles[i].Message())
		}
	}
	groups[0] = people[0].found(t, suite, extensions...)
	if n == 1 {
		return people, groups
	}
	result := must[*CommitResult](t)(groups[0].Commit(opt))
	if err := groups[0].MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < n; i++ {
		g, _, err := JoinWelcome(people[i].cfg, result.Welcome, bundles[i:i+1], nil)
		if err != nil {
			t.Fatal(err)
		}
		groups[i] = g
	}
	return people, groups
}

// deliver has everybody but the committer process and merge a commit, and the
// committer merge its own.
func deliver(t testing.TB, groups []*Group, committer int, result *CommitResult) {
	t.Helper()
	for i, g := range groups {
		if i == committer || g == nil {
			continue
		}
		received, err := g.Process(result.Message)
		if err != nil {
			t.Fatalf("member %d: %v", i, err)
		}
		if err := g.Merge(received.Commit); err != nil {
			t.Fatal(err)
		}
	}
	if err := groups[committer].MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
}

// agree fails the test unless all live groups are in one epoch with one view.
func agree(t testing.TB, groups []*Group) {
	t.Helper()
	var first *Group
	for i, g := range groups {
		if g == nil || g.Closed() {
			continue
		}
		if first == nil {
			first = g
		}
		if g.Epoch() != first.Epoch() || !bytes.Equal(g.EpochAuthenticator(), first.EpochAuthenticator()) ||
			!bytes.Equal(g.TreeHash(), first.TreeHash()) {
			t.Fatalf("member %d disagrees", i)
		}
		a, b := must[[]byte](t)(g.Export("x", []byte("y"), 32)), must[[]byte](t)(first.Export("x", []byte("y"), 32))
		if !bytes.Equal(a, b) {
			t.Fatalf("member %d exports something else", i)
		}
	}
}

// send has one member write and all others read.
func send(t testing.TB, groups []*Group, from int, text string) {
	t.Helper()
	message := must[[]byte](t)(groups[from].Encrypt([]byte(text), []byte("aad")))
	for i, g := range groups {
		if i == from || g == nil || g.Closed() {
			continue
		}
		received, err := g.Process(message)
		if err != nil {
			t.Fatalf("member %d: %v", i, err)
		}
		got := received.Application
		if string(got.Data) != text || string(got.AuthenticatedData) != "aad" || got.Sender != groups[from].OwnLeaf() {
			t.Fatalf("member %d read %q", i, got.Data)
		}
	}
}

// allRatchets are all records of a group as bytes, for tests that compare them.
func allRatchets(g *Group) []byte { return packRecords(g.Ratchets()) }

func packRecords(records []RatchetRecord) []byte {
	var w codec.Writer
	for _, r := range records {
		w.Vector(r.Key)
		w.Vector(r.Value)
	}
	return w.Data()
}

// restore is Restore from records as bytes.
func restore(cfg Config, state, ratchets []byte) (*Group, error) {
	var records []RatchetRecord
	r := codec.NewReader(ratchets)
	for len(r.Rest()) > 0 {
		records = append(records, RatchetRecord{Key: r.Vector(), Value: r.Vector()})
	}
	return Restore(cfg, state, records)
}

// saved is all that is kept of a group. What must change nothing leaves it as it is.
func saved(g *Group) string {
	return string(g.MarshalState()) + string(allRatchets(g))
}

// unchanged fails the test if a group is not, byte for byte, what it was.
func unchanged(t testing.TB, g *Group, before string) {
	t.Helper()
	if saved(g) != before {
		t.Fatal("the group changed")
	}
}

// reload saves and restores a group.
func reload(t testing.TB, p *person, g *Group) *Group {
	t.Helper()
	state, ratchets := g.MarshalState(), allRatchets(g)
	back := must[*Group](t)(restore(p.cfg, state, ratchets))
	if !bytes.Equal(back.MarshalState(), state) || !bytes.Equal(allRatchets(back), ratchets) {
		t.Fatal("a restored group saves differently")
	}
	return back
}

var testSuites = slices.DeleteFunc(
	[]CipherSuite{SuiteX25519ChaCha20, SuiteX25519AES128, SuiteXWingChaCha20, SuiteP256AES128, SuiteP521AES256, SuiteP384AES256},
	func(s CipherSuite) bool { return !s.Supported() })

func eachSuite(t *testing.T, test func(*testing.T, CipherSuite)) {
	for _, suite := range testSuites {
		t.Run(fmt.Sprintf("suite=%d", suite), func(t *testing.T) { t.Parallel(); test(t, suite) })
	}
}

// eachKEM runs a test with the suites that Parley uses: with X25519 and with X-Wing.
func eachKEM(t *testing.T, test func(*testing.T, CipherSuite)) {
	for _, suite := range []CipherSuite{DefaultSuite, SuiteXWingChaCha20} {
		t.Run(fmt.Sprintf("suite=%d", suite), func(t *testing.T) { test(t, suite) })
	}
}
