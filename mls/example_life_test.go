package mls_test

import (
	"errors"
	"fmt"

	"parley/mls"
)

// Example_life is the life of a group of devices: a second device of Alice's
// joins from outside, two members commit at once, a device is removed, and one
// that lost its storage comes back.
func Example_life() {
	config := func() mls.Config {
		signer, err := mls.DefaultSuite.GenerateSigner(nil)
		check(err)
		// A real program looks at the credential here: is this key theirs?
		return mls.Config{Signer: signer, ValidateLeaf: func(mls.LeafNode, mls.LeafContext) error { return nil }}
	}
	named := func(name string) mls.LeafOptions {
		return mls.LeafOptions{Credential: mls.BasicCredential([]byte(name))}
	}
	// take is what every other member does with a commit that the delivery
	// service has accepted.
	take := func(g *mls.Group, commit []byte) {
		received, err := g.Process(commit)
		check(err)
		check(g.Merge(received.Commit))
	}

	phone := config()
	onPhone, err := mls.NewGroup(phone, mls.GroupOptions{Leaf: named("alice's phone")})
	check(err)
	info, err := onPhone.GroupInfo()
	check(err)

	// The laptop joins by a commit of its own, made from the GroupInfo that the
	// delivery service has. Once it is accepted, the laptop's group is as good as any.
	laptop := config()
	join, err := mls.JoinExternal(laptop, info, mls.ExternalJoinOptions{Leaf: named("alice's laptop")})
	check(err)
	take(onPhone, join.Commit)
	onLaptop := join.Group()

	// Both commit for the same epoch. The delivery service takes the phone's:
	// the laptop drops its own and processes the winner.
	first, err := onPhone.Commit(mls.CommitOptions{})
	check(err)
	_, err = onLaptop.Commit(mls.CommitOptions{})
	check(err)
	check(onPhone.MergePendingCommit())
	take(onLaptop, first.Message)
	fmt.Println("epoch", onPhone.Epoch(), "and", onLaptop.Epoch())

	// The laptop lost its storage. It joins again with the same signature key:
	// the commit replaces its old leaf.
	back, err := mls.JoinExternal(laptop, first.GroupInfo, mls.ExternalJoinOptions{Leaf: named("alice's laptop")})
	check(err)
	received, err := onPhone.Process(back.Commit)
	check(err)
	fmt.Printf("%s takes the place of its old leaf: %v\n", received.Commit.Committer.Credential.Identity, received.Commit.Previous != nil)
	check(onPhone.Merge(received.Commit))
	onLaptop = back.Group()

	// The laptop was stolen: the phone removes it. What is said from now on is
	// said under keys the laptop does not have.
	removal, err := onPhone.Commit(mls.CommitOptions{Remove: []mls.LeafIndex{onLaptop.OwnLeaf()}})
	check(err)
	check(onPhone.MergePendingCommit())
	take(onLaptop, removal.Message)
	_, err = onLaptop.Encrypt([]byte("still here?"), nil)
	fmt.Println("the laptop is out:", errors.Is(err, mls.ErrClosed))

	// Output:
	// epoch 2 and 2
	// alice's laptop takes the place of its old leaf: true
	// the laptop is out: true
}
