package interop

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"parley/mls"
)

// A library is another implementation, and what its peer can do.
type library struct {
	name   string
	script string
	// privateHandshake: sends and takes commits as PrivateMessage too.
	privateHandshake bool
	// groupInfo: makes a GroupInfo of any epoch, not only after its own commits.
	groupInfo bool
	// authenticator: tells the epoch authenticator, and exports with our label.
	authenticator bool
	// singleRemove: a commit of one Remove or Update alone has a path, as it must.
	singleRemove bool
	// ownRemoval: takes the commit that removes it.
	ownRemoval bool
	// emptyHalf: takes commits where one half of the tree has no members.
	emptyHalf bool
	// regrowth: takes a commit that shrinks the tree and lets it grow again.
	regrowth bool
	// members bounds groups it joins in any state; 0 is no bound.
	members int
	// commitUpdates: commits the Update proposals of others.
	commitUpdates bool
	// externalSenders: takes the external_senders extension.
	externalSenders bool
	// commitPending is the operation that commits proposals received.
	commitPending string
	// lateMessages is how many messages behind its sender's last one a message
	// may be.
	lateMessages int
}

var (
	tsMLS = &library{
		name: "ts-mls", script: "tsmls.mjs",
		privateHandshake: true, groupInfo: true, authenticator: true,
		commitPending: "commit", lateMessages: 3, members: 4, regrowth: true,
	}
	coreCrypto = &library{
		name: "core-crypto", script: "corecrypto.mjs",
		singleRemove: true, ownRemoval: true, emptyHalf: true, commitUpdates: true, externalSenders: true,
		commitPending: "pending", lateMessages: 1,
	}
)

// suites are those tested with every library; all have them.
var suites = []mls.CipherSuite{mls.SuiteX25519AES128, mls.SuiteP256AES128, mls.SuiteX25519ChaCha20}

// eachPairing runs a test for every library and suite.
func eachPairing(t *testing.T, test func(*testing.T, *library, mls.CipherSuite)) {
	for _, l := range []*library{tsMLS, coreCrypto} {
		t.Run(l.name, func(t *testing.T) {
			eachSuite(t, func(t *testing.T, suite mls.CipherSuite) { test(t, l, suite) })
		})
	}
}

func eachSuite(t *testing.T, test func(*testing.T, mls.CipherSuite)) {
	needNode(t)
	for _, suite := range suites {
		if suite.Supported() {
			t.Run(fmt.Sprintf("suite=0x%04x", uint16(suite)), func(t *testing.T) { test(t, suite) })
		}
	}
}

// needNode skips a test where the libraries are not installed; not in CI.
func needNode(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("node_modules/.package-lock.json")
	}
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("make interop installs what is missing: %v", err)
	default:
		t.Skipf("SKIPPED: NO INTEROPERABILITY WAS TESTED. make interop installs what is missing: %v", err)
	}
}
