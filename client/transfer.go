package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/wire"
	"parley/wire/relayurl"
)

const (
	// maxTransfers is how many files move at a time; the others wait.
	maxTransfers = 3
	// progressEvery is how often people hear how far a file is.
	progressEvery = 200 * time.Millisecond
	// firstTransferWait and lastTransferWait bound the wait after a failure.
	firstTransferWait = 250 * time.Millisecond
	lastTransferWait  = 30 * time.Second
)

// transfers are the files that are being moved, each by a goroutine of its own: they
// take long, and the worker has other things to do.
type transfers struct {
	mu      sync.Mutex
	running map[store.MediaID]context.CancelFunc
}

// begin reports whether a file may begin to move now; end must be called after.
func (t *transfers) begin(ctx context.Context, id store.MediaID) (context.Context, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == nil {
		t.running = map[store.MediaID]context.CancelFunc{}
	}
	if t.running[id] != nil || len(t.running) >= maxTransfers {
		return nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	t.running[id] = cancel
	return ctx, true
}

func (t *transfers) end(id store.MediaID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cancel := t.running[id]; cancel != nil {
		cancel()
	}
	delete(t.running, id)
}

// stop ends the transfer of a file, if there is one; it may take a moment.
func (t *transfers) stop(id store.MediaID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cancel := t.running[id]; cancel != nil {
		cancel()
	}
}

// moveMedia is the job that starts what is to be uploaded or downloaded. It never
// says that it did something: the transfers go on beside.
func (w *worker) moveMedia(ctx context.Context) (bool, error) {
	if w.cfg.Files == nil {
		return false, nil
	}
	var moving []*store.Media
	err := w.view(ctx, func(tx *tx) (err error) {
		moving, err = tx.FindMovingMedia()
		return err
	})
	for _, m := range moving {
		w.startTransfer(m)
	}
	return false, err
}

func (c *Client) startTransfer(m *store.Media) {
	ctx, ok := c.transfers.begin(c.ctx, m.ID)
	if !ok {
		return
	}
	started := c.spawn(func() {
		c.transfer(ctx, m)
		c.transfers.end(m.ID)
		c.nudge() // the next one
	})
	if !started {
		c.transfers.end(m.ID)
	}
}

// transfer moves a file until it is where it should be, cannot get there, or ctx
// ends. Whatever interrupts it, it goes on from where it was.
func (c *Client) transfer(ctx context.Context, m *store.Media) {
	p := &progress{c: c, m: m, total: content.SealedSize(m.Size)}
	for wait := firstTransferWait; ctx.Err() == nil; wait = min(2*wait, lastTransferWait) {
		before := p.moved
		err := c.transferOnce(ctx, m, p)
		if errors.Is(err, ErrFileToken) && p.moved > before {
			continue
		}
		if end := transferEnd(err); err == nil || end != "" {
			if err := c.update(c.ctx, func(tx *tx) error { return tx.endTransfer(m, end) }); err != nil {
				c.log.Error("a file's end was not noted", "error", err)
			}
			if err == nil && m.State == store.MediaUploading && m.Size > c.cfg.KeepSent {
				c.removeFile(c.ctx, m.ID)
			}
			return
		}
		if p.moved > before {
			wait = firstTransferWait
		}
		p.tell(true)
		c.log.Warn("a file waits", "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// transferEnd is the code with which an error ends a transfer; empty if it is tried
// again.
func transferEnd(err error) string {
	var refusal *wire.Error
	switch {
	case errors.Is(err, ErrFileDamaged):
		return api.ErrFileDamaged.Code
	case errors.Is(err, ErrFileLost):
		return api.ErrFileLost.Code
	case errors.Is(err, ErrFileFull):
		return api.ErrStorageFull.Code
	case errors.As(err, &refusal):
		switch refusal.Code {
		case wire.ErrorMediaUnavailable, wire.ErrorMediaTooLarge, wire.ErrorMediaQuota, wire.ErrorMediaUnknown, wire.ErrorMediaDamaged,
			wire.ErrorStorageFull, wire.ErrorMalformed:
			return refusal.Code.String()
		}
	}
	return ""
}

func (c *Client) transferOnce(ctx context.Context, m *store.Media, p *progress) error {
	s, err := c.connected(ctx)
	if err != nil {
		return err
	}
	t := FileTransfer{Media: m, SealedSize: p.total, Progress: p.set}
	if t.URL, err = c.mediaURL(); err != nil {
		return err
	}
	if m.State == store.MediaDownloading {
		ticket, err := request[*wire.MediaTicket](ctx, s, &wire.RequestMediaDownload{MediaID: m.ID[:]})
		if err != nil {
			return err
		}
		if ticket.Size != uint64(p.total) {
			return ErrFileDamaged
		}
		t.Token = ticket.Token
		return c.cfg.Files.Download(ctx, t)
	}
	ticket, err := request[*wire.MediaTicket](ctx, s, &wire.RequestMediaUpload{MediaID: m.ID[:], Size: uint64(p.total)})
	if err != nil || ticket.Finished {
		return err
	}
	t.Token = ticket.Token
	if err := c.cfg.Files.Upload(ctx, t); err != nil {
		return err
	}
	_, err = request[*wire.Done](ctx, s, &wire.FinishMedia{MediaID: m.ID[:], Hash: m.Hash})
	return err
}

// mediaURL is where media are at this account's relay.
func (c *Client) mediaURL() (string, error) {
	relay, _ := c.relay()
	u, err := relayurl.Parse(relay)
	if err != nil {
		return "", err
	}
	return u.Scheme + "://" + u.Host + u.Path + wire.MediaPath, nil
}

// progress tells people how far a file is.
type progress struct {
	c     *Client
	m     *store.Media
	total int64
	moved int64
	told  time.Time
	// silent: nobody is told.
	silent bool
}

// set is FileTransfer.Progress; the transfer's goroutine alone calls it.
func (p *progress) set(moved int64) {
	p.moved = moved
	if time.Since(p.told) >= progressEvery {
		p.tell(false)
	}
}

func (p *progress) tell(waiting bool) {
	p.told = time.Now()
	if p.silent {
		return
	}
	p.c.bus.publish(newEvent(api.OnMediaProgress, api.MediaProgress{
		ID: p.m.ID.String(), State: p.c.mediaState(p.m), Moved: p.moved, Total: p.total, Waiting: waiting,
	}))
}
