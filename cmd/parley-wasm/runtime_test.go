//go:build js && wasm

// These tests hold the program that web/scripts/slim-wasm.mjs makes to what Go promises; run them with --slim.
package main

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

// Calls that are resumed in the middle, in loops and branches, with what they held before.
func TestGoroutinesGoOnWhereTheyWere(t *testing.T) {
	const workers, rounds = 20, 50
	in, out := make(chan int), make(chan int)
	for range workers {
		go func() {
			for n := range in {
				switch n % 3 {
				case 0:
					runtime.Gosched()
					n++
				case 1:
					runtime.GC()
				}
				out <- n
			}
		}()
	}
	go func() {
		defer close(in)
		for n := range rounds {
			in <- n
		}
	}()
	got, want := 0, 0
	for n := range rounds {
		got += <-out
		want += n
		if n%3 == 0 {
			want++
		}
	}
	if got != want {
		t.Errorf("the sum is %d, want %d", got, want)
	}
}

// A stack that grows moves, and the function that made it grow begins anew.
func TestStacksGrow(t *testing.T) {
	done := make(chan int)
	go func() { done <- sum(10_000) }()
	if got := <-done; got != 10_000*10_001/2 {
		t.Errorf("got %d", got)
	}
}

//go:noinline
func sum(n int) int {
	if n == 0 {
		return 0
	}
	var local [16]int
	local[n%16] = n
	return sum(n-1) + local[n%16]
}

func TestDeferredCallsRunAfterAPanic(t *testing.T) {
	for depth := range 5 {
		order, err := panicsIn(depth)
		if err == nil || order != strings.Repeat("d", depth+1)+"r" {
			t.Errorf("depth %d: order %q, error %v", depth, order, err)
		}
	}
}

//go:noinline
func panicsIn(depth int) (order string, err error) {
	defer func() {
		order += "r"
		err, _ = recover().(error)
	}()
	for range depth {
		defer func() { order += "d" }() // in a loop, so that it is not compiled in place
	}
	defer func() { order += "d" }()
	panic(errors.New("stop"))
}

// A nil pointer and an index beyond the end are panics with a text, not traps of WebAssembly.
func TestFaultsOfTheRuntimeAreRecovered(t *testing.T) {
	var none *strings.Builder
	var short []int
	for want, f := range map[string]func() int{
		"nil pointer":        func() int { return none.Len() },
		"index out of range": func() int { return short[depthOf(3)] },
		"divide by zero":     func() int { return 1 / depthOf(0) },
	} {
		err := recovered(f)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

//go:noinline
func depthOf(n int) int { return n }

func recovered(f func() int) (fault runtime.Error) {
	defer func() { fault, _ = recover().(runtime.Error) }()
	f()
	return nil
}

func TestStackTracesNameFunctions(t *testing.T) {
	if stack := namedCaller(); !strings.Contains(stack, ".namedCaller(") {
		t.Errorf("no name of the caller in\n%s", stack)
	}
}

//go:noinline
func namedCaller() string { return string(debug.Stack()) }

// What a function holds in its middle, and only there, is neither collected nor
// left behind when its stack moves.
func TestCallsKeepWhatIsHeld(t *testing.T) {
	done := make(chan string)
	for n := range 50 {
		go func() { done <- holds(n) }()
	}
	want := strings.Repeat("x", 64)
	for range 50 {
		if got := <-done; got != want+want+want {
			t.Fatalf("got %q", got)
		}
	}
}

//go:noinline
func holds(n int) (all string) {
	defer func() { all += collected(64) }()
	first := collected(32)
	if n%2 == 0 {
		sum(10 * n)
	}
	second := collected(32)
	for range n % 3 {
		runtime.Gosched()
		second = collected(16) + second[16:]
	}
	all = first + second
	third := collected(64)
	sum(100)
	return all + third
}

// collected is a new string, made while what nobody holds is collected and
// written over.
//
//go:noinline
func collected(n int) string {
	b := make([]byte, n)
	runtime.GC()
	for range 20 {
		rubbish = make([]byte, n)
		for i := range rubbish {
			rubbish[i] = '-'
		}
	}
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

var rubbish []byte
