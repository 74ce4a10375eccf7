package sqlite

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"parley/ident"
	"parley/internal/store"
)

// inNamespace runs the test again as root of a user namespace of its own, which
// may mount file systems there. Where even that is not allowed, CI fails.
func inNamespace(t *testing.T, cause error) {
	t.Helper()
	const mark = "PARLEY_TEST_IN_NAMESPACE"
	if os.Getenv(mark) != "" {
		t.Fatalf("mounting in a namespace: %v", cause)
	}
	again := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), mark+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := again.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit):
		t.Errorf("in a namespace: %v\n%s", err, out)
	case os.Getenv("CI") != "":
		t.Fatalf("a full disk needs the right to mount (%v) or a user namespace (%v)", cause, err)
	default:
		t.Skipf("SKIPPED: A FULL DISK WAS NOT TESTED. It needs the right to mount (%v) or a user namespace (%v)", cause, err)
	}
}

// A disk that is really full refuses writes as such, loses nothing that was
// acknowledged, and is written again as soon as there is room.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		inNamespace(t, err)
		return
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 600<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := Open(t.Context(), filepath.Join(dir, "data"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	write := func(i int) error {
		key := make([]byte, 32)
		rand.Read(key)
		return st.Update(t.Context(), func(tx store.Tx) error {
			id := ident.AccountID{byte(i >> 8), byte(i)}
			return tx.CreateAccount(store.Account{ID: id, Phone: ident.Phone(fmt.Sprintf("+32470%06d", i)), Key: key})
		})
	}
	n := 0
	for ; err == nil; n++ {
		err = write(n)
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("the full disk gave %v, want ErrFull", err)
	}
	count := func() (accounts []store.Account) {
		err := st.View(t.Context(), func(r store.Reader) (err error) {
			accounts, err = r.ListAccounts()
			return err
		})
		if err != nil {
			t.Fatalf("reading on a full disk: %v", err)
		}
		return accounts
	}
	if stored := len(count()); stored != n-1 {
		t.Errorf("%d writes were acknowledged and %d are there", n-1, stored)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := write(n); err != nil {
		t.Errorf("after room was made: %v", err)
	}
	if stored := len(count()); stored != n {
		t.Errorf("after room was made %d are there, want %d", stored, n)
	}
}
