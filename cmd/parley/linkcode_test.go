package main

import (
	"io"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/apitest"
)

// fourWords are those of apitest.LinkWords as they are shown.
const fourWords = "    abbey  acorn  airport  zigzag"

// M5: the primary's person compares the words and then sees the device; --yes
// answers for the device alone.
func TestDevicesLink_Code(t *testing.T) {
	for _, c := range []struct {
		name, input    string
		args           []string
		want           int
		decision, show string
	}{
		{"yes and yes", "y\ny\n", nil, exitDone, "accepted", "abbey  acorn  airport  zigzag"},
		{"another device", "y\nn\n", nil, exitFailed, "rejected", "+32470000001 (Alice)"},
		{"other words", "n\n", nil, exitFailed, "words differ", "zigzag"},
		{"no answer", "", nil, exitFailed, "rejected", "zigzag"},
		{"yes to the device", "", []string{"--yes"}, exitFailed, "rejected", "zigzag"},
		{"yes to the device, words compared", "y\n", []string{"--yes"}, exitDone, "accepted", "zigzag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newTestDevice(t, apitest.New())
			status, out, errs := d.run(c.input, append([]string{"devices", "link", apitest.LinkCode}, c.args...)...)
			if status != c.want || d.Decision() != c.decision || !strings.Contains(out, c.show) {
				t.Errorf("status %d, decision %q, output %q, errors %q", status, d.Decision(), out, errs)
			}
		})
	}
}

// M5: the new device shows the code, then the words, and goes on only with a yes.
func TestLink_Code(t *testing.T) {
	for _, c := range []struct {
		name, input, then string
		want              int
	}{
		{"yes", "y\n", "Now confirm on the primary device.", exitDone},
		{"no", "n\n", "", exitFailed},
		{"no answer", "", "", exitFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			core := apitest.NewUnlinked()
			d := newTestDevice(t, core)
			out := newLineWriter()
			done := make(chan int, 1)
			go func() {
				done <- run(t.Context(), []string{"link", "--code", "--relay", "http://127.0.0.1:1", "--device-name", "Tablet", "--home", d.dir},
					streams{strings.NewReader(c.input), out, io.Discard})
			}()
			out.wait("    " + apitest.LinkCode)
			core.Link(api.LinkProgress{State: api.LinkComparing, Words: apitest.LinkWords()})
			out.wait(fourWords)
			if c.then != "" {
				out.wait(c.then)
				core.Link(api.LinkProgress{State: api.LinkAccepted})
				out.wait("Linked to +32470000001 (Alice) as Phone.")
			}
			if status := <-done; status != c.want {
				t.Errorf("exit status %d", status)
			}
		})
	}
}

// A code that ends while its words are compared is not followed by another: the
// answer would be about other words.
func TestLink_CodeExpiresWhileCompared(t *testing.T) {
	core := apitest.NewUnlinked()
	d := newTestDevice(t, core)
	out := newLineWriter()
	in, keep := io.Pipe()
	defer keep.Close()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"link", "--code", "--relay", "http://127.0.0.1:1", "--device-name", "Tablet", "--home", d.dir},
			streams{in, out, io.Discard})
	}()
	out.wait("    " + apitest.LinkCode)
	core.Link(api.LinkProgress{State: api.LinkExpired})
	out.wait("    " + apitest.LinkCode)
	core.Link(api.LinkProgress{State: api.LinkComparing, Words: apitest.LinkWords()})
	out.wait(fourWords)
	core.Link(api.LinkProgress{State: api.LinkExpired})
	if status := <-done; status != exitFailed || core.Offers() != 2 {
		t.Errorf("exit status %d after %d codes", status, core.Offers())
	}
}
