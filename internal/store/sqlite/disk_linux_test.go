package sqlite

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"parley/ident"
	"parley/internal/store"
)

// A disk that is really full refuses writes as such, loses nothing that was
// acknowledged, and is written again as soon as there is room.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a file system of limited size needs the right to mount one: %v", err)
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
