package delivery_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"parley/mls"
	"parley/mls/delivery"
)

// ed25519Suites are those that this package takes.
var ed25519Suites = []mls.CipherSuite{mls.SuiteX25519ChaCha20, mls.SuiteX25519AES128, mls.SuiteXWingChaCha20}

func config(t testing.TB, suite mls.CipherSuite) mls.Config {
	t.Helper()
	signer, err := suite.GenerateSigner(nil)
	if err != nil {
		t.Fatal(err)
	}
	return mls.Config{Signer: signer}
}

var leaf = mls.LeafOptions{Credential: mls.BasicCredential([]byte("device"))}

func header(t *testing.T, message []byte, err error) delivery.Header {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	h, err := delivery.ParseHeader(message)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHeadersOfEveryMessage(t *testing.T) {
	cfg := config(t, mls.DefaultSuite)
	g, err := mls.NewGroup(cfg, mls.GroupOptions{GroupID: []byte("id"), Leaf: leaf})
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := mls.NewKeyPackage(config(t, mls.DefaultSuite), mls.KeyPackageOptions{Leaf: leaf})
	if err != nil {
		t.Fatal(err)
	}
	commit, err := g.Commit(mls.CommitOptions{Add: [][]byte{bundle.Message()}, MessageOptions: mls.MessageOptions{Public: true}})
	h := header(t, commit.Message, err)
	if h.WireFormat != delivery.PublicMessage || h.Content != delivery.Commit || h.Sender != delivery.Member ||
		h.Leaf != 0 || h.Epoch != 0 || string(h.GroupID) != "id" {
		t.Fatalf("commit: %+v", h)
	}
	if h = header(t, commit.Welcome, nil); h.WireFormat != delivery.Welcome || len(h.NewMembers) != 1 || !bytes.Equal(h.NewMembers[0], bundle.Ref()) {
		t.Fatalf("welcome: %+v", h)
	}
	if h = header(t, commit.GroupInfo, nil); h.WireFormat != delivery.GroupInfo || h.Epoch != 1 || h.CipherSuite != 3 {
		t.Fatalf("group info: %+v", h)
	}
	if err := g.MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	message, err := g.Encrypt([]byte("x"), nil)
	if h = header(t, message, err); h.WireFormat != delivery.PrivateMessage || h.Content != delivery.Application || h.Epoch != 1 {
		t.Fatalf("application message: %+v", h)
	}
	message, err = g.ProposeRemove(1, mls.MessageOptions{Public: true})
	if h = header(t, message, err); h.Content != delivery.Proposal || len(h.Removed) != 1 || h.Removed[0] != 1 {
		t.Fatalf("proposal: %+v", h)
	}
	join, err := mls.JoinExternal(cfg, commit.GroupInfo, mls.ExternalJoinOptions{Leaf: leaf})
	if err != nil {
		t.Fatal(err)
	}
	if h = header(t, join.Commit, nil); h.Sender != delivery.NewMemberCommit || len(h.Removed) != 1 || h.Removed[0] != 0 || h.Epoch != 1 {
		t.Fatalf("external commit: %+v", h)
	}
}

func TestKeyPackages(t *testing.T) {
	for _, suite := range ed25519Suites {
		before, after := time.Unix(1_000_000, 0).UTC(), time.Unix(2_000_000, 0).UTC()
		bundle, err := mls.NewKeyPackage(config(t, suite), mls.KeyPackageOptions{CipherSuite: suite, Leaf: leaf, NotBefore: before, NotAfter: after, LastResort: true})
		if err != nil {
			t.Fatal(err)
		}
		kp, err := delivery.ParseKeyPackage(bundle.Message())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kp.Ref, bundle.Ref()) || string(kp.Identity) != "device" || kp.CipherSuite != uint16(suite) ||
			!bytes.Equal(kp.SignatureKey, bundle.KeyPackage().LeafNode.SignatureKey) ||
			!kp.NotBefore.Equal(before) || !kp.NotAfter.Equal(after) || !kp.LastResort {
			t.Fatalf("key package: %+v", kp)
		}
		// Any changed byte is found.
		for i := range bundle.Message() {
			bad := bundle.Message()
			bad[i] ^= 1
			if kp, err := delivery.ParseKeyPackage(bad); err == nil || kp != nil {
				t.Fatalf("byte %d changed, and accepted", i)
			}
		}
	}
}

func TestKeyPackageOfAnotherSuiteIsRefused(t *testing.T) {
	if !mls.SuiteP256AES128.Supported() {
		t.Skip("the build has no other suite")
	}
	bundle, err := mls.NewKeyPackage(config(t, mls.SuiteP256AES128), mls.KeyPackageOptions{CipherSuite: mls.SuiteP256AES128, Leaf: leaf})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := delivery.ParseKeyPackage(bundle.Message()); !errors.Is(err, delivery.ErrUnsupported) {
		t.Fatal(err)
	}
}

func TestProposeRemoveRefusesOtherSuitesAndKeys(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(nil)
	if _, err := delivery.ProposeRemove(nil, 0, 0, 0, key, 2); !errors.Is(err, delivery.ErrUnsupported) {
		t.Fatal(err)
	}
	if _, err := delivery.ProposeRemove(nil, 0, 0, 0, key[:32], 3); !errors.Is(err, delivery.ErrSignature) {
		t.Fatal(err)
	}
}

// TestLinksNothingThatDecrypts: what a relay links must not hold package mls.
func TestLinksNothingThatDecrypts(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "parley/mls/delivery").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		if dep == "parley/mls" || dep == "parley/mls/hpke" || strings.HasPrefix(dep, "golang.org/") || dep == "crypto/hpke" {
			t.Errorf("links %s", dep)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	g, err := mls.NewGroup(config(f, mls.DefaultSuite), mls.GroupOptions{GroupID: []byte("id"), Leaf: leaf})
	if err != nil {
		f.Fatal(err)
	}
	commit, err := g.Commit(mls.CommitOptions{MessageOptions: mls.MessageOptions{Public: true}})
	if err != nil {
		f.Fatal(err)
	}
	_, key, _ := ed25519.GenerateKey(nil)
	remove, _ := delivery.ProposeRemove([]byte("id"), 1, 0, 2, key, 3)
	for _, seed := range [][]byte{commit.Message, commit.GroupInfo, remove} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := delivery.ParseHeader(data)
		if err == nil && (h.WireFormat < delivery.PublicMessage || h.WireFormat > delivery.KeyPackageWire) {
			t.Fatalf("wire format %d", h.WireFormat)
		}
		if err != nil && h.WireFormat != 0 {
			t.Fatal("an error comes with a result")
		}
	})
}

func FuzzParseKeyPackage(f *testing.F) {
	bundle, err := mls.NewKeyPackage(config(f, mls.DefaultSuite), mls.KeyPackageOptions{Leaf: leaf})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bundle.Message())
	f.Fuzz(func(t *testing.T, data []byte) {
		if kp, err := delivery.ParseKeyPackage(data); err != nil && kp != nil {
			t.Fatal("an error comes with a result")
		}
	})
}
