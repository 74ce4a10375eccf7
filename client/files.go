package client

import (
	"context"
	"errors"

	"parley/client/store"
)

// Files is where a device keeps sealed files beside its database, and how they move
// between there and the relay. The core never has their bytes: in browsers they would
// have to pass through WebAssembly. What it is given it need not keep secret from
// the device: keys are in the database.
type Files interface {
	// Seal seals the file at a path of this machine under an id of its own. Where pages
	// bring files themselves it fails.
	Seal(ctx context.Context, path string) (*store.Media, error)
	// Upload brings a whole file to the relay, from where an earlier try broke off.
	Upload(ctx context.Context, t FileTransfer) error
	// Download fetches a file from where an earlier try broke off. ErrFileDamaged: what
	// came is not what the hash says; nothing is kept.
	Download(ctx context.Context, t FileTransfer) error
	// Save opens a file and writes it to a path of this machine that is free.
	Save(ctx context.Context, m *store.Media, path string) error
	// Remove removes a file, if it is there.
	Remove(ctx context.Context, id store.MediaID) error
}

// FileTransfer is a file that moves.
type FileTransfer struct {
	Media *store.Media
	// URL is where media are at the relay, http or https; the file's id in lower-case
	// hex comes behind a slash. Token is for the header Authorization.
	URL, Token string
	// SealedSize is how many bytes there are to move.
	SealedSize int64
	// Progress is told how many of them are where they should be.
	Progress func(moved int64)
}

// Errors of Files that decide what is done next; a *wire.Error ends a transfer, all
// others have it tried again.
var (
	// ErrFileToken: the token is not good any more; another one is got.
	ErrFileToken = errors.New("the token for a file has expired")
	// ErrFileDamaged: the relay gave something else than what was sent.
	ErrFileDamaged = errors.New("the file is not what was sent")
	// ErrFileLost: the file is not on this device any more.
	ErrFileLost = errors.New("the file is not on this device")
	// ErrFileFull: this device has no room for the file.
	ErrFileFull = errors.New("this device has no room for the file")
)
