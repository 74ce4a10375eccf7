package client

import (
	"parley/client/store"
	"parley/mls"
)

// suites are the cipher suites of the conversations that this device makes.
//
// Direct ones are post-quantum (X13). So is self, through which a person's
// devices give each other what was said in them; both have ten devices at most,
// which can afford keys of 1.2 KB. Nothing that a relay or a contact does changes
// the choice: who has no key package of the suite is left out and joins from
// outside, into the same group.
var suites = map[uint32]mls.CipherSuite{
	store.KindSelf:   mls.SuiteXWingChaCha20,
	store.KindDirect: mls.SuiteXWingChaCha20,
	store.KindGroup:  mls.SuiteX25519ChaCha20,
}

// published are the cipher suites of which key packages lie at the relay: that of
// direct conversations, and that of groups, whose commits with X-Wing would grow
// to a megabyte.
var published = []mls.CipherSuite{mls.SuiteXWingChaCha20, mls.SuiteX25519ChaCha20}

// suiteOf is the cipher suite of a new conversation. One that exists keeps its own.
func suiteOf(kind uint32) mls.CipherSuite { return suites[kind] }
