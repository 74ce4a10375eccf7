package mls

import (
	"bytes"
	"errors"
	"testing"
)

// TestProgress: a join reports in small steps up to the end; an error at any
// report stops it, is what the join returns, and leaves nothing behind.
func TestProgress(t *testing.T) {
	founder := crowd(t, 300)
	late := newPerson(t, crowdSuite, "late")
	bundle := must[*KeyPackageBundle](t)(NewKeyPackage(late.cfg, KeyPackageOptions{CipherSuite: crowdSuite, Leaf: late.leaf(), LastResort: true})) // to join twice
	result := must[*CommitResult](t)(founder.Commit(CommitOptions{Add: [][]byte{bundle.Message()}}))
	for name, join := range map[string]func(Config) (*Group, error){
		"external": func(cfg Config) (*Group, error) {
			j, err := JoinExternal(cfg, result.GroupInfo, ExternalJoinOptions{Leaf: late.leaf()})
			if err != nil {
				return nil, err
			}
			return j.Group(), nil
		},
		"welcome": func(cfg Config) (*Group, error) {
			g, _, err := JoinWelcome(cfg, result.Welcome, []*KeyPackageBundle{bundle}, nil)
			return g, err
		},
	} {
		t.Run(name, func(t *testing.T) { testProgress(t, late.cfg, join) })
	}
}

func testProgress(t *testing.T, cfg Config, join func(Config) (*Group, error)) {
	reports, before := 0, 0
	cfg.Progress = func(done, total int) error {
		if done < before || done-before > 1024 || done > total || total > 5*512 {
			t.Fatalf("report %d: %d of %d after %d", reports, done, total, before)
		}
		reports, before = reports+1, done
		if done == total {
			before = 0
		}
		return nil
	}
	g := must[*Group](t)(join(cfg))
	if before != 0 || reports < 4*300/progressBatch || reports > 5*512/progressBatch+40 {
		t.Fatalf("%d reports, the last of %d", reports, before)
	}
	all := reports
	must[*CommitResult](t)(g.Commit(CommitOptions{}))
	must[[]byte](t)(g.Encrypt(nil, nil))
	if reports != all {
		t.Fatal("a group that was joined reports on")
	}
	stop := errors.New("stop")
	for at := range all {
		n := 0
		cfg.Progress = func(int, int) error {
			if n++; n > at {
				return stop
			}
			return nil
		}
		if g, err := join(cfg); g != nil || !errors.Is(err, stop) || n != at+1 {
			t.Fatalf("stopped at report %d: %v after %d", at, err, n)
		}
	}
	cfg.Progress = nil
	if again := must[*Group](t)(join(cfg)); !bytes.Equal(again.ID(), g.ID()) {
		t.Fatal("another group")
	}
}
