// Package rpc carries the core's interface (package client/api) over a byte
// stream as JSON-RPC 2.0: the standard streams of a bot, or the Unix socket by
// which several processes share one core.
//
// One message is one line of JSON in UTF-8, ended by a line feed. Methods and
// their parameters are those of package api; params is the parameter object
// itself and may be left out for a method without parameters. Events travel
// from server to client as notifications whose method is the event's name. A
// call that failed for a reason a person can do something about carries the
// api.Error in the data of its JSON-RPC error. Batches are answered as the
// specification says. A client ends a call that it no longer wants with the
// notification "$/cancelRequest" and the call's id (as in the Language Server
// Protocol).
//
// Calls on one connection run at the same time and may be answered in any
// order: who needs an order waits for the answer. Events keep their order; a
// peer that reads too slowly loses events and is told so by the event "reset".
// Malformed input is answered by an error and the connection goes on. When the
// peer is gone, its calls are cancelled.
//
// The package does not encrypt and does not authenticate: who may open the
// stream may use the core. Package home keeps the socket private.
package rpc

import "errors"

// ErrClosed is the error of calls whose connection has ended before the
// answer; the call may or may not have been carried out.
var ErrClosed = errors.New("connection to the core closed")

// cancelMethod names the notification that ends a call.
const cancelMethod = "$/cancelRequest"
