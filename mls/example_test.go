package mls_test

import (
	"fmt"

	"parley/mls"
)

// Example is the smallest conversation: one publishes a key package, the other adds it.
func Example() {
	device := func() mls.Config {
		signer, err := mls.DefaultSuite.GenerateSigner(nil)
		check(err)
		return mls.Config{Signer: signer}
	}
	named := func(name string) mls.LeafOptions {
		return mls.LeafOptions{Credential: mls.BasicCredential([]byte(name))}
	}
	alice, bob := device(), device()

	// Bob publishes key packages and keeps their private keys.
	bundle, err := mls.NewKeyPackage(bob, mls.KeyPackageOptions{Leaf: named("bob")})
	check(err)

	// Alice makes a group and adds Bob. The commit goes to the delivery
	// service; when it has accepted it, Alice merges it, and Bob gets the Welcome.
	ours, err := mls.NewGroup(alice, mls.GroupOptions{GroupID: []byte("a chat"), Leaf: named("alice")})
	check(err)
	commit, err := ours.Commit(mls.CommitOptions{Add: [][]byte{bundle.Message()}})
	check(err)
	check(ours.MergePendingCommit())
	theirs, _, err := mls.JoinWelcome(bob, commit.Welcome, []*mls.KeyPackageBundle{bundle}, nil)
	check(err)

	message, err := ours.Encrypt([]byte("hello"), nil)
	check(err)
	received, err := theirs.Process(message)
	check(err)
	fmt.Printf("%s reads: %s\n", "bob", received.Application.Data)

	// Somebody else's commit is looked at before it is taken.
	update, err := theirs.Commit(mls.CommitOptions{})
	check(err)
	check(theirs.MergePendingCommit())
	received, err = ours.Process(update.Message)
	check(err)
	if staged := received.Commit; len(staged.Removed) == 0 && !staged.External {
		check(ours.Merge(staged))
	}
	fmt.Println("epoch", ours.Epoch())

	// State and ratchets are saved apart: a message changes only a few records.
	// A map stands for the caller's storage.
	storage := map[string][]byte{}
	for _, record := range ours.ChangedRatchets() {
		if record.Value == nil {
			delete(storage, string(record.Key))
		} else {
			storage[string(record.Key)] = record.Value
		}
	}
	state := ours.MarshalState()
	ours.RatchetsSaved() // once the transaction is committed

	var records []mls.RatchetRecord
	for key, value := range storage {
		records = append(records, mls.RatchetRecord{Key: []byte(key), Value: value})
	}
	again, err := mls.Restore(alice, state, records)
	check(err)
	fmt.Println(len(again.Members()), "members")

	// Output:
	// bob reads: hello
	// epoch 2
	// 2 members
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
