package relay

import (
	"context"
	"errors"
	"fmt"
	"io"

	"parley/ident"
	"parley/internal/push"
	"parley/internal/store"
	"parley/wire"
)

// PushKey returns the key pair of a relay at push services; the first call makes
// it from random. The store must have an identity.
func PushKey(ctx context.Context, st store.Store, random io.Reader) (*push.Key, error) {
	var key *push.Key
	err := st.Update(ctx, func(tx store.Tx) error {
		b, err := tx.FindPushKey()
		if err == nil {
			key, err = push.ParseKey(b)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if key, err = push.NewKey(random); err != nil {
			return err
		}
		return tx.PutPushKey(key.Bytes())
	})
	if err != nil {
		return nil, fmt.Errorf("relay: the key for push services: %w", err)
	}
	return key, nil
}

// getPush says how this device can be woken (M92).
func (s *Session) getPush() (*wire.GetPushResult, error) {
	r := s.relay
	if r.wakes.pusher == nil {
		return &wire.GetPushResult{}, nil
	}
	result := &wire.GetPushResult{PublicKey: r.wakes.pusher.PublicKey()}
	err := r.store.View(r.ctx, func(reader store.Reader) error {
		subscription, err := reader.FindPushSubscription(s.who.device)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		result.Endpoint = subscription.Endpoint
		return err
	})
	return result, err
}

func (s *Session) setPushSubscription(m *wire.SetPushSubscription) (*wire.Done, error) {
	r := s.relay
	if m.Endpoint != "" && (r.wakes.pusher == nil || push.CheckEndpoint(m.Endpoint) != nil) {
		return nil, refuse(wire.ErrorMalformed)
	}
	err := r.store.Update(r.ctx, func(tx store.Tx) error {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		said := &notice{kind: noticeSubscribed, accounts: []ident.AccountID{s.who.account}, devices: []ident.DeviceID{s.who.device}}
		if m.Endpoint == "" {
			said.kind = noticeUnsubscribed
		}
		notify(tx, said)
		if m.Endpoint == "" {
			return tx.DeletePushSubscription(s.who.device, "")
		}
		return tx.PutPushSubscription(s.who.device, m.Endpoint)
	})
	switch {
	case err != nil:
		return nil, err
	case m.Endpoint == "":
		r.wakes.remove(s.who.device)
	default:
		r.wakes.add(s.who.account, s.who.device)
	}
	return &wire.Done{}, nil
}

// testPush is answered when the push service has answered; meanwhile the device's
// other requests go on.
func (s *Session) testPush(id uint64) {
	if wait := s.relay.wakes.mayTest(s.who.device); wait > 0 {
		s.answer(id, nil, refuseUntil(wait))
		return
	}
	s.begin()
	go func() {
		result := new(wire.TestPushResult)
		found, err := s.relay.wakes.wake(s.who.device)
		var refused *push.RefusedError
		switch {
		case errors.As(err, &refused):
			result.Status = uint32(refused.Status)
		case found && err == nil:
			result.Status = 201
		}
		s.finish(id, result, nil)
	}()
}
