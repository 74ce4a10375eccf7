package deptest

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the list of packages anew")

// The relay carries messages and cannot read them (DESIGN.md, section 2): what would decrypt is not even in its code.
func TestRelayCannotDecrypt(t *testing.T) {
	Check{
		Packages: []string{"parley/internal/relay/...", "parley/internal/store/...", "parley/internal/httpapi/..."},
		BadDeps: map[string]string{
			"parley/mls/...":    "it holds the keys of conversations; the relay sees headers through parley/mls/delivery",
			"parley/client/...": "it is a device; the relay is none",
		},
		Allowed: []string{"parley/mls/delivery", "parley/mls/internal/..."},
	}.Run(t)
}

// What the delivery package shares with mls must not bring the rest of it along.
func TestDeliveryDoesNotDecrypt(t *testing.T) {
	Check{
		Packages: []string{"parley/mls/delivery"},
		BadDeps:  map[string]string{"parley/mls": "delivery reads what members show to the relay, and no more"},
	}.Run(t)
}

func TestMLSIsImportableByAnyone(t *testing.T) {
	Check{
		Packages: []string{"parley/mls/..."},
		BadDeps: map[string]string{
			"parley/client/...":   "mls is importable by anyone",
			"parley/internal/...": "mls is importable by anyone",
			"parley/wire/...":     "mls is importable by anyone",
			"database/sql":        "mls does no I/O",
			"net":                 "mls does no I/O",
		},
	}.Run(t)
}

var browser = Check{
	Packages: []string{"parley/cmd/parley-wasm"},
	GOOS:     "js", GOARCH: "wasm", Tags: "mls_x25519", // as in web/scripts/goroot.mjs
	BadDeps: map[string]string{
		"net":                                    "the browser has the network; client/wsjs speaks to it",
		"net/url":                                "19 KB; wire/relayurl reads what is needed",
		"net/http/...":                           "2 MB for what fetch does",
		"crypto/tls":                             "the browser does TLS",
		"crypto/x509":                            "the browser checks certificates",
		"crypto/ecdh":                            "100 KB of NIST curves",
		"crypto/ecdsa":                           "200 KB of NIST curves",
		"crypto/hpke":                            "250 KB of NIST curves",
		"google.golang.org/protobuf/proto":       "580 KB; wire/codec takes 16",
		"google.golang.org/protobuf/reflect/...": "580 KB; wire/codec takes 16",
		"database/sql/...":                       "20 KB; client/sql is what the core uses of it",
		"encoding/json":                          "30 KB; client/json writes and reads the same",
		"encoding/xml":                           "nothing here speaks XML",
		"encoding/gob":                           "keeps every method of every type in the program",
		"text/template/...":                      "keeps every method of every type in the program",
		"html/template":                          "keeps every method of every type in the program",
		"regexp":                                 "300 KB; write the few lines",
		"os/exec":                                "a browser has no processes",
		"modernc.org/...":                        "client/wasmsqlite is the browser's SQLite",
		"github.com/coder/websocket":             "client/wsjs is the browser's WebSocket",
		"parley/internal/...":                    "server code",
		"parley/client/native":                   "the core of ordinary machines",
		"testing":                                "test code",
	},
}

func TestBrowserBuildStaysSmall(t *testing.T) { browser.Run(t) }

const packagesFile = "../../cmd/parley-wasm/packages.txt"

// The list makes growth visible in review. Internal packages of the standard library are left out: they change with
// every Go release.
func TestBrowserPackagesAreListed(t *testing.T) {
	got := "# What is linked into cmd/parley-wasm. Written by: go test ./internal/deptest -run Listed -update\n" +
		strings.Join(slices.DeleteFunc(browser.Deps(t), isInternalOfStd), "\n") + "\n"
	if *update {
		if err := os.WriteFile(packagesFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(packagesFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("cmd/parley-wasm links other packages than packages.txt says: %s\nIf that is meant: go test ./internal/deptest -run Listed -update",
			difference(string(want), got))
	}
}

func isInternalOfStd(pkg string) bool {
	if strings.HasPrefix(pkg, "vendor/") {
		return true
	}
	first, _, _ := strings.Cut(pkg, "/")
	return first != "parley" && !strings.Contains(first, ".") && slices.Contains(strings.Split(pkg, "/"), "internal")
}

// difference names what was added and removed.
func difference(before, after string) string {
	old, now := strings.Split(before, "\n"), strings.Split(after, "\n")
	var out []string
	for _, line := range now {
		if !slices.Contains(old, line) {
			out = append(out, "+"+line)
		}
	}
	for _, line := range old {
		if !slices.Contains(now, line) {
			out = append(out, "-"+line)
		}
	}
	return strings.Join(out, " ")
}

// A check that finds nothing must be one that could.
func TestProblemsAreFound(t *testing.T) {
	c := Check{
		Packages: []string{"parley/x"},
		BadDeps:  map[string]string{"a/b/...": "why ab", "c": "why c"},
		Allowed:  []string{"a/b/fine", "a/b/ok/..."},
	}
	got := c.problems([]string{"a/b", "a/b/c", "a/bc", "a/b/fine", "a/b/fine/not", "a/b/ok/x", "c", "c/d"})
	want := []string{
		"parley/x must not link a/b: why ab", "parley/x must not link a/b/c: why ab",
		"parley/x must not link a/b/fine/not: why ab", "parley/x must not link c: why c",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A pattern that matches nothing is said to guard nothing.
func TestEmptyPatternFails(t *testing.T) {
	inner := &recorder{TB: t}
	Check{Packages: []string{"parley/no/such/..."}}.Run(inner)
	if !inner.failed {
		t.Error("a pattern without packages passed")
	}
}

// recorder notes a failure instead of failing.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Error(...any)          { r.failed = true }
