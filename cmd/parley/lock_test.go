package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/devicetest"
)

// commandLine runs parley as a process on a home, without a terminal.
type commandLine struct {
	t    *testing.T
	home string
}

func (c *commandLine) run(input string, args ...string) (stdout, stderr string, failed bool) {
	c.t.Helper()
	process := parley(c.t.Context(), append(args, "--home", c.home)...)
	var out, errs bytes.Buffer
	process.Stdin, process.Stdout, process.Stderr = strings.NewReader(input), &out, &errs
	err := process.Run()
	return out.String(), errs.String(), err != nil
}

func (c *commandLine) want(args ...string) string {
	c.t.Helper()
	out, errs, failed := c.run("", args...)
	if failed {
		c.t.Fatalf("parley %s: %s%s", strings.Join(args, " "), out, errs)
	}
	return out
}

// refused runs a command line that must fail with an error that says something.
func (c *commandLine) refused(says, input string, args ...string) {
	c.t.Helper()
	if out, errs, failed := c.run(input, args...); !failed || !strings.Contains(errs, says) || strings.Count(errs, "\n") != 1 {
		c.t.Errorf("parley %s: failed %v, printed %q, %q, want an error with %q", strings.Join(args, " "), failed, out, errs, says)
	}
}

// readable reports whether a text is in a file of the home.
func (c *commandLine) readable(text string) bool {
	files, err := filepath.Glob(filepath.Join(c.home, "*"))
	if err != nil || len(files) == 0 {
		c.t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err == nil && bytes.Contains(content, []byte(text)) { // the socket cannot be read
			return true
		}
	}
	return false
}

