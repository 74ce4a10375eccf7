package mls

import (
	"bytes"

	"parley/mls/internal/codec"
)

// GroupView is what a GroupInfo tells about a group before one joins it (RFC
// 9420 section 12.4.3).
type GroupView struct {
	GroupID     []byte
	Epoch       uint64
	CipherSuite CipherSuite
	Extensions  []Extension
	Members     []Member  // nil if the GroupInfo carries no tree
	Signer      LeafIndex // the member who made the GroupInfo
}

// InspectGroupInfo decodes a GroupInfo (an MLSMessage) and checks its signature
// if it carries the tree (RFC 9420 section 12.4.3). Nothing else is checked:
// JoinExternal does. Errors: ErrMalformed, ErrUnexpectedMessage, ErrSignature,
// ErrUnsupported.
func InspectGroupInfo(groupInfo []byte) (*GroupView, error) {
	info, err := parseGroupInfo(groupInfo)
	if err != nil {
		return nil, err
	}
	view := &GroupView{
		GroupID: info.context.groupID, Epoch: info.context.epoch, CipherSuite: info.context.suite,
		Extensions: info.context.extensions, Signer: info.signer,
	}
	s, err := lookupSuite(info.context.suite)
	if err != nil {
		return nil, err
	}
	if _, there := findExtension(info.extensions, ExtensionRatchetTree); !there {
		return view, nil
	}
	t, err := info.tree(s, nil, defaultMaxMembers)
	if err != nil {
		return nil, err
	}
	view.Members = t.members()
	if err := info.verify(s, t); err != nil {
		return nil, err
	}
	return view, nil
}

func parseGroupInfo(data []byte) (*groupInfo, error) {
	m, err := parseMessage(data)
	if err != nil {
		return nil, err
	}
	if m.groupInfo == nil {
		return nil, fail(ErrUnexpectedMessage, "not a GroupInfo")
	}
	return m.groupInfo, nil
}

// GroupInfo is what somebody needs to join this epoch from outside (RFC 9420
// section 12.4.3): an MLSMessage with the ratchet_tree and external_pub
// extensions, signed by this member. Errors: ErrClosed, ErrConfig.
func (g *Group) GroupInfo() ([]byte, error) {
	if g.closed {
		return nil, ErrClosed
	}
	info, err := g.epoch.groupInfo(&g.cfg)
	if err != nil {
		return nil, err
	}
	return info.message(), nil
}

// groupInfo is GroupInfo of RFC 9420 section 12.4.3.
type groupInfo struct {
	context         groupContext
	extensions      []Extension
	confirmationTag []byte
	signer          LeafIndex
	signature       []byte
}

// groupInfo makes the signed GroupInfo of an epoch.
func (e *epoch) groupInfo(cfg *Config) (*groupInfo, error) {
	var external codec.Writer
	external.Vector(e.secrets.external.public)
	info := &groupInfo{
		context: e.context, confirmationTag: e.confirmationTag, signer: e.own,
		extensions: []Extension{
			{Type: ExtensionRatchetTree, Data: e.tree.marshal()},
			{Type: ExtensionExternalPub, Data: external.Data()},
		},
	}
	var err error
	info.signature, err = e.suite.signWithLabel(cfg.Signer, cfg.Rand, groupInfoLabel, info.signedContent())
	return info, err
}

const groupInfoLabel = "GroupInfoTBS"

func (i *groupInfo) encodeUnsigned(w *codec.Writer) {
	i.context.encode(w)
	encodeExtensions(w, i.extensions)
	w.Vector(i.confirmationTag)
	w.Uint32(uint32(i.signer))
}

func (i *groupInfo) encode(w *codec.Writer) {
	i.encodeUnsigned(w)
	w.Vector(i.signature)
}

func (i *groupInfo) marshal() []byte {
	var w codec.Writer
	i.encode(&w)
	return w.Data()
}

func (i *groupInfo) message() []byte {
	return (&message{format: formatGroupInfo, groupInfo: i}).marshal()
}

func readGroupInfo(r *codec.Reader) *groupInfo {
	return &groupInfo{
		context: readGroupContext(r), extensions: readExtensions(r), confirmationTag: r.Vector(),
		signer: LeafIndex(r.Uint32()), signature: r.Vector(),
	}
}

func (i *groupInfo) signedContent() []byte {
	var w codec.Writer
	i.encodeUnsigned(&w)
	return w.Data()
}

func (i *groupInfo) verify(s *suite, t *tree) error {
	signer := t.leaf(i.signer)
	if signer == nil {
		return fail(ErrInvalidTree, "no leaf of the GroupInfo's signer")
	}
	if !s.verifyWithLabel(signer.SignatureKey, groupInfoLabel, i.signedContent(), i.signature) {
		return fail(ErrSignature, "GroupInfo")
	}
	return nil
}

// tree decodes the ratchet tree: given, or else of the extension.
func (i *groupInfo) tree(s *suite, given []byte, maxMembers uint32) (*tree, error) {
	if given != nil {
		return parseTree(s, append([]byte(nil), given...), maxMembers)
	}
	data, ok := findExtension(i.extensions, ExtensionRatchetTree)
	if !ok {
		return nil, fail(ErrInvalidTree, "no ratchet tree")
	}
	return parseTree(s, data, maxMembers)
}

// externalPub is the key for external commits.
func (i *groupInfo) externalPub() ([]byte, error) {
	data, ok := findExtension(i.extensions, ExtensionExternalPub)
	if !ok {
		return nil, fail(ErrUnsupported, "GroupInfo without external_pub")
	}
	r := codec.NewReader(data)
	key := r.Vector()
	if r.End() != nil {
		return nil, fail(ErrMalformed, "external_pub")
	}
	return key, nil
}

// validate checks everything of a GroupInfo that one is about to join by (RFC
// 9420 section 12.4.3.1), but for the confirmation tag.
func (i *groupInfo) validate(s *suite, cfg *Config, t *tree) error {
	if err := i.verify(s, t); err != nil {
		return err
	}
	if err := t.hashAll(); err != nil {
		return err
	}
	if !bytes.Equal(t.rootHash(), i.context.treeHash) {
		return fail(ErrInvalidTree, "tree hash")
	}
	if err := t.validateShape(); err != nil {
		return err
	}
	if err := t.validateCapabilities(i.context.extensions); err != nil {
		return err
	}
	if _, err := externalSenders(i.context.extensions); err != nil {
		return err
	}
	return t.validateLeaves(cfg, &i.context)
}
