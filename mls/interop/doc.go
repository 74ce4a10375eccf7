// Package interop holds the tests of package mls against other implementations
// of RFC 9420, alive and in both directions. It has no code of its own.
//
// A peer in JavaScript is one file for a library (tsmls.mjs, corecrypto.mjs),
// and speaks the lines of parley/mls/cmd/mlspeer. What has to be worked around
// stands at the head of that file; what a library cannot do stands in
// exclusions_test.go, each with a test that fails when it can. The libraries are
// tools of these tests: they are never linked and never part of the product.
//
// Run them with make interop.
package interop
