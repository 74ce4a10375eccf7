package client

import (
	"parley/client/store"
	"parley/mls"
)

// suites are the cipher suites of the conversations that this device makes.
var suites = map[uint32]mls.CipherSuite{
	store.KindSelf:   mls.SuiteX25519ChaCha20,
	store.KindDirect: mls.SuiteX25519ChaCha20,
}

// suiteOf is the cipher suite of a new conversation. One that exists keeps its own.
func suiteOf(kind uint32) mls.CipherSuite { return suites[kind] }
