package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// roundTime ends a round that does not end by itself.
const roundTime = 3 * time.Minute

// job is what is measured: messages between pairs of accounts, as fast as they are answered.
type job struct {
	messages, pairs, window int
	// bytes is how large a message is.
	bytes int
	// parley is the path of the program.
	parley string
}

// sender sends messages of one account to another.
type sender interface {
	// send writes n messages, and asks the server to tell that it has them.
	send(n int, text string) error
	// acknowledged waits until the server has more, and returns how many.
	acknowledged() (int, error)
}

// receiver receives the messages of one account.
type receiver interface {
	// receive waits for messages, tells the server that they have come, and returns how many
	// there were.
	receive() (int, error)
}

// running is a server that was started.
type running struct {
	// pids are the first processes of the server; what they have started counts as well.
	pids []int
	// connect makes the two accounts of a pair and signs them in.
	connect func(ctx context.Context, pair int) (sender, receiver, error)
	stop    func()
}

// server returns how a server is measured that start starts in a folder.
func server(start func(ctx context.Context, dir string) (*running, error)) func(context.Context, job) (result, error) {
	return func(ctx context.Context, j job) (_ result, err error) {
		ctx, cancel := context.WithTimeout(ctx, roundTime)
		defer cancel()
		dir, err := os.MkdirTemp("", "parley-peers-")
		if err != nil {
			return result{}, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // servers run as users of their own
			return result{}, err
		}
		s, err := start(ctx, dir)
		if err != nil {
			return result{}, err
		}
		defer s.stop()
		return j.run(ctx, s)
	}
}

// run connects all accounts, and measures from the first message to the last that was
// delivered and acknowledged both ways.
func (j job) run(ctx context.Context, s *running) (result, error) {
	var work []func() error
	each := j.messages / j.pairs
	text := strings.Repeat("parley+/", j.bytes/8+1)[:j.bytes] // as what is encrypted looks in XML
	for pair := range j.pairs {
		from, to, err := s.connect(ctx, pair)
		if err != nil {
			return result{}, fmt.Errorf("connect: %w", err)
		}
		work = append(work, func() error { return sendAll(from, each, j.window, text) }, func() error { return receiveAll(to, each) })
	}
	before, began := treeTime(s.pids), time.Now()
	ended := make(chan error, len(work))
	for _, run := range work {
		go func() { ended <- run() }() // ends with the server at the latest
	}
	for range work {
		select {
		case err := <-ended:
			if err != nil {
				return result{}, err
			}
		case <-ctx.Done():
			return result{}, ctx.Err()
		}
	}
	took, cpu := time.Since(began), treeTime(s.pids)-before
	sent := float64(each * j.pairs)
	return result{cpu: time.Duration(float64(cpu) * 1000 / sent), perSecond: sent / took.Seconds(), bytes: j.bytes}, nil
}

func sendAll(to sender, messages, window int, text string) error {
	for sent, waiting := 0, 0; sent < messages || waiting > 0; {
		if n := min(window-waiting, messages-sent); n > 0 {
			if err := to.send(n, text); err != nil {
				return fmt.Errorf("send: %w", err)
			}
			sent, waiting = sent+n, waiting+n
		}
		n, err := to.acknowledged()
		if err != nil {
			return fmt.Errorf("after %d messages: %w", sent, err)
		}
		waiting -= n
	}
	return nil
}

func receiveAll(from receiver, messages int) error {
	for got := 0; got < messages; {
		n, err := from.receive()
		if err != nil {
			return fmt.Errorf("receive after %d messages: %w", got, err)
		}
		got += n
	}
	return nil
}

// measureParley has Parley measure itself, with the same job.
func measureParley(ctx context.Context, j job) (result, error) {
	cmd := exec.CommandContext(ctx, j.parley, "bench", "relay", "--job", "saturate", "--json", //nolint:gosec // the operator names it
		"--messages", strconv.Itoa(j.messages), "--pairs", strconv.Itoa(j.pairs), "--window", strconv.Itoa(j.window))
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", cmd, err)
	}
	var told struct {
		CPU       float64 `json:"cpu_ms_per_1000"`
		PerSecond float64 `json:"per_second"`
		Bytes     int     `json:"mean_bytes"`
		Lost      int     `json:"lost"`
	}
	if err := json.Unmarshal(out, &told); err != nil {
		return result{}, err
	}
	if told.Lost > 0 || told.CPU == 0 {
		return result{}, fmt.Errorf("the measurement is not whole: %s", out)
	}
	return result{cpu: time.Duration(told.CPU * float64(time.Millisecond)), perSecond: told.PerSecond, bytes: told.Bytes}, nil
}
