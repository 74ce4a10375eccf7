//go:build js && wasm

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"parley/client"
	"parley/client/api"
	"parley/client/applock"
	"parley/client/json"
	"parley/client/sql"
	"parley/client/wasmsqlite"
	"parley/client/wsjs"
	"parley/ident"
)

// version is set at release builds: -ldflags "-X main.version=1.2.3".
var version = "dev"

// databaseName is the device's database among the files of the page's origin,
// unless it is locked.
const databaseName = "parley.db"

// keepSent is up to which size a file stays in the browser that was sent from it, bytes.
const keepSent = 64 << 20

// config is what the page tells; CoreConfig in web/src/core/protocol.ts.
type config struct {
	// DeviceName is used until the person gives another.
	DeviceName string `json:"deviceName"`
}

// openCore opens this browser's device. If its app lock is on, it is locked (M38).
func (b *bridge) openCore(ctx context.Context, configJSON string) (api.Core, error) {
	var cfg config
	if err := json.Unmarshal([]byte(configJSON), &cfg); err != nil {
		return nil, fmt.Errorf("decode configuration: %w", err)
	}
	core, err := applock.Open(ctx, applock.Config{
		Files: files{}, Name: databaseName, Volatile: wasmsqlite.Where() == wasmsqlite.Memory, Cost: applock.BrowserCost,
		Rand: rand.Reader, Now: time.Now, Log: b.log,
		IsFull: func(err error) bool { return errors.Is(err, wasmsqlite.ErrFull) },
		Open:   func(ctx context.Context, db *sql.DB) (applock.Inner, error) { return b.openClient(ctx, db, cfg) },
	})
	if err != nil {
		return nil, storageError(err)
	}
	return core, nil
}

// openClient opens the core on its database.
func (b *bridge) openClient(ctx context.Context, db *sql.DB, cfg config) (applock.Inner, error) {
	var files client.Files
	if wasmsqlite.Where() != wasmsqlite.Memory { // where nothing is kept, files are not either
		files = hostFiles{b}
	}
	core, err := client.Open(ctx, client.Config{
		Files: files, FetchSmall: true, KeepSent: keepSent,
		DB: db, Dial: dial, Storage: api.Storage(wasmsqlite.Where()), Platform: ident.PlatformWeb,
		DeviceName: cfg.DeviceName, Version: version, Log: b.log, Rand: rand.Reader, Now: time.Now,
		Deflate: b.deflate, Inflate: b.inflate,
		Pause: func() { time.Sleep(time.Millisecond) }, // the shortest that lets events of JavaScript in
	})
	if err != nil {
		return nil, err
	}
	return core, nil
}

// files are the databases of the page's origin.
type files struct{}

func (files) Open(ctx context.Context, name string, key []byte) (*sql.DB, error) {
	return wasmsqlite.OpenSealed(ctx, name, key)
}

func (files) Copy(_ context.Context, from string, fromKey []byte, to string, toKey []byte) error {
	return wasmsqlite.Copy(from, fromKey, to, toKey)
}

func (files) Remove(name string) error { return wasmsqlite.Remove(name) }

// storageError says what a person can do about a database that does not open.
func storageError(err error) error {
	if errors.Is(err, wasmsqlite.ErrFull) {
		return fmt.Errorf("%w: %w", api.ErrStorageFull, err)
	}
	var fault *wasmsqlite.Error
	if errors.As(err, &fault) {
		return fmt.Errorf("%w: %w", api.ErrStorage, err)
	}
	return err
}

func dial(ctx context.Context, url string) (client.Conn, error) {
	conn, err := wsjs.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	return conn, nil
}
