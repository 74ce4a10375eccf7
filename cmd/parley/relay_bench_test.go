//go:build linux

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"parley/internal/relay/relaytest"
	"parley/wire"
)

// BenchmarkRelay measures the processor time that a relay process spends per
// 1,000 messages of 300 bytes between two devices: taken, on disk,
// acknowledged, pushed, acknowledged by the receiver, receipt passed on.
func BenchmarkRelay(b *testing.B) {
	for _, pairs := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("pairs=%d", pairs), func(b *testing.B) { benchmarkRelay(b, pairs) })
	}
}

// window is how many messages of one sender wait for their acknowledgement.
const window = 32

func benchmarkRelay(b *testing.B, pairs int) {
	relay := startRelay(b, b.TempDir(), "--config", unlimited(b))
	var work []func(n int) error
	for i := range pairs {
		from := relay.register(b, fmt.Sprintf("+32470%06d", 2*i))
		to := relay.register(b, fmt.Sprintf("+32470%06d", 2*i+1))
		conversation, err := from.Direct(to)
		if err != nil {
			b.Fatal(err)
		}
		for _, d := range []*relaytest.Device{from, to} {
			if _, err := relaytest.Call[*wire.PullResult](d, &wire.Pull{}); err != nil {
				b.Fatal(err)
			}
		}
		work = append(work, func(n int) error { return stream(from, to, conversation, n) })
	}
	before := cpuMillis(b, relay.Process.Pid)
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	b.ResetTimer()
	for _, run := range work {
		wg.Go(func() {
			if err := run(b.N/pairs + 1); err != nil {
				failed.Store(&err)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	total := float64(pairs * (b.N/pairs + 1))
	b.ReportMetric((cpuMillis(b, relay.Process.Pid)-before)/total*1000, "cpu-ms/1000")
	b.ReportMetric(total/b.Elapsed().Seconds(), "messages/s")
}

// stream sends n messages; both sides acknowledge what is pushed to them, each
// time that half a window has come.
func stream(from, to *relaytest.Device, conversation []byte, n int) error {
	text := strings.Repeat("x", 300)
	room := make(chan struct{}, window)
	received := make(chan error, 2)
	go func() { received <- receive(from, n, func() { <-room }) }()
	go func() { received <- receive(to, n, func() {}) }()
	for range n {
		room <- struct{}{}
		if _, err := from.Start(relaytest.Text(conversation, text)); err != nil {
			return err
		}
	}
	for range 2 {
		if err := <-received; err != nil {
			return err
		}
	}
	return nil
}

// receive reads until n entries were pushed and, for a sender, answered.
func receive(d *relaytest.Device, n int, answered func()) error {
	for got := 0; got < n; {
		f, err := d.Next()
		if err != nil {
			return err
		}
		switch body := f.Body.(type) {
		case *wire.Response:
			switch result := body.Result.(type) {
			case *wire.SendResult:
				answered()
			case *wire.Error:
				return result
			}
		case *wire.Event:
			if e, ok := body.Happening.(*wire.FeedEntries); ok {
				if got += len(e.Entries); got%(window/2) == 0 || got == n {
					if _, err := d.Start(&wire.Ack{Position: e.Entries[0].Position}); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// BenchmarkIdleDevices measures the memory that a relay process needs for each
// authenticated device that says nothing.
func BenchmarkIdleDevices(b *testing.B) {
	const devices = 1000
	b.Setenv("GOGC", "5") // garbage is not what is measured
	relay := startRelay(b, b.TempDir(), "--config", unlimited(b))
	connect := func(i int) {
		d := relay.register(b, fmt.Sprintf("+32470%06d", i))
		if _, err := relaytest.Call[*wire.PullResult](d, &wire.Pull{}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range devices / 10 {
		connect(i)
	}
	before := memoryBytes(b, relay.Process.Pid, "VmRSS")
	for i := range devices {
		connect(devices + i)
	}
	for b.Loop() {
	}
	b.ReportMetric((memoryBytes(b, relay.Process.Pid, "VmRSS")-before)/devices, "bytes/device")
}

// memoryBytes returns a figure of a process's memory, such as VmRSS (proc(5)).
func memoryBytes(b *testing.B, pid int, name string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), name+":")
	kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes * 1024
}

// cpuMillis returns the processor time of a process (proc(5), ticks of 10 ms).
func cpuMillis(b *testing.B, pid int) float64 {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	total := 0.0
	for _, field := range fields[11:13] {
		ticks, err := strconv.ParseFloat(field, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += ticks * 10
	}
	return total
}
