package relaybench

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"sync"

	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// Sizes of the texts that are sent, bytes.
const (
	smallestText = 150
	largestText  = 900
)

// pair is two accounts with a direct conversation; one writes, one reads.
type pair struct {
	sender, receiver *device
	reader           *reader
	conversation     ident.ConversationID
	group            *mls.Group
}

// prepare registers the accounts and opens their conversations.
func (b *bench) prepare(ctx context.Context, _ *Report) error {
	accounts, err := b.registerMany(ctx, 2*b.Pairs)
	if err != nil {
		return err
	}
	for i := range b.Pairs {
		p, err := b.newPair(ctx, accounts[2*i], accounts[2*i+1])
		if err != nil {
			return err
		}
		b.pairs = append(b.pairs, p)
	}
	return nil
}

// registerWidth is how many accounts are registered at a time.
const registerWidth = 16

func (b *bench) registerMany(ctx context.Context, n int) ([]*account, error) {
	accounts, failures := make([]*account, n), make([]error, n)
	slots := make(chan struct{}, registerWidth)
	var all sync.WaitGroup
	for i := range n {
		number := b.numbers + i
		slots <- struct{}{}
		all.Go(func() {
			accounts[i], failures[i] = b.register(ctx, number)
			<-slots
		})
	}
	all.Wait()
	b.numbers += n
	return accounts, errors.Join(failures...)
}

func (b *bench) newPair(ctx context.Context, from, to *account) (*pair, error) {
	p := &pair{}
	signedIn := &wire.AuthenticateResult{}
	var err error
	if p.receiver, _, err = b.signIn(ctx, to); err != nil {
		return nil, err
	}
	if p.sender, signedIn, err = b.signIn(ctx, from); err != nil {
		return nil, err
	}
	bundle, err := mls.NewKeyPackage(to.mlsConfig(), mls.KeyPackageOptions{Leaf: to.leaf(), LastResort: true})
	if err != nil {
		return nil, err
	}
	_, err = request[*wire.PublishKeyPackagesResult](ctx, p.receiver, &wire.PublishKeyPackages{LastResort: bundle.Message()})
	if err != nil {
		return nil, err
	}
	if p.conversation, err = ident.NewID[ident.ConversationID](rand.Reader); err != nil {
		return nil, err
	}
	if err := p.create(ctx, bundle.Message(), signedIn.ExternalSender); err != nil {
		return nil, err
	}
	if p.reader, err = newReader(ctx, p.receiver, 0); err != nil {
		return nil, err
	}
	// A device that sends receives its own messages like every other one.
	_, err = newReader(ctx, p.sender, 0)
	return p, err
}

// create opens the conversation with the commit that adds the receiver.
func (p *pair) create(ctx context.Context, keyPackage, externalSender []byte) (err error) {
	p.group, err = mls.NewGroup(p.sender.mlsConfig(), mls.GroupOptions{
		GroupID: p.conversation[:], Leaf: p.sender.leaf(),
		Extensions: []mls.Extension{{Type: mls.ExtensionExternalSenders, Data: externalSender}},
	})
	if err != nil {
		return err
	}
	commit, err := p.group.Commit(mls.CommitOptions{Add: [][]byte{keyPackage}})
	if err != nil {
		return err
	}
	id, err := ident.NewID[ident.MessageID](rand.Reader)
	if err != nil {
		return err
	}
	_, err = request[*wire.SendResult](ctx, p.sender, &wire.CreateConversation{
		ConversationID: p.conversation[:], Kind: wire.ConversationDirect, Peer: p.receiver.id[:], MessageID: id[:],
		Commit: commit.Message, Welcome: commit.Welcome, GroupInfo: commit.GroupInfo,
		Members: []*wire.Member{p.member(p.sender.account, 0), p.member(p.receiver.account, 1)},
	})
	if err != nil {
		return err
	}
	return p.group.MergePendingCommit()
}

func (p *pair) member(a *account, leaf uint32) *wire.Member {
	return &wire.Member{AccountID: a.id[:], DeviceID: a.device[:], LeafIndex: leaf}
}

// encrypt makes messages ahead of time, so that making them is not measured.
func (p *pair) encrypt(n int) ([]*wire.Send, error) {
	list := make([]*wire.Send, n)
	text := make([]byte, largestText)
	for i := range list {
		id, err := ident.NewID[ident.MessageID](rand.Reader)
		if err != nil {
			return nil, err
		}
		size := smallestText + mathrand.N(largestText-smallestText) //nolint:gosec // sizes are no secret
		message, err := p.group.Encrypt(text[:size], id[:])
		if err != nil {
			return nil, err
		}
		list[i] = &wire.Send{
			ConversationID: p.conversation[:], MessageID: id[:], Kind: wire.EntryApplication, Epoch: p.group.Epoch(), Message: message,
		}
	}
	return list, nil
}
