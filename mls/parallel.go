package mls

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallelFrom is how many items make a second goroutine worth its start: one
// item is a public-key operation, 50 µs or more.
const parallelFrom = 8

// eachParallel calls do for 0 … n-1 on all processors, and returns an error of
// one of them if any failed. do must not touch what another call touches.
func eachParallel(n int, do func(int) error) error {
	workers := min(runtime.GOMAXPROCS(0), n/parallelFrom)
	if workers <= 1 {
		for i := range n {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var first atomic.Pointer[error]
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && first.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					first.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := first.Load(); err != nil {
		return *err
	}
	return nil
}
