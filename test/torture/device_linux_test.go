package torture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"parley/internal/relay/relaytest"
	"parley/wire"
)

// window is how many messages of a device are on their way.
const window = 16

// device sends into one conversation, and keeps a ledger of what it was promised and what it
// got.
type device struct {
	*relaytest.Device
	relays       []*relay
	conversation []byte
	random       *rand.Rand

	mu sync.Mutex
	// unacknowledged are sent again until they are acknowledged; asked are the requests of
	// this connection, by the message that they send.
	unacknowledged map[string]*wire.Send
	asked          map[uint64]string
	// acknowledged are the sequences that were promised, by message.
	acknowledged map[string]uint64
	repeated     int
	// position is how far the feed has been read; places are what was read, by message.
	position uint64
	places   map[string]uint64
	sequence uint64
	wrong    []string
}

func (d *device) failed(format string, args ...any) {
	d.wrong = append(d.wrong, fmt.Sprintf(format, args...))
}

// live sends, or only receives, until ctx ends, with one connection after the other.
func (d *device) live(ctx context.Context, sending bool) {
	for ctx.Err() == nil {
		connection, vanish := context.WithCancel(ctx)
		if link, err := relaytest.Dial(connection, "http://"+d.relays[d.random.IntN(len(d.relays))].address); err == nil {
			if d.Connect(link) == nil {
				d.connected(connection, sending)
			}
			link.Close()
		}
		vanish()
		sleep(ctx, time.Duration(d.random.IntN(100))*time.Millisecond)
	}
}

// connected uses a connection until it breaks or the device vanishes.
func (d *device) connected(ctx context.Context, sending bool) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	d.mu.Lock()
	clear(d.asked)
	d.mu.Unlock()
	if _, err := d.Start(&wire.Pull{After: d.position}); err != nil {
		return
	}
	var reading sync.WaitGroup
	slow := rand.New(rand.NewPCG(d.random.Uint64(), 0))
	reading.Go(func() {
		defer end()
		d.read(ctx, slow)
	})
	for d.write(sending) && sleep(ctx, time.Duration(d.random.IntN(20))*time.Millisecond) {
		if sending && d.random.IntN(2000) == 0 {
			break // it vanishes
		}
	}
	end()
	reading.Wait()
}

// write sends something: a new message, or one again, or what came before once more.
func (d *device) write(sending bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	var m *wire.Send
	switch {
	case sending && len(d.unacknowledged) < window:
		m = relaytest.Text(d.conversation, fmt.Sprintf("%x", d.random.Uint64()))
		d.unacknowledged[string(m.MessageID)] = m
	case d.random.IntN(4) == 0 || !sending:
		for _, m = range d.unacknowledged { // any of them
			d.repeated++
			break
		}
	}
	if m == nil {
		return true
	}
	id, err := d.Start(m)
	d.asked[id] = string(m.MessageID)
	return err == nil
}

// read takes what comes; sometimes it is slow.
func (d *device) read(ctx context.Context, slow *rand.Rand) {
	for {
		f, err := d.Next()
		if err != nil || !d.take(f) {
			return
		}
		if slow.IntN(1500) == 0 && !sleep(ctx, time.Duration(slow.IntN(1500))*time.Millisecond) {
			return
		}
	}
}

// take reports false when the connection is of no use any more.
func (d *device) take(f *wire.Frame) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch body := f.Body.(type) {
	case *wire.Response:
		return d.answered(f.ID, body.Result)
	case *wire.Event:
		switch e := body.Happening.(type) {
		case *wire.FeedEntries:
			if e.Entries[0].Position > d.position+1 {
				return d.pull()
			}
			return d.entries(e.Entries)
		case *wire.FeedWakeup:
			return d.pull()
		}
	}
	return true
}

func (d *device) answered(id uint64, result wire.ResponseResult) bool {
	switch r := result.(type) {
	case *wire.SendResult:
		d.promised(d.asked[id], r.Sequence)
	case *wire.PullResult:
		if !d.entries(r.Entries) {
			return false
		}
		if d.position = max(d.position, r.Next); r.Next < r.Head {
			return d.pull()
		}
	}
	return true
}

// promised notes that the relay has a message at a place.
func (d *device) promised(message string, sequence uint64) {
	if before, ok := d.acknowledged[message]; ok && before != sequence {
		d.failed("a message was promised the places %d and %d", before, sequence)
	}
	d.acknowledged[message] = sequence
	delete(d.unacknowledged, message)
}

func (d *device) pull() bool {
	_, err := d.Start(&wire.Pull{After: d.position})
	return err == nil
}

// entries notes what the feed has, and acknowledges it.
func (d *device) entries(entries []*wire.Entry) bool {
	for _, e := range entries {
		if e.Position <= d.position {
			continue // pushed and pulled
		}
		if e.Position != d.position+1 {
			d.failed("position %d follows %d", e.Position, d.position)
		}
		if e.Sequence != d.sequence+1 {
			d.failed("entry %d follows %d", e.Sequence, d.sequence)
		}
		if before, twice := d.places[string(e.MessageID)]; twice {
			d.failed("a message stands at %d and %d", before, e.Sequence)
		}
		d.position, d.sequence = e.Position, e.Sequence
		d.places[string(e.MessageID)] = e.Sequence
		if _, waits := d.unacknowledged[string(e.MessageID)]; waits {
			d.promised(string(e.MessageID), e.Sequence) // the answer may be lost, and the relay forgets it
		}
	}
	_, err := d.Start(&wire.Ack{Position: d.position})
	return err == nil
}

// isDone reports whether nothing is on its way, and the feed has n messages.
func (d *device) isDone(n int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.unacknowledged) == 0 && len(d.places) == n+1
}

// check holds the ledger of a device to what another was promised.
func (d *device) check(t *testing.T, by *device) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for message, promised := range by.acknowledged {
		if got := d.places[message]; got != promised {
			t.Errorf("a message that was promised the place %d came at %d", promised, got)
		}
	}
}
