package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/apitest"
)

// runIn runs a command line on a home of its own.
func runIn(t *testing.T, home string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return answerIn(t, home, "", args...)
}

// answerIn is runIn with answers on standard input.
func answerIn(t *testing.T, home, answers string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), append(args, "--home", home), streams{strings.NewReader(answers), &out, &errs})
	return status, out.String(), errs.String()
}

// stateOf is what one check of a report has found.
func stateOf(t *testing.T, report string, id api.CheckID) string {
	t.Helper()
	for _, c := range decode[api.Diagnosis](t, report).Checks {
		if c.ID == id {
			return string(c.State) + " " + c.Code
		}
	}
	return ""
}

// M198: the command works while nobody is registered, with and without a relay,
// and tells which step fails when the relay is stopped.
func TestDoctor_RealRelay(t *testing.T) {
	relay := startRelay(t, t.TempDir())
	home := t.TempDir() + "/home"
	status, out, errs := runIn(t, home, "doctor")
	if status != exitDone || errs != "" || !strings.Contains(out, "! Account       This device has no account.\n") || !strings.Contains(out, "? WebSocket     No relay is known.\n") {
		t.Errorf("nobody is registered: status %d, %s%s", status, out, errs)
	}
	status, out, _ = runIn(t, home, "doctor", "--json", "--relay", relay.url)
	for id, want := range map[api.CheckID]string{
		api.CheckHTTP: "ok http_ok", api.CheckWebSocket: "ok websocket_ok", api.CheckRelay: "ok relay_new", api.CheckVersions: "ok versions_fit",
		api.CheckClock: "ok clock_right", api.CheckStorage: "ok storage_disk",
	} {
		if got := stateOf(t, out, id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if status != exitDone || !strings.Contains(out, `"relaySoftware":"parley/`) {
		t.Errorf("status %d: %s", status, out)
	}
	var code bytes.Buffer
	if s := run(t.Context(), []string{"admin", "invite", "--data", relay.data, "--phone", "+32470000001"}, streams{strings.NewReader(""), &code, &code}); s != exitDone {
		t.Fatal(code.String())
	}
	if s, out, errs := runIn(t, home, "register", "--relay", relay.url, "--phone", "+32470000001", "--name", "Alice", "--code", strings.TrimSpace(code.String())); s != exitDone {
		t.Fatal(out, errs)
	}
	status, out, _ = runIn(t, home, "doctor")
	if status != exitDone || !strings.Contains(out, "This is a primary device. It belongs to +32470000001 (Alice).") || !strings.Contains(out, "✓ Device        This device is one of the account’s 1 devices.") {
		t.Errorf("registered: status %d\n%s", status, out)
	}
	_, out, _ = runIn(t, home, "doctor", "--json")
	if strings.Contains(out, "32470000001") || strings.Contains(out, "Alice") || strings.Contains(out, "127.0.0.1") {
		t.Errorf("a report tells who it is about: %s", out)
	}
	relay.kill()
	status, out, errs = runIn(t, home, "doctor")
	if status != exitFailed || errs != "" || !strings.Contains(out, "✗ HTTP          The computer is there, but no relay listens.\n                Check the port") {
		t.Errorf("stopped: status %d, %s\n%s", status, errs, out)
	}
	if status, out, _ = runIn(t, home, "doctor", "--json"); status != exitFailed || stateOf(t, out, api.CheckWebSocket) != "failed websocket_failed" {
		t.Errorf("stopped: status %d, %s", status, out)
	}
}

func TestDoctor_WordsAndExitStatus(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	d.SetDiagnosis(
		api.Check{ID: api.CheckClock, State: api.CheckWarning, Code: "clock_ahead", OffsetMS: 2*3600_000 + 60_000},
		api.Check{ID: api.CheckPrimary, State: api.CheckWarning, Code: "primary_silent", AgeMS: 11 * 86400_000, LeftMS: 3 * 86400_000},
		api.Check{ID: "new", State: api.CheckOK, Code: "x\x1b[2J"},
	)
	out := d.want("doctor")
	for _, want := range []string{
		"! Clock         The clock is 2 hours ahead. Messages work all the same.\n                Set date and time to automatic.\n",
		"! Primary       The primary was last active 11 days ago. In 3 days this device is logged out.\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("printed %q", out)
	}
	d.SetDiagnosis(api.Check{ID: api.CheckStorage, State: api.CheckFailed, Code: "storage_full"})
	if status, out, errs := d.run("", "doctor"); status != exitFailed || errs != "" || !strings.HasPrefix(out, "✗ Storage       There is no room left") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
}

// Every code that the core gives has words here, in the app and in the
// documentation, and none is left over.
func TestDoctor_EveryCodeHasWords(t *testing.T) {
	quoted := regexp.MustCompile(`"([a-z]+(?:_[a-z]+)+)"`)
	given := map[string]bool{"relay_changed": true, "device_unverified": true, "device_not_removed": true, "relay_url_invalid": true}
	files, err := filepath.Glob("../../client/diagnose*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
	for _, file := range append(files, "../../client/native/reach.go") {
		for _, match := range quoted.FindAllStringSubmatch(read(t, file), -1) {
			given[match[1]] = true
		}
	}
	delete(given, "storage_") // a kind follows
	for _, kind := range []string{"disk", "opfs", "memory"} {
		given["storage_"+kind] = true
	}
	page, app := read(t, "../../docs/troubleshooting.md"), read(t, "../../web/src/i18n/diagnosis.en.ts")
	for code := range given {
		if _, known := findings[code]; !known {
			t.Errorf("no words for %s", code)
		}
		if !strings.Contains(page, "`"+code+"`") {
			t.Errorf("docs/troubleshooting.md does not have %s", code)
		}
	}
	for code := range given {
		native := strings.Contains(read(t, "../../client/native/reach.go"), `"`+code+`"`)
		if !native && !strings.Contains(app, "\n    "+code+": [") {
			t.Errorf("the app has no words for %s", code)
		}
	}
	for code := range findings {
		if !given[code] {
			t.Errorf("words for %s, which is never found", code)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
