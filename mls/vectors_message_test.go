package mls

import (
	"testing"
	"time"

	"parley/mls/internal/codec"
)

func testMessages(t *testing.T, _ *suite, c *struct {
	Welcome      hexBytes `json:"mls_welcome"`
	GroupInfo    hexBytes `json:"mls_group_info"`
	KeyPackage   hexBytes `json:"mls_key_package"`
	Tree         hexBytes `json:"ratchet_tree"`
	GroupSecrets hexBytes `json:"group_secrets"`
	Add          hexBytes `json:"add_proposal"`
	Update       hexBytes `json:"update_proposal"`
	Remove       hexBytes `json:"remove_proposal"`
	PSK          hexBytes `json:"pre_shared_key_proposal"`
	ReInit       hexBytes `json:"re_init_proposal"`
	ExternalInit hexBytes `json:"external_init_proposal"`
	Extensions   hexBytes `json:"group_context_extensions_proposal"`
	Commit       hexBytes
	PublicApp    hexBytes `json:"public_message_application"`
	PublicProp   hexBytes `json:"public_message_proposal"`
	PublicCommit hexBytes `json:"public_message_commit"`
	Private      hexBytes `json:"private_message"`
},
) {
	for _, data := range []hexBytes{c.Welcome, c.GroupInfo, c.KeyPackage, c.PublicApp, c.PublicProp, c.PublicCommit, c.Private} {
		same(t, "message", must[*message](t)(parseMessage(data)).marshal(), data)
	}
	bodies := map[ProposalType]hexBytes{
		ProposalAdd: c.Add, ProposalUpdate: c.Update, ProposalRemove: c.Remove, ProposalPSK: c.PSK,
		ProposalReInit: c.ReInit, ProposalExternalInit: c.ExternalInit, ProposalGroupContextExtensions: c.Extensions,
	}
	for kind, body := range bodies {
		data := append([]byte{0, byte(kind)}, body...)
		r := codec.NewReader(data)
		p := readProposal(r)
		var w codec.Writer
		if p.encode(&w); r.End() != nil {
			t.Fatalf("proposal of type %d does not decode", kind)
		}
		same(t, "proposal", w.Data(), data)
	}
	r := codec.NewReader(c.Commit)
	commit := readCommit(r)
	var w codec.Writer
	if commit.encode(&w); r.End() != nil {
		t.Fatal("commit does not decode")
	}
	same(t, "commit", w.Data(), c.Commit)
	r = codec.NewReader(c.GroupSecrets)
	if secrets := readGroupSecrets(r); r.End() != nil {
		t.Fatal("group secrets do not decode")
	} else {
		same(t, "group secrets", secrets.marshal(), c.GroupSecrets)
	}
	same(t, "tree", must[*tree](t)(parseTree(suites[DefaultSuite], c.Tree, defaultMaxMembers)).marshal(), c.Tree)
}

func testMessageProtection(t *testing.T, s *suite, c *struct {
	GroupID       hexBytes `json:"group_id"`
	Epoch         uint64
	TreeHash      hexBytes `json:"tree_hash"`
	Transcript    hexBytes `json:"confirmed_transcript_hash"`
	SignaturePriv hexBytes `json:"signature_priv"`
	SignaturePub  hexBytes `json:"signature_pub"`
	Encryption    hexBytes `json:"encryption_secret"`
	SenderData    hexBytes `json:"sender_data_secret"`
	Membership    hexBytes `json:"membership_key"`
	Proposal      hexBytes
	ProposalPriv  hexBytes `json:"proposal_priv"`
	ProposalPub   hexBytes `json:"proposal_pub"`
	Commit        hexBytes
	CommitPriv    hexBytes `json:"commit_priv"`
	CommitPub     hexBytes `json:"commit_pub"`
	Application   hexBytes
	AppPriv       hexBytes `json:"application_priv"`
},
) {
	context := groupContext{suite: s.id, groupID: c.GroupID, epoch: c.Epoch, treeHash: c.TreeHash, confirmedTranscriptHash: c.Transcript}
	raw := context.marshal()
	leaves := []*LeafNode{{}, {SignatureKey: c.SignaturePub}}
	view := func() *epochView {
		return &epochView{
			suite: s, raw: raw, own: 0, senderData: secret(c.SenderData), leaves: leaves,
			ratchets: newSecretTree(s, 2, secret(c.Encryption).clone()),
		}
	}
	cfg := Config{}.withDefaults()
	body := func(a *authenticatedContent) []byte {
		if a.content.kind == contentApplication {
			return a.content.application
		}
		var w codec.Writer
		a.content.encodeBody(&w)
		return w.Data()
	}
	for _, private := range []struct{ message, want hexBytes }{{c.ProposalPriv, c.Proposal}, {c.CommitPriv, c.Commit}, {c.AppPriv, c.Application}} {
		m := must[*message](t)(parseMessage(private.message))
		o := must[*opened](t)(view().open(m.private, &cfg))
		same(t, "content", body(o.content), private.want)

		// Once more, protected by ourselves.
		signed := o.content
		cfg := Config{Signer: vectorSigner(t, s, c.SignaturePriv)}.withDefaults()
		if err := signed.sign(s, &cfg, raw); err != nil {
			t.Fatal(err)
		}
		use := must[*keyUse](t)(view().ratchets.nextKey(1, signed.content.kind != contentApplication))
		again := must[*message](t)(s.protectPrivate(signed, secret(c.SenderData), senderData{leaf: 1, generation: use.generation}, use.messageKey, nil))
		same(t, "own content", body(must[*opened](t)(view().open(again.private, &cfg)).content), private.want)
	}
	for _, public := range []struct{ message, want hexBytes }{{c.ProposalPub, c.Proposal}, {c.CommitPub, c.Commit}} {
		m := must[*message](t)(parseMessage(public.message))
		a := m.public.authenticated()
		if err := s.verifyMembership(m.public, secret(c.Membership), raw); err != nil {
			t.Fatal(err)
		}
		if err := a.verify(s, c.SignaturePub, raw); err != nil {
			t.Fatal(err)
		}
		same(t, "content", body(a), public.want)
		again := s.protectPublic(a, secret(c.Membership), raw)
		same(t, "own message", again.marshal(), public.message)
	}
}

