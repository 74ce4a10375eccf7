// Package relaybench measures a relay from outside: it registers accounts,
// opens their connections, and sends real MLS messages in direct conversations
// over the device protocol. It measures the relay only; the devices here are
// cheaper than real ones and decrypt nothing.
//
// It is for a relay on this machine that was started for it, with the limits on
// sending and registering raised.
package relaybench

import (
	"context"
	"fmt"
	"time"

	"parley/ident"
)

// Options say what to measure and how much.
type Options struct {
	// URL of the relay, http or https.
	URL string
	// Invite makes a registration code for a number.
	Invite func(ctx context.Context, phone ident.Phone) (code string, err error)
	// PID of the relay's process, for CPU and memory; 0 leaves them out.
	PID int
	// Restart starts the relay afresh, for memory without the past, and returns
	// its URL and PID; nil measures the process as it is.
	Restart func(ctx context.Context) (url string, pid int, err error)
	// Note is told what is being done.
	Note func(what string)

	// Pairs of accounts that write to each other.
	Pairs int
	// Messages at saturation, in all; Window of them unanswered per sender.
	Messages, Window int
	// Rate of messages a second and Duration of the measurement of latency.
	Rate     int
	Duration time.Duration
	// Queued messages for the returning device.
	Queued int
	// Idle devices.
	Idle int
}

// Report is what was measured. Zero CPU or memory means: could not be measured.
type Report struct {
	Saturation Saturation `json:"saturation"`
	Latency    Latency    `json:"latency"`
	Pull       Pull       `json:"pull"`
	Idle       Idle       `json:"idle"`
}

// Saturation is sending as fast as the relay takes it.
type Saturation struct {
	Messages int `json:"messages"`
	// MeanBytes is the mean size of the MLS messages.
	MeanBytes int `json:"meanBytes"`
	// PerSecond is the rate at which messages were on disk and delivered.
	PerSecond float64 `json:"perSecond"`
	// CPUPerThousandMS is the relay's CPU time for 1,000 messages: taken,
	// written to disk, acknowledged, delivered to one device and acknowledged
	// by it.
	CPUPerThousandMS float64 `json:"cpuPerThousandMs"`
}

// Latency is how long messages take at a steady rate.
type Latency struct {
	PerSecond int `json:"perSecond"`
	// Acknowledged is from sending to the relay's answer, the disk included;
	// Delivered to the arrival at the other device.
	Acknowledged Percentiles `json:"acknowledged"`
	Delivered    Percentiles `json:"delivered"`
}

// Percentiles are milliseconds.
type Percentiles struct {
	P50 float64 `json:"p50Ms"`
	P99 float64 `json:"p99Ms"`
	Max float64 `json:"maxMs"`
}

// Pull is a device that returns to what was queued for it.
type Pull struct {
	Messages int `json:"messages"`
	// Seconds from dialling to having received everything, and its
	// acknowledgement by the relay.
	Seconds float64 `json:"seconds"`
}

// Idle is memory of authenticated devices that do nothing.
type Idle struct {
	Devices int `json:"devices"`
	// BaseBytes is the relay's memory without devices; PerDevice what each adds.
	BaseBytes int64   `json:"baseBytes"`
	PerDevice float64 `json:"perDeviceBytes"`
}

// Run measures everything in turn.
func Run(ctx context.Context, o Options) (Report, error) {
	var report Report
	b := &bench{Options: o}
	defer b.closeAll()
	steps := []struct {
		what string
		run  func(context.Context, *Report) error
	}{
		{fmt.Sprintf("registering %d accounts", 2*o.Pairs), b.prepare},
		{fmt.Sprintf("sending %d messages at saturation", o.Messages), b.saturate},
		{fmt.Sprintf("sending %d messages a second for %s", o.Rate, o.Duration), b.steady},
		{fmt.Sprintf("pulling %d queued messages", o.Queued), b.pull},
		{fmt.Sprintf("holding %d idle devices", o.Idle), b.idle},
	}
	for _, step := range steps {
		o.Note(step.what)
		if err := step.run(ctx, &report); err != nil {
			return report, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return report, nil
}

// bench is a measurement under way.
type bench struct {
	Options
	pairs []*pair
	// numbers counts the phone numbers given out.
	numbers int
}

func (b *bench) closeAll() {
	for _, p := range b.pairs {
		p.sender.close()
		p.receiver.close()
	}
}
