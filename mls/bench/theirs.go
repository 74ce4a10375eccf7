package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/thomas-vilte/mls-go/ciphersuite"
	"github.com/thomas-vilte/mls-go/credentials"
	"github.com/thomas-vilte/mls-go/framing"
	"github.com/thomas-vilte/mls-go/group"
	"github.com/thomas-vilte/mls-go/keypackages"
)

// theirs is github.com/thomas-vilte/mls-go, by its lower layer, which is the
// faster one: it stores nothing.
type theirs struct{}

func (theirs) name() string { return "mls-go v1.6.0" }

const theirSuite = ciphersuite.MLS128DHKEMX25519ChaCha20

type theirPerson struct {
	signer     *ciphersuite.SignaturePrivateKey
	credential *credentials.CredentialWithKey
	keyPackage *keypackages.KeyPackage
	private    *keypackages.KeyPackagePrivateKeys
}

func theirPersonOf(name string) (*theirPerson, error) {
	var p theirPerson
	var err error
	if p.credential, p.signer, err = credentials.GenerateCredentialWithKeyForCS([]byte(name), theirSuite); err != nil {
		return nil, err
	}
	p.keyPackage, p.private, err = keypackages.Generate(p.credential, theirSuite)
	return &p, err
}

type theirPair struct {
	founder, stranger *theirPerson
	sender, receiver  *group.Group
	count             int
}

func (theirs) group(n int) (pair, error) {
	p := &theirPair{}
	var err error
	if p.founder, err = theirPersonOf("founder"); err != nil {
		return nil, err
	}
	if p.stranger, err = theirPersonOf("stranger"); err != nil {
		return nil, err
	}
	id, err := group.NewGroupIDRandom()
	if err != nil {
		return nil, err
	}
	if p.sender, err = group.NewGroup(id, theirSuite, p.founder.keyPackage, p.founder.private); err != nil {
		return nil, err
	}
	second, err := theirPersonOf("second")
	if err != nil {
		return nil, err
	}
	if _, err := p.sender.AddMember(second.keyPackage); err != nil {
		return nil, err
	}
	for range n - 2 {
		p.count++
		other, err := theirPersonOf(fmt.Sprint("other ", p.count))
		if err != nil {
			return nil, err
		}
		if _, err := p.sender.AddMember(other.keyPackage); err != nil {
			return nil, err
		}
	}
	return p, p.welcome(second)
}

// welcome commits the pending Adds and lets the second member in.
func (p *theirPair) welcome(second *theirPerson) error {
	staged, err := p.sender.Commit(p.founder.signer, p.founder.signer.PublicKey(), nil)
	if err != nil {
		return err
	}
	joiner, ids, psk := staged.JoinerSecret(), staged.PskIDs(), staged.RawPskSecret()
	if err := p.sender.MergeCommit(staged); err != nil {
		return err
	}
	welcome, err := p.sender.CreateWelcomeWithOpts([]*keypackages.KeyPackage{second.keyPackage}, p.founder.signer,
		group.WithJoinerSecret(joiner), group.WithPSKIDs(ids), group.WithPSKSecret(psk), group.WithStagedCommit(staged))
	if err != nil {
		return err
	}
	p.receiver, err = group.JoinFromWelcome(welcome, second.keyPackage, second.private, nil)
	return err
}

func (p *theirPair) encrypt(text []byte) ([]byte, error) {
	m, err := p.sender.SendMessage(text, p.founder.signer)
	if err != nil {
		return nil, err
	}
	return m.Marshal(), nil
}

func (p *theirPair) decrypt(message []byte) error {
	m, err := framing.UnmarshalPrivateMessage(message)
	if err != nil {
		return err
	}
	_, _, _, err = p.receiver.ReceiveApplicationMessage(m)
	return err
}

func (p *theirPair) groupInfo() ([]byte, error) {
	info, err := p.sender.GetGroupInfo(p.founder.signer)
	if err != nil {
		return nil, err
	}
	return info.Marshal(), nil
}

func (p *theirPair) join(groupInfo []byte) error {
	info, err := group.UnmarshalGroupInfo(groupInfo)
	if err != nil {
		return err
	}
	s := p.stranger
	_, staged, err := group.ExternalCommit(info, theirSuite, s.signer, s.signer.PublicKey(), nil, s.credential.Credential)
	if err == nil && staged == nil {
		err = errors.New("no commit")
	}
	return err
}

func (p *theirPair) newcomer() ([]byte, error) {
	p.count++
	other, err := theirPersonOf(fmt.Sprint("other ", p.count))
	if err != nil {
		return nil, err
	}
	return other.keyPackage.Marshal(), nil
}

func (p *theirPair) add(keyPackage []byte) ([]byte, error) {
	kp, err := keypackages.UnmarshalKeyPackage(keyPackage)
	if err != nil {
		return nil, err
	}
	if _, err := p.sender.AddMember(kp); err != nil {
		return nil, err
	}
	staged, err := p.sender.Commit(p.founder.signer, p.founder.signer.PublicKey(), nil)
	if err != nil {
		return nil, err
	}
	m := framing.PublicMessage{Content: staged.AuthenticatedContent().Content, Auth: staged.AuthenticatedContent().Auth, MembershipTag: staged.MembershipTag()}
	return m.Marshal(), p.sender.MergeCommit(staged)
}

func (p *theirPair) process(commit []byte) error {
	m, err := framing.UnmarshalPublicMessage(commit)
	if err != nil {
		return err
	}
	if err := p.receiver.ProcessPublicMessage(m); err != nil {
		return err
	}
	if !bytes.Equal(p.sender.EpochAuthenticator(), p.receiver.EpochAuthenticator()) {
		return errors.New("the members disagree")
	}
	return nil
}
