package storetest

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"

	"parley/internal/store"
	"parley/wire"
)

// testPush: each device is woken at one place, and at none once it is gone (M92).
func testPush(t *testing.T, k *kit) {
	k.view(func(r store.Reader) error {
		_, err := r.FindPushKey()
		k.wantNotFound("a key", err)
		return nil
	})
	if _, err := k.st.Identity(t.Context(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	key := k.bytes(32)
	k.update(func(tx store.Tx) error { return tx.PutPushKey(key) })
	k.view(func(r store.Reader) error {
		got, err := r.FindPushKey()
		if !bytes.Equal(got, key) {
			t.Errorf("the key is %x, want %x", got, key)
		}
		return err
	})

	account, devices := k.account("+32470000001", 1)
	first, second := devices[0].ID, devices[1].ID
	want := func(want ...store.PushSubscription) {
		t.Helper()
		k.view(func(r store.Reader) error {
			got, err := r.ListPushSubscriptions()
			slices.SortFunc(got, func(a, b store.PushSubscription) int { return bytes.Compare(a.Device[:], b.Device[:]) })
			if !slices.Equal(got, want) {
				t.Errorf("subscriptions are %v, want %v", got, want)
			}
			for _, w := range want {
				if found, err := r.FindPushSubscription(w.Device); found != w || err != nil {
					t.Errorf("found %v, %v, want %v", found, err, w)
				}
			}
			return err
		})
	}
	want()
	k.view(func(r store.Reader) error {
		_, err := r.FindPushSubscription(first)
		k.wantNotFound("a subscription", err)
		return nil
	})
	for _, endpoint := range []string{"https://push.example/1", "https://push.example/2"} { // the latter replaces the former
		k.update(func(tx store.Tx) error { return tx.PutPushSubscription(first, endpoint) })
	}
	k.update(func(tx store.Tx) error { return tx.PutPushSubscription(second, "https://push.example/3") })
	one := store.PushSubscription{Device: first, Account: account.ID, Endpoint: "https://push.example/2"}
	other := store.PushSubscription{Device: second, Account: account.ID, Endpoint: "https://push.example/3"}
	want(one, other)
	// What is found to be gone may have been replaced meanwhile.
	k.update(func(tx store.Tx) error { return tx.DeletePushSubscription(first, "https://push.example/1") })
	want(one, other)
	k.update(func(tx store.Tx) error { return tx.DeletePushSubscription(first, "https://push.example/2") })
	want(other)
	k.update(func(tx store.Tx) error { return tx.RemoveDevice(second, k.now, wire.LogoutRemoved) })
	want()
	k.update(func(tx store.Tx) error { return tx.PutPushSubscription(first, one.Endpoint) })
	k.update(func(tx store.Tx) error { return tx.DeletePushSubscription(first, "") })
	want()
}
