package mls

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestStolenStateReadsNothingThatWasRead steals both parts of the saved state
// after receipt: no message already read opens with it, of this epoch or of those before.
func TestStolenStateReadsNothingThatWasRead(t *testing.T) {
	eachKEM(t, testStolenStateReadsNothingThatWasRead)
}

func testStolenStateReadsNothingThatWasRead(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 4)
	var read, late [][]byte
	for round := range 4 {
		for i, g := range groups {
			if i == 1 {
				continue
			}
			for k := range 5 {
				message := must[[]byte](t)(g.Encrypt([]byte("secret"), nil))
				if k == 3 { // comes late
					late = append(late, message)
					continue
				}
				must[*Received](t)(groups[1].Process(message))
				read = append(read, message)
			}
		}
		proposal := must[[]byte](t)(groups[0].ProposeUpdate(LeafOptions{}, MessageOptions{}))
		for _, i := range []int{1, 2, 3} {
			must[*Received](t)(groups[i].Process(proposal))
		}
		commit := must[*CommitResult](t)(groups[2].Commit(CommitOptions{}))
		if round < 3 {
			deliver(t, groups, 2, commit)
		}
		read = append(read, proposal)
		if round < 3 {
			read = append(read, commit.Message)
		}
	}
	stolen := reload(t, people[1], groups[1])
	for i, message := range read {
		r, err := stolen.Process(message)
		if err == nil {
			t.Fatalf("message %d of %d opens again: %+v", i, len(read), r)
		}
		// Handshakes of an epoch that is over are refused; nor would a key be left for them.
		if opensWithWhatIsLeft(t, stolen, message) {
			t.Fatalf("message %d of %d opens with a key that is left", i, len(read))
		}
	}
	for i, message := range late {
		if _, err := stolen.Process(message); err != nil {
			t.Fatalf("late message %d: %v", i, err)
		}
	}
}

// opensWithWhatIsLeft tries a message with the secrets of its epoch, past the
// checks that refuse it.
func opensWithWhatIsLeft(t *testing.T, g *Group, data []byte) bool {
	m := must[*message](t)(parseMessage(data))
	v, err := g.viewOf(m.private.epoch)
	if err != nil {
		return false
	}
	_, err = v.open(m.private, &g.cfg)
	return err == nil
}

// TestMergeSpendsTheKeyOfItsCommit: messages of the committer come between
// staging and merging, and nothing of them or of the commit opens afterwards.
func TestMergeSpendsTheKeyOfItsCommit(t *testing.T) { eachKEM(t, testMergeSpendsTheKeyOfItsCommit) }

func testMergeSpendsTheKeyOfItsCommit(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 3)
	message := must[[]byte](t)(groups[0].Encrypt([]byte("between"), nil))
	commit := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
	staged := must[*Received](t)(groups[1].Process(commit.Message)).Commit
	must[*Received](t)(groups[1].Process(message))
	if err := groups[1].Merge(staged); err != nil {
		t.Fatal(err)
	}
	stolen := reload(t, people[1], groups[1])
	for _, data := range [][]byte{message, commit.Message} {
		if _, err := stolen.Process(data); err == nil || opensWithWhatIsLeft(t, stolen, data) {
			t.Fatal("opens again")
		}
	}
	// A member that sent nothing yet is still heard.
	late := must[[]byte](t)(groups[2].Encrypt([]byte("late"), nil))
	if r := must[*Received](t)(stolen.Process(late)); string(r.Application.Data) != "late" || r.Epoch != 1 {
		t.Fatal("a late message is not read")
	}
}

// TestNothingSpentIsKept looks at the saved bytes themselves.
func TestNothingSpentIsKept(t *testing.T) { eachKEM(t, testNothingSpentIsKept) }

func testNothingSpentIsKept(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	encryption := groups[1].ratchets.nodes[1].clone()
	cfg := Config{}.withDefaults()
	key := must[*keyUse](t)(groups[1].ratchets.key(0, false, 0, &cfg))
	spent := []secret{encryption, key.key.clone(), groups[1].epoch.secrets.init.clone(), groups[1].epoch.leafKey.clone()}
	ratchets := allRatchets(groups[1])
	if !bytes.Contains(ratchets, encryption) {
		t.Fatal("the test looks for the wrong secret")
	}
	must[*Received](t)(groups[1].Process(must[[]byte](t)(groups[0].Encrypt(nil, nil))))
	if bytes.Contains(allRatchets(groups[1]), encryption) {
		t.Fatal("encryption_secret is still there")
	}
	deliver(t, groups, 1, must[*CommitResult](t)(groups[1].Commit(CommitOptions{})))
	saved := append(groups[1].MarshalState(), allRatchets(groups[1])...)
	for i, s := range spent {
		if bytes.Contains(saved, s) {
			t.Fatalf("secret %d is still there", i)
		}
	}
}

