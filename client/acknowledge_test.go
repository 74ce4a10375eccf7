package client_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"parley/client"
	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/wire"
)

// pair registers Alice and Bob with a device each, which have talked.
func pair(t *testing.T) (r *Relay, a, b *Device) {
	t.Helper()
	r = NewRelay(t)
	a, b = r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	a.Send(bob, "hello")
	b.WantTexts(alice, []string{"hello"})
	for _, d := range []*Device{a, b} {
		Call(d, api.Sync, api.None{})
	}
	return r, a, b
}

// holdAcks keeps a device's acknowledgements on their way until a channel is closed, one for
// each and the last for all that follow, and counts them.
func holdAcks(r *Relay, d *Device, until ...chan struct{}) (held *atomic.Int32) {
	held = new(atomic.Int32)
	r.Hold(func(device string, f *wire.Frame) <-chan struct{} {
		if device != d.Name || !calls[*wire.Ack](f) {
			return nil
		}
		n := int(held.Add(1))
		return until[min(n, len(until))-1]
	})
	return held
}

// X1: a relay may take its time with an acknowledgement: meanwhile the device receives and
// sends, and no second one is on its way. Who asks whether everything is done waits for it.
func TestX1_LateAcknowledgement(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	late := make(chan struct{})
	held := holdAcks(r, b, late)
	a.Send(bob, "one")
	b.WantTexts(alice, []string{"hello", "one"})
	soon(t, "it is acknowledged", func() bool { return held.Load() == 1 })
	b.Send(alice, "two")
	a.WantTexts(bob, []string{"hello", "one", "two"})
	a.Send(bob, "three")
	b.WantTexts(alice, []string{"hello", "one", "two", "three"})
	if n, status := held.Load(), lastStatus(a, bob); n != 1 || status != api.MessageSent {
		t.Errorf("%d acknowledgements are on their way, the last message is %s", n, status)
	}
	if !Call(b, api.GetStatus, api.None{}).CaughtUp {
		t.Error("the device that has everything says that it has not")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := api.Call(ctx, b.Core, api.Sync, api.None{}); err == nil {
		t.Error("everything is done before it is acknowledged")
	}
	close(late)
	Call(b, api.Sync, api.None{})
	b.Stop()
	a.Eventually("delivered", func() bool { return lastStatus(a, bob) == api.MessageDelivered })
}

// X1: where there is always more, done means that what was there is acknowledged.
func TestX1_LateAcknowledgementOfWhatWasThere(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	first, second := make(chan struct{}), make(chan struct{})
	defer close(second)
	held := holdAcks(r, b, first, second)
	a.Send(bob, "one")
	soon(t, "it is acknowledged", func() bool { return held.Load() == 1 })
	var pulled, through atomic.Bool // it tries the connection when it has nothing else to do
	r.Cut(func(device string, f *wire.Frame) bool {
		pulled.Store(pulled.Load() || device == b.Name && calls[*wire.Pull](f))
		through.Store(through.Load() || pulled.Load() && device == b.Name && calls[*wire.Ping](f))
		return false
	})
	done := make(chan error, 1)
	go func() {
		_, err := Try(b, api.Sync, api.None{})
		done <- err
	}()
	soon(t, "it is through", through.Load)
	a.Send(bob, "two")
	b.WantTexts(alice, []string{"hello", "one", "two"})
	select {
	case err := <-done:
		t.Fatalf("done before anything is acknowledged: %v", err)
	default:
	}
	close(first)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	soon(t, "the rest is acknowledged", func() bool { return held.Load() == 2 })
}

// X1: an acknowledgement that is lost with its connection is said again on the next, and does
// not hold up a device that is being closed.
func TestX1_LostAcknowledgement(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*Relay, *Device){
		"the relay stops":  func(r *Relay, _ *Device) { r.Stop(); r.Start() },
		"the device stops": func(_ *Relay, d *Device) { d.Stop(); d.Start() },
	} {
		t.Run(name, func(t *testing.T) {
			r, a, b := pair(t)
			late := make(chan struct{})
			held := holdAcks(r, b, late)
			a.Send(bob, "one")
			soon(t, "it is acknowledged", func() bool { return held.Load() == 1 })
			lose(r, b)
			soon(t, "it is acknowledged again", func() bool { return held.Load() == 2 })
			if status := lastStatus(a, bob); status != api.MessageSent {
				t.Errorf("the message is %s", status)
			}
			close(late)
			Call(b, api.Sync, api.None{})
			a.Eventually("delivered", func() bool { return lastStatus(a, bob) == api.MessageDelivered })
		})
	}
}

// An acknowledgement that the relay refuses is said again, later each time; the device goes
// on meanwhile, and is done when it is taken.
func TestRefusedAcknowledgement(t *testing.T) {
	t.Parallel()
	r, a, b := pair(t)
	const refusals = 3
	var id atomic.Uint64
	var tries atomic.Int32
	r.Cut(func(device string, f *wire.Frame) bool {
		if device == b.Name && calls[*wire.Ack](f) {
			id.Store(f.ID)
			tries.Add(1)
		}
		return false
	})
	r.Forge(func(device string, f *wire.Frame) {
		if answer, ok := f.Body.(*wire.Response); ok && device == b.Name && f.ID == id.Load() && tries.Load() <= refusals {
			answer.Result = wire.NewError(wire.ErrorUnavailable)
		}
	})
	began := time.Now()
	a.Send(bob, "one")
	b.WantTexts(alice, []string{"hello", "one"})
	Call(b, api.Sync, api.None{})
	least := (1<<refusals - 1) * client.FirstRetry
	if n, took := tries.Load(), time.Since(began); n != refusals+1 || took < least {
		t.Errorf("%d tries in %v, want %d in %v at least", n, took, refusals+1, least)
	}
	if status := Call(b, api.GetStatus, api.None{}); !status.CaughtUp || status.ConnectionProblem != nil {
		t.Errorf("afterwards the device says %+v", status)
	}
}
