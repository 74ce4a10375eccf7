package client

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// rogueGroup is a group of an admin, a member and another, as MLS groups without a relay
// between them, which lets everything pass.
type rogueGroup struct {
	*testing.T
	groups   []*mls.Group
	accounts []ident.AccountID
	state    *wire.GroupState
	next     byte
}

func (r *rogueGroup) device() (mls.Config, mls.LeafOptions, ident.AccountID) {
	r.next++
	return deviceOf(r.next)
}

// deviceOf is the nth device, the only one of its account.
func deviceOf(n byte) (mls.Config, mls.LeafOptions, ident.AccountID) {
	seed := bytes.Repeat([]byte{n}, ed25519.SeedSize)
	key := ed25519.NewKeyFromSeed(seed)
	c := &ident.Certificate{
		Account: ident.AccountID{n}, Device: ident.DeviceID{n}, DeviceKey: key.Public().(ed25519.PublicKey),
		Primary: true, Platform: ident.PlatformCLI, Serial: 1, Issued: time.Unix(1, 0),
	}
	c.Sign(key)
	leaf := mls.LeafOptions{Credential: mls.BasicCredential(c.Marshal()), Capabilities: leafCapabilities()}
	return mls.Config{Signer: key}, leaf, c.Account
}

func newRogueGroup(t *testing.T) *rogueGroup {
	r := &rogueGroup{T: t}
	cfg, leaf, admin := r.device()
	r.state = &wire.GroupState{Version: 1, Admins: [][]byte{admin[:]}, Details: make([]byte, sha256.Size), AdminsEdit: true, AdminsAdd: true}
	first, err := mls.NewGroup(cfg, mls.GroupOptions{
		GroupID: []byte("group"), CipherSuite: suiteOf(store.KindGroup), Leaf: leaf, Extensions: withState(nil, r.state),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.groups, r.accounts = []*mls.Group{first}, []ident.AccountID{admin}
	var bundles []*mls.KeyPackageBundle
	var configs []mls.Config
	var add [][]byte
	for range 2 {
		bundle, cfg := r.keyPackage()
		bundles, configs, add = append(bundles, bundle), append(configs, cfg), append(add, bundle.Message())
	}
	result, err := first.Commit(mls.CommitOptions{Add: add})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	member := &tx{
		c:        &Client{lists: &deviceLists{}},
		identity: &store.Identity{Account: r.accounts[2], AccountKey: configs[1].Signer.Public().(ed25519.PublicKey), DeviceSeed: make([]byte, ed25519.SeedSize)},
	}
	configs[1].ValidateLeaf = member.mlsConfig(&store.Conversation{Kind: store.KindGroup}).ValidateLeaf
	for i := range bundles {
		joined, _, err := mls.JoinWelcome(configs[i], result.Welcome, bundles[i:i+1], nil)
		if err != nil {
			t.Fatal(err)
		}
		r.groups = append(r.groups, joined)
	}
	return r
}

func (r *rogueGroup) keyPackage() (*mls.KeyPackageBundle, mls.Config) {
	cfg, leaf, account := r.device()
	bundle, err := mls.NewKeyPackage(cfg, mls.KeyPackageOptions{CipherSuite: suiteOf(store.KindGroup), Leaf: leaf})
	if err != nil {
		r.Fatal(err)
	}
	r.accounts = append(r.accounts, account)
	return bundle, cfg
}

// judge has a member look at a commit of another.
func (r *rogueGroup) judge(by int, opt mls.CommitOptions) error {
	r.Helper()
	result, err := r.groups[by].Commit(opt)
	if err != nil {
		r.Fatal(err)
	}
	defer r.groups[by].ClearPendingCommit()
	received, err := r.groups[2].Process(result.Message)
	if err != nil {
		r.Fatal(err)
	}
	defer received.Commit.Drop()
	_, err = new(tx).authorizeGroup(&store.Conversation{Kind: store.KindGroup}, &openGroup{Group: r.groups[2]}, received.Commit)
	return err
}

func (r *rogueGroup) changed(change func(*wire.GroupState)) []mls.Extension {
	after := *r.state
	after.Version++
	change(&after)
	return withState(nil, &after)
}

// X5: a commit that its author's role does not allow is refused by the members, whatever the
// relay lets pass.
func TestX5_RogueCommitsAreRefused(t *testing.T) {
	r := newRogueGroup(t)
	renamed := func(s *wire.GroupState) { s.Details = bytes.Repeat([]byte{1}, sha256.Size) }
	stranger, _ := r.keyPackage()
	malformed := []mls.Extension{{Type: wire.GroupStateExtension, Data: []byte("no state")}}
	twice := append(withState(nil, r.state), mls.Extension{Type: mls.ExtensionRequiredCapabilities, Data: []byte{0, 0, 0}})
	for _, c := range []struct {
		name string
		opt  mls.CommitOptions
		// admin tells whether an admin may.
		admin bool
	}{
		{"a new name", mls.CommitOptions{Extensions: r.changed(renamed)}, true},
		{"another admin", mls.CommitOptions{Extensions: r.changed(func(s *wire.GroupState) { s.Admins = append(s.Admins, r.accounts[1][:]) })}, true},
		{"somebody new", mls.CommitOptions{Add: [][]byte{stranger.Message()}}, true},
		{"a state that is none", mls.CommitOptions{Extensions: malformed}, false},
		{"no state", mls.CommitOptions{Extensions: []mls.Extension{}}, false},
		{"another extension", mls.CommitOptions{Extensions: twice}, false},
		{"a version too far", mls.CommitOptions{Extensions: r.changed(func(s *wire.GroupState) { s.Version++ })}, false},
	} {
		for by, may := range []bool{c.admin, false} {
			if err := r.judge(by, c.opt); (err == nil) != may || err != nil && !errors.Is(err, errNotAllowed) {
				t.Errorf("%s by member %d: %v, want allowed %t", c.name, by, err, may)
			}
		}
	}
	if err := r.judge(1, mls.CommitOptions{Remove: []mls.LeafIndex{0}}); !errors.Is(err, errNotAllowed) {
		t.Errorf("a member took the admin out: %v", err)
	}
	if err := r.judge(0, mls.CommitOptions{Remove: []mls.LeafIndex{1}}); err != nil {
		t.Errorf("the admin cannot take a member out: %v", err)
	}
	if err := r.judge(1, mls.CommitOptions{}); err != nil {
		t.Errorf("a member cannot renew its keys: %v", err)
	}
}

// X5: who comes from outside into a group whose admins approve, and is no member's device, is refused,
// whatever token it shows and whatever the relay let pass.
func TestX5_RogueJoinsAreRefused(t *testing.T) {
	r := newRogueGroup(t)
	secret := []byte("the invite link's")
	hash := sha256.Sum256(linkToken(secret))
	for _, c := range []struct {
		name    string
		approve bool
		want    error
	}{{"with the link", false, nil}, {"where admins approve", true, errNotAllowed}} {
		state := *r.state
		state.Version++
		state.Link, state.AdminsApprove = hash[:], c.approve
		group, info := r.with(&state)
		cfg, leaf, _ := r.device()
		join, err := mls.JoinExternal(cfg, info, mls.ExternalJoinOptions{Leaf: leaf, AuthenticatedData: linkToken(secret)})
		if err != nil {
			t.Fatal(err)
		}
		received, err := group.Process(join.Commit)
		if err != nil {
			t.Fatal(err)
		}
		_, err = new(tx).authorizeGroup(&store.Conversation{Kind: store.KindGroup}, &openGroup{Group: group}, received.Commit)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// with is a group of one with a state, and its GroupInfo.
func (r *rogueGroup) with(state *wire.GroupState) (*mls.Group, []byte) {
	cfg, leaf, _ := r.device()
	g, err := mls.NewGroup(cfg, mls.GroupOptions{
		GroupID: []byte("group"), CipherSuite: suiteOf(store.KindGroup), Leaf: leaf, Extensions: withState(nil, state),
	})
	if err != nil {
		r.Fatal(err)
	}
	result, err := g.Commit(mls.CommitOptions{})
	if err != nil {
		r.Fatal(err)
	}
	if err := g.MergePendingCommit(); err != nil {
		r.Fatal(err)
	}
	return g, result.GroupInfo
}

// X5: an Add whose certificate another key than the leaf's, or than the account's, has signed is
// taken by nobody (X13: a key package is not changed on its way).
func TestX5_FakeCertificatesAreRefused(t *testing.T) {
	r := newRogueGroup(t)
	held := ident.AccountID{99}
	good := func() (*ident.Certificate, ed25519.PrivateKey) {
		r.next++
		key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{r.next}, ed25519.SeedSize))
		return &ident.Certificate{
			Account: held, Device: ident.DeviceID{r.next}, DeviceKey: key.Public().(ed25519.PublicKey), Platform: ident.PlatformCLI, Serial: 2, Issued: time.Unix(1, 0),
		}, key
	}
	for _, c := range []struct {
		name string
		make func(c *ident.Certificate, key ed25519.PrivateKey) []byte
		good bool
	}{
		{"as it must be", func(c *ident.Certificate, key ed25519.PrivateKey) []byte { c.Sign(key); return c.Marshal() }, true},
		{"not signed", func(c *ident.Certificate, key ed25519.PrivateKey) []byte {
			c.Sign(key)
			c.Signature = make([]byte, ed25519.SignatureSize)
			return c.Marshal()
		}, false},
		{"changed after it was signed", func(c *ident.Certificate, key ed25519.PrivateKey) []byte {
			c.Sign(key)
			c.Account = r.accounts[0]
			return c.Marshal()
		}, false},
		{"of another device key", func(c *ident.Certificate, key ed25519.PrivateKey) []byte {
			c.DeviceKey = make([]byte, ed25519.PublicKeySize)
			c.Sign(key)
			return c.Marshal()
		}, false},
		{"cut short", func(c *ident.Certificate, key ed25519.PrivateKey) []byte { c.Sign(key); return c.Marshal()[:100] }, false},
	} {
		certificate, key := good()
		encoded := c.make(certificate, key)
		bundle, err := mls.NewKeyPackage(mls.Config{Signer: key}, mls.KeyPackageOptions{
			CipherSuite: suiteOf(store.KindGroup), Leaf: mls.LeafOptions{Credential: mls.BasicCredential(encoded), Capabilities: leafCapabilities()},
		})
		if err != nil {
			t.Fatal(err)
		}
		result, err := r.groups[0].Commit(mls.CommitOptions{Add: [][]byte{bundle.Message()}}) // a modified app adds it
		if err != nil {
			t.Fatal(err)
		}
		received, err := r.groups[2].Process(result.Message)
		if (err == nil) != c.good || err != nil && !errors.Is(err, mls.ErrInvalidLeaf) {
			t.Errorf("a certificate %s: %v, want taken %t", c.name, err, c.good)
		}
		if err == nil {
			received.Commit.Drop()
		}
		r.groups[0].ClearPendingCommit()
	}
}

// Details that do not fit what a group may be called are not shown.
func TestX5_HostileDetails(t *testing.T) {
	for name, d := range map[string]struct{ name, description, picture string }{
		"no name":          {"", "", ""},
		"a name too long":  {string(bytes.Repeat([]byte("x"), 65)), "", ""},
		"not UTF-8":        {"x", "\xff", ""},
		"a long story":     {"x", string(make([]byte, maxDescription+1)), ""},
		"a script picture": {"x", "", "<svg onload=alert(1)>"},
	} {
		encoded := detailsOf(d.name, d.description, []byte(d.picture))
		if _, err := decodeDetails(encoded); err == nil {
			t.Errorf("%s is shown", name)
		}
	}
	if _, err := decodeDetails(detailsOf("Picnic", "On Sunday", nil)); err != nil {
		t.Error(err)
	}
	group := func() *content.LinkedGroup {
		return &content.LinkedGroup{ConversationID: make([]byte, 16), Name: "Choir", LinkSecret: make([]byte, linkSecretSize)}
	}
	for name, change := range map[string]func(*content.GroupDetails){
		"a group twice":             func(d *content.GroupDetails) { d.Groups = append(d.Groups, group()) },
		"a group without a name":    func(d *content.GroupDetails) { d.Groups[0].Name = "" },
		"a name of two lines":       func(d *content.GroupDetails) { d.Groups[0].Name = "a\nb" },
		"a short id":                func(d *content.GroupDetails) { d.Groups[0].ConversationID = []byte{1} },
		"a short secret":            func(d *content.GroupDetails) { d.Groups[0].LinkSecret = []byte{1} },
		"a community without a key": func(d *content.GroupDetails) { d.CommunitySecret = nil },
		"a community of one byte":   func(d *content.GroupDetails) { d.CommunityID = []byte{1} },
		"too many groups": func(d *content.GroupDetails) {
			for i := range byte(maxLinkedGroups) {
				g := group()
				g.ConversationID[0] = i + 1
				d.Groups = append(d.Groups, g)
			}
		},
	} {
		d := &content.GroupDetails{
			Salt: make([]byte, groupSaltSize), Name: "Village", Groups: []*content.LinkedGroup{group()},
			CommunityID: make([]byte, 16), CommunitySecret: make([]byte, linkSecretSize),
		}
		if _, err := decodeDetails(d.AppendTo(nil)); err != nil {
			t.Fatal(err)
		}
		change(d)
		if _, err := decodeDetails(d.AppendTo(nil)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func detailsOf(name, description string, picture []byte) []byte {
	return (&content.GroupDetails{Salt: make([]byte, groupSaltSize), Name: name, Description: description, Picture: picture}).AppendTo(nil)
}

func FuzzDecodeDetails(f *testing.F) {
	f.Add(detailsOf("Picnic", "On Sunday", nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := decodeDetails(data); err == nil && d.Name == "" {
			t.Error("a group without a name")
		}
	})
}
