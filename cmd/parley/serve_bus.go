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
	"parley/internal/obs"
	"parley/internal/store"
)

// neighbours is what relays on one database reach each other by; the zero value is for one that is
// alone.
type neighbours struct {
	journal store.Journal
	bus     bus.Bus
	nats    *natsbus.Bus
}

// register has the metrics tell of the bus; a relay that is alone says nothing, and is never cut off.
func (s neighbours) register(metrics *obs.Registry) {
	traffic := func() (t natsbus.Traffic) {
		if s.nats != nil {
			t = s.nats.Traffic()
		}
		return t
	}
	metrics.Gauge("parley_bus_connected", "1 while the other relays can be reached through NATS, or if there are none.", func() float64 {
		if s.nats != nil && !s.nats.IsConnected() {
			return 0
		}
		return 1
	})
	metrics.Total("parley_bus_sent_total", "Messages to other relays.", func() uint64 { return traffic().Sent })
	metrics.Total("parley_bus_received_total", "Messages from other relays.", func() uint64 { return traffic().Received })
	metrics.Total("parley_bus_lost_total", "Messages to other relays that could not be sent, and from them that came too fast.", func() uint64 { return traffic().Lost })
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
	return neighbours{journal, b, b}, nil
}
