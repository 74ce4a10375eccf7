package mls

import (
	"bytes"
	"testing"

	"parley/mls/delivery"
	"parley/mls/internal/codec"
)

// traffic is honest messages of every kind, to start fuzzing from, and the
// group that can process them.
func traffic(t testing.TB) (*person, *Group, [][]byte) { return trafficOf(t, DefaultSuite) }

func trafficOf(t testing.TB, suite CipherSuite) (*person, *Group, [][]byte) {
	people, groups := grown(t, suite, 3)
	joiner := newPerson(t, suite, "joiner")
	bundle := joiner.keyPackage(t, suite)
	var list [][]byte
	add := func(data []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, data)
	}
	add(groups[0].GroupInfo())
	add(bundle.Message(), nil)
	add(groups[0].Encrypt([]byte("text"), nil))
	for _, public := range []bool{true, false} {
		opt := MessageOptions{Public: public, AuthenticatedData: []byte("aad")}
		add(groups[0].ProposeAdd(bundle.Message(), opt))
		add(groups[0].ProposeUpdate(LeafOptions{}, opt))
		add(groups[0].ProposeRemove(2, opt))
		add(groups[0].ProposeExtensions([]Extension{RequiredCapabilities{Credentials: []CredentialType{1}}.Extension()}, opt))
		add(groups[0].ProposePSK(PreSharedKeyID{Type: PSKExternal, ID: []byte("id")}, opt))
		add(groups[0].ProposePSK(PreSharedKeyID{Type: PSKResumption, Usage: ResumptionApplication, Group: []byte("group")}, opt))
	}
	result := must[*CommitResult](t)(groups[2].Commit(CommitOptions{Add: [][]byte{bundle.Message()}, MessageOptions: MessageOptions{Public: true}}))
	add(result.Message, nil)
	add(result.Welcome, nil)
	join := must[*ExternalJoin](t)(JoinExternal(people[2].cfg, list[0], ExternalJoinOptions{Leaf: people[2].leaf()}))
	add(join.Commit, nil)
	return people[1], groups[1], list
}

// FuzzMessage: what parses re-encodes identically, and the delivery service
// reads the same header.
func FuzzMessage(f *testing.F) {
	_, _, list := traffic(f)
	for _, data := range list {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMessage(data)
		if err != nil {
			if m != nil {
				t.Fatal("an error comes with a result")
			}
			return
		}
		if !bytes.Equal(m.marshal(), data) {
			t.Fatal("re-encodes differently")
		}
		h, err := delivery.ParseHeader(data)
		if m.public != nil && m.public.content.kind == contentApplication {
			if err == nil {
				t.Fatal("the delivery service takes application data in the clear")
			}
			return
		}
		if err != nil || uint16(h.WireFormat) != uint16(m.format) {
			t.Fatalf("the delivery service reads %+v, %v", h, err)
		}
		if p := m.public; p != nil && (!bytes.Equal(h.GroupID, p.content.groupID) || h.Epoch != p.content.epoch ||
			uint8(h.Content) != uint8(p.content.kind) || uint8(h.Sender) != uint8(p.content.sender.Type)) {
			t.Fatalf("the delivery service reads %+v", h)
		}
	})
}

// FuzzProcess: a message that fails changes nothing, and none panics.
func FuzzProcess(f *testing.F) {
	p, g, list := traffic(f)
	state, ratchets := g.MarshalState(), allRatchets(g)
	for _, data := range list {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := must[*Group](t)(restore(p.cfg, state, ratchets))
		r, err := g.Process(data)
		if err == nil && r.Commit == nil {
			return
		}
		if err != nil && r != nil {
			t.Fatal("an error comes with a result")
		}
		if !bytes.Equal(state, g.MarshalState()) || !bytes.Equal(ratchets, allRatchets(g)) {
			t.Fatal("the group changed")
		}
	})
}

