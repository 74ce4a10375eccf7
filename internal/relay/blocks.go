package relay

import (
	"errors"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// setBlocked blocks an account or ends that (M55). The account need not exist: what
// is blocked may have gone meanwhile.
func (s *Session) setBlocked(m *wire.SetBlocked) (*wire.Done, error) {
	other, err := ident.IDFromBytes[ident.AccountID](m.AccountID)
	if err != nil || other == s.who.account {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := s.relay
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		blocked, err := tx.ListBlocked(s.who.account)
		if err == nil && m.Blocked && len(blocked) >= wire.MaxBlocked && !slices.Contains(blocked, other) {
			err = refuse(wire.ErrorTooLarge)
		}
		notifyEvent(tx, &wire.BlockedChanged{}, s.who.account)
		if m.Blocked {
			notify(tx, &notice{kind: noticeParted, accounts: []ident.AccountID{s.who.account, other}})
		}
		return errors.Join(err, tx.SetBlocked(s.who.account, other, m.Blocked))
	})
	if err != nil {
		return nil, err
	}
	if m.Blocked {
		r.presence.part(s.who.account, other)
	}
	r.hub.tell(s.who.account, &wire.BlockedChanged{}, nil)
	return &wire.Done{}, nil
}

// listBlocked returns whom the caller's account blocks.
func (s *Session) listBlocked() (*wire.ListBlockedResult, error) {
	result := new(wire.ListBlockedResult)
	err := s.relay.store.View(s.relay.ctx, func(r store.Reader) error {
		blocked, err := r.ListBlocked(s.who.account)
		for _, id := range blocked {
			result.AccountIDs = append(result.AccountIDs, id[:])
		}
		return err
	})
	return result, err
}

// whoHears takes out of a list the accounts that block another, and those that it blocks.
func whoHears(r store.Reader, accounts []ident.AccountID, of ident.AccountID) ([]ident.AccountID, error) {
	var hear []ident.AccountID
	for _, account := range accounts {
		byThem, err := r.IsBlocked(account, of)
		if err != nil {
			return nil, err
		}
		byUs, err := r.IsBlocked(of, account)
		if err != nil {
			return nil, err
		}
		if !byThem && !byUs {
			hear = append(hear, account)
		}
	}
	return hear, nil
}
