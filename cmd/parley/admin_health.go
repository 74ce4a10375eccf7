package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/config"
)

// healthTime bounds how long a relay may take to say that it is well.
const healthTime = 5 * time.Second

func newAdminHealth(std streams) *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   "health",
		Short: "Ask a running relay whether it is well; the exit status is 1 if not",
		Long: `Ask a running relay whether it is well: it listens and its database answers. The exit
status is 1 if not, for containers and supervisors that restart what hangs.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := askHealth(c.Context(), address); err != nil {
				return err
			}
			fmt.Fprintln(std.out, "ok")
			return nil
		},
	}
	c.Flags().StringVar(&address, "url", "http://"+config.DefaultConfig().Listen, "address of the relay")
	return c
}

func askHealth(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/healthz", nil)
	if err != nil {
		return usageError("--url: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the relay does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // only read
	if response.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 200)) // the status says enough
		return fmt.Errorf("the relay is not well, see its log: %s %s", response.Status, strings.TrimSpace(string(said)))
	}
	return nil
}
