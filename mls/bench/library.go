package main

// A library is an implementation of MLS under measurement.
type library interface {
	name() string
	// group makes a group of n members of which two are present.
	group(n int) (pair, error)
}

// A pair is two members of a group: one who sends and commits, one who receives.
// Every result is encoded, and every argument is what the other side encoded.
type pair interface {
	encrypt(text []byte) ([]byte, error)
	decrypt(message []byte) error
	// groupInfo is for those who join from outside.
	groupInfo() ([]byte, error)
	// join makes the external commit of a stranger, which nobody takes.
	join(groupInfo []byte) error
	// newcomer is the key package of somebody who is not in the group yet.
	newcomer() ([]byte, error)
	// add commits an Add with an update path, and takes the commit.
	add(keyPackage []byte) ([]byte, error)
	// process takes a commit of the other member.
	process(commit []byte) error
}
