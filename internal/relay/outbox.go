package relay

import (
	"time"

	"parley/wire"
)

const (
	// eventPause is how long after one event of a session the next waits for those behind
	// it: a device in a busy group gets many a second, and each writing costs more than what
	// is in it.
	eventPause = 20 * time.Millisecond
	// In large groups each message is a writing for each account, and so it waits
	// accountPause an account, up to eventPauseMost.
	accountPause   = 100 * time.Microsecond
	eventPauseMost = 100 * time.Millisecond
	// eventBytes is how much waits at most.
	eventBytes = 32 << 10
)

// pauseFor is how long an event that comes to a number of accounts waits for those behind it.
func pauseFor(accounts int) time.Duration {
	return min(max(time.Duration(accounts)*accountPause, eventPause), eventPauseMost)
}

// waitForRoom blocks while too many answers wait to be written or too many
// writes wait for the disk; it reports false when the session is over.
func (s *Session) waitForRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed && !s.ending && (s.waiting > answerLimit || s.inFlight >= maxInFlight) {
		s.changed.Wait()
	}
	return !s.closed && !s.ending
}

// answer sends the result of a request, or its error.
func (s *Session) answer(id uint64, result wire.ResponseResult, err error) {
	s.enqueue(s.response(id, result, err))
}

// answerHere is answer that writes on the calling goroutine, and returns when that is done: starting another one costs
// as much as writing to a device that has just come, and can read.
func (s *Session) answerHere(id uint64, result wire.ResponseResult, err error) {
	frame := s.response(id, result, err)
	s.mu.Lock()
	if s.closed || s.ending {
		s.mu.Unlock()
		return
	}
	s.queueLocked(wire.Encoded{Rest: frame})
	mine := s.claimLocked()
	s.mu.Unlock()
	if mine {
		s.drain()
	}
}

func (s *Session) response(id uint64, result wire.ResponseResult, err error) []byte {
	if err != nil {
		s.relay.counters.refusals.Inc()
		result = s.relay.asWireError(err, s.log())
	}
	return wire.Encode(&wire.Frame{ID: id, Body: &wire.Response{Result: result}})
}

// begin counts a write on its way to the disk; finish answers it.
func (s *Session) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight++
}

func (s *Session) finish(id uint64, result wire.ResponseResult, err error) {
	s.answer(id, result, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
	s.changed.Broadcast()
}

// enqueue puts a frame into the queue.
func (s *Session) enqueue(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueueLocked(frame)
}

func (s *Session) enqueueLocked(frame []byte) {
	if s.closed || s.ending {
		return
	}
	s.queueLocked(wire.Encoded{Rest: frame})
	s.drainLocked()
}

func (s *Session) queueLocked(frame wire.Encoded) {
	s.out = append(s.out, frame)
	s.waiting += frame.Len()
}

// drainLocked has the queue written now.
func (s *Session) drainLocked() {
	if s.claimLocked() {
		go s.drain()
	}
}

// claimLocked reports whether the caller is to write the queue now; otherwise somebody does.
func (s *Session) claimLocked() bool {
	if s.draining && (s.later == nil || !s.later.Stop()) {
		return false
	}
	s.draining, s.later = true, nil
	return true
}

// enqueueEventLocked is enqueueLocked for what nobody waits for: soon after other events it
// waits for those behind it, so that they share one writing.
func (s *Session) enqueueEventLocked(frame wire.Encoded, pause time.Duration) {
	if s.closed || s.ending {
		return
	}
	s.queueLocked(frame)
	now := time.Now()
	wait := pause - now.Sub(s.told)
	switch {
	case wait <= 0 || s.waiting >= eventBytes:
		s.told = now
		s.drainLocked()
	case !s.draining:
		s.told = now.Add(wait)
		s.draining = true
		s.later = time.AfterFunc(wait, s.drain)
	}
}

// drain writes the queue and ends when it is empty.
func (s *Session) drain() {
	for {
		frames, size, last := s.takeFrames()
		if len(frames) > 0 {
			if err := s.conn.WriteFrames(frames); err != nil {
				s.conn.Close()
			}
			s.wrote(size)
		}
		if last {
			s.conn.Close()
			return
		}
		if len(frames) == 0 {
			return
		}
	}
}

// takeFrames empties the queue; last says that nothing comes after.
func (s *Session) takeFrames() (frames []wire.Encoded, size int, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames, s.out = s.out, nil
	for _, f := range frames {
		size += f.Len()
	}
	last = s.ending || s.closed
	if len(frames) == 0 {
		s.draining = false
	}
	return frames, size, last
}

func (s *Session) wrote(size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting -= size
	s.changed.Broadcast()
}

// end sends a last event and closes the connection after it.
func (s *Session) end(event wire.EventHappening) {
	frame := encodeEvent(event)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLocked(frame)
}

func (s *Session) endLocked(frame []byte) {
	s.enqueueLocked(frame)
	s.ending = true
	s.live = false
	s.changed.Broadcast()
}

// pushed returns how far the session has been pushed entries, and whether it is.
func (s *Session) pushed() (position uint64, live bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position, s.live
}

// push sends the entry that comes next, which waits for a pause after other events; a reader
// that is too slow is told to pull instead.
func (s *Session) push(position uint64, frame wire.Encoded, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fullLocked(frame.Len()) {
		s.slowLocked(position)
		return
	}
	s.position = position
	s.relay.counters.pushed.Inc()
	s.enqueueEventLocked(frame, pause)
}

// fullLocked reports whether a frame of a size is too much for what waits already; who
// has read everything gets a frame of any size.
func (s *Session) fullLocked(size int) bool {
	return s.waiting > 0 && s.waiting+size > pushLimit
}

// slowLocked stops the pushes until the device has pulled.
func (s *Session) slowLocked(head uint64) {
	if !s.live {
		return
	}
	s.live = false
	s.relay.counters.slowReaders.Inc()
	s.enqueueLocked(encodeEvent(&wire.FeedWakeup{Head: head}))
}

// notify sends an event other than an entry. For a reader that is too slow it
// is left out, and the wake-up tells the device to pull entries and receipts.
func (s *Session) notify(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fullLocked(len(frame)) {
		s.slowLocked(s.position)
		return
	}
	s.enqueueEventLocked(wire.Encoded{Rest: frame}, eventPause)
}

// goLive answers a pull and starts the pushes if the device has everything up
// to the account's head.
func (s *Session) goLive(id uint64, result *wire.PullResult) {
	o := s.relay.hub.find(s.who.account)
	if o == nil {
		s.answer(id, result, nil)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	result.Head = max(result.Head, o.head)
	frame := wire.Encode(&wire.Frame{ID: id, Body: &wire.Response{Result: result}})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = result.Next == result.Head
	s.position = result.Next
	s.enqueueLocked(frame)
}
