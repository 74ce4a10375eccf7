package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"parley/client/apitest"
)

// openTerminal makes a terminal: what a person types is written to keys, and
// what appears on the screen is read from there.
func openTerminal(t *testing.T) (keys, stdin *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	stdin, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close(); stdin.Close() })
	return keys, stdin
}

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

// untilHidden waits until the terminal does not show what is typed.
func untilHidden(t *testing.T, terminal *os.File) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); echoes(t, terminal); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the terminal would show the PIN")
		}
	}
}

// screen collects what appears on a terminal.
type screen struct {
	t     *testing.T
	keys  *os.File
	shown []byte
}

// until reads the screen until a text is there.
func (s *screen) until(text string) {
	s.t.Helper()
	buffer := make([]byte, 1024)
	for !bytes.Contains(s.shown, []byte(text)) {
		n, err := s.keys.Read(buffer)
		if err != nil {
			s.t.Fatalf("%v; the screen shows %q", err, s.shown)
		}
		s.shown = append(s.shown, buffer[:n]...)
	}
}

// M35: whoever looks over a shoulder does not read the PIN.
func TestAskSecret_DoesNotShowThePIN(t *testing.T) {
	d := newTestDevice(t, apitest.New())
	keys, terminal := openTerminal(t)
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"pin", "set", "--home", d.dir}, streams{terminal, terminal, terminal})
	}()
	seen := &screen{t: t, keys: keys}
	seen.until("New PIN of six digits: ")
	untilHidden(t, terminal)
	fmt.Fprintln(keys, "304857")
	seen.until("The same again: ")
	untilHidden(t, terminal)
	fmt.Fprintln(keys, "304858")
	seen.until("The two PINs are not the same.")
	if status := <-done; status != exitFailed || !echoes(t, terminal) {
		t.Errorf("exit status %d; the terminal shows what is typed: %v", status, echoes(t, terminal))
	}
	if bytes.Contains(seen.shown, []byte("30485")) {
		t.Errorf("the terminal showed %q", seen.shown)
	}
}

// A terminal that was left in the middle of a PIN shows what is typed again.
func TestAskSecret_GivenUpTheTerminalShowsAgain(t *testing.T) {
	_, stdin := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	d := &device{std: streams{stdin, io.Discard, io.Discard}}
	done := make(chan error, 1)
	go func() {
		_, err := d.askSecret(ctx, "PIN: ")
		done <- err
	}()
	untilHidden(t, stdin)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || !echoes(t, stdin) {
		t.Errorf("error %v, the terminal shows what is typed: %v", err, echoes(t, stdin))
	}
}

// M38: on a terminal the passphrase of a locked device is asked for, again if it
// was mistyped, and does not appear.
func TestUnlock_AsksOnATerminal_M38(t *testing.T) {
	c := &commandLine{t: t, home: t.TempDir() + "/home"}
	c.want("lock", "on", "--passphrase-file", c.file("passphrase", lockWords))
	keys, terminal := openTerminal(t)
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"status", "--home", c.home}, streams{terminal, terminal, terminal})
	}()
	seen := &screen{t: t, keys: keys}
	seen.until("Passphrase: ")
	untilHidden(t, terminal)
	fmt.Fprintln(keys, "wrong horse battery")
	seen.until("This is not the passphrase.")
	seen.until("then try again.\r\nPassphrase: ")
	untilHidden(t, terminal)
	fmt.Fprintln(keys, lockWords)
	if status := <-done; status != exitDone {
		t.Errorf("exit status %d, the terminal shows %q", status, seen.shown)
	}
	if bytes.Contains(seen.shown, []byte("horse")) {
		t.Errorf("the terminal showed %q", seen.shown)
	}
}
