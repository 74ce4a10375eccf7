package mls

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"parley/mls/internal/codec"
)

// vectorSigner is the signature key of a vector.
func vectorSigner(t *testing.T, s *suite, private []byte) crypto.Signer {
	t.Helper()
	if _, ok := s.signatures.(ed25519Scheme); !ok {
		return ecdsaSigner(t, s, private)
	}
	if len(private) == ed25519.SeedSize {
		return ed25519.NewKeyFromSeed(private)
	}
	return ed25519.PrivateKey(private)
}

// fullScalar gives a private key the leading zeros that some vectors left out.
func fullScalar(s *suite, private []byte) secret {
	size := scalarSize(s)
	return append(make([]byte, max(size-len(private), 0), size), private...)
}

func testCryptoBasics(t *testing.T, s *suite, c *struct {
	RefHash struct {
		Label      string
		Value, Out hexBytes
	} `json:"ref_hash"`
	ExpandWithLabel struct {
		Secret, Context, Out hexBytes
		Label                string
		Length               int
	} `json:"expand_with_label"`
	DeriveSecret struct {
		Secret, Out hexBytes
		Label       string
	} `json:"derive_secret"`
	DeriveTreeSecret struct {
		Secret, Out hexBytes
		Label       string
		Generation  uint32
		Length      int
	} `json:"derive_tree_secret"`
	SignWithLabel struct {
		Priv, Pub, Content, Signature hexBytes
		Label                         string
	} `json:"sign_with_label"`
	EncryptWithLabel struct {
		Priv, Pub, Context, Plaintext, Ciphertext hexBytes
		Label                                     string
		KEMOutput                                 hexBytes `json:"kem_output"`
	} `json:"encrypt_with_label"`
},
) {
	same(t, "ref_hash", s.refHash(c.RefHash.Label, c.RefHash.Value), c.RefHash.Out)
	e := c.ExpandWithLabel
	same(t, "expand_with_label", s.expandWithLabel(secret(e.Secret), e.Label, e.Context, e.Length), e.Out)
	same(t, "derive_secret", s.deriveSecret(secret(c.DeriveSecret.Secret), c.DeriveSecret.Label), c.DeriveSecret.Out)
	d := c.DeriveTreeSecret
	tree := &secretTree{suite: s}
	same(t, "derive_tree_secret", tree.derive(secret(d.Secret), d.Label, d.Generation, d.Length), d.Out)

	sig := c.SignWithLabel
	if !s.verifyWithLabel(sig.Pub, sig.Label, sig.Content, sig.Signature) {
		t.Fatal("sign_with_label: signature does not verify")
	}
	signer := vectorSigner(t, s, sig.Priv)
	own := must[[]byte](t)(s.signWithLabel(signer, rand.Reader, sig.Label, sig.Content))
	if !s.verifyWithLabel(sig.Pub, sig.Label, sig.Content, own) {
		t.Fatal("sign_with_label: own signature does not verify")
	}
	same(t, "public key of the signer", must[[]byte](t)(s.signatureKey(signer)), sig.Pub)

	h := c.EncryptWithLabel
	sealed := hpkeCiphertext{kemOutput: h.KEMOutput, ciphertext: h.Ciphertext}
	same(t, "decrypt_with_label", must[secret](t)(s.decryptWithLabel(secret(h.Priv), h.Label, h.Context, sealed)), h.Plaintext)
	again := must[hpkeCiphertext](t)(s.encryptWithLabel(h.Pub, h.Label, h.Context, h.Plaintext))
	same(t, "encrypt_with_label", must[secret](t)(s.decryptWithLabel(secret(h.Priv), h.Label, h.Context, again)), h.Plaintext)
}

func testDeserialization(t *testing.T, _ *suite, c *struct {
	Header hexBytes `json:"vlbytes_header"`
	Length int
},
) {
	r := codec.NewReader(c.Header)
	if got := r.Length(); got != c.Length || r.End() != nil {
		t.Fatalf("length is %d, want %d", got, c.Length)
	}
	if c.Length < 1<<20 {
		var w codec.Writer
		w.Vector(make([]byte, c.Length))
		same(t, "header", w.Data()[:len(c.Header)], c.Header)
	}
}

