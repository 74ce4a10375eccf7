//go:build js && wasm

// These tests run in a browser: node web/test/gowasm.mjs ./client/wsjs
package wsjs_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"

	"parley/client/wsjs"
)

// transport is what package client asks for.
type transport interface {
	Read(ctx context.Context) ([]byte, error)
	Write(ctx context.Context, message []byte) error
	Close() error
}

var _ transport = (*wsjs.Conn)(nil)

func dial(t *testing.T) *wsjs.Conn {
	t.Helper()
	c, err := wsjs.Dial(t.Context(), os.Getenv("PARLEY_TEST_WS"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c *wsjs.Conn, message string) {
	t.Helper()
	if err := c.Write(t.Context(), []byte(message)); err != nil {
		t.Fatal(err)
	}
}

func TestMessagesComeBackWhole(t *testing.T) {
	c := dial(t)
	for _, size := range []int{0, 1, 1000, 1 << 20} {
		want := bytes.Repeat([]byte{0xfe}, size)
		if err := c.Write(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := c.Read(t.Context())
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back as %d (%v)", size, len(got), err)
		}
	}
}

func TestManyMessagesKeepTheirOrder(t *testing.T) {
	c := dial(t)
	send(t, c, "flood 2000")
	for i := range 2000 {
		m, err := c.Read(t.Context())
		if err != nil {
			t.Fatal(i, err)
		}
		if n := binary.LittleEndian.Uint32(m); n != uint32(i) {
			t.Fatalf("message %d came as number %d", n, i)
		}
	}
}

// More than the browser holds: Write waits for room and nothing is lost.
func TestWriterWaitsForTheBrowser(t *testing.T) {
	c := dial(t)
	message := bytes.Repeat([]byte{7}, 1<<20)
	got := make(chan error, 1)
	go func() {
		for range 20 {
			if m, err := c.Read(t.Context()); err != nil || len(m) != len(message) {
				got <- errors.Join(errors.New("bad message"), err)
				return
			}
		}
		got <- nil
	}()
	for range 20 {
		if err := c.Write(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

func TestReasonOfTheEndReachesTheReader(t *testing.T) {
	c := dial(t)
	send(t, c, "before")
	send(t, c, "close 4321 come back later")
	if m, err := c.Read(t.Context()); err != nil || string(m) != "before" {
		t.Fatalf("%q, %v", m, err)
	}
	_, err := c.Read(t.Context())
	var end *wsjs.CloseError
	if !errors.As(err, &end) || end.Code != 4321 || end.Reason != "come back later" {
		t.Errorf("got %v", err)
	}
	if err := c.Write(t.Context(), []byte("x")); !errors.As(err, &end) {
		t.Errorf("write after the end: %v", err)
	}
}

func TestTextMessageEndsTheConnection(t *testing.T) {
	c := dial(t)
	send(t, c, "text")
	if _, err := c.Read(t.Context()); !errors.Is(err, wsjs.ErrText) {
		t.Errorf("got %v", err)
	}
}

func TestReaderFarBehindIsCutOff(t *testing.T) {
	c := dial(t)
	send(t, c, "flood 20000")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Writing goes on until the connection has been cut, without anything being read. Messages of this size make
	// Write wait, which lets the browser deliver what came.
	var err error
	for err == nil {
		err = c.Write(t.Context(), make([]byte, 2<<20))
	}
	if !errors.Is(err, wsjs.ErrOverflow) {
		t.Fatalf("got %v", err)
	}
	if _, err := c.Read(ctx); err != nil {
		t.Errorf("what had come before was lost: %v", err)
	}
}

func TestCloseEndsAWaitingReader(t *testing.T) {
	c := dial(t)
	got := make(chan error, 1)
	go func() {
		_, err := c.Read(t.Context())
		got <- err
	}()
	c.Close()
	if err := <-got; !errors.Is(err, wsjs.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestContextEndsAWaitingReader(t *testing.T) {
	c := dial(t)
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := c.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	send(t, c, "still open")
	if m, err := c.Read(t.Context()); err != nil || string(m) != "still open" {
		t.Errorf("%q, %v", m, err)
	}
}

func TestDialFailures(t *testing.T) {
	var end *wsjs.CloseError
	missing := strings.TrimSuffix(os.Getenv("PARLEY_TEST_WS"), "/ws") + "/missing"
	if _, err := wsjs.Dial(t.Context(), missing); !errors.As(err, &end) || end.Code != 1006 {
		t.Errorf("no such path: %v", err)
	}
	if _, err := wsjs.Dial(t.Context(), "gopher://x"); err == nil {
		t.Error("a URL of another kind was accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := wsjs.Dial(ctx, os.Getenv("PARLEY_TEST_WS")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
