package mls

import "errors"

// Rewound tells that the group's saved state is older than what this member has
// sent: a backup was put back, or storage lost its last writes. Keys that are
// new to this state were used already, so Encrypt, Commit and Propose… refuse
// with ErrRewound, and no key seals two messages. Messages of others can still be
// opened. It stays so, over epochs and in saved ratchets, for the life of the
// group: join anew with JoinExternal, whose commit replaces one's leaf, and
// save the group of that join in this one's place.
//
// Process finds it out from messages of one's own that this state does not know
// of: by their signatures, so let each message carry something of its own, such
// as an id in its authenticated data. After Restore, process what the delivery
// service holds, one's own messages too, before anything is sent. What it does
// not hold any more proves nothing here: a caller that knows otherwise, say because
// the delivery service has acknowledgements that are not in the storage, calls
// MarkRewound.
func (g *Group) Rewound() bool { return g.rewound }

// MarkRewound makes the group Rewound. Save the ratchets.
func (g *Group) MarkRewound() {
	if !g.rewound {
		g.rewound = true
		g.ratchets.unsaved.add(epochRecord)
	}
}

// checkSend tells whether this member may send.
func (g *Group) checkSend() error {
	switch {
	case g.closed:
		return ErrClosed
	case g.rewound:
		return ErrRewound
	}
	return nil
}

// noLeaf is no leaf of any tree.
const noLeaf LeafIndex = 1<<32 - 1

// ownPrivate judges a private message from one's own leaf. The signature is
// verified like somebody else's; a key that is used up is that of a message this state has sent.
func (g *Group) ownPrivate(m *privateMessage) error {
	if g.closed || m.epoch != g.epoch.context.epoch {
		return ErrOwnMessage
	}
	v := g.view()
	v.own = noLeaf
	o, err := v.open(m, &g.cfg)
	switch {
	case errors.Is(err, ErrSecretConsumed):
		return ErrOwnMessage
	case err != nil:
		return err
	}
	o.use.drop()
	return g.ownContent(o.content)
}

// ownPublic judges a public message that claims one's own leaf.
func (g *Group) ownPublic(a *authenticatedContent) error {
	e := g.epoch
	if err := a.verify(e.suite, e.tree.leaf(e.own).SignatureKey, e.raw); err != nil {
		return err
	}
	return g.ownContent(a)
}

// ownContent marks the group rewound if this state does not know content of
// this epoch that is signed by oneself. The generation alone would prove
// nothing: it is not signed, and any member could encrypt an old message of
// ours again under a key that we have not used.
func (g *Group) ownContent(a *authenticatedContent) error {
	if g.ratchets.sent.has(g.epoch.suite.sentTag(a)) {
		return ErrOwnMessage
	}
	g.MarkRewound()
	return ErrRewound
}

// A sentTag stands for content that this member has signed in an epoch: the
// beginning of its signature, from which nobody without the signature key can
// tell what was said.
type sentTag [8]byte

func (s *suite) sentTag(a *authenticatedContent) (tag sentTag) {
	copy(tag[:], s.signatures.nonce(a.auth.signature))
	return tag
}

const (
	// sentChunk is how many tags one record holds.
	sentChunk = 32
	// maxSent is how many tags are kept for an epoch. A message older than that,
	// encrypted again by another member, would cost a needless resync.
	maxSent = 4096
)

// sentTags are the tags of what was sent, in order, from those of chunk first on.
type sentTags struct {
	first uint32
	tags  []sentTag
}

func (l *sentTags) has(tag sentTag) bool {
	for _, t := range l.tags {
		if t == tag {
			return true
		}
	}
	return false
}

// remember notes content that is about to be sent.
func (t *secretTree) remember(tag sentTag) {
	l := &t.sent
	if len(l.tags) >= maxSent {
		t.unsaved.add(sentRecord(l.first))
		l.first, l.tags = l.first+1, l.tags[sentChunk:]
	}
	l.tags = append(l.tags, tag)
	t.unsaved.add(sentRecord(l.first + uint32(len(l.tags)-1)/sentChunk))
}

func sentRecord(chunk uint32) recordID { return recordID{kind: recordSent, at: chunk} }

// chunk is what a record holds, nil if there is none.
func (l *sentTags) chunk(at uint32) (value []byte) {
	if at < l.first || int64(at-l.first)*sentChunk >= int64(len(l.tags)) {
		return nil
	}
	tags := l.tags[(at-l.first)*sentChunk:]
	for _, tag := range tags[:min(len(tags), sentChunk)] {
		value = append(value, tag[:]...)
	}
	return value
}

func (l *sentTags) records() (list []recordID) {
	for i := 0; i < len(l.tags); i += sentChunk {
		list = append(list, sentRecord(l.first+uint32(i/sentChunk)))
	}
	return list
}

// load takes the chunks of saved records; it tells whether they fit together.
func (l *sentTags) load(chunks map[uint32][]byte) bool {
	if len(chunks) == 0 {
		return true
	}
	const size = len(sentTag{})
	keys := sortedKeys(chunks)
	l.first = keys[0]
	for i, at := range keys {
		value, last := chunks[at], i == len(keys)-1
		if at != l.first+uint32(i) || len(value)%size != 0 || len(value) > sentChunk*size ||
			len(value) == 0 || !last && len(value) < sentChunk*size {
			return false
		}
		for ; len(value) > 0; value = value[size:] {
			l.tags = append(l.tags, sentTag(value))
		}
	}
	return len(l.tags) <= maxSent
}
