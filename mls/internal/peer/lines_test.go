package peer

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"parley/mls"
)

// FuzzServe: whatever a line is, it gets one answer, and after an error the
// group is where it was.
func FuzzServe(f *testing.F) {
	for op := range operations {
		f.Add(`{"Op":"` + op + `","Data":"00010002"}`)
	}
	f.Add(`{"Op":"commit","Public":true}`)
	f.Add(`{"Op":"send","Data":"zz"}`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, line string) {
		line = strings.Map(func(r rune) rune {
			if r == '\n' {
				return ' '
			}
			return r
		}, line)
		if strings.TrimSpace(line) == "" {
			return
		}
		p, err := New(mls.DefaultSuite)
		if err != nil {
			t.Fatal(err)
		}
		before := p.Do(Request{Op: "create"}).EpochAuthenticator
		var out bytes.Buffer
		if err := Serve(p, strings.NewReader(line), &out); err != nil {
			t.Fatal(err)
		}
		var a Answer
		if err := json.Unmarshal(out.Bytes(), &a); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("%q is answered with %q: %v", line, out.Bytes(), err)
		}
		if a.Err != "" && !bytes.Equal(p.Group().EpochAuthenticator(), before) {
			t.Fatalf("%q fails, and the epoch is another", line)
		}
	})
}
