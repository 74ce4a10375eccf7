package relaybench

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"

	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// Sizes of the texts that are sent, bytes.
const (
	smallestText = 150
	largestText  = 900
)

// channel is a conversation in which one device sends and others read.
type channel struct {
	sender *device
	// own reads for the sender, which receives its own messages like every device.
	own          *reader
	readers      []*reader
	conversation ident.ConversationID
	mls          *mls.Group
}

// listen brings all devices of a channel up to date, so that the relay pushes what comes next.
func (c *channel) listen(ctx context.Context, devices []*device) (err error) {
	if c.own, err = newReader(ctx, c.sender, c.sender.feedCursor); err != nil {
		return err
	}
	c.readers = make([]*reader, len(devices))
	return each(len(devices), func(i int) (err error) {
		c.readers[i], err = newReader(ctx, devices[i], devices[i].feedCursor)
		return err
	})
}

// found makes the MLS group in which the sender is alone, with extensions.
func (c *channel) found(extensions ...mls.Extension) (err error) {
	if c.conversation, err = ident.NewID[ident.ConversationID](rand.Reader); err != nil {
		return err
	}
	external := mls.Extension{Type: mls.ExtensionExternalSenders, Data: c.sender.externalSender}
	c.mls, err = mls.NewGroup(c.sender.mlsConfig(), mls.GroupOptions{
		GroupID: c.conversation[:], Leaf: c.sender.leaf(), Extensions: append([]mls.Extension{external}, extensions...),
	})
	return err
}

// add makes a commit that adds devices, and what the relay is to know of them, whose leaves
// begin at first.
func (c *channel) add(devices []*account, first uint32) (*mls.CommitResult, []*wire.Member, error) {
	var packages [][]byte
	var members []*wire.Member
	for i, d := range devices {
		bundle, err := mls.NewKeyPackage(d.mlsConfig(), mls.KeyPackageOptions{Leaf: d.leaf(), LastResort: true})
		if err != nil {
			return nil, nil, err
		}
		packages, members = append(packages, bundle.Message()), append(members, member(d, first+uint32(i)))
	}
	commit, err := c.mls.Commit(mls.CommitOptions{Add: packages})
	return commit, members, err
}

func member(a *account, leaf uint32) *wire.Member {
	return &wire.Member{AccountID: a.id[:], DeviceID: a.device[:], LeafIndex: leaf}
}

// openDirect opens a direct conversation with all given devices, of both accounts.
func (c *channel) openDirect(ctx context.Context, peer ident.AccountID, others []*account) error {
	if err := c.found(); err != nil {
		return err
	}
	commit, members, err := c.add(others, 1)
	if err != nil {
		return err
	}
	return c.create(ctx, commit, &wire.CreateConversation{
		Kind: wire.ConversationDirect, Peer: peer[:], Members: append([]*wire.Member{member(c.sender.account, 0)}, members...),
	})
}

// create sends what opens the conversation.
func (c *channel) create(ctx context.Context, commit *mls.CommitResult, m *wire.CreateConversation) error {
	id, err := ident.NewID[ident.MessageID](rand.Reader)
	if err != nil {
		return err
	}
	m.ConversationID, m.MessageID = c.conversation[:], id[:]
	m.Commit, m.Welcome, m.GroupInfo = commit.Message, commit.Welcome, commit.GroupInfo
	if _, err := request[*wire.SendResult](ctx, c.sender, m); err != nil {
		return err
	}
	return c.mls.MergePendingCommit()
}

// encrypt makes messages ahead of time, so that making them is not measured.
func (c *channel) encrypt(n int) ([]*wire.Send, error) {
	list := make([]*wire.Send, n)
	text := make([]byte, largestText)
	for i := range list {
		id, err := ident.NewID[ident.MessageID](rand.Reader)
		if err != nil {
			return nil, err
		}
		size := smallestText + mathrand.N(largestText-smallestText) //nolint:gosec // sizes are no secret
		message, err := c.mls.Encrypt(text[:size], id[:])
		if err != nil {
			return nil, err
		}
		list[i] = &wire.Send{
			ConversationID: c.conversation[:], MessageID: id[:], Kind: wire.EntryApplication, Epoch: c.mls.Epoch(), Message: message,
		}
	}
	return list, nil
}
