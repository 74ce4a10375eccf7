package relay

import (
	"errors"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// lookUpAccount finds an account by number, or by id for those who share a
// conversation with it, and for the admins whom it asks to let it into a group.
func (s *Session) lookUpAccount(m *wire.LookUpAccount) (*wire.Account, error) {
	r := s.relay
	if (m.Phone == "") == (len(m.AccountID) == 0) {
		return nil, refuse(wire.ErrorMalformed)
	}
	if wait := r.limits.lookUps.take(s.who.device, r.now()); wait > 0 {
		return nil, refuseUntil(wait)
	}
	var account *wire.Account
	err := r.store.View(r.ctx, func(reader store.Reader) error {
		found, err := s.findAccount(reader, m)
		if err != nil {
			return missing(err, wire.ErrorAccountUnknown)
		}
		account, err = wireAccount(reader, found)
		return err
	})
	return account, err
}

func (s *Session) findAccount(reader store.Reader, m *wire.LookUpAccount) (store.Account, error) {
	if m.Phone != "" {
		phone, err := ParsePhone(m.Phone)
		if err != nil {
			return store.Account{}, err
		}
		return reader.FindAccountByPhone(phone)
	}
	id, err := ident.IDFromBytes[ident.AccountID](m.AccountID)
	if err != nil {
		return store.Account{}, refuse(wire.ErrorMalformed)
	}
	if err := s.mayKnow(reader, id); err != nil {
		// Who decides about a request must know whose it is.
		if asks, errAsks := s.asksUs(reader, id); errAsks != nil || !asks {
			return store.Account{}, errors.Join(err, errAsks)
		}
	}
	return reader.FindAccount(id)
}

// mayKnow refuses accounts that the caller shares no conversation with.
func (s *Session) mayKnow(reader store.Reader, id ident.AccountID) error {
	if id == s.who.account {
		return nil
	}
	share, err := reader.ShareConversation(s.who.account, id)
	if err == nil && !share {
		err = refuse(wire.ErrorAccountUnknown)
	}
	return err
}

func wireAccount(reader store.Reader, a store.Account) (*wire.Account, error) {
	devices, err := reader.ListDevices(a.ID)
	if err != nil {
		return nil, err
	}
	account := &wire.Account{AccountID: a.ID[:], AccountKey: a.Key, Phone: string(a.Phone)}
	for _, d := range devices {
		account.Certificates = append(account.Certificates, d.Certificate)
	}
	return account, nil
}