func TestForwardJumpIsBounded(t *testing.T) { eachKEM(t, testForwardJumpIsBounded) }

func testForwardJumpIsBounded(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 2)
	groups[1].cfg.Limits = Limits{MaxForward: 10, MaxSkipped: 4}.withDefaults()
	messages := make([][]byte, 30)
	for i := range messages {
		messages[i] = must[[]byte](t)(groups[0].Encrypt([]byte{byte(i)}, nil))
	}
	refused(t, groups[1], messages[11], ErrTooFarAhead)
	must[*Received](t)(groups[1].Process(messages[10]))
	groups[1] = reload(t, people[1], groups[1])
	for i := range 10 {
		_, err := groups[1].Process(messages[i])
		if kept := i >= 6; kept != (err == nil) || !kept && !errors.Is(err, ErrSecretConsumed) {
			t.Fatalf("late message %d: %v", i, err)
		}
	}
	must[*Received](t)(groups[1].Process(messages[20])) // restored with the default limits: further jumps
	refused(t, groups[1], messages[20], ErrSecretConsumed)
}

func TestPastEpochsAreBounded(t *testing.T) { eachKEM(t, testPastEpochsAreBounded) }

func testPastEpochsAreBounded(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 2)
	var messages [][]byte
	for range 8 {
		messages = append(messages, must[[]byte](t)(groups[0].Encrypt([]byte("late"), nil)))
		deliver(t, groups, 0, must[*CommitResult](t)(groups[0].Commit(CommitOptions{})))
		groups[1] = reload(t, people[1], groups[1])
	}
	for i, message := range messages {
		_, err := groups[1].Process(message)
		if kept := i >= 3; kept != (err == nil) || !kept && !errors.Is(err, ErrWrongEpoch) {
			t.Fatalf("message %d epochs ago: %v", 8-i, err)
		}
	}
}

func TestMessagesArePadded(t *testing.T) { eachKEM(t, testMessagesArePadded) }

func testMessagesArePadded(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	size := func(n int) int {
		m := must[*message](t)(parseMessage(must[[]byte](t)(groups[0].Encrypt(make([]byte, n), nil))))
		return len(m.private.ciphertext)
	}
	const tag, envelope = 16, 64 + 2 + 1 // signature and lengths
	if size(0) != 128+tag || size(128-envelope) != 128+tag || size(128-envelope+1) != 256+tag {
		t.Fatalf("sizes are %d, %d, %d", size(0), size(128-envelope), size(128-envelope+1))
	}
	if got := size(5000); got != 8192+tag {
		t.Fatalf("a large message takes %d", got)
	}
}

// TestSecretsAreNotPrinted prints everything that holds secrets in every way.
func TestSecretsAreNotPrinted(t *testing.T) { eachKEM(t, testSecretsAreNotPrinted) }

func testSecretsAreNotPrinted(t *testing.T, suite CipherSuite) {
	people, groups := grown(t, suite, 2)
	g := groups[0]
	bundle := people[0].keyPackage(t, suite)
	staged := must[*Received](t)(groups[0].Process(must[*CommitResult](t)(groups[1].Commit(CommitOptions{})).Message)).Commit
	join := must[*ExternalJoin](t)(JoinExternal(people[0].cfg, must[[]byte](t)(g.GroupInfo()), ExternalJoinOptions{Leaf: people[0].leaf()}))
	secrets := []secret{g.epoch.leafKey, g.epoch.secrets.init, g.epoch.secrets.exporter, staged.next.epoch.secrets.init, join.group.epoch.leafKey, bundle.initKey, bundle.leafKey}
	var out strings.Builder
	logger := slog.New(slog.NewJSONHandler(&out, nil))
	text := slog.New(slog.NewTextHandler(&out, nil))
	for _, v := range []any{g, *g, g.cfg, &g.cfg, bundle, *bundle, join, *join, staged, *staged, secrets[0], struct{ K secret }{secrets[0]}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		logger.Info("x", slog.Any("v", v))
		text.Info("x", slog.Any("v", v))
	}
	printed := out.String()
	for i, s := range secrets {
		for _, form := range []string{fmt.Sprintf("%x", []byte(s)), fmt.Sprint([]byte(s)), fmt.Sprintf("%q", []byte(s)), string(s)} {
			if at := strings.Index(printed, form[1:len(form)-1]); at >= 0 {
				t.Fatalf("secret %d is printed, after %q", i, printed[max(at-80, 0):at])
			}
		}
	}
}

