package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"parley/mls"
)

// The test binary is the program when this is set.
const asProgram = "MLSPEER_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A process is the program with its input and output.
type process struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
}

func program(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0") // it waits a second otherwise
	return command
}

func start(t *testing.T, suite string) *process {
	t.Helper()
	command := program(suite)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t, in, bufio.NewReader(out)}
	t.Cleanup(func() { p.end(command) })
	return p
}

// end closes the input: the program ends well, and has said nothing more.
func (p *process) end(command *exec.Cmd) {
	p.in.Close()
	if rest, err := io.ReadAll(p.out); err != nil || len(rest) > 0 {
		p.t.Errorf("after the last answer: %q, %v", rest, err)
	}
	if err := command.Wait(); err != nil {
		p.t.Errorf("the program ends with %v", err)
	}
}

// line writes a line and reads its answer.
func (p *process) line(text string) map[string]string {
	p.t.Helper()
	if _, err := io.WriteString(p.in, text+"\n"); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.out.ReadBytes('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	var fields map[string]string
	if err := json.Unmarshal(answer, &fields); err != nil {
		p.t.Fatalf("%v in %q", err, answer)
	}
	return fields
}

// do carries out an operation that must answer with exactly these fields.
func (p *process) do(op, data string, fields ...string) map[string]string {
	p.t.Helper()
	got := p.line(`{"Op":"` + op + `","Data":"` + data + `"}`)
	for _, name := range fields {
		if _, there := got[name]; !there {
			p.t.Fatalf("%s: no %s in %v", op, name, got)
		}
	}
	if len(got) != len(fields) {
		p.t.Fatalf("%s: %v, want only %v", op, got, fields)
	}
	return got
}

// TestDialogue has two or three peers go through every operation, in every suite.
func TestDialogue(t *testing.T) {
	for _, suite := range []string{"1", "2", "0x0003", "0x5", "0x0007", "0xF003"} {
		t.Run(suite, func(t *testing.T) {
			if strings.Contains("2 0x5 0x0007", suite) && !mls.SuiteP256AES128.Supported() {
				t.Skip("the build has no suites of NIST curves")
			}
			dialogue(t, suite)
		})
	}
}

func dialogue(t *testing.T, suite string) {
	alice, bob, carol := start(t, suite), start(t, suite), start(t, suite)
	alice.do("create", "", "ea")
	keyPackage := bob.do("newkp", "", "kp")["kp"]
	added := alice.do("add", keyPackage, "commit", "welcome", "ea")
	joined := bob.do("join", added["welcome"], "ea")
	same(t, "epoch authenticators", added["ea"], joined["ea"])

	text := hex.EncodeToString([]byte("hello"))
	message := alice.do("send", text, "msg", "ea")["msg"]
	same(t, "plaintexts", bob.do("recv", message, "pt", "ea")["pt"], text)
	bob.do("recv", message, "err") // a replay
	same(t, "empty plaintexts", bob.do("recv", alice.do("send", "", "msg", "ea")["msg"], "pt", "ea")["pt"], "")

	committed := bob.do("commit", "", "commit", "ea")
	same(t, "epoch authenticators", alice.do("process", committed["commit"], "ea")["ea"], committed["ea"])
	same(t, "exporters", alice.do("export", "", "x", "ea")["x"], bob.do("export", "", "x", "ea")["x"])

	// From outside, and once more by somebody who is there already.
	for _, m := range []*process{carol, bob} {
		info := alice.do("gi", "", "gi", "ea")["gi"]
		external := m.do("ext", info, "commit", "ea")
		for _, other := range []*process{alice, bob, carol} {
			if other != m {
				same(t, "epoch authenticators", other.do("process", external["commit"], "ea")["ea"], external["ea"])
			}
		}
	}

	// Public, and then of a member.
	public := alice.line(`{"Op":"commit","Public":true}`)
	same(t, "wire formats", public["commit"][:8], "00010001")
	bob.do("process", public["commit"], "ea")
	carol.do("process", public["commit"], "ea")
	removed := alice.do("remove", "00000001", "commit", "ea")
	same(t, "wire formats", removed["commit"][:8], "00010002")
	same(t, "epoch authenticators", carol.do("process", removed["commit"], "ea")["ea"], removed["ea"])
	bob.do("process", removed["commit"]) // has no epoch any more
	bob.do("send", text, "err")
	bob.do("recv", alice.do("send", text, "msg", "ea")["msg"], "err")
}

func same(t *testing.T, what, a, b string) {
	t.Helper()
	if a != b {
		t.Fatalf("%s differ: %s, %s", what, a, b)
	}
}

// TestErrors: an error is one answer, changes nothing, and the program goes on.
func TestErrors(t *testing.T) {
	p := start(t, "3")
	for _, op := range []string{"add", "send", "recv", "commit", "process", "gi", "export", "remove", "join", "ext", "unknown", ""} {
		p.do(op, "", "err")
	}
	before := p.do("create", "6772", "ea")["ea"]
	for _, text := range []string{
		`x`, `[]`, `"Op"`, `{"Op":7}`, `{"Op":"recv","Data":"0"}`, `{"Op":"recv","Data":"zz"}`, `{"Op":"recv"}`,
		`{"Op":"process","Data":"00010001"}`, `{"Op":"add","Data":"00010005"}`, `{"Op":"remove","Data":"7"}`, `{"Op":"remove","Data":"-1"}`,
		`{"Op":"remove"}`, `{"Op":"join","Data":"00010003"}`, `{"Op":"ext","Data":"00010004"}`, `{"Op":"create","Data":"0"}`, strings.Repeat("[", 1<<20),
	} {
		if got := p.line(text); got["err"] == "" || len(got) != 1 {
			t.Errorf("%.40s: %v, want err alone", text, got)
		}
	}
	io.WriteString(p.in, "\n \n") // no answers
	same(t, "epoch authenticators", p.do("export", "", "x", "ea")["ea"], before)
}

// TestArguments: what is no suite is told on standard error.
func TestArguments(t *testing.T) {
	for code, args := range map[int][][]string{2: {{}, {"3", "4"}}, 1: {{"three"}, {"0"}, {"4"}, {"65536"}, {"-1"}}} {
		for _, args := range args {
			out, err := program(args...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != code || len(out) == 0 {
				t.Errorf("mlspeer %q: %v, %q, want exit code %d", args, err, out, code)
			}
		}
	}
}
