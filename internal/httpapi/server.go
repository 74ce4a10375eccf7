// Package httpapi is the relay's face to the network: the WebSocket of the
// device protocol, health and metrics, and the web app. It knows HTTP and
// nothing of what frames say.
package httpapi

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"parley/internal/obs"
	"parley/internal/relay"
	"parley/wire"
)

// Options are what the handler serves.
type Options struct {
	Relay   *relay.Relay
	Metrics *obs.Registry
	Log     *slog.Logger
	// App is the built web app, or nil to serve none.
	App fs.FS
	// Healthy returns why the relay cannot serve, or nil. It may block until
	// its context ends.
	Healthy func(context.Context) error
	// BehindProxy trusts the last address in X-Forwarded-For: set it only if
	// nothing but a proxy reaches the relay.
	BehindProxy bool
}

// New returns the handler of everything the relay serves.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+wire.SocketPath, &socketHandler{relay: o.Relay, log: o.Log, behindProxy: o.BehindProxy})
	mux.Handle("GET /healthz", healthHandler(o.Healthy))
	mux.Handle("GET /metrics", metricsHandler(o.Metrics))
	if o.Relay.Blobs() != nil {
		media := newMediaHandler(o.Relay, o.Log)
		mux.Handle("POST "+wire.MediaPath, media)
		for _, method := range []string{"GET ", "PATCH ", "DELETE "} { // GET is HEAD, too
			mux.Handle(method+wire.MediaPath+"/{id}", media)
		}
	}
	if o.App != nil {
		mux.Handle("GET /", newApp(o.App))
	}
	return mux
}

// NewServer returns a server with limits against slow and large requests. Its
// Shutdown does not wait for sockets; the relay's does.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func healthHandler(healthy func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := healthy(ctx); err != nil {
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n")) // an error means that the asker is gone
	}
}

func metricsHandler(m *obs.Registry) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = m.WriteText(w) // an error means that the reader is gone
	}
}

// clientAddress returns the IP of whoever made a request.
func clientAddress(r *http.Request, behindProxy bool) string {
	if behindProxy {
		hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if ip := net.ParseIP(strings.TrimSpace(hops[len(hops)-1])); ip != nil {
			return ip.String()
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
