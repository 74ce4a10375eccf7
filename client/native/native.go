// Package native opens a device on an ordinary machine: its data in a folder,
// on SQLite, and a WebSocket of the operating system's network.
package native

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/coder/websocket"
	_ "modernc.org/sqlite" // the database driver, pure Go

	"parley/client"
	"parley/client/api"
	"parley/ident"
	"parley/wire"
)

// databaseName is the file that holds everything a device keeps.
const databaseName = "device.db"

// Options are what a program tells about itself.
type Options struct {
	// Platform is PlatformCLI for the command line.
	Platform ident.Platform
	Version  string
	Log      *slog.Logger
}

// Open opens the device whose data are in dir, a folder of the user's alone
// that no other process has open.
func Open(ctx context.Context, dir string, o Options) (*client.Client, error) {
	db, err := openDatabase(filepath.Join(dir, databaseName))
	if err != nil {
		return nil, err
	}
	c, err := client.Open(ctx, client.Config{
		DB: db, Dial: Dial, Reach: Reach, Room: func() (int64, error) { return room(dir) }, Deflate: Deflate, Inflate: Inflate, Storage: api.StorageDisk, Platform: o.Platform, DeviceName: deviceName(),
		Version: o.Version, Log: o.Log, Rand: rand.Reader, Now: time.Now,
	})
	if err != nil {
		_ = db.Close() // the error above is the one that matters
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return c, nil
}

// openDatabase opens the file with full synchronisation: after a power cut the
// ratchets must not be older than what was sent under them.
func openDatabase(path string) (*sql.DB, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("create database: %w", err)
	}
	pragmas := url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)", "busy_timeout(5000)",
	}}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+pragmas.Encode())
}

func deviceName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return runtime.GOOS
	}
	return name
}

// Dial opens a WebSocket.
func Dial(ctx context.Context, address string) (client.Conn, error) {
	conn, response, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		CompressionMode: websocket.CompressionDisabled, // ciphertext does not shrink
		HTTPClient:      &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}},
	})
	if err != nil {
		return nil, err
	}
	if response.Body != nil {
		_ = response.Body.Close() // empty after an upgrade
	}
	conn.SetReadLimit(wire.MaxFrame)
	return &connection{conn}, nil
}

type connection struct{ conn *websocket.Conn }

func (c *connection) Read(ctx context.Context) ([]byte, error) {
	_, message, err := c.conn.Read(ctx)
	return message, err
}

func (c *connection) Write(ctx context.Context, message []byte) error {
	return c.conn.Write(ctx, websocket.MessageBinary, message)
}

func (c *connection) Close() error { return c.conn.Close(websocket.StatusNormalClosure, "") }
