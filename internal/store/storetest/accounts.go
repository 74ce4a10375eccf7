package storetest

import (
	"bytes"
	"errors"
	"maps"
	"reflect"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func testAccounts(t *testing.T, k *kit) {
	a, _ := k.account("+32470000001", 0)
	b, _ := k.account("+32470000002", 0)
	k.view(func(r store.Reader) error {
		byID, err := r.FindAccount(a.ID)
		if err != nil {
			return err
		}
		byPhone, err := r.FindAccountByPhone(a.Phone)
		if byID.Phone != a.Phone || byPhone.ID != a.ID || !bytes.Equal(byID.Key, a.Key) || byID.Head != 0 {
			t.Errorf("found %+v and %+v, want %+v", byID, byPhone, a)
		}
		_, err2 := r.FindAccount(ident.AccountID{1})
		k.wantNotFound("unknown account", err2)
		_, err2 = r.FindAccountByPhone("+32470000009")
		k.wantNotFound("unknown number", err2)
		return err
	})
	err := k.st.Update(k.Context(), func(tx store.Tx) error {
		return tx.CreateAccount(store.Account{ID: ident.AccountID{9}, Phone: b.Phone, Key: b.Key, Created: k.now})
	})
	if err == nil {
		t.Error("two accounts got the same number")
	}
	other := k.bytes(32)
	k.update(func(tx store.Tx) error { return tx.UpdateAccountKey(a.ID, other) })
	k.view(func(r store.Reader) error {
		found, err := r.FindAccount(a.ID)
		if !bytes.Equal(found.Key, other) {
			t.Error("the account's key was not replaced")
		}
		return err
	})
}

func testDevices(t *testing.T, k *kit) {
	a, devices := k.account("+32470000001", 2)
	k.update(func(tx store.Tx) error {
		if _, err := tx.AddKeyPackages(devices[1].ID, suiteX25519, [][]byte{k.bytes(50)}, k.bytes(60), 10); err != nil {
			return err
		}
		return tx.RemoveDevice(devices[1].ID, k.now, wire.LogoutRemoved)
	})
	k.view(func(r store.Reader) error {
		present, err := r.ListDevices(a.ID)
		if len(present) != 2 || present[0].ID != devices[0].ID || !present[0].Primary || present[1].ID != devices[2].ID {
			t.Errorf("present devices are %+v", present)
		}
		if err != nil {
			return err
		}
		tombstone, err := r.FindDevice(devices[1].ID)
		if !tombstone.Removed || tombstone.RemovedFor != wire.LogoutRemoved || tombstone.Account != a.ID || tombstone.Address != "" {
			t.Errorf("the removed device is %+v", tombstone)
		}
		_, gone := r.FindStanding(devices[1].ID)
		k.wantNotFound("standing of a removed device", gone)
		if left, _ := r.CountKeyPackages(devices[1].ID); len(left) != 0 {
			t.Errorf("the removed device has key packages: %v", left)
		}
		return err
	})
	err := k.st.Update(k.Context(), func(tx store.Tx) error {
		_, err := tx.ClaimKeyPackage(devices[1].ID, suiteX25519)
		return err
	})
	k.wantNotFound("key package of a removed device", err)
	later := k.now.Add(time.Hour)
	k.update(func(tx store.Tx) error { return tx.TouchDevice(devices[0].ID, later, "192.0.2.1") })
	k.update(func(tx store.Tx) error { return tx.TouchDevice(devices[0].ID, later.Add(-time.Minute), "192.0.2.9") })
	k.view(func(r store.Reader) error {
		d, err := r.FindDevice(devices[0].ID)
		if !d.LastActive.Equal(later) || d.Address != "192.0.2.1" {
			t.Errorf("last active %v from %q, want %v", d.LastActive, d.Address, later)
		}
		return err
	})
}

// testOnePrimary: an account has exactly one primary (M4), and another one
// after its first was removed.
func testOnePrimary(t *testing.T, k *kit) {
	a, devices := k.account("+32470000001", 0)
	second := store.Device{
		ID: ident.DeviceID(k.bytes(16)), Account: a.ID, Certificate: k.bytes(100), Key: k.bytes(32),
		Primary: true, Created: k.now, LastActive: k.now,
	}
	if err := k.st.Update(k.Context(), func(tx store.Tx) error { return tx.CreateDevice(second) }); err == nil {
		t.Fatal("an account got two primaries")
	}
	k.update(func(tx store.Tx) error {
		if err := tx.RemoveDevice(devices[0].ID, k.now, wire.LogoutRemoved); err != nil {
			return err
		}
		return tx.CreateDevice(second)
	})
}

// testMovePrimary: a linked device takes the primary's place (M4), never beside it.
func testMovePrimary(t *testing.T, k *kit) {
	a, devices := k.account("+32470000001", 1)
	former, next := devices[0].ID, devices[1].ID
	one, two := k.bytes(100), k.bytes(100)
	if err := k.st.Update(k.Context(), func(tx store.Tx) error { return tx.SetPrimary(next, true, one) }); err == nil {
		t.Fatal("an account got two primaries")
	}
	k.update(func(tx store.Tx) error {
		if err := tx.SetPrimary(former, false, two); err != nil {
			return err
		}
		return tx.SetPrimary(next, true, one)
	})
	k.view(func(r store.Reader) error {
		present, err := r.ListDevices(a.ID)
		if len(present) != 2 || present[0].ID != next || !present[0].Primary || !bytes.Equal(present[0].Certificate, one) ||
			present[1].Primary || !bytes.Equal(present[1].Certificate, two) {
			t.Errorf("the devices are %+v", present)
		}
		return err
	})
}

// Two of the cipher suites a store meets.
const (
	suiteX25519 = 0x0003
	suiteXWing  = 0xF003
)

func testKeyPackages(t *testing.T, k *kit) {
	_, devices := k.account("+32470000001", 0)
	id := devices[0].ID
	one, two, three, last := k.bytes(50), k.bytes(50), k.bytes(50), k.bytes(50)
	k.update(func(tx store.Tx) error {
		left, err := tx.AddKeyPackages(id, suiteX25519, [][]byte{one, two, three}, last, 2)
		if left != 2 {
			t.Errorf("%d key packages are left, want 2", left)
		}
		return err
	})
	for i, want := range [][]byte{two, three, last, last} {
		k.update(func(tx store.Tx) error {
			got, err := tx.ClaimKeyPackage(id, suiteX25519)
			if !bytes.Equal(got, want) {
				t.Errorf("claim %d got another key package", i)
			}
			return err
		})
	}
	other := k.bytes(50)
	k.update(func(tx store.Tx) error {
		_, err := tx.AddKeyPackages(id, suiteX25519, nil, other, 2)
		return err
	})
	k.update(func(tx store.Tx) error {
		got, err := tx.ClaimKeyPackage(id, suiteX25519)
		if !bytes.Equal(got, other) {
			t.Error("the last-resort key package was not replaced")
		}
		return err
	})
}

// testStanding: how a device stands tells when it and the primary were there.
func testStanding(t *testing.T, k *kit) {
	a, devices := k.account("+32470000001", 1)
	primary, linked := devices[0], devices[1]
	came, warned := k.now.Add(time.Hour), k.now.Add(2*time.Hour)
	k.update(func(tx store.Tx) error {
		return errors.Join(tx.TouchDevice(primary.ID, came, "192.0.2.1"), tx.WarnDevice(linked.ID, warned))
	})
	want := store.Standing{
		Account: a.ID, Key: linked.Key, LastActive: linked.LastActive, Warned: warned, PrimaryActive: came,
		Phone: a.Phone, KeyPackages: map[uint16]int{},
	}
	k.wantStanding(linked.ID, want)
	k.update(func(tx store.Tx) error { return tx.SetPrimary(primary.ID, false, k.bytes(100)) })
	want.PrimaryActive = time.UnixMilli(0)
	k.wantStanding(linked.ID, want)
}

func (k *kit) wantStanding(id ident.DeviceID, want store.Standing) {
	k.Helper()
	k.view(func(r store.Reader) error {
		got, err := r.FindStanding(id)
		if !reflect.DeepEqual(got, want) {
			k.Errorf("it stands at %+v, want %+v", got, want)
		}
		return err
	})
}

// testKeyPackageSuites: key packages of one cipher suite have nothing to do with
// those of another.
func testKeyPackageSuites(t *testing.T, k *kit) {
	_, devices := k.account("+32470000001", 1)
	id := devices[1].ID
	classical, hybrid, last := k.bytes(50), k.bytes(50), k.bytes(50)
	k.update(func(tx store.Tx) error {
		if _, err := tx.AddKeyPackages(id, suiteX25519, [][]byte{classical}, nil, 1); err != nil {
			return err
		}
		left, err := tx.AddKeyPackages(id, suiteXWing, [][]byte{hybrid}, last, 1)
		if left != 1 {
			t.Errorf("%d key packages of the suite are left, want 1", left)
		}
		return err
	})
	k.view(func(r store.Reader) error {
		left, err := r.CountKeyPackages(id)
		if len(left) != 2 || left[suiteX25519] != 1 || left[suiteXWing] != 1 {
			t.Errorf("left are %v", left)
		}
		if err != nil {
			return err
		}
		now, err := r.FindStanding(id)
		if now.Primary || !maps.Equal(now.KeyPackages, left) {
			t.Errorf("a linked device with %v stands at %+v", left, now)
		}
		return err
	})
	for i, want := range [][]byte{hybrid, last, last} {
		k.update(func(tx store.Tx) error {
			got, err := tx.ClaimKeyPackage(id, suiteXWing)
			if !bytes.Equal(got, want) {
				t.Errorf("claim %d got another key package", i)
			}
			return err
		})
	}
	k.update(func(tx store.Tx) error {
		got, err := tx.ClaimKeyPackage(id, suiteX25519)
		if !bytes.Equal(got, classical) {
			t.Error("the key package of the other suite is not there")
		}
		return err
	})
	err := k.st.Update(k.Context(), func(tx store.Tx) error {
		_, err := tx.ClaimKeyPackage(id, suiteX25519)
		return err
	})
	k.wantNotFound("last resort of another suite", err)
}

func testCodes(t *testing.T, k *kit) {
	phone := ident.Phone("+32470000001")
	code := store.Code{
		Phone: phone, Kind: store.CodeSent, Salt: k.bytes(16), Hash: k.bytes(32), Expires: k.now.Add(time.Minute), Tries: 5,
	}
	invitation := code
	invitation.Kind, invitation.Expires = store.CodeInvitation, k.now.Add(time.Hour)
	k.update(func(tx store.Tx) error { return tx.PutCode(code) })
	k.update(func(tx store.Tx) error { return tx.PutCode(invitation) })
	k.update(func(tx store.Tx) error { return tx.UpdateCodeTries(phone, store.CodeSent, 4) })
	list := func() (codes []store.Code) {
		k.view(func(r store.Reader) (err error) {
			codes, err = r.ListCodes(phone)
			return err
		})
		return codes
	}
	if codes := list(); len(codes) != 2 || codes[0].Tries != 4 || codes[1].Tries != 5 || !codes[0].Expires.Equal(code.Expires) {
		t.Errorf("the codes are %+v", codes)
	}
	k.view(func(r store.Reader) error {
		n, err := r.CountCodesBefore(k.now.Add(2 * time.Minute))
		if n != 1 {
			t.Errorf("%d codes have expired, want 1", n)
		}
		return err
	})
	k.update(func(tx store.Tx) error { return tx.DeleteCodesBefore(k.now.Add(2 * time.Minute)) })
	if codes := list(); len(codes) != 1 || codes[0].Kind != store.CodeInvitation {
		t.Errorf("after the expiry of one, the codes are %+v", codes)
	}
	k.update(func(tx store.Tx) error { return tx.PutCode(code) })
	k.update(func(tx store.Tx) error { return tx.DeleteCodes(phone) })
	if codes := list(); len(codes) != 0 {
		t.Errorf("after their deletion, the codes are %+v", codes)
	}
}
