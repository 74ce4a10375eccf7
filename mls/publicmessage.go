package mls

import "parley/mls/internal/codec"

// publicMessage is PublicMessage of RFC 9420 section 6.2: signed, not encrypted.
type publicMessage struct {
	content       *framedContent
	auth          contentAuth
	membershipTag []byte // of members only
}

func (m *publicMessage) encode(w *codec.Writer) {
	m.content.encode(w)
	m.auth.encode(w, m.content.kind)
	if m.content.sender.Type == SenderMember {
		w.Vector(m.membershipTag)
	}
}

func readPublicMessage(r *codec.Reader) *publicMessage {
	m := &publicMessage{content: readFramedContent(r)}
	m.auth = readContentAuth(r, m.content.kind)
	if m.content.sender.Type == SenderMember {
		m.membershipTag = r.Vector()
	}
	return m
}

func (m *publicMessage) authenticated() *authenticatedContent {
	return &authenticatedContent{format: formatPublic, content: m.content, auth: m.auth}
}

// membershipInput is AuthenticatedContentTBM of RFC 9420 section 6.2.
func (a *authenticatedContent) membershipInput(context []byte) []byte {
	var w codec.Writer
	w.Raw(a.signedContent(context))
	a.auth.encode(&w, a.content.kind)
	return w.Data()
}

// protectPublic frames content as a PublicMessage; membershipKey is used for members only.
func (s *suite) protectPublic(a *authenticatedContent, membershipKey secret, context []byte) *message {
	m := &publicMessage{content: a.content, auth: a.auth}
	if a.content.sender.Type == SenderMember {
		m.membershipTag = s.mac(membershipKey, a.membershipInput(context))
	}
	return &message{format: formatPublic, public: m}
}

func (s *suite) verifyMembership(m *publicMessage, membershipKey secret, context []byte) error {
	if m.content.sender.Type != SenderMember {
		return nil
	}
	if !s.verifyMAC(membershipKey, m.authenticated().membershipInput(context), m.membershipTag) {
		return ErrMembershipTag
	}
	return nil
}
