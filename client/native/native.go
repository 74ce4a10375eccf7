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
	"os"
	"runtime"
	"time"

	"github.com/coder/websocket"
	"parley/client"
	"parley/client/api"
	"parley/client/applock"
	"parley/ident"
	"parley/wire"
)

// databaseName is the file that holds everything a device keeps, unless it is
// locked.
const databaseName = "device.db"

// Options are what a program tells about itself.
type Options struct {
	// Platform is PlatformCLI for the command line.
	Platform ident.Platform
	Version  string
	Log      *slog.Logger
}

// Open opens the device whose data are in dir, a folder of the user's alone
// that no other process has open. If its app lock is on, it is locked (M38).
func Open(ctx context.Context, dir string, o Options) (*applock.Core, error) {
	core, err := applock.Open(ctx, applock.Config{
		Files: files{dir}, Name: databaseName, Cost: applock.NativeCost, Rand: rand.Reader, Now: time.Now, Log: o.Log,
		IsFull: isFull,
		Open:   func(ctx context.Context, db *sql.DB) (applock.Inner, error) { return openClient(ctx, dir, db, o) },
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return core, nil
}

// openClient opens the core on its database.
func openClient(ctx context.Context, dir string, db *sql.DB, o Options) (applock.Inner, error) {
	media, err := newMediaFiles(dir)
	if err != nil {
		return nil, err
	}
	c, err := client.Open(ctx, client.Config{
		DB: db, Files: media, ResultCode: resultCode, Dial: Dial, Reach: Reach, Room: func() (int64, error) { return room(dir) }, Deflate: Deflate, Inflate: Inflate,
		Storage: api.StorageDisk, Platform: o.Platform, DeviceName: deviceName(), Version: o.Version, Log: o.Log, Rand: rand.Reader, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	return c, nil
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
