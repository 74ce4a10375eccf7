// Command mlspeer is a member of an MLS group (RFC 9420) that is driven a line
// at a time, for tests of other implementations against this one:
//
//	go run ./mls/cmd/mlspeer SUITE
//
// SUITE is the number of a cipher suite, decimal or hexadecimal: 3 or 0x0003.
// Each line on standard input is a request, a JSON object, and gets one line
// on standard output, a JSON object; empty lines get none. The program ends with
// its input. It keeps nothing, and its keys live in memory only: it is a test
// tool, and trusts whoever drives it to order commits and to judge credentials.
// Key packages may have any lifetime, also one without end.
//
// Messages are the hex of MLSMessage encodings. A request may carry
// "Public":true, which sends its commit as a PublicMessage; the default is a
// PrivateMessage.
//
//	Op       Data                        answer, beside ea
//	newkp                                kp: a key package; join is for the last one
//	create   group id; empty: random
//	join     Welcome with ratchet_tree
//	ext      GroupInfo                   commit: the external commit. A leaf with the peer's
//	                                     signature key is replaced (resync)
//	add      key package                 commit, welcome
//	remove   leaf index, hexadecimal     commit
//	commit                               commit, with a new path, of all proposals received; welcome if
//	                                     it adds members
//	process  commit or proposal
//	send     plaintext                   msg
//	recv     application message         pt
//	gi                                   gi: GroupInfo with ratchet_tree and external_pub
//	export                               x: exporter of label "test", context "ctx", 32 bytes
//
// A commit takes effect at once, one's own when it is made, another's when it
// is processed; process and recv are one operation and take any message. Every
// answer of a peer that is in a group has ea, the epoch authenticator, after
// the operation; a peer that has been removed has none. Create, join and ext
// replace the group the peer was in.
//
// What fails is answered with err alone, has changed nothing, and the next
// request is read:
//
//	→ {"Op":"create"}
//	← {"ea":"5f0c…"}
//	→ {"Op":"add","Data":"00010005…"}
//	← {"ea":"a1f3…","welcome":"00010003…","commit":"00010002…"}
//	→ {"Op":"send","Data":"68656c6c6f"}
//	← {"ea":"a1f3…","msg":"00010002…"}
//	→ {"Op":"recv","Data":"00"}
//	← {"err":"mls: malformed message: …"}
package main

import (
	"fmt"
	"os"
	"strconv"

	"parley/mls"
	"parley/mls/internal/peer"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mlspeer SUITE    (a number, such as 3 or 0x0003)")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "mlspeer:", err)
		os.Exit(1)
	}
}

func run(suite string) error {
	number, err := strconv.ParseUint(suite, 0, 16)
	if err != nil {
		return fmt.Errorf("%q is not the number of a cipher suite, such as 3 or 0x0003", suite)
	}
	p, err := peer.New(mls.CipherSuite(number))
	if err != nil {
		return err
	}
	return peer.Serve(p, os.Stdin, os.Stdout)
}
