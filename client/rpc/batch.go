package rpc

import (
	"bytes"
	"sync"
)

// answers collects what one line is answered with: a single request at once, a
// batch when all of its calls are done.
type answers struct {
	out   *outgoing
	batch bool

	mu    sync.Mutex
	left  int
	ready [][]byte
}

// add takes the answer of one request; nil for one that wants none.
func (a *answers) add(m *message) {
	if !a.batch {
		if m != nil {
			a.out.answer(encode(m))
		}
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if m != nil {
		a.ready = append(a.ready, bytes.TrimSpace(encode(m)))
	}
	if a.left--; a.left == 0 && len(a.ready) > 0 {
		line := append([]byte{'['}, bytes.Join(a.ready, []byte{','})...)
		a.out.answer(append(line, ']', '\n'))
	}
}