func testTreeMath(t *testing.T, _ *suite, c *struct {
	Leaves int `json:"n_leaves"`
	Nodes  int `json:"n_nodes"`
	Root   nodeIndex
	Left   []*nodeIndex
	Right  []*nodeIndex
	Parent []*nodeIndex
	Sib    []*nodeIndex `json:"sibling"`
},
) {
	if got := 2*c.Leaves - 1; got != c.Nodes {
		t.Fatalf("%d nodes, want %d", got, c.Nodes)
	}
	if rootOf(c.Leaves) != c.Root {
		t.Fatalf("root is %d, want %d", rootOf(c.Leaves), c.Root)
	}
	for i := range c.Nodes {
		x := nodeIndex(i)
		check := func(what string, want *nodeIndex, there bool, get func() nodeIndex) {
			if (want != nil) != there {
				t.Fatalf("node %d: %s is there: %v", i, what, there)
			}
			if there && get() != *want {
				t.Fatalf("node %d: %s is %d, want %d", i, what, get(), *want)
			}
		}
		check("left", c.Left[i], !x.isLeaf(), x.left)
		check("right", c.Right[i], !x.isLeaf(), x.right)
		check("parent", c.Parent[i], x != c.Root, x.parent)
		check("sibling", c.Sib[i], x != c.Root, x.sibling)
	}
}

func testPSKSecret(t *testing.T, s *suite, c *struct {
	PSKs []struct {
		ID    hexBytes `json:"psk_id"`
		PSK   hexBytes
		Nonce hexBytes `json:"psk_nonce"`
	}
	Secret hexBytes `json:"psk_secret"`
},
) {
	var ids []PreSharedKeyID
	var values []secret
	for _, p := range c.PSKs {
		ids = append(ids, PreSharedKeyID{Type: PSKExternal, ID: p.ID, Nonce: p.Nonce})
		values = append(values, secret(p.PSK))
	}
	same(t, "psk_secret", s.pskSecret(ids, values), c.Secret)
}

func testKeySchedule(t *testing.T, s *suite, c *struct {
	GroupID     hexBytes `json:"group_id"`
	InitialInit hexBytes `json:"initial_init_secret"`
	Epochs      []struct {
		TreeHash   hexBytes `json:"tree_hash"`
		Commit     hexBytes `json:"commit_secret"`
		PSK        hexBytes `json:"psk_secret"`
		Transcript hexBytes `json:"confirmed_transcript_hash"`
		Exporter   struct {
			Label   string
			Context hexBytes
			Length  int
			Secret  hexBytes
		}
		GroupContext  hexBytes `json:"group_context"`
		Joiner        hexBytes `json:"joiner_secret"`
		Welcome       hexBytes `json:"welcome_secret"`
		Init          hexBytes `json:"init_secret"`
		SenderData    hexBytes `json:"sender_data_secret"`
		Encryption    hexBytes `json:"encryption_secret"`
		ExporterKey   hexBytes `json:"exporter_secret"`
		Authenticator hexBytes `json:"epoch_authenticator"`
		External      hexBytes `json:"external_secret"`
		ExternalPub   hexBytes `json:"external_pub"`
		Confirmation  hexBytes `json:"confirmation_key"`
		Membership    hexBytes `json:"membership_key"`
		Resumption    hexBytes `json:"resumption_psk"`
	}
},
) {
	init := secret(c.InitialInit)
	for i, e := range c.Epochs {
		context := groupContext{suite: s.id, groupID: c.GroupID, epoch: uint64(i), treeHash: e.TreeHash, confirmedTranscriptHash: e.Transcript}
		raw := context.marshal()
		same(t, "group_context", raw, e.GroupContext)
		got := must[*scheduled](t)(s.schedule(init, secret(e.Commit), secret(e.PSK), raw))
		same(t, "joiner_secret", got.joiner, e.Joiner)
		same(t, "welcome_secret", got.welcome, e.Welcome)
		same(t, "welcome_secret from the joiner secret", s.welcomeSecret(got.joiner, secret(e.PSK)), e.Welcome)
		same(t, "init_secret", got.secrets.init, e.Init)
		same(t, "sender_data_secret", got.secrets.senderData, e.SenderData)
		same(t, "encryption_secret", got.encryption, e.Encryption)
		same(t, "exporter_secret", got.secrets.exporter, e.ExporterKey)
		same(t, "epoch_authenticator", got.secrets.epochAuthenticator, e.Authenticator)
		same(t, "external_pub", got.secrets.external.public, e.ExternalPub)
		same(t, "confirmation_key", got.secrets.confirmationKey, e.Confirmation)
		same(t, "membership_key", got.secrets.membershipKey, e.Membership)
		same(t, "resumption_psk", got.secrets.resumptionPSK, e.Resumption)
		x := e.Exporter
		same(t, "exported secret", s.export(got.secrets.exporter, x.Label, x.Context, x.Length), x.Secret)
		init = got.secrets.init
	}
}

