package cli_test

import (
	"io"
	"strings"
	"testing"

	"parley/client/api"
)

// wordsOf waits for the four words that a new device shows.
func wordsOf(linking *process) string {
	linking.t.Helper()
	line := linking.line(func(line string) bool { return strings.Contains(line, `"event":"words"`) })
	shown := decode[struct{ Data struct{ Words []string } }](linking.t, line).Data.Words
	return strings.Join(shown, "  ")
}

// showCode has a new device show a code.
func showCode(d *device) (waiting *process, code string) {
	d.t.Helper()
	waiting = d.start("link", "--code", "--relay", d.relay.url, "--device-name", d.name, "--json")
	line := waiting.line(func(line string) bool { return strings.Contains(line, `"event":"code"`) })
	return waiting, decode[struct{ Data api.LinkCode }](d.t, line).Data.Code
}

func say(p *process, text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, text+"\n"); err != nil {
		p.t.Error(err)
	}
}

// M5: two processes are linked by a typed code; both show the same words.
func TestLink_ByCode(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	d := newDevice(r, "Tablet")
	waiting, code := showCode(d)
	typing := alice.start("devices", "link", strings.ToLower(strings.ReplaceAll(code, "-", "")))
	shown := wordsOf(waiting)
	typing.line(func(line string) bool { return strings.TrimSpace(line) == shown })
	say(typing, "y")
	say(waiting, "y")
	typing.line(func(line string) bool { return strings.Contains(line, "Tablet") })
	say(typing, "y")
	for _, p := range []*process{waiting, typing} {
		if status := p.wait(); status != 0 {
			t.Fatalf("exit status %d: %s", status, p.errs)
		}
	}
	if s := d.status(); s.Phone != alicePhone || s.Primary {
		t.Errorf("the new device is %+v", s)
	}
	alice.refused("link_used", "devices", "link", code)
}

// Words that a person finds different end linking on both.
func TestLink_ByCodeWordsDiffer(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	d := newDevice(r, "Tablet")
	waiting, code := showCode(d)
	typing := alice.start("devices", "link", code, "--yes", "--json")
	wordsOf(waiting)
	say(waiting, "n")
	if status := waiting.wait(); status != 1 {
		t.Errorf("link: exit status %d", status)
	}
	say(typing, "y")
	typing.line(func(line string) bool { return strings.Contains(line, "link_words_differ") })
	if status := typing.wait(); status != 1 {
		t.Errorf("devices link: exit status %d", status)
	}
	isNew(t, d)
	alice.refused("link_code_unknown", "devices", "link", "0000-0000", "--yes")
	alice.refused("link_code_malformed", "devices", "link", "0000-000U", "--yes")
}
