package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// A process is a peer of another library; it serves one test after another.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	failed  bool
}

// patience is how long a peer may take for one answer.
const patience = 2 * time.Minute

// processes are those of all libraries.
var processes struct {
	sync.Mutex
	all  []*process
	idle map[string][]*process // by script
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, p := range processes.all {
		p.in.Close()
		if err := p.command.Wait(); err != nil && code == 0 {
			fmt.Fprintln(os.Stderr, "a peer did not end well:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// peer gives a test a process of the library. Its state is of an earlier test
// until the operation "new".
func (l *library) peer(t *testing.T) func(request) answer {
	t.Helper()
	processes.Lock()
	defer processes.Unlock()
	if processes.idle == nil {
		processes.idle = map[string][]*process{}
	}
	idle := processes.idle[l.script]
	var p *process
	if len(idle) > 0 {
		p, processes.idle[l.script] = idle[len(idle)-1], idle[:len(idle)-1]
	} else {
		p = startProcess(t, l.script)
		processes.all = append(processes.all, p)
	}
	t.Cleanup(func() {
		processes.Lock()
		defer processes.Unlock()
		if !p.failed {
			processes.idle[l.script] = append(processes.idle[l.script], p)
		}
	})
	return func(r request) answer {
		t.Helper()
		a, err := p.exchange(r)
		if err != nil {
			p.failed = true
			t.Fatalf("%s: %s: %v", l.script, r.Op, err)
		}
		return a
	}
}

func startProcess(t *testing.T, script string) *process {
	t.Helper()
	command := exec.Command("node", script)
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
	return &process{command: command, in: in, out: bufio.NewReader(out)}
}

func (p *process) exchange(r request) (a answer, err error) {
	defer time.AfterFunc(patience, func() { p.command.Process.Kill() }).Stop()
	if err := json.NewEncoder(p.in).Encode(r); err != nil {
		return a, err
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("the peer has ended: %w", err)
	}
	return a, json.Unmarshal(line, &a)
}
