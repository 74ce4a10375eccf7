// Command bench measures parley/mls beside another Go implementation of RFC
// 9420, github.com/thomas-vilte/mls-go, in one run, and prints a table in
// Markdown. It is a module of its own, so that what it compares with never
// becomes part of ours.
//
//	go run . [-n 2,1000,5000] [-rounds 9] [-memory]
//
// Both do the same work, from bytes to bytes, in turns: what disturbs the
// machine disturbs both, so the ratios hold where the times do not. The suite is
// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519.
package main
