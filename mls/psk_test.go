package mls

import (
	"errors"
	"testing"
)

// TestPSKsByEveryWay: external and resumption PSKs, by value and by reference, in
// commits of members and of those who join from outside.
func TestPSKsByEveryWay(t *testing.T) { eachCounted(t, testPSKsByEveryWay) }

func testPSKsByEveryWay(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 3)
	external := PreSharedKeyID{Type: PSKExternal, ID: []byte("shared")}
	resumption := func(epoch uint64) PreSharedKeyID {
		return PreSharedKeyID{Type: PSKResumption, Usage: ResumptionApplication, Group: groups[0].ID(), Epoch: epoch}
	}
	deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{PSKs: []PreSharedKeyID{external, resumption(1)}})))
	for i, id := range []PreSharedKeyID{external, resumption(1), resumption(2)} {
		proposal := must[[]byte](t)(groups[i].ProposePSK(id, MessageOptions{Public: i == 1}))
		for j, g := range groups {
			if j != i {
				must[*Received](t)(g.Process(proposal))
			}
		}
	}
	result := must[*CommitResult](t)(groups[1].Commit(CommitOptions{NoPath: true, PSKs: []PreSharedKeyID{external}}))
	if staged := must[*Received](t)(groups[0].Process(result.Message)).Commit; len(staged.Proposals) != 4 {
		t.Fatalf("staged %+v", staged.Proposals)
	}
	deliver(t, groups, 1, result)
	agree(t, groups)

	// Member 2 comes back from outside and shows that it was a member before.
	value := must[[]byte](t)(groups[2].ResumptionPSK(2))
	cfg := people[2].cfg
	cfg.PSK = func(id PreSharedKeyID) []byte {
		if id.Type == PSKResumption && id.Epoch == 2 {
			return value
		}
		return people[2].cfg.PSK(id)
	}
	join := must[*ExternalJoin](t)(JoinExternal(cfg, must[[]byte](t)(groups[0].GroupInfo()),
		ExternalJoinOptions{Leaf: people[2].leaf(), PSKs: []PreSharedKeyID{external, resumption(2)}}))
	for _, g := range groups[:2] {
		staged := must[*Received](t)(g.Process(join.Commit)).Commit
		if len(staged.Proposals) != 4 || staged.Previous == nil {
			t.Fatalf("staged %+v", staged.Proposals)
		}
		if err := g.Merge(staged); err != nil {
			t.Fatal(err)
		}
	}
	groups[2] = join.Group()
	agree(t, groups)

	// Who guesses the PSK is refused.
	cfg.PSK = func(PreSharedKeyID) []byte { return make([]byte, 32) }
	forged := must[*ExternalJoin](t)(JoinExternal(cfg, must[[]byte](t)(groups[0].GroupInfo()),
		ExternalJoinOptions{Leaf: people[2].leaf(), PSKs: []PreSharedKeyID{resumption(2)}}))
	refused(t, groups[0], forged.Commit, ErrConfirmationTag)
	if _, err := groups[0].ResumptionPSK(77); !errors.Is(err, ErrUnknownPSK) {
		t.Fatal(err)
	}
	if _, err := JoinExternal(people[2].cfg, must[[]byte](t)(groups[0].GroupInfo()),
		ExternalJoinOptions{Leaf: people[2].leaf(), PSKs: []PreSharedKeyID{resumption(2)}}); !errors.Is(err, ErrUnknownPSK) {
		t.Fatal(err)
	}
	if _, err := groups[0].Commit(CommitOptions{PSKs: []PreSharedKeyID{{Type: PSKExternal, Nonce: []byte{1}}}}); !errors.Is(err, ErrInvalidProposal) {
		t.Fatalf("a short nonce: %v", err)
	}
}
