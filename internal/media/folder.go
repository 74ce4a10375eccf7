package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"parley/internal/disk"
)

// Folder keeps each blob as a file named by its id, in 256 folders by the id's
// beginning. Several relays may share it on a network file system.
type Folder struct{ dir string }

var _ Blobs = (*Folder)(nil)

// OpenFolder makes the folder if need be; nobody but the relay may read it.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Folder{dir}, nil
}

func (f *Folder) path(id ID) string {
	name := id.String()
	return filepath.Join(f.dir, name[:2], name)
}

// Create implements Blobs.
func (f *Folder) Create(_ context.Context, id ID) error {
	name := f.path(id)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return known(err)
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return known(err)
	}
	return known(file.Close())
}

// Append implements Blobs.
func (f *Folder) Append(ctx context.Context, id ID, offset int64, from io.Reader) (n int64, err error) {
	file, err := os.OpenFile(f.path(id), os.O_WRONLY, 0o600)
	if err != nil {
		return 0, known(err)
	}
	defer func() { err = known(errors.Join(err, file.Close())) }()
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	if end != offset {
		return 0, ErrOffset
	}
	return io.Copy(file, contextReader{ctx, from})
}

// contextReader ends when its context does.
type contextReader struct {
	ctx  context.Context
	from io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(b)
}

// Find implements Blobs.
func (f *Folder) Find(_ context.Context, id ID) (Blob, error) {
	info, err := os.Stat(f.path(id))
	if err != nil {
		return Blob{}, known(err)
	}
	return Blob{ID: id, Size: info.Size(), Changed: info.ModTime()}, nil
}

// Sync implements Blobs. The folder is synced, too: the name must survive.
func (f *Folder) Sync(_ context.Context, id ID) error {
	name := f.path(id)
	for _, path := range []string{name, filepath.Dir(name), f.dir} {
		if err := disk.Sync(path); err != nil {
			return known(err)
		}
	}
	return nil
}

// Open implements Blobs.
func (f *Folder) Open(_ context.Context, id ID) (io.ReadSeekCloser, error) {
	file, err := os.Open(f.path(id))
	if err != nil {
		return nil, known(err)
	}
	return file, nil
}

// Delete implements Blobs.
func (f *Folder) Delete(_ context.Context, id ID) error {
	err := os.Remove(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// List implements Blobs. Files that are no blobs are passed over.
func (f *Folder) List(ctx context.Context, after ID, limit int) ([]Blob, error) {
	folders, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	var found []Blob
	for _, folder := range folders {
		if !folder.IsDir() || folder.Name() < after.String()[:2] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		blobs, err := f.listFolder(folder.Name(), after)
		if err != nil {
			return nil, err
		}
		if found = append(found, blobs...); len(found) >= limit {
			return found[:limit], nil
		}
	}
	return found, nil
}

func (f *Folder) listFolder(name string, after ID) ([]Blob, error) {
	files, err := os.ReadDir(filepath.Join(f.dir, name))
	if err != nil {
		return nil, err
	}
	var found []Blob
	for _, file := range files {
		id, err := ParseID(file.Name())
		if err != nil || bytes.Compare(id[:], after[:]) <= 0 {
			continue
		}
		info, err := file.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		found = append(found, Blob{ID: id, Size: info.Size(), Changed: info.ModTime()})
	}
	slices.SortFunc(found, func(a, b Blob) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return found, nil
}

// Free implements Blobs.
func (f *Folder) Free(context.Context) (int64, error) { return disk.Free(f.dir) }

// known gives the errors that callers branch on their names.
func known(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNotFound
	case disk.IsFull(err):
		return errors.Join(ErrFull, err)
	}
	return err
}
