// Package relaybench measures a relay from outside: it registers accounts,
// opens their connections, and sends real MLS messages over the device protocol.
// It measures the relay only; the devices here are cheaper than real ones: they
// encrypt ahead of time and decrypt nothing. The relay cannot tell.
//
// It is for a relay on this machine that was started for it, with the limits on
// sending and registering raised.
package relaybench

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"parley/ident"
)

// Job is one measurement.
type Job string

// The jobs, in the order in which they are run.
const (
	// JobSaturate sends in direct conversations as fast as the relay answers.
	JobSaturate Job = "saturate"
	// JobRate sends at a fixed rate and measures how long messages take.
	JobRate Job = "rate"
	// JobDevices is JobSaturate with two devices an account.
	JobDevices Job = "devices"
	// JobGroup sends to a group whose accounts are all online.
	JobGroup Job = "group"
	// JobOffline queues messages for a device and measures its return.
	JobOffline Job = "offline"
	// JobIdle connects devices that do nothing.
	JobIdle Job = "idle"
	// JobOverload offers three times what the relay can take.
	JobOverload Job = "overload"
)

// Jobs are all jobs.
var Jobs = []Job{JobSaturate, JobRate, JobDevices, JobGroup, JobOffline, JobIdle, JobOverload}

// Options say what to measure and how much.
type Options struct {
	// Jobs to run, in this order.
	Jobs []Job
	// URL of the relay, http or https, whose certificate is of Roots; nil are those that this
	// machine trusts.
	URL   string
	Roots *x509.CertPool
	// Others are further relays on the same database. Accounts are spread over all of them.
	Others []Place
	// Invite makes a registration code for a number.
	Invite func(ctx context.Context, phone ident.Phone) (code string, err error)
	// PID of the relay's process, for CPU and memory; 0 leaves them out.
	PID int
	// DatabasePID is the first process of the relay's database server, whose CPU and that of
	// its children counts as well; 0 if there is none.
	DatabasePID int
	// Restart starts the relay afresh, for memory without the past, and returns
	// its URL and PID; nil measures the process as it is.
	Restart func(ctx context.Context) (url string, pid int, err error)
	// Note is told what is being done.
	Note func(what string)

	// Pairs of accounts that write to each other.
	Pairs int
	// Messages at saturation, in all; Window of them unanswered per sender.
	Messages, Window int
	// Members of the group, whose one sender sends GroupMessages.
	Members, GroupMessages int
	// Rate of messages a second and Duration of the measurement of latency.
	Rate     int
	Duration time.Duration
	// Queued messages for the returning device.
	Queued int
	// Idle devices.
	Idle int
}

// Place is where a relay is.
type Place struct {
	// URL is its address, and PID its process, whose CPU counts as well; 0 leaves that out.
	URL string
	PID int
}

// Result is what a job has measured. What is zero was not, or could not be.
type Result struct {
	Job Job `json:"job"`
	// Messages that were sent, of MeanBytes, and how often they were delivered to a device
	// other than the sender.
	Messages   int `json:"messages,omitempty"`
	MeanBytes  int `json:"mean_bytes,omitempty"`
	Deliveries int `json:"deliveries,omitempty"`
	// PerSecond is the rate at which messages were on disk and delivered.
	PerSecond float64 `json:"per_second,omitempty"`
	// CPUPerThousand is the server's CPU time, ms, for 1,000 messages: taken, written to disk,
	// acknowledged, delivered, and acknowledged by the devices. CPUPerThousandDeliveries is
	// the same time by deliveries.
	CPUPerThousand           float64 `json:"cpu_ms_per_1000,omitempty"`
	CPUPerThousandDeliveries float64 `json:"cpu_ms_per_1000_deliveries,omitempty"`
	// OfferedPerSecond is how many messages an overload offers, and Refused how often one was
	// told to come back. MostKiB is the most memory of the server meanwhile.
	OfferedPerSecond float64 `json:"offered_per_second,omitempty"`
	Refused          int     `json:"refused,omitempty"`
	MostKiB          float64 `json:"most_kib,omitempty"`
	// P50, P99 and Max are ms from sending to the relay's answer, the disk included;
	// DeliveredP50 and DeliveredP99 to the arrival at the other device.
	P50          float64 `json:"p50_ms,omitempty"`
	P99          float64 `json:"p99_ms,omitempty"`
	Max          float64 `json:"max_ms,omitempty"`
	DeliveredP50 float64 `json:"delivered_p50_ms,omitempty"`
	DeliveredP99 float64 `json:"delivered_p99_ms,omitempty"`
	// Seconds from dialling to having received everything that was queued, and its
	// acknowledgement by the relay.
	Seconds float64 `json:"seconds,omitempty"`
	// Devices that do nothing, what memory each adds to BaseKiB of the server, and the CPU
	// time, µs, of connecting and authenticating one.
	Devices       int     `json:"devices,omitempty"`
	BaseKiB       float64 `json:"base_kib,omitempty"`
	KiBPerDevice  float64 `json:"kib_per_device,omitempty"`
	CPUPerConnect float64 `json:"cpu_us_per_connect,omitempty"`
	// Lost were acknowledged and did not come to a device; Duplicated came at two places of
	// its feed.
	Lost       int `json:"lost"`
	Duplicated int `json:"duplicated"`
}

// Run runs the jobs in turn and gives the result of each to told.
func Run(ctx context.Context, o Options, told func(Result) error) error {
	b := &bench{Options: o}
	run := map[Job]func(context.Context) (Result, error){
		JobSaturate: b.saturate, JobRate: b.steady, JobDevices: b.devices, JobGroup: b.group, JobOffline: b.pull, JobIdle: b.idle,
		JobOverload: b.overload,
	}
	for _, job := range o.Jobs {
		do, ok := run[job]
		if !ok {
			return fmt.Errorf("there is no job %q", job)
		}
		result, err := do(ctx)
		b.closeAll()
		if err != nil {
			return fmt.Errorf("%s: %w", job, err)
		}
		result.Job = job
		if err := told(result); err != nil {
			return err
		}
	}
	return nil
}

// bench is a measurement under way.
type bench struct {
	Options
	// open are the connections of the present job.
	open []*device
	// numbers counts the phone numbers given out.
	numbers int
}

func (b *bench) note(format string, args ...any) { b.Note(fmt.Sprintf(format, args...)) }

func (b *bench) closeAll() {
	for _, d := range b.open {
		d.close()
	}
	b.open = nil
}

// cpu is the CPU time that the servers have used so far.
func (b *bench) cpu() time.Duration {
	used := cpuTime(b.PID) + treeTime(b.DatabasePID)
	for _, other := range b.Others {
		used += cpuTime(other.PID)
	}
	return used
}

// urlFor is the address of the relay that an account uses, nil for nobody's.
func (b *bench) urlFor(a *account) string {
	if a == nil {
		return b.URL
	}
	i := int(a.id[len(a.id)-1]) % (1 + len(b.Others))
	if i == 0 {
		return b.URL
	}
	return b.Others[i-1].URL
}

// per is a CPU time in ms for 1,000 of n things.
func per(used time.Duration, n int) float64 { return float64(used.Microseconds()) / float64(max(n, 1)) }
