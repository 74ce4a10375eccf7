package mls

import (
	"testing"

	"parley/mls/internal/codec"
)

// many writes a vector of items, as many as fit into size bytes.
func many(w *codec.Writer, size int, item func(*codec.Writer)) {
	w.Nested(func(w *codec.Writer) {
		for before := len(w.Data()); len(w.Data())-before < size; {
			item(w)
		}
	})
}

// TestDecodersAreModest: lists of the smallest items there are, which take far
// more room in memory than encoded, cost no more than a few times their size.
func TestDecodersAreModest(t *testing.T) {
	const size = 4 << 20
	empty := func(w *codec.Writer) { w.Vector(nil) }
	framed := func(kind contentType, body func(*codec.Writer)) func(*codec.Writer) {
		return func(w *codec.Writer) {
			w.Uint16(protocolVersion)
			w.Uint16(uint16(formatPublic))
			w.Vector([]byte("group"))
			w.Uint64(1)
			Sender{Type: SenderNewMemberCommit}.encode(w)
			w.Vector(nil)
			w.Uint8(uint8(kind))
			body(w)
			for range 3 {
				w.Vector(nil)
			}
		}
	}
	leaf := func(w *codec.Writer) {
		(&LeafNode{Source: LeafFromUpdate, Credential: BasicCredential(nil)}).encode(w)
	}
	path := func(nodes func(*codec.Writer)) func(*codec.Writer) {
		return framed(contentCommit, func(w *codec.Writer) {
			w.Vector(nil)
			w.Optional(true)
			leaf(w)
			nodes(w)
		})
	}
	message := func(data []byte) { parseMessage(data) }
	tree := func(data []byte) { parseTree(suites[DefaultSuite], data, defaultMaxMembers) }
	for name, c := range map[string]struct {
		encode func(*codec.Writer)
		decode func([]byte)
	}{
		"proposals by reference": {framed(contentCommit, func(w *codec.Writer) {
			many(w, size, func(w *codec.Writer) { (&proposalOrRef{byRef: true}).encode(w) })
			w.Optional(false)
		}), message},
		"proposals by value": {framed(contentCommit, func(w *codec.Writer) {
			many(w, size, func(w *codec.Writer) { (&proposalOrRef{proposal: Proposal{Type: ProposalExternalInit}}).encode(w) })
			w.Optional(false)
		}), message},
		"nodes of a path": {path(func(w *codec.Writer) {
			many(w, size, func(w *codec.Writer) { empty(w); empty(w) })
		}), message},
		"path secrets": {path(func(w *codec.Writer) {
			w.Nested(func(w *codec.Writer) { empty(w); many(w, size, hpkeCiphertext{}.encode) })
		}), message},
		"secrets of a Welcome": {func(w *codec.Writer) {
			w.Uint16(protocolVersion)
			w.Uint16(uint16(formatWelcome))
			w.Uint16(uint16(DefaultSuite))
			many(w, size, func(w *codec.Writer) { empty(w); hpkeCiphertext{}.encode(w) })
			w.Vector(nil)
		}, message},
		"certificates": {framed(contentProposal, func(w *codec.Writer) {
			w.Uint16(uint16(ProposalUpdate))
			w.Vector(nil)
			w.Vector(nil)
			w.Uint16(uint16(CredentialX509))
			many(w, size, empty)
		}), message},
		"types": {framed(contentProposal, func(w *codec.Writer) {
			w.Uint16(uint16(ProposalUpdate))
			w.Vector(nil)
			w.Vector(nil)
			BasicCredential(nil).encode(w)
			many(w, size, func(w *codec.Writer) { w.Uint16(1) })
		}), message},
		"PSKs": {func(w *codec.Writer) {
			w.Vector(nil)
			w.Optional(false)
			many(w, size, PreSharedKeyID{Type: PSKExternal}.encode)
		}, func(data []byte) { readGroupSecrets(codec.NewReader(data)) }},
		"external senders": {func(w *codec.Writer) {
			many(w, size, func(w *codec.Writer) { empty(w); BasicCredential(nil).encode(w) })
		}, func(data []byte) { externalSenders([]Extension{{Type: ExtensionExternalSenders, Data: data}}) }},
		"blank nodes": {func(w *codec.Writer) {
			many(w, size, func(w *codec.Writer) { w.Optional(false) })
		}, tree},
		"parents": {func(w *codec.Writer) {
			many(w, size, func(w *codec.Writer) {
				w.Optional(false)
				w.Optional(true)
				w.Uint8(nodeTypeParent)
				(&parentNode{}).encode(w)
			})
		}, tree},
		"leaves": {func(w *codec.Writer) {
			many(w, size, func(w *codec.Writer) {
				w.Optional(true)
				w.Uint8(nodeTypeLeaf)
				leaf(w)
				w.Optional(false)
			})
		}, tree},
	} {
		t.Run(name, func(t *testing.T) {
			var w codec.Writer
			c.encode(&w)
			if cost := workOf(func() { c.decode(w.Data()) }).bytes; cost > 16*size {
				t.Errorf("%d bytes take %d of memory", len(w.Data()), cost)
			}
		})
	}
}
