package mls

import (
	"bytes"
	"errors"
	"testing"
)

func TestGroupLife(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite CipherSuite) {
		people, groups := grown(t, suite, 4)
		agree(t, groups)
		send(t, groups, 0, "hello")
		send(t, groups, 3, "hello back")

		// Everybody commits in turn, after a restore.
		for i := range groups {
			groups[i] = reload(t, people[i], groups[i])
			result := must[*CommitResult](t)(groups[i].Commit(CommitOptions{}))
			groups[i] = reload(t, people[i], groups[i])
			deliver(t, groups, i, result)
			agree(t, groups)
			send(t, groups, (i+1)%4, "still here")
		}

		// One is removed by proposal, and told so.
		proposal := must[[]byte](t)(groups[1].ProposeRemove(groups[2].OwnLeaf(), MessageOptions{}))
		for _, i := range []int{0, 2, 3} {
			if r := must[*Received](t)(groups[i].Process(proposal)); r.Proposal == nil || r.Proposal.Proposal.Removed != 2 {
				t.Fatal("proposal not reported")
			}
		}
		result := must[*CommitResult](t)(groups[3].Commit(CommitOptions{MessageOptions: MessageOptions{Public: true}}))
		staged := must[*Received](t)(groups[2].Process(result.Message)).Commit
		if !staged.SelfRemoved || len(staged.Removed) != 1 || staged.Committer.Index != 3 {
			t.Fatalf("removal staged as %+v", staged)
		}
		deliver(t, groups, 3, result)
		if _, err := groups[2].Encrypt(nil, nil); !errors.Is(err, ErrClosed) {
			t.Fatalf("a removed member sends: %v", err)
		}
		agree(t, groups)
		send(t, groups, 0, "without you")
	})
}

func TestUpdateProposalIsCommittedByAnother(t *testing.T) {
	eachKEM(t, testUpdateProposalIsCommittedByAnother)
}

func testUpdateProposalIsCommittedByAnother(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 3)
	update := must[[]byte](t)(groups[1].ProposeUpdate(LeafOptions{}, MessageOptions{Public: true}))
	groups[1] = reload(t, people[1], groups[1])
	for _, i := range []int{0, 2} {
		must[*Received](t)(groups[i].Process(update))
	}
	deliver(t, groups, 2, must[*CommitResult](t)(groups[2].Commit(CommitOptions{})))
	agree(t, groups)
	deliver(t, groups, 1, must[*CommitResult](t)(groups[1].Commit(CommitOptions{})))
	agree(t, groups)
}

func TestExternalJoinAfterExternalJoin(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite CipherSuite) {
		people, groups := grown(t, suite, 2)
		info := must[[]byte](t)(groups[0].GroupInfo())
		for i := range 5 {
			p := newPerson(t, suite, "joiner")
			join := must[*ExternalJoin](t)(JoinExternal(p.cfg, info, ExternalJoinOptions{Leaf: p.leaf()}))
			for _, g := range groups {
				staged := must[*Received](t)(g.Process(join.Commit)).Commit
				if !staged.External || staged.Previous != nil || int(staged.Committer.Index) != i+2 {
					t.Fatalf("staged %+v", staged)
				}
				if err := g.Merge(staged); err != nil {
					t.Fatal(err)
				}
			}
			people, groups = append(people, p), append(groups, join.Group())
			info = join.GroupInfo
			agree(t, groups)
			send(t, groups, len(groups)-1, "I am in")
		}
		_ = people
	})
}

func TestResyncReplacesOwnOldLeaf(t *testing.T) { eachKEM(t, testResyncReplacesOwnOldLeaf) }

func testResyncReplacesOwnOldLeaf(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 3)
	info := must[[]byte](t)(groups[0].GroupInfo())
	join := must[*ExternalJoin](t)(JoinExternal(people[1].cfg, info, ExternalJoinOptions{Leaf: people[1].leaf()}))
	for _, i := range []int{0, 2} {
		staged := must[*Received](t)(groups[i].Process(join.Commit)).Commit
		if staged.Previous == nil || staged.Previous.Index != 1 || staged.Committer.Index != 1 {
			t.Fatalf("staged %+v", staged)
		}
		if err := groups[i].Merge(staged); err != nil {
			t.Fatal(err)
		}
	}
	groups[1] = join.Group()
	agree(t, groups)
	send(t, groups, 1, "back again")
	send(t, groups, 2, "welcome back")
}

func TestLoserOfARaceProcessesTheWinner(t *testing.T) { eachKEM(t, testLoserOfARaceProcessesTheWinner) }

func testLoserOfARaceProcessesTheWinner(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 3)
	winner := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	must[*CommitResult](t)(groups[1].Commit(CommitOptions{}))
	if _, err := groups[1].Commit(CommitOptions{}); !errors.Is(err, ErrPendingCommit) {
		t.Fatal(err)
	}
	groups[1] = reload(t, people[1], groups[1])
	send(t, groups, 1, "while pending")
	deliver(t, groups, 0, winner)
	agree(t, groups)
	if groups[1].PendingCommit() != nil {
		t.Fatal("the lost commit is still pending")
	}
	deliver(t, groups, 1, must[*CommitResult](t)(groups[1].Commit(CommitOptions{})))
	agree(t, groups)
}

func TestPendingCommitSurvivesRestore(t *testing.T) { eachKEM(t, testPendingCommitSurvivesRestore) }

func testPendingCommitSurvivesRestore(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 2)
	result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	groups[0] = reload(t, people[0], groups[0])
	again := groups[0].PendingCommit()
	if again == nil || !bytes.Equal(again.Message, result.Message) || !bytes.Equal(again.GroupInfo, result.GroupInfo) {
		t.Fatal("pending commit lost")
	}
	if _, err := groups[0].Process(result.Message); !errors.Is(err, ErrOwnMessage) {
		t.Fatal(err)
	}
	deliver(t, groups, 0, again)
	agree(t, groups)
	send(t, groups, 0, "after")
}