func (c *commandLine) file(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

const (
	lockWords   = "correct horse battery"
	secretWords = "nobody else reads this sentence"
)

// newLocked is a device with an account and one message that it has sent, which
// is locked then.
func newLocked(t *testing.T) (c *commandLine, passphrase string) {
	t.Helper()
	r := devicetest.NewRelay(t)
	bob := r.NewDevice("Bob")
	bob.Register("+32470300002")
	c = &commandLine{t: t, home: t.TempDir() + "/home"}
	c.want("register", "--relay", r.URL(), "--phone", "+32470300001", "--name", "Alice", "--code", r.Invite("+32470300001"))
	c.want("send", "--to", "+32470300002", secretWords)
	if !c.readable(secretWords) {
		t.Fatal("without a lock the message is not found: the search does not work")
	}
	passphrase = c.file("passphrase", lockWords)
	if out := c.want("lock", "on", "--passphrase-file", passphrase); !strings.Contains(out, "The lock is on") {
		t.Fatalf("printed %q", out)
	}
	return c, passphrase
}

// M38: without the passphrase the home tells nothing, and no command works.
func TestLock_EncryptsTheHome_M38(t *testing.T) {
	c, passphrase := newLocked(t)
	for _, text := range []string{secretWords, "+32470300002", "Alice", lockWords} {
		if c.readable(text) {
			t.Errorf("%q is readable in the home", text)
		}
	}
	if out := c.want("lock"); out != "This device is locked.\n" {
		t.Errorf("printed %q", out)
	}
	for _, args := range [][]string{{"status"}, {"chats"}, {"send", "--to", "+32470300002", "hi"}, {"receive", "--once"}, {"logout"}, {"doctor"}, {"pin"}, {"lock", "off"}, {"lock", "passphrase"}} {
		c.refused("This device is locked. Run the command on a terminal", lockWords+"\n", args...)
	}
	out, _, _ := c.run("", "status", "--json")
	if e := decode[struct{ Error api.Error }](t, out); e.Error.Code != "locked" {
		t.Errorf("printed %s", out)
	}
	if out := c.want("messages", "--with", "+32470300002", "--passphrase-file", passphrase); !strings.Contains(out, secretWords) {
		t.Errorf("with the passphrase %q", out)
	}
	c.want("send", "--to", "+32470300002", "and this one", "--passphrase-file", passphrase)
	if c.readable("and this one") {
		t.Error("what was sent since is readable")
	}
	c.refused("This is not the passphrase", "", "status", "--passphrase-file", c.file("wrong", "wrong horse"))
	c.refused("The file has no passphrase", "", "status", "--passphrase-file", c.file("empty", ""))
	c.refused("no such file", "", "status", "--passphrase-file", c.home+"/nothing")
}

// M38: the passphrase is changed, and the lock turned off, by who knows it.
func TestLock_ChangeAndTurnOff_M38(t *testing.T) {
	c, passphrase := newLocked(t)
	c.refused("has an app lock already", "", "lock", "on", "--passphrase-file", passphrase)
	c.refused("The two passphrases are not the same", "one passphrase\nanother one\n", "lock", "passphrase", "--passphrase-file", passphrase)
	c.refused("at least 8 characters", "short\nshort\n", "lock", "passphrase", "--passphrase-file", passphrase)
	next := c.file("next", "a passphrase of mine")
	if out, errs, failed := c.run("a passphrase of mine\na passphrase of mine\n", "lock", "passphrase", "--passphrase-file", passphrase); failed {
		t.Fatal(out, errs)
	}
	c.refused("This is not the passphrase", "", "status", "--passphrase-file", passphrase)
	if status := decode[api.LockStatus](t, c.want("lock", "off", "--json", "--passphrase-file", next)); status.State != api.LockOff || status.Passphrase {
		t.Errorf("status %+v", status)
	}
	if out := c.want("messages", "--with", "+32470300002"); !strings.Contains(out, secretWords) {
		t.Errorf("without a lock %q", out)
	}
	c.refused("has no app lock", "", "lock", "off")
	c.refused("has no app lock", "", "lock", "now")
	c.refused("has no app lock", "", "lock", "erase", "--yes")
	c.refused("at least 8 characters", "short\nshort\n", "lock", "on")
}

// bot is parley rpc as a process, which stays.
type bot struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (c *commandLine) startBot(args ...string) *bot {
	c.t.Helper()
	b := &bot{t: c.t, cmd: parley(c.t.Context(), append([]string{"rpc", "--home", c.home}, args...)...)}
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		c.t.Fatal(err)
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	b.out = bufio.NewReader(out)
	if err := b.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return b
}

// asks calls a method, whose answer, past events, must say something.
func (b *bot) asks(method, says string) {
	b.t.Helper()
	if _, err := fmt.Fprintf(b.in, `{"jsonrpc":"2.0","id":1,"method":%q}`+"\n", method); err != nil {
		b.t.Fatal(err)
	}
	for {
		line, err := b.out.ReadString('\n')
		if err != nil {
			b.t.Fatal(err)
		}
		if !strings.Contains(line, `"id":1`) {
			continue
		}
		if !strings.Contains(line, says) {
			b.t.Errorf("%s answers %s, want %s", method, line, says)
		}
		return
	}
}

func (b *bot) stop() {
	b.t.Helper()
	b.in.Close()
	if err := b.cmd.Wait(); err != nil {
		b.t.Error(err)
	}
}

// M38: commands work through a process that has the device open, without the
// passphrase, until it is locked or that process ends.
func TestLock_OpenInAnotherProcess_M38(t *testing.T) {
	c, passphrase := newLocked(t)
	owner := c.startBot("--passphrase-file", passphrase)
	owner.asks("lockStatus", `"state":"open"`)
	if out := c.want("messages", "--with", "+32470300002"); !strings.Contains(out, secretWords) {
		t.Errorf("printed %q", out)
	}
	c.refused("is not locked", "", "lock", "erase", "--yes")
	if out := c.want("lock", "now"); out != "This device is locked.\n" {
		t.Errorf("printed %q", out)
	}
	owner.asks("status", `"code":"locked"`)
	c.refused("This device is locked", "", "status")
	c.want("status", "--passphrase-file", passphrase) // opens it for the others, too
	owner.asks("status", `"phone":"+32470300001"`)
	owner.stop()
	c.refused("This device is locked", "", "status")
}

// M38: who takes over a device opens it with the passphrase file, or not.
func TestLock_TakenOver_M38(t *testing.T) {
	c, passphrase := newLocked(t)
	for _, then := range []struct {
		args []string
		says string
	}{{nil, `"code":"locked"`}, {[]string{"--passphrase-file", passphrase}, `"phone":"+32470300001"`}} {
		owner := c.startBot("--passphrase-file", passphrase)
		owner.asks("status", `"phone":"+32470300001"`)
		guest := c.startBot(then.args...)
		guest.asks("status", `"phone":"+32470300001"`)
		owner.stop()
		guest.asks("status", then.says)
		guest.stop()
	}
}

// M38: who has forgotten the passphrase starts afresh.
func TestLock_Erase_M38(t *testing.T) {
	c, _ := newLocked(t)
	c.refused("Nothing was removed", "n\n", "lock", "erase")
	if out := c.want("lock", "erase", "--yes"); !strings.Contains(out, "has no lock") {
		t.Errorf("printed %q", out)
	}
	if out := c.want("status", "--json"); decode[api.Status](t, out).State != api.StateNew {
		t.Errorf("status %s", out)
	}
}
