package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/client/api"
	"parley/internal/terminal"
)

func newSearch(std streams) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "search WORDS",
		Short: "Find messages on this device that have all the words",
		Args:  cobra.MinimumNArgs(1),
	}
	c.Flags().IntVar(&limit, "limit", 50, "at most so many, the latest")
	return accountCommand(std, c, func(ctx context.Context, d *device, args []string) error {
		found, err := api.Call(ctx, d.core, api.Search, api.SearchParams{Query: strings.Join(args, " "), Limit: limit})
		if err != nil {
			return err
		}
		return d.print(found, func(w io.Writer) { d.writeHits(w, found.Hits) })
	})
}

func (d *device) writeHits(w io.Writer, hits []api.SearchHit) {
	if len(hits) == 0 {
		fmt.Fprintln(w, "Nothing found.")
		return
	}
	var table terminal.Table
	for _, hit := range hits {
		table.Row(d.style.Dim(d.ago(hit.Message.SentAt)), d.style.Bold(terminal.Line(hit.ChatTitle, 24)), d.snippet(hit.Snippet))
	}
	_, _ = table.WriteTo(w)
}

func (d *device) snippet(parts []api.SnippetPart) string {
	var b strings.Builder
	for _, part := range parts {
		text := strings.ReplaceAll(terminal.Clean(part.Text), "\n", " ")
		if part.Match {
			text = d.style.Match(text)
		}
		b.WriteString(text)
	}
	return b.String()
}
