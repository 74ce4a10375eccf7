package sqlstore

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"

	"parley/internal/store"
)

// Identity is that of store.Store, for a store whose transactions are given by update.
func Identity(ctx context.Context, random io.Reader, update func(context.Context, func(Statements) error) error) (store.Identity, error) {
	var identity store.Identity
	err := update(ctx, func(t Statements) error {
		var id, seed []byte
		err := t.Row("findRelay").Scan(&id, &seed)
		if errors.Is(err, store.ErrNotFound) {
			id, seed = make([]byte, len(identity.ID)), make([]byte, ed25519.SeedSize)
			if _, err := io.ReadFull(random, id); err != nil {
				return err
			}
			if _, err := io.ReadFull(random, seed); err != nil {
				return err
			}
			err = t.Do("createRelay", id, seed)
		}
		if err != nil {
			return err
		}
		copy(identity.ID[:], id)
		identity.Signer = ed25519.NewKeyFromSeed(seed)
		return nil
	})
	return identity, err
}
