package relay

import (
	"sync"

	"parley/ident"
)

// accountSet are accounts with which something is to be done. Its methods may be called from
// any goroutine; the zero value is empty.
type accountSet struct {
	mu  sync.Mutex
	set map[ident.AccountID]struct{}
}

func (a *accountSet) mark(account ident.AccountID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.set == nil {
		a.set = make(map[ident.AccountID]struct{})
	}
	a.set[account] = struct{}{}
}

// take returns the accounts and forgets them.
func (a *accountSet) take() []ident.AccountID {
	a.mu.Lock()
	defer a.mu.Unlock()
	accounts := make([]ident.AccountID, 0, len(a.set))
	for account := range a.set {
		accounts = append(accounts, account)
	}
	a.set = nil
	return accounts
}
