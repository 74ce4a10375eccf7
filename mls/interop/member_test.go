package interop

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"parley/mls"
	"parley/mls/internal/peer"
)

// A member takes part in a group: a peer of ours in this process, or a process
// of another library.
type member struct {
	t        *testing.T
	name     string
	library  *library // nil for ours
	identity []byte
	do       func(request) answer
	ours     *peer.Peer // nil for another library's
}

// request is one line; Identities are of the members to remove, for libraries
// that remove by identity.
type request struct {
	peer.Request
	Identities []peer.HexBytes `json:",omitempty"`
}

// answer is one line; the operation "new" of other libraries tells the identity.
type answer struct {
	peer.Answer
	Identity peer.HexBytes `json:"identity"`
}

// newMember makes a member of a library, or of ours for nil.
func newMember(t *testing.T, l *library, suite mls.CipherSuite, name string) *member {
	t.Helper()
	if l != nil {
		m := &member{t: t, name: name + ", " + l.name, library: l, do: l.peer(t)}
		m.identity = m.call("new", binary.BigEndian.AppendUint16(nil, uint16(suite))).Identity
		return m
	}
	p, err := peer.New(suite)
	if err != nil {
		t.Fatal(err)
	}
	do := func(r request) answer { return answer{Answer: p.Do(r.Request)} }
	return &member{t: t, name: name + ", ours", identity: p.Identity(), do: do, ours: p}
}

// ok carries out a request that must succeed.
func (m *member) ok(r request) answer {
	m.t.Helper()
	a := m.do(r)
	if a.Err != "" {
		m.t.Fatalf("%s: %s: %s", m.name, r.Op, a.Err)
	}
	return a
}

// call is ok with an operation and its data.
func (m *member) call(op string, data []byte) answer {
	m.t.Helper()
	return m.ok(line(op, data))
}

func line(op string, data []byte) request {
	return request{Request: peer.Request{Op: op, Data: hex.EncodeToString(data)}}
}

// The wire formats of RFC 9420 section 6 that a commit can have.
const (
	formatPublic  = 1
	formatPrivate = 2
)

// wireFormat is that of an MLSMessage.
func wireFormat(message []byte) uint16 { return binary.BigEndian.Uint16(message[2:]) }

// group is the group of a member of ours.
func (m *member) group() *mls.Group { return m.ours.Group() }
