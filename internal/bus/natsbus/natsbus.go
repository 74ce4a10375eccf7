// Package natsbus is a bus over NATS core: messages to who is there, which nobody keeps.
package natsbus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"parley/internal/bus"
)

const (
	// connectTime is how long one try to connect may take.
	connectTime = 2 * time.Second
	// reconnectPause is how long after a connection was lost, or a try failed, the next is made.
	reconnectPause = 250 * time.Millisecond
	// pingPeriod, twice: after as long a server that is silent counts as gone.
	pingPeriod = 5 * time.Second
	// waitingBytes is how much of one subject waits to be read; more is lost. waitingMessages is
	// the same as a count.
	waitingBytes    = 32 << 20
	waitingMessages = 65536
	// maxAnswering is how many requests are answered at the same time; more are lost.
	maxAnswering = 64
)

// Options are how to reach the servers.
type Options struct {
	// URLs are addresses as nats://[USER:PASSWORD@]HOST[:PORT] or tls://..., separated by commas.
	URLs string
	// Credentials is a file with a user's JWT and seed, or empty.
	Credentials string
	// Authorities is a PEM file with the authorities that the servers' certificates may be of;
	// empty means the system's. Certificate and Key are this client's, or empty.
	Authorities, Certificate, Key string
	// Prefix stands before every subject: relays of another database have another.
	Prefix string
	Log    *slog.Logger
}

// Bus implements bus.Bus.
type Bus struct {
	conn      *nats.Conn
	prefix    string
	answering chan struct{}
	// unsaid counts messages that were not sent, and unread those that came while as many as
	// may wait were waiting.
	unsaid, unread atomic.Uint64
	mu             sync.Mutex
	subscriptions  []*nats.Subscription
}

var _ bus.Bus = (*Bus)(nil)

// Connect connects to a server. One that cannot be reached is tried again for ever, meanwhile
// everything is lost; errors are what an operator has to put right: files that cannot be read, an
// address that is none, a server that refuses. None of them has a password in it.
func Connect(o Options) (*Bus, error) {
	options, err := o.nats()
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(o.URLs, options...)
	if isUnreachable(err) {
		o.Log.Warn("no NATS server can be reached; the relays find out about each other by the database, a second later", slog.Any("cause", err))
		conn, err = nats.Connect(o.URLs, append(options, nats.RetryOnFailedConnect(true))...)
	}
	var address *url.Error
	if errors.As(err, &address) {
		err = address.Err // the address has a password
	}
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	return &Bus{conn: conn, prefix: o.Prefix, answering: make(chan struct{}, maxAnswering)}, nil
}

// isUnreachable reports whether a later try may succeed without anybody's doing.
func isUnreachable(err error) bool {
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout)
}

func (o Options) nats() ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name("parley"), nats.NoEcho(), nats.Timeout(connectTime), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectPause),
		nats.ReconnectJitter(reconnectPause, reconnectPause), nats.PingInterval(pingPeriod), nats.MaxPingsOutstanding(2),
		nats.ReconnectBufSize(-1), // what cannot be said at once is of no use later
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				o.Log.Warn("the connection to NATS is lost", slog.Any("cause", err))
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { o.Log.Info("connected to NATS again") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { o.Log.Warn("NATS", slog.Any("cause", err)) }),
	}
	if o.Credentials != "" {
		if _, err := os.Stat(o.Credentials); err != nil {
			return nil, fmt.Errorf("read the credentials: %w", err)
		}
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	secure, err := o.tls()
	if secure != nil {
		options = append(options, nats.Secure(secure))
	}
	return options, err
}

// tls returns nil if nothing is set: the addresses say then whether TLS is spoken.
func (o Options) tls() (*tls.Config, error) {
	if o.Authorities == "" && o.Certificate == "" {
		return nil, nil //nolint:nilnil // the addresses say
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.Authorities != "" {
		file, err := os.ReadFile(o.Authorities)
		if err != nil {
			return nil, fmt.Errorf("read the authorities: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(file) {
			return nil, fmt.Errorf("there is no certificate in %s", o.Authorities)
		}
	}
	if o.Certificate != "" {
		certificate, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		if err != nil {
			return nil, fmt.Errorf("read the certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

// Publish implements bus.Bus.
func (b *Bus) Publish(subject string, message []byte) {
	if len(message) > bus.MaxMessage || b.conn.Publish(b.prefix+subject, message) != nil {
		b.unsaid.Add(1)
	}
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(subject string, handle func([]byte)) error {
	return b.subscribe(subject, func(m *nats.Msg) { handle(m.Data) })
}

// subscribe returns when the server knows of it, if there is a server.
func (b *Bus) subscribe(subject string, handle func(*nats.Msg)) error {
	s, err := b.conn.Subscribe(b.prefix+subject, handle)
	if err != nil {
		return err
	}
	if err := s.SetPendingLimits(waitingMessages, waitingBytes); err != nil {
		return err
	}
	b.mu.Lock()
	b.subscriptions = append(b.subscriptions, s)
	b.mu.Unlock()
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(connectTime) // it is made known when the connection is there
	}
	return nil
}

// Request implements bus.Bus.
func (b *Bus) Request(ctx context.Context, subject string, message []byte) ([]byte, error) {
	if len(message) > bus.MaxMessage || !b.conn.IsConnected() {
		return nil, bus.ErrNoAnswer
	}
	answer, err := b.conn.RequestWithContext(ctx, b.prefix+subject, message)
	if err != nil {
		return nil, errors.Join(bus.ErrNoAnswer, err)
	}
	return answer.Data, nil
}

// Serve implements bus.Bus.
func (b *Bus) Serve(subject string, answer func([]byte) []byte) error {
	return b.subscribe(subject, func(m *nats.Msg) {
		select {
		case b.answering <- struct{}{}:
		default:
			b.unread.Add(1)
			return
		}
		go func() {
			defer func() { <-b.answering }()
			if reply := answer(m.Data); reply != nil && m.Respond(reply) != nil {
				b.unsaid.Add(1)
			}
		}()
	})
}

// Close implements bus.Bus.
func (b *Bus) Close() { b.conn.Close() }

// Traffic is what a place has said and heard since it was taken.
type Traffic struct {
	Sent, Received uint64
	// Lost are messages that could not be sent, and those that came faster than they were read.
	Lost uint64
}

// Traffic returns the sums so far.
func (b *Bus) Traffic() Traffic {
	stats := b.conn.Stats()
	t := Traffic{Sent: stats.OutMsgs, Received: stats.InMsgs, Lost: b.unsaid.Load() + b.unread.Load()}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.subscriptions {
		if n, err := s.Dropped(); err == nil {
			t.Lost += uint64(n)
		}
	}
	return t
}

// IsConnected reports whether messages reach a server at present.
func (b *Bus) IsConnected() bool { return b.conn.IsConnected() }
