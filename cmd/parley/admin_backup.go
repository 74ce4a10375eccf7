package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/backup"
	"parley/internal/config"
	"parley/internal/disk"
	"parley/internal/media"
	"parley/internal/store/sqlite"
	"parley/internal/terminal"
)

func newAdminBackup(std streams) *cobra.Command {
	var withoutMedia bool
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write all the relay keeps into a file, while it runs",
		Long: `Write all the relay keeps into a file, while it runs: the database, and the
encrypted files that people have sent each other. Files in a bucket of S3 are not
copied: they stay there.

The file is whole when it has its name. It holds what the relay can see, and the
key by which devices know this relay: keep it where nobody else reads it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			settings, err := backupConfig(c)
			if err != nil {
				return err
			}
			m, err := writeBackup(c.Context(), settings, args[0], !withoutMedia)
			if err != nil {
				return err
			}
			if settings.Media.Blobs == "s3" {
				fmt.Fprintf(std.out, "Backed up the database, %s, into %s. The encrypted files are not in it: they stay in the bucket %s. If that could be lost, copy it after each backup.\n",
					terminal.Bytes(m.Bytes), args[0], settings.S3.Bucket)
				return nil
			}
			fmt.Fprintf(std.out, "Backed up the database and %d files, %s, into %s.\n", m.Files, terminal.Bytes(m.Bytes), args[0])
			return nil
		},
	}
	c.Flags().BoolVar(&withoutMedia, "without-media", false, "leave out the encrypted files; people are told that they are gone")
	return c
}

// backupConfig is adminConfig for a relay whose database this program can copy.
func backupConfig(c *cobra.Command) (config.Config, error) {
	settings, err := adminConfig(c)
	if err == nil && settings.Storage.Store != "sqlite" {
		err = usageError("this relay keeps its data in PostgreSQL: back that up with pg_dump first, and the folder or the bucket of media after it")
	}
	return settings, err
}

func writeBackup(ctx context.Context, c config.Config, path string, withMedia bool) (m backup.Manifest, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return m, usageError("%s is there already: choose another name, so that no backup is lost", path)
	}
	from := backup.Source{Database: path + ".db", Software: "parley/" + version, Made: time.Now()}
	if withMedia && c.Media.Blobs != "s3" {
		if from.Blobs, err = openBlobs(ctx, c); err != nil {
			return m, err
		}
	}
	// The copy of the database comes first: files that come later are not missed.
	if err := copyDatabase(ctx, c, from.Database); err != nil {
		return m, fmt.Errorf("copy the database: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(from.Database)) }()
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return m, err
	}
	m, err = backup.Write(ctx, file, from)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return m, errors.Join(fmt.Errorf("write the backup: %w", err), os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return m, err
	}
	return m, disk.Sync(filepath.Dir(path))
}

func copyDatabase(ctx context.Context, c config.Config, path string) error {
	if _, err := os.Stat(filepath.Join(c.Data, sqlite.FileName)); err != nil {
		return usageError("there is no relay's data in %s: say with --data or --config where they are", c.Data)
	}
	st, err := sqlite.Open(ctx, c.Data, sqlite.Options{})
	if err != nil {
		return err
	}
	return errors.Join(st.Copy(ctx, path), st.Close())
}

func newAdminRestore(std streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup into an empty data folder",
		Long: `Put a backup into an empty data folder, which --data or the configuration names.

Start the relay on it afterwards at the address it had. Devices notice by themselves
that it knows less than it did: they send again what it has lost, and ask each other
for the rest.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			settings, err := backupConfig(c)
			if err != nil {
				return err
			}
			m, err := restoreBackup(c.Context(), settings, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(std.out, "Restored the backup of %s, with %d files, into %s. Start the relay now.\n",
				m.Made.Local().Format("2006-01-02 15:04"), m.Files, settings.Data)
			return nil
		},
	}
	return c
}

func restoreBackup(ctx context.Context, c config.Config, path string) (m backup.Manifest, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, usageError("open the backup: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return m, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return m, err
	}
	defer func() { _ = lock.Close() }() // the process ends next
	database := filepath.Join(c.Data, sqlite.FileName)
	if _, err := os.Lstat(database); !errors.Is(err, fs.ErrNotExist) {
		return m, usageError("%s has a relay's data: move them away, or choose an empty folder with --data", c.Data)
	}
	var blobs media.Blobs
	if blobs, err = openBlobs(ctx, c); err != nil {
		return m, err
	}
	part := database + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	m, err = backup.Restore(ctx, file, backup.Target{Database: part, Blobs: blobs})
	if err != nil {
		return m, fmt.Errorf("restore %s: %w", path, err)
	}
	if err := os.Rename(part, database); err != nil {
		return m, err
	}
	if err := disk.Sync(c.Data); err != nil {
		return m, err
	}
	return m, checkRestored(ctx, c.Data)
}

// checkRestored opens the database and reads all of it.
func checkRestored(ctx context.Context, data string) error {
	st, err := sqlite.Open(ctx, data, sqlite.Options{})
	if err != nil {
		return err
	}
	return errors.Join(st.Check(ctx), st.Close())
}
