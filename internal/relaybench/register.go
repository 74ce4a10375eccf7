package relaybench

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// registerWidth is how many accounts are registered at a time.
const registerWidth = 16

func (b *bench) registerMany(ctx context.Context, n int) ([]*account, error) {
	accounts := make([]*account, n)
	first := b.numbers
	b.numbers += n
	err := each(n, func(i int) (err error) {
		accounts[i], err = b.register(ctx, first+i)
		return err
	})
	return accounts, err
}

// each runs f for 0 to n-1, registerWidth at a time.
func each(n int, f func(i int) error) error {
	failures := make([]error, n)
	slots := make(chan struct{}, registerWidth)
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			failures[i] = f(i)
			<-slots
		})
	}
	all.Wait()
	return firstOf(failures)
}

// firstOf returns the first error, and how many there are: thousands of devices may fail for one
// reason.
func firstOf(failures []error) error {
	failures = slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	switch len(failures) {
	case 0:
		return nil
	case 1:
		return failures[0]
	}
	return fmt.Errorf("%w, and %d more", failures[0], len(failures)-1)
}

// signInAll connects devices, which closeAll closes.
func (b *bench) signInAll(ctx context.Context, accounts []*account) ([]*device, error) {
	devices := make([]*device, len(accounts))
	err := each(len(accounts), func(i int) (err error) {
		devices[i], err = b.signIn(ctx, accounts[i])
		return err
	})
	b.open = append(b.open, devices...)
	return devices, err
}
