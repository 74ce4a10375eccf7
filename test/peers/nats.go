package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// startNATS builds the server that tools/nats names, and starts it. With JetStream every
// message is synced to the disk before it is answered.
func startNATS(ctx context.Context, dir string, jetStream bool) (*process, string, error) {
	tool := exec.CommandContext(ctx, "go", "tool", "-n", "nats-server")
	tool.Dir = "tools/nats"
	path, err := tool.Output()
	if err != nil {
		return nil, "", fmt.Errorf("build nats-server: %w", err)
	}
	address, _, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	text := "listen: \"" + address + "\"\n"
	if jetStream {
		text += "jetstream: {store_dir: \"" + dir + "\", sync_interval: always}\n"
	}
	config := filepath.Join(dir, "nats.conf")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, "", err
	}
	p, err := start(dir, nil, strings.TrimSpace(string(path)), "-c", config)
	if err != nil {
		return nil, "", err
	}
	return p, "nats://" + address, p.await(ctx, address)
}

// natsPeer starts a server; attach makes the ends of a pair of its connections.
func natsPeer(
	ctx context.Context, dir string, jetStream bool, attach func(ctx context.Context, from, to *nats.Conn, pair int) (sender, receiver, error),
) (*running, error) {
	p, url, err := startNATS(ctx, dir, jetStream)
	if err != nil {
		return nil, err
	}
	connect := func(ctx context.Context, pair int) (sender, receiver, error) {
		from, err := nats.Connect(url)
		if err != nil {
			return nil, nil, err
		}
		to, err := nats.Connect(url)
		if err != nil {
			return nil, nil, err
		}
		return attach(ctx, from, to, pair)
	}
	return &running{pids: []int{p.Process.Pid}, connect: connect, stop: p.stop}, nil
}

// natsSubject is where the messages of a pair go.
func natsSubject(pair int) string { return fmt.Sprintf("to.%d", pair) }

func natsCore(ctx context.Context, dir string) (*running, error) {
	return natsPeer(ctx, dir, false, func(_ context.Context, from, to *nats.Conn, pair int) (sender, receiver, error) {
		subscription, err := to.SubscribeSync(natsSubject(pair))
		if err != nil {
			return nil, nil, err
		}
		return &coreSender{from, natsSubject(pair), 0}, coreReceiver{subscription}, to.Flush()
	})
}

// coreSender sends over NATS core, and learns by a ping that the server has what came before.
type coreSender struct {
	*nats.Conn
	subject string
	waiting int
}

func (s *coreSender) send(n int, text string) error {
	for range n {
		if err := s.Publish(s.subject, []byte(text)); err != nil {
			return err
		}
	}
	s.waiting += n
	return nil
}

func (s *coreSender) acknowledged() (int, error) {
	n := s.waiting
	s.waiting = 0
	return n, s.FlushTimeout(roundTime)
}

type coreReceiver struct{ *nats.Subscription }

func (r coreReceiver) receive() (int, error) {
	_, err := r.NextMsg(roundTime)
	return 1, err
}

func natsJetStream(ctx context.Context, dir string) (*running, error) {
	return natsPeer(ctx, dir, true, attachStream)
}

func attachStream(ctx context.Context, from, to *nats.Conn, pair int) (sender, receiver, error) {
	out, err := jetstream.New(from)
	if err != nil {
		return nil, nil, err
	}
	in, err := jetstream.New(to)
	if err != nil {
		return nil, nil, err
	}
	if pair == 0 {
		if _, err := in.CreateStream(ctx, jetstream.StreamConfig{Name: "messages", Subjects: []string{"to.*"}, Storage: jetstream.FileStorage}); err != nil {
			return nil, nil, err
		}
	}
	consumer, err := in.CreateConsumer(ctx, "messages", jetstream.ConsumerConfig{
		Durable: fmt.Sprintf("device%d", pair), FilterSubject: natsSubject(pair), AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: -1,
	})
	if err != nil {
		return nil, nil, err
	}
	messages, err := consumer.Messages()
	return &streamSender{stream: out, subject: natsSubject(pair)}, streamReceiver{messages}, err
}

// streamSender sends over JetStream, which answers each message.
type streamSender struct {
	stream  jetstream.JetStream
	subject string
	waiting []jetstream.PubAckFuture
}

func (s *streamSender) send(n int, text string) error {
	for range n {
		f, err := s.stream.PublishAsync(s.subject, []byte(text))
		if err != nil {
			return err
		}
		s.waiting = append(s.waiting, f)
	}
	return nil
}

func (s *streamSender) acknowledged() (int, error) {
	first := s.waiting[0]
	s.waiting = s.waiting[1:]
	select {
	case <-first.Ok():
		return 1, nil
	case err := <-first.Err():
		return 0, err
	case <-time.After(roundTime):
		return 0, context.DeadlineExceeded
	}
}

type streamReceiver struct{ jetstream.MessagesContext }

func (r streamReceiver) receive() (int, error) {
	m, err := r.Next()
	if err != nil {
		return 0, err
	}
	return 1, m.Ack()
}
