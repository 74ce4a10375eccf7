// Command bench measures parley/mls beside another Go implementation of RFC
// 9420, github.com/thomas-vilte/mls-go, in one run, and prints a table in
// Markdown. It is a module of its own, so that what it compares with never
// becomes part of ours.
//
//	go run . [-n 2,1000,5000] [-rounds 9] [-theirs 1000]
//
// Both do the same work, from bytes to bytes, in turns: what disturbs the
// machine disturbs both, so the ratios hold where the times do not. Times are CPU
// time of the process, on all cores and with the garbage collector's, the median
// of the rounds; a ratio is the median of the rounds' ratios. The suite is
// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519.
//
// Each member but two is nothing but a leaf that was added, and none but the
// founder has committed yet: an update path is encrypted to each member by
// itself, which is the most it can cost.
package main
