// Package notify brings registration codes to people: on the operator's
// terminal, by mail, or as short messages through an HTTP gateway; and mail to
// recovery addresses. A code appears nowhere but where its sender puts it: never
// in a log or an error, and neither do numbers and addresses.
package notify

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"parley/ident"
	"parley/internal/codetext"
)

// Sender hands registration codes over.
type Sender interface {
	// Name is the stable name of the way: "console", "smtp" or "sms".
	Name() string
	// Send hands over a code for a number, in a text of the language where
	// there is one. It may block until ctx ends; the
	// error says why the code did not go out and contains neither.
	Send(ctx context.Context, phone ident.Phone, code string, language codetext.Language) error
}

// Console prints codes for an operator to pass on: good for a first run.
type Console struct {
	mu  sync.Mutex
	out io.Writer
	now func() time.Time
}

// NewConsole returns a sender that prints to out, which should be a terminal
// and not a log.
func NewConsole(out io.Writer, now func() time.Time) *Console { return &Console{out: out, now: now} }

// Name implements Sender.
func (*Console) Name() string { return "console" }

// Send implements Sender.
func (c *Console) Send(_ context.Context, phone ident.Phone, code string, _ codetext.Language) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := fmt.Fprintf(c.out, "%s  registration code for %s: %s\n", c.now().Format(time.TimeOnly), string(phone), code)
	return err
}
