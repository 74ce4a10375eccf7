package mls

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// vectorModule carries 14 of the 16 official files in its zip. It is read from
// the module cache, never imported.
const vectorModule = "github.com/thomas-vilte/mls-go@v1.6.0"

// vectorKinds are the kinds of files known, by name; each runs one case.
var vectorKinds = map[string]func(*testing.T, []byte, *tally){
	"crypto-basics":                  eachCase(testCryptoBasics),
	"deserialization":                eachCase(testDeserialization),
	"key-schedule":                   eachCase(testKeySchedule),
	"message-protection":             eachCase(testMessageProtection),
	"messages":                       eachCase(testMessages),
	"passive-client-handling-commit": eachCase(testPassiveClient),
	"passive-client-random":          eachCase(testPassiveClient),
	"passive-client-welcome":         eachCase(testPassiveClient),
	"psk_secret":                     eachCase(testPSKSecret),
	"secret-tree":                    eachCase(testSecretTree),
	"transcript-hashes":              eachCase(testTranscriptHashes),
	"tree-math":                      eachCase(testTreeMath),
	"tree-operations":                eachCase(testTreeOperations),
	"tree-validation":                eachCase(testTreeValidation),
	"treekem":                        eachCase(testTreeKEM),
	"welcome":                        eachCase(testWelcome),
}

// TestVectors runs the official test vectors of the MLS working group: every
// file of a known kind in the folder of vectors.
func TestVectors(t *testing.T) {
	dir := vectorDir(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", dir, err)
	}
	known := 0
	table := conformanceTable(t)
	for _, file := range files {
		kind := strings.TrimSuffix(filepath.Base(file), ".json")
		run := vectorKinds[kind]
		if run == nil {
			t.Logf("file of an unknown kind: %s", file)
			continue
		}
		known++
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			passed := &tally{}
			run(t, data, passed)
			t.Cleanup(func() { passed.compare(t, table[kind]) })
		})
	}
	if known < 14 {
		t.Errorf("%d files of known kinds in %s, want 14 or more", known, dir)
	}
}

// vectorDir finds the vectors: $MLS_TEST_VECTORS, or shared/mls-test-vectors
// beside the repository, or the module cache.
func vectorDir(t *testing.T) string {
	if dir := os.Getenv("MLS_TEST_VECTORS"); dir != "" {
		return dir
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		shared := filepath.Join(dir, "shared", "mls-test-vectors")
		if info, err := os.Stat(shared); err == nil && info.IsDir() {
			return shared
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	out, err := exec.Command("go", "mod", "download", "-json", vectorModule).Output()
	if err != nil {
		t.Fatalf("no folder of vectors, and the module that carries them cannot be had: %v", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(module.Dir, "testdata", "mls-interop-testvectors", "test-vectors")
}

// eachCase runs the cases of a file side by side, named by number and suite.
func eachCase[T any](test func(*testing.T, *suite, *T)) func(*testing.T, []byte, *tally) {
	return func(t *testing.T, data []byte, passed *tally) {
		var cases []json.RawMessage
		if err := json.Unmarshal(data, &cases); err != nil {
			t.Fatal(err)
		}
		missing := map[CipherSuite]int{}
		for i, raw := range cases {
			var head struct {
				CipherSuite *CipherSuite `json:"cipher_suite"`
			}
			var c T
			if err := json.Unmarshal(raw, &head); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Fatal(err)
			}
			if head.CipherSuite == nil {
				t.Run(fmt.Sprintf("case=%d", i), func(t *testing.T) {
					t.Parallel()
					test(t, nil, &c)
					passed.add(0)
				})
				continue
			}
			s := suites[*head.CipherSuite]
			if s == nil {
				missing[*head.CipherSuite]++
				continue
			}
			t.Run(fmt.Sprintf("case=%d,suite=%d", i, *head.CipherSuite), func(t *testing.T) {
				t.Parallel()
				test(t, s, &c)
				passed.add(s.id)
			})
		}
		listMissing(t, missing)
	}
}

// listMissing lists the cases of suites that this build does not have: those
// with X448, and in browser builds those with NIST curves.
func listMissing(t *testing.T, missing map[CipherSuite]int) {
	t.Helper()
	for s, n := range missing {
		if x448 := s == 4 || s == 6; !x448 && SuiteP256AES128.Supported() {
			t.Errorf("%d cases of suite %#04x were not run: this build has every suite but those with X448", n, uint16(s))
		}
		t.Logf("NOT COVERED: %d cases of suite %#04x", n, uint16(s))
	}
}

// hexBytes is a string of hexadecimal digits.
type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil || text == nil {
		*h = nil
		return err
	}
	b, err := hex.DecodeString(*text)
	*h = b
	return err
}

// same fails the test unless got is want.
func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if hex.EncodeToString(got) != hex.EncodeToString(want) {
		t.Fatalf("%s is %x, want %x", what, got, want)
	}
}
