package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newDownload(std streams) *cobra.Command {
	var to string
	var timeout time.Duration
	var once bool
	c := &cobra.Command{
		Use:   "download [--once] ID",
		Short: "Fetch the file of a message and save it",
		Long: `Fetch the file of a message and save it.

The ids are in 'parley messages --json'. The name is the one that the sender gave,
in the present folder; --to takes another name, or a folder. No file is replaced.

What can be opened once is saved with --once only. It is then gone from all your
devices, and who sent it is told that you opened it.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&to, "to", "", "where to save it: a new file, or a folder (default: the present folder)")
	c.Flags().BoolVar(&once, "once", false, "open what can be opened once")
	c.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait for an unreachable relay")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		return d.download(ctx, args[0], to, once, timeout)
	})
}

func (d *device) download(ctx context.Context, id, to string, once bool, timeout time.Duration) error {
	ctx, cancel := d.whileReachable(ctx, timeout)
	defer cancel()
	m, err := api.Call(ctx, d.core, api.DownloadMedia, api.DownloadParams{ID: id})
	if err != nil {
		return causeOr(ctx, err)
	}
	if m.ViewOnce && !once {
		return api.ErrViewOnce
	}
	once = m.ViewOnce
	path, err := savePath(to, m)
	if err != nil {
		return err
	}
	if m.Media.State != api.MediaLocal {
		shown := d.showProgress(ctx, m.Media.ID, "Fetching "+filepath.Base(path))
		m, err = api.Call(ctx, d.core, api.DownloadMedia, api.DownloadParams{ID: id, Wait: true})
		shown()
		if err != nil {
			return causeOr(ctx, err)
		}
	}
	if once {
		if _, err := api.Call(ctx, d.core, api.OpenOnce, api.MessageID{ID: id}); err != nil {
			return causeOr(ctx, err)
		}
		defer d.closeOnce(ctx, id)
	}
	if _, err := api.Call(ctx, d.core, api.SaveFile, api.SaveFileParams{ID: id, Path: path}); err != nil {
		return causeOr(ctx, err)
	}
	return d.print(savedFile{Path: path, Message: m}, func(w io.Writer) {
		fmt.Fprintf(w, "Saved as %s (%s).\n", terminal.Line(path, 200), terminal.Bytes(m.Media.Size))
	})
}

// closeOnce lets go of a file that was opened once, and has others told.
func (d *device) closeOnce(ctx context.Context, id string) {
	_, _ = api.Call(ctx, d.core, api.CloseOnce, api.MessageID{ID: id}) // else it goes later
	d.settle(ctx)
}

// savedFile is what download prints with --json.
type savedFile struct {
	Path    string      `json:"path"`
	Message api.Message `json:"message"`
}

// savePath is where a file goes. Its name is the sender's, which the core has cleaned;
// what has none is named by its message.
func savePath(to string, m api.Message) (string, error) {
	name := m.Media.Name
	if name == "" {
		name = string(m.Media.Kind) + "-" + m.ID[:8]
	}
	if to == "" {
		to = "."
	}
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, filepath.Base(name))
	}
	path, err := filepath.Abs(to)
	if err != nil {
		return "", usageError("%w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return "", api.ErrFileExists
	}
	return path, nil
}
