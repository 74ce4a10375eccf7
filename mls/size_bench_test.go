package mls

import (
	"fmt"
	"testing"
)

// BenchmarkWireSize measures no time: it reports the bytes of what a group sends,
// for the suites that Parley uses.
func BenchmarkWireSize(b *testing.B) {
	for _, suite := range []CipherSuite{DefaultSuite, SuiteXWingChaCha20} {
		for _, n := range []int{2, 4, 10} {
			b.Run(fmt.Sprintf("suite=%04x/n=%d", uint16(suite), n), func(b *testing.B) { reportSizes(b, suite, n) })
		}
	}
}

// reportSizes takes a group in which everybody has committed once. Credentials
// are a word each; one of Parley's is larger by the 220 bytes of a certificate.
func reportSizes(b *testing.B, suite CipherSuite, n int) {
	people, groups := grown(b, suite, n)
	for i := range groups {
		deliver(b, groups, i, must[*CommitResult](b)(groups[i].Commit(CommitOptions{})))
	}
	joiner := newPerson(b, suite, "joiner")
	bundle := joiner.keyPackage(b, suite)
	join := must[*ExternalJoin](b)(JoinExternal(joiner.cfg, must[[]byte](b)(groups[0].GroupInfo()), ExternalJoinOptions{Leaf: joiner.leaf()}))
	message := must[[]byte](b)(groups[0].Encrypt(make([]byte, 200), nil))
	add := must[*CommitResult](b)(groups[1].Commit(CommitOptions{Add: [][]byte{bundle.Message()}}))
	groups[1].ClearPendingCommit()
	update := must[*CommitResult](b)(groups[1].Commit(CommitOptions{}))
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op")
	for unit, data := range map[string][]byte{
		"B/commit": update.Message, "B/welcome": add.Welcome, "B/group-info": update.GroupInfo, "B/external-join": join.Commit,
		"B/key-package": bundle.Message(), "B/message": message, "B/state": reload(b, people[0], groups[0]).MarshalState(),
	} {
		b.ReportMetric(float64(len(data)), unit)
	}
}
