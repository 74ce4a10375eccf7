package mls

import (
	"os"
	"strconv"
	"syscall/js"
	"testing"
	"time"
)

// cpuTime is the CPU time of the browser's pages and workers, as
// web/test/gowasm.mjs tells it; 0 where nobody does.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	address := os.Getenv("PARLEY_TEST_CPU")
	if address == "" {
		return 0
	}
	request := js.Global().Get("XMLHttpRequest").New()
	request.Call("open", "GET", address, false) // synchronous, as a worker may
	request.Call("send")
	seconds, err := strconv.ParseFloat(request.Get("responseText").String(), 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second))
}
