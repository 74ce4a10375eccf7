package mls

import (
	"errors"
	"testing"
)

func TestReplaysAndOwnMessages(t *testing.T) { eachCounted(t, testReplaysAndOwnMessages) }

func testReplaysAndOwnMessages(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	message := must[[]byte](t)(groups[0].Encrypt([]byte("once"), nil))
	must[*Received](t)(groups[1].Process(message))
	refused(t, groups[1], message, ErrSecretConsumed)
	refused(t, groups[0], message, ErrOwnMessage)
	for _, public := range []bool{true, false} {
		proposal := must[[]byte](t)(groups[0].ProposeExtensions(nil, MessageOptions{Public: public}))
		refused(t, groups[0], proposal, ErrOwnMessage)
	}
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	refused(t, groups[0], commit.Message, ErrOwnMessage)
}

func TestStagedCommitIsTakenOnlyByMerge(t *testing.T) {
	eachCounted(t, testStagedCommitIsTakenOnlyByMerge)
}

func testStagedCommitIsTakenOnlyByMerge(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	before := saved(groups[1])
	first := must[*Received](t)(groups[1].Process(commit.Message)).Commit
	second := must[*Received](t)(groups[1].Process(commit.Message)).Commit
	unchanged(t, groups[1], before)
	if err := groups[2].Merge(first); !errors.Is(err, ErrStale) {
		t.Fatalf("another group merges it: %v", err)
	}
	if err := groups[1].Merge(first); err != nil {
		t.Fatal(err)
	}
	if err := groups[1].Merge(second); !errors.Is(err, ErrStale) {
		t.Fatalf("merged twice: %v", err)
	}
}

func TestValidateLeafRefuses(t *testing.T) { eachCounted(t, testValidateLeafRefuses) }

func testValidateLeafRefuses(t *testing.T, suite CipherSuite) {
	refuse := errors.New("not on the list")
	_, groups := grown(t, suite, 2)
	info := must[[]byte](t)(groups[0].GroupInfo())
	p := newPerson(t, suite, "stranger")
	join := must[*ExternalJoin](t)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()}))
	groups[1].cfg.ValidateLeaf = func(leaf LeafNode, in LeafContext) error {
		if string(leaf.Credential.Identity) == "stranger" && in.Index == 2 && in.Previous == nil && in.Epoch == 2 {
			return refuse
		}
		return nil
	}
	refused(t, groups[1], join.Commit, ErrInvalidLeaf)
	refused(t, groups[1], join.Commit, refuse)
	update := must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{Credential: BasicCredential([]byte("stranger"))}, MessageOptions{}))
	groups[1].cfg.ValidateLeaf = func(leaf LeafNode, _ LeafContext) error {
		if string(leaf.Credential.Identity) == "stranger" {
			return refuse
		}
		return nil
	}
	must[*Received](t)(groups[1].Process(update))
	result := must[*CommitResult](t)(groups[1].Commit(public))
	groups[1].ClearPendingCommit()
	if len(must[*message](t)(parseMessage(result.Message)).public.content.commit.proposals) != 0 {
		t.Fatal("a refused update is committed")
	}
	groups[1].cfg.ValidateLeaf = func(_ LeafNode, in LeafContext) error {
		if in.Join {
			return refuse
		}
		return nil
	}
	if _, err := JoinExternal(groups[1].cfg, info, ExternalJoinOptions{Leaf: p.leaf()}); !errors.Is(err, refuse) {
		t.Fatalf("joined a tree with refused leaves: %v", err)
	}
}

// TestIdentityOfALeafIsKept: who has said which client a leaf stands for is asked
// for no more: nobody takes the place of another, whatever ValidateLeaf accepts.
func TestIdentityOfALeafIsKept(t *testing.T) { eachCounted(t, testIdentityOfALeafIsKept) }

func testIdentityOfALeafIsKept(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 3)
	groups[1].cfg.ValidateLeaf = func(LeafNode, LeafContext) error { return nil }
	groups[1].cfg.Identity = func(leaf LeafNode) []byte { return leaf.Credential.Identity[:1] } // people are "m…"
	as := func(name string) LeafOptions { return LeafOptions{Credential: BasicCredential([]byte(name))} }
	victim := LeafIndex(0)
	join := func(p *person) []byte {
		info := must[[]byte](t)(groups[0].GroupInfo())
		return must[*ExternalJoin](t)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf(), Replace: &victim})).Commit
	}
	refused(t, groups[1], join(newPerson(t, suite, "intruder")), ErrInvalidLeaf, "another client")
	must[*Received](t)(groups[1].Process(join(newPerson(t, suite, "member 0, with new keys")))).Commit.Drop()

	refused(t, groups[1], must[*CommitResult](t)(groups[0].Commit(CommitOptions{Leaf: as("other")})).Message, ErrInvalidLeaf, "another client")
	groups[0].ClearPendingCommit()
	update := must[[]byte](t)(groups[2].ProposeUpdate(as("other"), MessageOptions{}))
	must[*Received](t)(groups[0].Process(update))
	must[*Received](t)(groups[1].Process(update))
	refused(t, groups[1], must[*CommitResult](t)(groups[0].Commit(CommitOptions{})).Message, ErrInvalidLeaf, "another client")
}

// TestDroppedCommitLeavesTheUpdate: the key of one's own Update belongs to the
// proposal and to each commit of it, so dropping a commit takes it from no other.
func TestDroppedCommitLeavesTheUpdate(t *testing.T) { eachKEM(t, testDroppedCommitLeavesTheUpdate) }

func testDroppedCommitLeavesTheUpdate(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 3)
	update := must[[]byte](t)(groups[1].ProposeUpdate(LeafOptions{}, MessageOptions{}))
	for _, i := range []int{0, 2} {
		must[*Received](t)(groups[i].Process(update))
	}
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	before := saved(groups[1])
	stage := func() *StagedCommit { return must[*Received](t)(groups[1].Process(commit.Message)).Commit }
	stage().Drop()
	unchanged(t, groups[1], before)
	merged, other := stage(), stage()
	if err := groups[1].Merge(merged); err != nil {
		t.Fatal(err)
	}
	after := saved(groups[1])
	other.Drop()
	unchanged(t, groups[1], after)
	if err := groups[0].MergePendingCommit(); err != nil {
		t.Fatal(err)
	}
	if err := groups[2].Merge(must[*Received](t)(groups[2].Process(commit.Message)).Commit); err != nil {
		t.Fatal(err)
	}
	groups[1] = reload(t, people[1], groups[1])
	deliver(t, groups, 2, must[*CommitResult](t)(groups[2].Commit(CommitOptions{}))) // encrypted to the updated leaf
	agree(t, groups)
}
