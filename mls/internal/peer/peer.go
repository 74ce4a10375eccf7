// Package peer is one member of one group, driven from outside a line at a
// time: what parley/mls/cmd/mlspeer speaks on its standard input and output,
// and what the interoperability tests run in the process.
package peer

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"parley/mls"
)

// What the operation "export" derives (RFC 9420 section 8.5).
const (
	ExportLabel   = "test"
	ExportContext = "ctx"
	ExportLength  = 32
)

var (
	errNoGroup      = errors.New("not in a group: create, join or ext comes first")
	errNoKeyPackage = errors.New("no key package: newkp comes first, and a Welcome uses it up")
	errUnknownOp    = errors.New("unknown operation; they are newkp create add send recv commit process gi export join remove ext")
)

// Peer is a device with one signature key, its last key package, and at most
// one group. It is not safe for concurrent use.
type Peer struct {
	suite    mls.CipherSuite
	config   mls.Config
	identity []byte
	bundle   *mls.KeyPackageBundle
	group    *mls.Group
}

// New makes a peer with a new signature key. Its identity has the form of the
// client ids of core-crypto, which takes part in groups of such members only.
func New(suite mls.CipherSuite) (*Peer, error) {
	signer, err := suite.GenerateSigner(nil)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 24)
	rand.Read(id)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // UUID version 4, RFC 9562
	id[16] |= 0x80                                  // no leading zero: core-crypto compares canonical numbers
	identity := fmt.Appendf(nil, "%x-%x-%x-%x-%x:%x@mlspeer.invalid",
		id[:4], id[4:6], id[6:8], id[8:10], id[10:16], id[16:])
	// Other implementations make key packages that are valid for ever.
	limits := mls.Limits{MaxLifetime: -1}
	return &Peer{suite: suite, config: mls.Config{Signer: signer, Limits: limits}, identity: identity}, nil
}

// Group is the group the peer is in, nil before it is in one.
func (p *Peer) Group() *mls.Group { return p.group }

// Identity is what the peer's basic credential says.
func (p *Peer) Identity() []byte { return p.identity }

// Do carries out one operation. After an error, which stands in Answer.Err,
// the peer is what it was.
func (p *Peer) Do(r Request) Answer {
	operation, there := operations[r.Op]
	if !there {
		return Answer{Err: errUnknownOp.Error()}
	}
	if p.group == nil && operation.inGroup {
		return Answer{Err: errNoGroup.Error()}
	}
	var a Answer
	if err := operation.do(p, r, &a); err != nil {
		return Answer{Err: err.Error()}
	}
	if p.group != nil && !p.group.Closed() {
		a.EpochAuthenticator = p.group.EpochAuthenticator()
	}
	return a
}

type operation struct {
	inGroup bool // needs a group
	do      func(*Peer, Request, *Answer) error
}

var operations = map[string]operation{
	"newkp":   {false, (*Peer).newKeyPackage},
	"create":  {false, (*Peer).create},
	"join":    {false, (*Peer).join},
	"ext":     {false, (*Peer).joinExternal},
	"add":     {true, (*Peer).add},
	"remove":  {true, (*Peer).remove},
	"commit":  {true, func(p *Peer, r Request, a *Answer) error { return p.commit(r, a, mls.CommitOptions{}) }},
	"send":    {true, (*Peer).send},
	"recv":    {true, (*Peer).process},
	"process": {true, (*Peer).process},
	"gi":      {true, (*Peer).groupInfo},
	"export":  {true, (*Peer).export},
}

func (p *Peer) leaf() mls.LeafOptions {
	return mls.LeafOptions{Credential: mls.BasicCredential(p.identity)}
}

func (p *Peer) newKeyPackage(_ Request, a *Answer) (err error) {
	bundle, err := mls.NewKeyPackage(p.config, mls.KeyPackageOptions{CipherSuite: p.suite, Leaf: p.leaf()})
	if err != nil {
		return err
	}
	p.bundle, a.KeyPackage = bundle, bundle.Message()
	return nil
}

func (p *Peer) create(r Request, _ *Answer) error {
	id, err := r.bytes()
	if err != nil {
		return err
	}
	if len(id) == 0 {
		id = make([]byte, 16)
		rand.Read(id)
	}
	group, err := mls.NewGroup(p.config, mls.GroupOptions{CipherSuite: p.suite, GroupID: id, Leaf: p.leaf()})
	if err != nil {
		return err
	}
	p.group = group
	return nil
}

func (p *Peer) join(r Request, _ *Answer) error {
	welcome, err := r.bytes()
	if err != nil {
		return err
	}
	if p.bundle == nil {
		return errNoKeyPackage
	}
	group, _, err := mls.JoinWelcome(p.config, welcome, []*mls.KeyPackageBundle{p.bundle}, nil)
	if err != nil {
		return err
	}
	p.group, p.bundle = group, nil
	return nil
}

func (p *Peer) joinExternal(r Request, a *Answer) error {
	info, err := r.bytes()
	if err != nil {
		return err
	}
	joined, err := mls.JoinExternal(p.config, info, mls.ExternalJoinOptions{Leaf: p.leaf()})
	if err != nil {
		return err
	}
	p.group, a.Commit = joined.Group(), joined.Commit
	return nil
}

func (p *Peer) add(r Request, a *Answer) error {
	keyPackage, err := r.bytes()
	if err != nil {
		return err
	}
	return p.commit(r, a, mls.CommitOptions{Add: [][]byte{keyPackage}})
}

func (p *Peer) remove(r Request, a *Answer) error {
	leaf, err := strconv.ParseUint(r.Data, 16, 32)
	if err != nil {
		return fmt.Errorf("the data is not a leaf index in hexadecimal: %w", err)
	}
	return p.commit(r, a, mls.CommitOptions{Remove: []mls.LeafIndex{mls.LeafIndex(leaf)}})
}

// commit makes a commit of the options and of the proposals received, and
// merges it at once: whoever drives the peer is the delivery service.
func (p *Peer) commit(r Request, a *Answer, opt mls.CommitOptions) error {
	opt.Public = r.Public
	result, err := p.group.Commit(opt)
	if err != nil {
		return err
	}
	if err := p.group.MergePendingCommit(); err != nil {
		return err
	}
	a.Commit, a.Welcome = result.Message, result.Welcome
	return nil
}

func (p *Peer) send(r Request, a *Answer) error {
	plaintext, err := r.bytes()
	if err != nil {
		return err
	}
	a.Message, err = p.group.Encrypt(plaintext, nil)
	return err
}

func (p *Peer) process(r Request, a *Answer) error {
	message, err := r.bytes()
	if err != nil {
		return err
	}
	received, err := p.group.Process(message)
	if err != nil {
		return err
	}
	if received.Application != nil {
		a.Plaintext = append([]byte{}, received.Application.Data...)
	}
	if received.Commit != nil {
		return p.group.Merge(received.Commit)
	}
	return nil
}

func (p *Peer) groupInfo(_ Request, a *Answer) (err error) {
	a.GroupInfo, err = p.group.GroupInfo()
	return err
}

func (p *Peer) export(_ Request, a *Answer) (err error) {
	a.Exported, err = p.group.Export(ExportLabel, []byte(ExportContext), ExportLength)
	return err
}
