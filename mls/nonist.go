//go:build mls_x25519

package mls

// addNISTSuites adds nothing: see the suites' documentation.
func addNISTSuites(map[CipherSuite]*suite) {}
