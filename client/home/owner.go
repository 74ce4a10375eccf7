package home

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"parley/client/rpc"
)

// owner is the core opened in this process, and its service to the others.
type owner struct {
	Core
	lock     *flock.Flock
	socket   *socket
	cancel   context.CancelFunc
	visitors sync.WaitGroup
	never    chan struct{}
}

// open opens the core if no other process has; else it returns nil.
func (h *Home) open(ctx context.Context) (*owner, error) {
	lock := flock.New(filepath.Join(h.cfg.Dir, lockName), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", h.cfg.Dir, err)
	}
	if !locked {
		return nil, lock.Close()
	}
	o := &owner{lock: lock, never: make(chan struct{})}
	if o.Core, err = h.cfg.Open(ctx); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	if o.socket, err = listen(ctx, h.cfg.Dir); err != nil {
		return nil, errors.Join(err, o.Close(), lock.Unlock())
	}
	ctx, o.cancel = context.WithCancel(context.WithoutCancel(ctx))
	server := &rpc.Server{Core: o.Core, Log: h.cfg.Log}
	o.visitors.Go(func() { o.welcome(ctx, server) })
	return o, nil
}

// welcome serves other processes until the socket is closed.
func (o *owner) welcome(ctx context.Context, server *rpc.Server) {
	for {
		conn, err := o.socket.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				server.Log.Error("accept on the core's socket", slog.Any("error", err))
			}
			return
		}
		o.visitors.Go(func() {
			if err := server.Serve(ctx, conn); err != nil {
				server.Log.Debug("serve another process", slog.Any("error", err))
			}
		})
	}
}

func (o *owner) gone() <-chan struct{} { return o.never }

// close ends the service before the core, and the lock last, so that the next
// process finds everything closed.
func (o *owner) close() error {
	err := o.socket.remove()
	o.cancel()
	o.visitors.Wait()
	return errors.Join(err, o.Close(), o.lock.Unlock())
}
