// Package hpke is Hybrid Public Key Encryption (RFC 9180) in base mode, as MLS
// and what is built beside it use it. It is the standard library's crypto/hpke,
// whose documentation says what each name means.
//
// With the build tag mls_x25519 it has X25519 and X-Wing with SHA-256 and nothing
// else, in an implementation that leaves the code of all other algorithms out of the
// program: a quarter of a megabyte in a browser. Both speak the same protocol.
package hpke
