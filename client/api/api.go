// Package api is the interface of the client core to everything above it: the
// web app, the command line, bots and tests. Parameters, results and events are
// JSON; the TypeScript types in web/src/core/api.gen.ts are generated from this
// package.
//
// A tab or a process repeats a call when the core has ended before it answered,
// maybe after it had done the work. That does no harm, for Send if it has an
// id. Most calls then answer as if they were the first. RequestCode may fail
// because it is too soon for another code, and StartLink and StartCodeLink make a
// new one. ClaimLinkCode answers the same while the core runs; after that the code
// is spent.
// VerifyCode answers the same while the core runs; after that the code is spent.
// Register answers the same once the device has stored its account, and
// AcceptLink once the running core has linked the device; if the core ended
// after the relay had done its part but before that, they fail with the relay's
// error, since the code has been used.
//
// Times are Unix milliseconds, UTC. Ids are text. A chat with one person has
// the id of that person's account.
package api

//go:generate sh -c "go run -C ../../tools ./apigen ../client/api > ../../web/src/core/api.gen.ts"

import (
	"context"
	"fmt"

	"parley/client/json"
)

// Core is anything that answers calls: the client core itself, or a
// connection to one that runs in another process or worker.
type Core interface {
	// Call runs a method with JSON parameters and returns its JSON result. The
	// error is an *Error for everything a person can do something about.
	Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error)
	// Subscribe has f called for each event, in order, from one goroutine; f
	// must not block. cancel ends it.
	Subscribe(f func(event string, data json.RawMessage)) (cancel func())
}

// Method is a method with its types.
type Method[P, R any] struct{ Name string }

// Event is an event with its type.
type Event[D any] struct{ Name string }

// None stands for no parameters or no result.
type None struct{}

// Call runs a method with its types.
func Call[P, R any](ctx context.Context, core Core, m Method[P, R], params P) (R, error) {
	var result R
	in, err := json.Marshal(params)
	if err != nil {
		return result, fmt.Errorf("encode parameters of %s: %w", m.Name, err)
	}
	out, err := core.Call(ctx, m.Name, in)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(out, &result); err != nil {
		return result, fmt.Errorf("decode result of %s: %w", m.Name, err)
	}
	return result, nil
}