func TestExporterDependsOnEverything(t *testing.T) { eachKEM(t, testExporterDependsOnEverything) }

func testExporterDependsOnEverything(t *testing.T, suite CipherSuite) {
	_, groups := grown(t, suite, 2)
	seen := map[string]bool{}
	export := func(label, context string) {
		out := must[[]byte](t)(groups[0].Export(label, []byte(context), 32))
		if seen[string(out)] {
			t.Fatalf("%q, %q exports what another did", label, context)
		}
		seen[string(out)] = true
	}
	export("a", "")
	export("a", "b")
	export("b", "")
	deliver(t, groups, 1, must[*CommitResult](t)(groups[1].Commit(CommitOptions{})))
	export("a", "")
	if _, err := groups[0].Export("a", nil, 255*32+1); !errors.Is(err, ErrConfig) {
		t.Fatal(err)
	}
}

// TestStolenStateReadsNothingNew: what was saved before the victim committed, or
// updated itself and somebody else committed it, opens nothing that comes after,
// also if the thief goes past every check.
func TestStolenStateReadsNothingNew(t *testing.T) {
	for name, heal := range map[string]func(*testing.T, []*Group) (commit []byte, proposals []*storedProposal){
		"commit": func(t *testing.T, groups []*Group) ([]byte, []*storedProposal) {
			result := must[*CommitResult](t)(groups[1].Commit(CommitOptions{}))
			deliver(t, groups, 1, result)
			return result.Message, nil
		},
		"update": func(t *testing.T, groups []*Group) ([]byte, []*storedProposal) {
			proposal := must[[]byte](t)(groups[1].ProposeUpdate(LeafOptions{}, MessageOptions{}))
			for _, i := range []int{0, 2, 3} {
				must[*Received](t)(groups[i].Process(proposal))
			}
			seen := groups[0].proposals // as others know it: without the new key
			result := must[*CommitResult](t)(groups[0].Commit(CommitOptions{}))
			deliver(t, groups, 0, result)
			return result.Message, seen
		},
	} {
		t.Run(name, func(t *testing.T) {
			people, groups := grown(t, DefaultSuite, 4)
			for i := range groups { // everybody has keys of the whole path
				deliver(t, groups, i, must[*CommitResult](t)(groups[i].Commit(CommitOptions{})))
			}
			send(t, groups, 2, "before")
			stolen, bystander := reload(t, people[1], groups[1]), reload(t, people[3], groups[3])
			commit, proposals := heal(t, groups)
			message := must[[]byte](t)(groups[2].Encrypt([]byte("after"), nil))
			if _, err := stolen.Process(message); !errors.Is(err, ErrFutureEpoch) {
				t.Fatal(err)
			}
			v := stolen.view()
			v.own = noLeaf
			o := must[*opened](t)(v.open(private(t, commit), &stolen.cfg))
			stolen.proposals = proposals
			if staged, err := stolen.stage(o.content, nil); err == nil {
				t.Fatalf("the thief follows to %v", staged)
			}
			if n := opensPath(t, stolen, groups[1], o.content.content.commit); n > 0 {
				t.Fatalf("%d path secrets open with stolen keys", n)
			}
			if n := opensPath(t, bystander, groups[1], o.content.content.commit); n != 1 {
				t.Fatalf("%d path secrets open for another member: the test looks in the wrong place", n)
			}
			if r := must[*Received](t)(groups[1].Process(message)); string(r.Application.Data) != "after" {
				t.Fatal("the victim does not read on")
			}
		})
	}
}

// opensPath tries every private key of a member on every path secret of a commit
// that led to the epoch of after, and counts those that open.
func opensPath(t *testing.T, g, after *Group, c *commit) (opened int) {
	t.Helper()
	e := g.epoch
	keys := []secret{e.leafKey}
	for _, pair := range e.keys {
		keys = append(keys, pair.private)
	}
	context := e.provisionalContext(after.epoch.tree, e.context.extensions)
	for _, node := range c.path.nodes {
		for _, sealed := range node.pathSecrets {
			for _, key := range keys {
				if _, err := e.suite.decryptWithLabel(key, pathSecretLabel, context, sealed); err == nil {
					opened++
				}
			}
		}
	}
	return opened
}

func private(t *testing.T, data []byte) *privateMessage {
	t.Helper()
	return must[*message](t)(parseMessage(data)).private
}
