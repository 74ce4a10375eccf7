package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"parley/internal/bus"
	"parley/internal/bus/natsbus"
	"parley/internal/config"
	"parley/internal/store"
)

// neighbours is what relays on one database reach each other by; the zero value is for one that is
// alone.
type neighbours struct {
	journal store.Journal
	bus     bus.Bus
}

func (s neighbours) close() {
	if s.bus != nil {
		s.bus.Close()
	}
}

// shareStore connects this relay with the others on its database, if there may be some.
func shareStore(ctx context.Context, st store.Store, c config.Bus, log *slog.Logger) (neighbours, error) {
	if c.Bus != "nats" {
		return neighbours{}, nil
	}
	journal, ok := st.(store.Journal)
	if !ok {
		return neighbours{}, errors.New("bus.bus: relays cannot share this kind of store")
	}
	identity, err := st.Identity(ctx, rand.Reader)
	if err != nil {
		return neighbours{}, err
	}
	b, err := natsbus.Connect(natsbus.Options{
		URLs: c.NATS, Credentials: c.Credentials, Authorities: c.Authorities, Certificate: c.Certificate, Key: c.Key,
		Prefix: fmt.Sprintf("parley.%x.", identity.ID[:]), Log: log,
	})
	if err != nil {
		return neighbours{}, usageError("bus: %w", err)
	}
	return neighbours{journal, b}, nil
}
