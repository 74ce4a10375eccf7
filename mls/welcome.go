package mls

import (
	"bytes"

	"parley/mls/internal/codec"
)

// JoinWelcome joins by a Welcome (an MLSMessage) for one of the bundles, and
// returns that bundle too (RFC 9420 section 12.4.3.1): delete it from storage,
// unless it is of last resort; in memory its private keys are wiped. ratchetTree
// is nil where the Welcome carries the tree, as ours do. The Welcome into a group that follows another, or branches off, is
// refused with ErrUnexpectedMessage: it is for Group.JoinSuccessor or
// Group.JoinSubgroup. Errors: ErrMalformed, ErrUnexpectedMessage,
// ErrNoKeyPackage, ErrDecrypt, ErrSignature, ErrConfirmationTag,
// ErrInvalidTree, ErrInvalidLeaf, ErrInvalidProposal, ErrUnknownPSK,
// ErrKnownGroup, ErrUnsupported, ErrConfig, ErrLimit.
func JoinWelcome(cfg Config, welcome []byte, bundles []*KeyPackageBundle, ratchetTree []byte) (*Group, *KeyPackageBundle, error) {
	return joinWelcome(cfg, welcome, bundles, ratchetTree, nil)
}

func joinWelcome(cfg Config, welcome []byte, bundles []*KeyPackageBundle, ratchetTree []byte, from *derivation) (*Group, *KeyPackageBundle, error) {
	cfg = cfg.withDefaults()
	w, err := parseWelcome(welcome)
	if err != nil {
		return nil, nil, err
	}
	s, err := lookupSuite(w.suite)
	if err != nil {
		return nil, nil, err
	}
	bundle, secrets, err := w.find(bundles)
	if err != nil {
		return nil, nil, err
	}
	j := &welcomeJoin{cfg: &cfg, suite: s, bundle: bundle, from: from}
	defer j.done()
	if err := j.openSecrets(w, secrets); err != nil {
		return nil, nil, err
	}
	if err := j.openGroupInfo(w, ratchetTree); err != nil {
		return nil, nil, err
	}
	first, err := j.enter()
	if err != nil {
		return nil, nil, err
	}
	if !bundle.keyPackage.LastResort() {
		bundle.spend()
	}
	g := newGroup(cfg, first)
	inviter := memberOf(j.info.signer, j.tree.leaf(j.info.signer))
	g.inviter = &inviter
	return g, bundle, nil
}

// WelcomeRefs lists the KeyPackageRefs a Welcome is for (RFC 9420 section
// 12.4.3.1): how a device finds which bundle to load. Errors: ErrMalformed,
// ErrUnexpectedMessage.
func WelcomeRefs(welcome []byte) ([][]byte, error) {
	w, err := parseWelcome(welcome)
	if err != nil {
		return nil, err
	}
	var refs [][]byte
	for _, s := range w.secrets {
		refs = append(refs, s.newMember)
	}
	return refs, nil
}

func parseWelcome(data []byte) (*welcome, error) {
	m, err := parseMessage(data)
	if err != nil {
		return nil, err
	}
	if m.welcome == nil {
		return nil, fail(ErrUnexpectedMessage, "not a Welcome")
	}
	return m.welcome, nil
}

// find looks for the first of the bundles that the Welcome names.
func (m *welcome) find(bundles []*KeyPackageBundle) (*KeyPackageBundle, hpkeCiphertext, error) {
	byRef := make(map[string]*KeyPackageBundle, len(bundles))
	for _, b := range bundles {
		if b.keyPackage.CipherSuite == m.suite && len(b.initKey) > 0 {
			byRef[string(b.Ref())] = b
		}
	}
	for _, s := range m.secrets {
		if b := byRef[string(s.newMember)]; b != nil {
			return b, s.secrets, nil
		}
	}
	return nil, hpkeCiphertext{}, ErrNoKeyPackage
}

// A welcomeJoin follows RFC 9420 section 12.4.3.1.
type welcomeJoin struct {
	cfg     *Config
	suite   *suite
	bundle  *KeyPackageBundle
	from    *derivation // the group this one comes from; nil for a new one
	secrets *groupSecrets
	fromPSK *PreSharedKeyID // by which it refers to that group
	psk     secret
	info    *groupInfo
	tree    *tree
}

func (j *welcomeJoin) openSecrets(w *welcome, sealed hpkeCiphertext) error {
	plaintext, err := j.suite.decryptWithLabel(j.bundle.initKey, "Welcome", w.encryptedGroupInfo, sealed)
	if err != nil {
		return err
	}
	r := codec.NewReader(plaintext)
	j.secrets = readGroupSecrets(r)
	if r.End() != nil || len(j.secrets.joiner) != j.suite.hashLen {
		return fail(ErrMalformed, "group secrets")
	}
	if err := j.checkPSKs(); err != nil {
		return err
	}
	values, err := j.pskValues()
	if err != nil {
		return err
	}
	j.psk = j.suite.pskSecret(j.secrets.psks, values)
	return nil
}