// FuzzSignedCommit fuzzes the commit of a malicious member: the content is
// signed and tagged, whatever it says.
func FuzzSignedCommit(f *testing.F) {
	_, groups := grown(f, DefaultSuite, 4)
	for i, opt := range []CommitOptions{{}, {Remove: []LeafIndex{2}}, {Extensions: []Extension{}}, {NoPath: true}} {
		result := must[*CommitResult](f)(groups[i%2].Commit(CommitOptions{Remove: opt.Remove, Extensions: opt.Extensions, MessageOptions: public.MessageOptions}))
		groups[i%2].ClearPendingCommit()
		var w codec.Writer
		must[*message](f)(parseMessage(result.Message)).public.content.commit.encode(&w)
		f.Add(w.Data())
	}
	p := &person{cfg: groups[3].cfg}
	state, ratchets := groups[3].MarshalState(), allRatchets(groups[3])
	f.Fuzz(func(t *testing.T, body []byte) {
		r := codec.NewReader(body)
		c := readCommit(r)
		if r.End() != nil {
			return
		}
		e := groups[0].epoch
		a := e.frame(contentCommit, public.MessageOptions)
		a.content.commit = c
		if err := a.sign(e.suite, &groups[0].cfg, e.raw); err != nil {
			t.Fatal(err)
		}
		g := must[*Group](t)(restore(p.cfg, state, ratchets))
		if _, err := g.Process(e.suite.protectPublic(a, e.secrets.membershipKey, e.raw).marshal()); err == nil {
			t.Fatal("a commit without a confirmation tag is accepted")
		}
		if !bytes.Equal(state, g.MarshalState()) || !bytes.Equal(ratchets, allRatchets(g)) {
			t.Fatal("the group changed")
		}
	})
}

// FuzzTree: what parses re-encodes identically, and validation ends.
func FuzzTree(f *testing.F) {
	_, g, _ := traffic(f)
	f.Add(g.epoch.tree.marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, err := parseTree(g.epoch.suite, data, defaultMaxMembers)
		if err != nil {
			return
		}
		if !bytes.Equal(tree.marshal(), data) {
			t.Fatal("re-encodes differently")
		}
		tree.rootHash()
		if tree.validateShape() == nil {
			_ = tree.validateLeaves(&Config{}, &g.epoch.context)
		}
	})
}

// FuzzGroupSecrets covers what only decryption brings to light: the secrets
// of a Welcome, and the content of a private message.
func FuzzGroupSecrets(f *testing.F) {
	secrets := &groupSecrets{
		joiner: make(secret, 32), pathSecret: make(secret, 32),
		psks: []PreSharedKeyID{{Type: PSKExternal, ID: []byte("id"), Nonce: make([]byte, 32)}},
	}
	f.Add([]byte(secrets.marshal()))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := codec.NewReader(data)
		if g := readGroupSecrets(r); r.End() == nil && !bytes.Equal(g.marshal(), data) {
			t.Fatal("re-encodes differently")
		}
		r = codec.NewReader(data)
		if a := readAuthenticatedContent(r); r.End() == nil && !bytes.Equal(a.marshal(), data) {
			t.Fatal("authenticated content re-encodes differently")
		}
	})
}

// FuzzExtensions covers the extensions this package reads.
func FuzzExtensions(f *testing.F) {
	f.Add(RequiredCapabilities{Extensions: []ExtensionType{1}, Credentials: []CredentialType{1}}.Extension().Data)
	f.Add(ExternalSendersExtension(ExternalSender{SignatureKey: make([]byte, 32), Credential: BasicCredential([]byte("x"))}).Data)
	f.Fuzz(func(t *testing.T, data []byte) {
		required, err := requiredCapabilities([]Extension{{Type: ExtensionRequiredCapabilities, Data: data}})
		if err == nil && !bytes.Equal(required.Extension().Data, data) {
			t.Fatal("required_capabilities re-encodes differently")
		}
		senders, err := externalSenders([]Extension{{Type: ExtensionExternalSenders, Data: data}})
		if err == nil && !bytes.Equal(ExternalSendersExtension(senders...).Data, data) {
			t.Fatal("external_senders re-encodes differently")
		}
	})
}

// FuzzRestore: saved state that was damaged is refused or restores to something
// that saves the same; it does not panic.
func FuzzRestore(f *testing.F) {
	p, g, list := traffic(f)
	for _, data := range list[2:8] {
		must[*Received](f)(g.Process(data))
	}
	must[*CommitResult](f)(g.Commit(CommitOptions{NoPath: true}))
	f.Add(g.MarshalState(), allRatchets(g))
	f.Fuzz(func(t *testing.T, state, ratchets []byte) {
		back, err := restore(p.cfg, state, ratchets)
		if err != nil {
			if back != nil {
				t.Fatal("an error comes with a result")
			}
			return
		}
		again, err := restore(p.cfg, back.MarshalState(), allRatchets(back))
		if err != nil || !bytes.Equal(again.MarshalState(), back.MarshalState()) {
			t.Fatalf("does not restore a second time: %v", err)
		}
	})
}

// FuzzKeyPackageBundle: what parses re-encodes identically.
func FuzzKeyPackageBundle(f *testing.F) {
	f.Add(newPerson(f, DefaultSuite, "x").keyPackage(f, DefaultSuite).MarshalPrivate())
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseKeyPackageBundle(data)
		if err == nil && !bytes.Equal(b.MarshalPrivate(), data) {
			t.Fatal("re-encodes differently")
		}
	})
}
