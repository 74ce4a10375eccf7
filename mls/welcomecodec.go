package mls

import "parley/mls/internal/codec"

// welcome is Welcome of RFC 9420 section 12.4.3.1.
type welcome struct {
	suite              CipherSuite
	secrets            []encryptedGroupSecrets
	encryptedGroupInfo []byte
}

type encryptedGroupSecrets struct {
	newMember []byte // KeyPackageRef
	secrets   hpkeCiphertext
}

func (m *welcome) encode(w *codec.Writer) {
	w.Uint16(uint16(m.suite))
	w.Nested(func(w *codec.Writer) {
		for _, s := range m.secrets {
			w.Vector(s.newMember)
			s.secrets.encode(w)
		}
	})
	w.Vector(m.encryptedGroupInfo)
}

func readWelcome(r *codec.Reader) *welcome {
	m := &welcome{suite: CipherSuite(r.Uint16())}
	r.Each(func(r *codec.Reader) {
		m.secrets = append(m.secrets, encryptedGroupSecrets{newMember: r.Vector(), secrets: readHPKECiphertext(r)})
	})
	m.encryptedGroupInfo = r.Vector()
	return m
}

// groupSecrets is GroupSecrets; pathSecret is nil where the commit has no path.
type groupSecrets struct {
	joiner     secret
	pathSecret secret
	psks       []PreSharedKeyID
}

func (g *groupSecrets) marshal() secret {
	var w codec.Writer
	w.Vector(g.joiner)
	w.Optional(g.pathSecret != nil)
	if g.pathSecret != nil {
		w.Vector(g.pathSecret)
	}
	encodePSKIDs(&w, g.psks)
	return w.Data()
}

func readGroupSecrets(r *codec.Reader) *groupSecrets {
	g := &groupSecrets{joiner: r.Vector()}
	if r.Optional() {
		g.pathSecret = r.Vector()
	}
	g.psks = readPSKIDs(r)
	return g
}
