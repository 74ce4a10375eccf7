package mls

import "parley/mls/internal/codec"

// wireFormat is of RFC 9420 section 17.2.
type wireFormat uint16

const (
	formatPublic     wireFormat = 1
	formatPrivate    wireFormat = 2
	formatWelcome    wireFormat = 3
	formatGroupInfo  wireFormat = 4
	formatKeyPackage wireFormat = 5
)

type contentType uint8

const (
	contentApplication contentType = 1
	contentProposal    contentType = 2
	contentCommit      contentType = 3
)

// framedContent is FramedContent of RFC 9420 section 6.
type framedContent struct {
	groupID           []byte
	epoch             uint64
	sender            Sender
	authenticatedData []byte
	kind              contentType
	application       []byte
	proposal          *Proposal
	commit            *commit
}

func (s Sender) encode(w *codec.Writer) {
	w.Uint8(uint8(s.Type))
	switch s.Type {
	case SenderMember:
		w.Uint32(uint32(s.Leaf))
	case SenderExternal:
		w.Uint32(s.Index)
	}
}

func readSender(r *codec.Reader) Sender {
	s := Sender{Type: SenderType(r.Uint8())}
	switch s.Type {
	case SenderMember:
		s.Leaf = LeafIndex(r.Uint32())
	case SenderExternal:
		s.Index = r.Uint32()
	case SenderNewMemberProposal, SenderNewMemberCommit:
	default:
		r.Fail()
	}
	return s
}

func (c *framedContent) encode(w *codec.Writer) {
	w.Vector(c.groupID)
	w.Uint64(c.epoch)
	c.sender.encode(w)
	w.Vector(c.authenticatedData)
	w.Uint8(uint8(c.kind))
	c.encodeBody(w)
}

func (c *framedContent) encodeBody(w *codec.Writer) {
	switch c.kind {
	case contentApplication:
		w.Vector(c.application)
	case contentProposal:
		c.proposal.encode(w)
	case contentCommit:
		c.commit.encode(w)
	}
}

func readFramedContent(r *codec.Reader) *framedContent {
	c := &framedContent{
		groupID: r.Vector(), epoch: r.Uint64(), sender: readSender(r),
		authenticatedData: r.Vector(), kind: contentType(r.Uint8()),
	}
	c.readBody(r)
	return c
}

func (c *framedContent) readBody(r *codec.Reader) {
	switch c.kind {
	case contentApplication:
		c.application = r.Vector()
	case contentProposal:
		p := readProposal(r)
		c.proposal = &p
	case contentCommit:
		c.commit = readCommit(r)
	default:
		r.Fail()
	}
}

// contentAuth is FramedContentAuthData: confirmationTag is of commits only.
type contentAuth struct {
	signature       []byte
	confirmationTag []byte
}

func (a *contentAuth) encode(w *codec.Writer, kind contentType) {
	w.Vector(a.signature)
	if kind == contentCommit {
		w.Vector(a.confirmationTag)
	}
}

func readContentAuth(r *codec.Reader, kind contentType) contentAuth {
	a := contentAuth{signature: r.Vector()}
	if kind == contentCommit {
		a.confirmationTag = r.Vector()
	}
	return a
}

// authenticatedContent is AuthenticatedContent of RFC 9420 section 6.
type authenticatedContent struct {
	format  wireFormat
	content *framedContent
	auth    contentAuth
}

func (a *authenticatedContent) marshal() []byte {
	var w codec.Writer
	w.Uint16(uint16(a.format))
	a.content.encode(&w)
	a.auth.encode(&w, a.content.kind)
	return w.Data()
}

func readAuthenticatedContent(r *codec.Reader) *authenticatedContent {
	a := &authenticatedContent{format: wireFormat(r.Uint16()), content: readFramedContent(r)}
	a.auth = readContentAuth(r, a.content.kind)
	return a
}

// signedContent is FramedContentTBS: the context is of the sender's epoch, and
// part of what members and joining committers sign.
func (a *authenticatedContent) signedContent(context []byte) []byte {
	w := codec.NewWriter(256 + len(context) + len(a.content.application))
	w.Uint16(protocolVersion)
	w.Uint16(uint16(a.format))
	a.content.encode(w)
	switch a.content.sender.Type {
	case SenderMember, SenderNewMemberCommit:
		w.Raw(context)
	}
	return w.Data()
}

const contentLabel = "FramedContentTBS"

func (a *authenticatedContent) sign(s *suite, cfg *Config, context []byte) (err error) {
	a.auth.signature, err = s.signWithLabel(cfg.Signer, cfg.Rand, contentLabel, a.signedContent(context))
	return err
}

func (a *authenticatedContent) verify(s *suite, key, context []byte) error {
	if !s.verifySenderWithLabel(key, contentLabel, a.signedContent(context), a.auth.signature) {
		return fail(ErrSignature, "message content")
	}
	return nil
}

// transcriptInput is ConfirmedTranscriptHashInput of RFC 9420 section 8.2.
func (a *authenticatedContent) transcriptInput() []byte {
	var w codec.Writer
	w.Uint16(uint16(a.format))
	a.content.encode(&w)
	w.Vector(a.auth.signature)
	return w.Data()
}

// message is MLSMessage of RFC 9420 section 6: format tells which field is set.
type message struct {
	format     wireFormat
	public     *publicMessage
	private    *privateMessage
	welcome    *welcome
	groupInfo  *groupInfo
	keyPackage *KeyPackage
}

func (m *message) marshal() []byte {
	var w codec.Writer
	if m.format == formatPrivate {
		w = *codec.NewWriter(4 + m.private.size())
	}
	w.Uint16(protocolVersion)
	w.Uint16(uint16(m.format))
	switch m.format {
	case formatPublic:
		m.public.encode(&w)
	case formatPrivate:
		m.private.encode(&w)
	case formatWelcome:
		m.welcome.encode(&w)
	case formatGroupInfo:
		m.groupInfo.encode(&w)
	case formatKeyPackage:
		m.keyPackage.encode(&w)
	}
	return w.Data()
}

// parseMessage copies data first, so that what it returns is the package's own.
func parseMessage(data []byte) (*message, error) {
	if len(data) > maxMessage {
		return nil, fail(ErrMalformed, "message too long")
	}
	r := codec.NewReader(append([]byte(nil), data...))
	if r.Uint16() != protocolVersion {
		return nil, fail(ErrMalformed, "protocol version")
	}
	m := readMessageBody(r)
	if r.End() != nil {
		return nil, fail(ErrMalformed, "MLSMessage")
	}
	return m, nil
}

func readMessageBody(r *codec.Reader) *message {
	m := &message{format: wireFormat(r.Uint16())}
	switch m.format {
	case formatPublic:
		m.public = readPublicMessage(r)
	case formatPrivate:
		m.private = readPrivateMessage(r)
	case formatWelcome:
		m.welcome = readWelcome(r)
	case formatGroupInfo:
		m.groupInfo = readGroupInfo(r)
	case formatKeyPackage:
		m.keyPackage = readKeyPackage(r)
	default:
		r.Fail()
	}
	return m
}