func testWelcome(t *testing.T, s *suite, c *struct {
	InitPriv   hexBytes `json:"init_priv"`
	SignerPub  hexBytes `json:"signer_pub"`
	KeyPackage hexBytes `json:"key_package"`
	Welcome    hexBytes
},
) {
	kp := must[*message](t)(parseMessage(c.KeyPackage)).keyPackage
	bundle := &KeyPackageBundle{keyPackage: kp, initKey: fullScalar(s, c.InitPriv)}
	w := must[*welcome](t)(parseWelcome(c.Welcome))
	_, sealed, err := w.find([]*KeyPackageBundle{bundle})
	if err != nil {
		t.Fatal(err)
	}
	j := &welcomeJoin{cfg: &Config{}, suite: s, bundle: bundle}
	if err := j.openSecrets(w, sealed); err != nil {
		t.Fatal(err)
	}
	key, nonce := s.welcomeKey(s.welcomeSecret(j.secrets.joiner, j.psk))
	r := codec.NewReader(must[[]byte](t)(s.open(key, nonce, nil, w.encryptedGroupInfo)))
	info := readGroupInfo(r)
	if r.End() != nil {
		t.Fatal("GroupInfo does not decode")
	}
	if !s.verifyWithLabel(c.SignerPub, groupInfoLabel, info.signedContent(), info.signature) {
		t.Fatal("signature of the GroupInfo")
	}
	sched := must[*scheduled](t)(s.scheduleFromJoiner(j.secrets.joiner, j.psk, info.context.marshal()))
	same(t, "confirmation tag", s.mac(sched.secrets.confirmationKey, info.context.confirmedTranscriptHash), info.confirmationTag)
}

// testPassiveClient joins by Welcome and follows the group: the vectors that
// exercise the whole package through its public surface.
func testPassiveClient(t *testing.T, s *suite, c *struct {
	PSKs []struct {
		ID  hexBytes `json:"psk_id"`
		PSK hexBytes
	} `json:"external_psks"`
	KeyPackage    hexBytes `json:"key_package"`
	Signature     hexBytes `json:"signature_priv"`
	Encryption    hexBytes `json:"encryption_priv"`
	Init          hexBytes `json:"init_priv"`
	Welcome       hexBytes
	Tree          hexBytes `json:"ratchet_tree"`
	Authenticator hexBytes `json:"initial_epoch_authenticator"`
	Epochs        []struct {
		Proposals     []hexBytes
		Commit        hexBytes
		Authenticator hexBytes `json:"epoch_authenticator"`
	}
},
) {
	kp := must[*message](t)(parseMessage(c.KeyPackage)).keyPackage
	bundle := &KeyPackageBundle{keyPackage: kp, initKey: fullScalar(s, c.Init), leafKey: fullScalar(s, c.Encryption)}
	p := &person{cfg: Config{
		Signer:         vectorSigner(t, s, c.Signature),
		Now:            func() time.Time { return time.Unix(int64(kp.LeafNode.Lifetime.NotBefore)+60, 0) },
		AcceptProposal: func(PendingProposal) error { return nil },
		Limits:         Limits{MaxLifetime: -1}, // the vectors' lifetimes have no end
		PSK: func(id PreSharedKeyID) []byte {
			for _, p := range c.PSKs {
				if string(p.ID) == string(id.ID) {
					return p.PSK
				}
			}
			return nil
		},
	}}
	g, used, err := JoinWelcome(p.cfg, c.Welcome, []*KeyPackageBundle{bundle}, c.Tree)
	if err != nil {
		t.Fatal(err)
	}
	if used != bundle {
		t.Fatal("another bundle used")
	}
	same(t, "initial epoch authenticator", g.EpochAuthenticator(), c.Authenticator)
	for i, e := range c.Epochs {
		g = reload(t, p, g)
		for _, proposal := range e.Proposals {
			if r, err := g.Process(proposal); err != nil || r.Proposal == nil {
				t.Fatalf("epoch %d: proposal: %v", i, err)
			}
		}
		g = reload(t, p, g)
		r, err := g.Process(e.Commit)
		if err != nil {
			t.Fatalf("epoch %d: commit: %v", i, err)
		}
		if err := g.Merge(r.Commit); err != nil {
			t.Fatal(err)
		}
		same(t, "epoch authenticator", g.EpochAuthenticator(), e.Authenticator)
	}
}