func testTranscriptHashes(t *testing.T, s *suite, c *struct {
	Key       hexBytes `json:"confirmation_key"`
	Content   hexBytes `json:"authenticated_content"`
	Before    hexBytes `json:"interim_transcript_hash_before"`
	Confirmed hexBytes `json:"confirmed_transcript_hash_after"`
	After     hexBytes `json:"interim_transcript_hash_after"`
},
) {
	r := codec.NewReader(c.Content)
	a := readAuthenticatedContent(r)
	if r.End() != nil {
		t.Fatal("authenticated_content does not decode")
	}
	same(t, "authenticated_content", a.marshal(), c.Content)
	confirmed := s.confirmedTranscriptHash(c.Before, a.transcriptInput())
	same(t, "confirmed_transcript_hash_after", confirmed, c.Confirmed)
	same(t, "confirmation_tag", a.auth.confirmationTag, s.mac(secret(c.Key), confirmed))
	same(t, "interim_transcript_hash_after", s.interimTranscriptHash(confirmed, a.auth.confirmationTag), c.After)
}

func testSecretTree(t *testing.T, s *suite, c *struct {
	Encryption hexBytes `json:"encryption_secret"`
	SenderData struct {
		Secret     hexBytes `json:"sender_data_secret"`
		Ciphertext hexBytes
		Key, Nonce hexBytes
	} `json:"sender_data"`
	Leaves [][]struct {
		Generation       uint32
		HandshakeKey     hexBytes `json:"handshake_key"`
		HandshakeNonce   hexBytes `json:"handshake_nonce"`
		ApplicationKey   hexBytes `json:"application_key"`
		ApplicationNonce hexBytes `json:"application_nonce"`
	}
},
) {
	key, nonce := s.senderDataKey(secret(c.SenderData.Secret), c.SenderData.Ciphertext)
	same(t, "sender data key", key, c.SenderData.Key)
	same(t, "sender data nonce", nonce, c.SenderData.Nonce)
	cfg := Config{}.withDefaults()
	tree := newSecretTree(s, len(c.Leaves), secret(c.Encryption).clone())
	for i, generations := range c.Leaves {
		for _, g := range generations {
			use := must[*keyUse](t)(tree.key(LeafIndex(i), true, g.Generation, &cfg))
			same(t, "handshake key", use.key, g.HandshakeKey)
			same(t, "handshake nonce", use.nonce, g.HandshakeNonce)
			use.take()
			use = must[*keyUse](t)(tree.key(LeafIndex(i), false, g.Generation, &cfg))
			same(t, "application key", use.key, g.ApplicationKey)
			same(t, "application nonce", use.nonce, g.ApplicationNonce)
			use.take()
		}
	}
	if len(tree.nodes) != 0 {
		t.Fatalf("%d nodes of the secret tree left", len(tree.nodes))
	}
}

func (s secret) clone() secret { return append(secret(nil), s...) }
