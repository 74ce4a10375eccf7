package main

import (
	"crypto"
	"fmt"
	"slices"

	"parley/mls"
)

// ours is parley/mls.
type ours struct{}

func (ours) name() string { return "parley/mls" }

type ourPair struct {
	sender, receiver *mls.Group
	stranger         mls.Config
	count            int
}

func ourConfig() (mls.Config, error) {
	signer, err := mls.DefaultSuite.GenerateSigner(nil)
	return mls.Config{Signer: signer}, err
}

func ourLeaf(name string) mls.LeafOptions {
	return mls.LeafOptions{Credential: mls.BasicCredential([]byte(name))}
}

func ourKeyPackage(signer crypto.Signer, name string) (*mls.KeyPackageBundle, error) {
	return mls.NewKeyPackage(mls.Config{Signer: signer}, mls.KeyPackageOptions{Leaf: ourLeaf(name)})
}

// addsOfOneCommit keeps to the default of mls.Limits.MaxProposals.
const addsOfOneCommit = 4000

func (ours) group(n int) (pair, error) {
	founder, err := ourConfig()
	if err != nil {
		return nil, err
	}
	p := &ourPair{}
	if p.sender, err = mls.NewGroup(founder, mls.GroupOptions{GroupID: []byte("bench"), Leaf: ourLeaf("founder")}); err != nil {
		return nil, err
	}
	second, err := ourConfig()
	if err != nil {
		return nil, err
	}
	bundle, err := ourKeyPackage(second.Signer, "second")
	if err != nil {
		return nil, err
	}
	var adding [][]byte
	for range n - 2 {
		other, err := p.newcomer()
		if err != nil {
			return nil, err
		}
		adding = append(adding, other)
	}
	var result *mls.CommitResult
	for part := range slices.Chunk(append(adding, bundle.Message()), addsOfOneCommit) {
		if result, err = p.sender.Commit(mls.CommitOptions{Add: part}); err != nil {
			return nil, err
		}
		if err := p.sender.MergePendingCommit(); err != nil {
			return nil, err
		}
	}
	if p.receiver, _, err = mls.JoinWelcome(second, result.Welcome, []*mls.KeyPackageBundle{bundle}, nil); err != nil {
		return nil, err
	}
	p.stranger, err = ourConfig()
	return p, err
}

func (p *ourPair) encrypt(text []byte) ([]byte, error) { return p.sender.Encrypt(text, nil) }

func (p *ourPair) decrypt(message []byte) error {
	_, err := p.receiver.Process(message)
	return err
}

func (p *ourPair) groupInfo() ([]byte, error) { return p.sender.GroupInfo() }

func (p *ourPair) join(groupInfo []byte) error {
	_, err := mls.JoinExternal(p.stranger, groupInfo, mls.ExternalJoinOptions{Leaf: ourLeaf("stranger")})
	return err
}

func (p *ourPair) newcomer() ([]byte, error) {
	cfg, err := ourConfig()
	if err != nil {
		return nil, err
	}
	p.count++
	bundle, err := ourKeyPackage(cfg.Signer, fmt.Sprint("other ", p.count))
	if err != nil {
		return nil, err
	}
	return bundle.Message(), nil
}

func (p *ourPair) add(keyPackage []byte) ([]byte, error) {
	result, err := p.sender.Commit(mls.CommitOptions{
		Add: [][]byte{keyPackage}, MessageOptions: mls.MessageOptions{Public: true},
	})
	if err != nil {
		return nil, err
	}
	return result.Message, p.sender.MergePendingCommit()
}

func (p *ourPair) process(commit []byte) error {
	received, err := p.receiver.Process(commit)
	if err != nil {
		return err
	}
	return p.receiver.Merge(received.Commit)
}