// checkPSKs: what a commit may have, and a reference to another group exactly
// where one is expected.
func (j *welcomeJoin) checkPSKs() error {
	if len(j.secrets.psks) > j.cfg.Limits.MaxProposals {
		return fail(ErrLimit, "PSKs of a Welcome")
	}
	seen := make(map[string]bool, len(j.secrets.psks))
	for i := range j.secrets.psks {
		id := &j.secrets.psks[i]
		if len(id.Nonce) != j.suite.hashLen {
			return fail(ErrInvalidProposal, "length of a PSK nonce")
		}
		if key := pskKey(*id); seen[key] {
			return fail(ErrInvalidProposal, "one PSK twice")
		} else {
			seen[key] = true
		}
		if !id.isDerivation() {
			continue
		}
		if j.fromPSK != nil {
			return fail(ErrInvalidProposal, "two PSKs of other groups that this one comes from")
		}
		j.fromPSK = id
	}
	if (j.fromPSK != nil) != (j.from != nil) {
		return fail(ErrUnexpectedMessage, "the new group comes from another, or should and does not")
	}
	return nil
}

func (j *welcomeJoin) pskValues() ([]secret, error) {
	values := make([]secret, len(j.secrets.psks))
	for i := range values {
		id := &j.secrets.psks[i]
		if id == j.fromPSK {
			var err error
			if values[i], err = j.from.value(id); err != nil {
				return nil, err
			}
		} else if values[i] = j.cfg.psk(*id); values[i] == nil {
			return nil, ErrUnknownPSK
		}
	}
	return values, nil
}

func (j *welcomeJoin) openGroupInfo(w *welcome, ratchetTree []byte) error {
	key, nonce := j.suite.welcomeKey(j.suite.welcomeSecret(j.secrets.joiner, j.psk))
	plaintext, err := j.suite.open(key, nonce, nil, w.encryptedGroupInfo)
	if err != nil {
		return fail(ErrDecrypt, "GroupInfo")
	}
	r := codec.NewReader(plaintext)
	j.info = readGroupInfo(r)
	if r.End() != nil || j.info.context.suite != j.suite.id {
		return fail(ErrMalformed, "GroupInfo")
	}
	if j.cfg.KnownGroup != nil && j.cfg.KnownGroup(j.info.context.groupID) {
		return ErrKnownGroup
	}
	if j.tree, err = j.info.tree(j.suite, ratchetTree, j.cfg.Limits.MaxMembers); err != nil {
		return err
	}
	j.tree.joining = j.cfg.newProgress(j.tree, welcomePasses)
	if err := j.info.validate(j.suite, j.cfg, j.tree); err != nil {
		return err
	}
	if j.from == nil {
		return nil
	}
	return j.from.check(j.fromPSK, j.info, j.tree, j.cfg)
}

// enter derives the secrets of the epoch one joins.
func (j *welcomeJoin) enter() (*nextEpoch, error) {
	own, err := j.ownLeaf()
	if err != nil {
		return nil, err
	}
	if err := j.tree.endJoin(); err != nil {
		return nil, err
	}
	e := &epoch{
		suite: j.suite, context: j.info.context, raw: j.info.context.marshal(), tree: j.tree,
		own: own, leafKey: bytes.Clone(j.bundle.leafKey), keys: nodeKeys{}, confirmationTag: j.info.confirmationTag,
		interim: j.suite.interimTranscriptHash(j.info.context.confirmedTranscriptHash, j.info.confirmationTag),
	}
	sched, err := j.suite.scheduleFromJoiner(j.secrets.joiner, j.psk, e.raw)
	if err != nil {
		return nil, err
	}
	defer sched.done()
	e.secrets = sched.secrets
	if err := e.verifyConfirmation(j.info.confirmationTag); err != nil {
		return nil, err
	}
	if j.secrets.pathSecret != nil {
		if e.keys, err = j.tree.openWelcomePath(own, j.info.signer, j.secrets.pathSecret); err != nil {
			return nil, err
		}
	}
	return &nextEpoch{epoch: e, ratchets: newSecretTree(j.suite, len(j.tree.leaves), sched.encryption)}, nil
}

// ownLeaf finds the leaf of the key package in the tree.
func (j *welcomeJoin) ownLeaf() (LeafIndex, error) {
	mine := &j.bundle.keyPackage.LeafNode
	if key, err := j.suite.signatureKey(j.cfg.Signer); err != nil || !bytes.Equal(key, mine.SignatureKey) {
		return 0, fail(ErrConfig, "Signer of another key than the key package's")
	}
	for i, leaf := range j.tree.leaves {
		if leaf != nil && bytes.Equal(leaf.raw, mine.raw) {
			return LeafIndex(i), nil
		}
	}
	return 0, fail(ErrInvalidTree, "no leaf of the key package")
}
