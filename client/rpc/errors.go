package rpc

import (
	"context"
	"encoding/json"
	"errors"

	"parley/client/api"
)

// Numbers of JSON-RPC errors: those of the specification, that of the Language
// Server Protocol for a cancelled call, and one for everything the core says.
const (
	codeParse     = -32700
	codeInvalid   = -32600
	codeMethod    = -32601
	codeParams    = -32602
	codeInternal  = -32603
	codeCore      = -32000
	codeCancelled = -32800
)

// wireError is a JSON-RPC error object.
type wireError struct {
	Code    int        `json:"code"`
	Message string     `json:"message"`
	Data    *api.Error `json:"data,omitempty"`
}

var (
	errParse     = &wireError{Code: codeParse, Message: "This line is not JSON."}
	errInvalid   = &wireError{Code: codeInvalid, Message: "This is not a JSON-RPC 2.0 request with named parameters."}
	errTooLarge  = &wireError{Code: codeInvalid, Message: "This line is longer than a request may be."}
	errInternal  = &wireError{Code: codeInternal, Message: api.ErrInternal.Message, Data: api.ErrInternal}
	errCancelled = &wireError{Code: codeCancelled, Message: "The call was cancelled."}
)

// encodeError turns the error of a call into what travels. known is false for
// one that says nothing to a person; its cause belongs into the log.
func encodeError(err error) (failed *wireError, known bool) {
	var coreErr *api.Error
	switch {
	case errors.As(err, &coreErr):
		return &wireError{Code: errorNumber(coreErr), Message: coreErr.Message, Data: coreErr}, true
	case errors.Is(err, context.Canceled):
		return errCancelled, true
	case errors.Is(err, context.DeadlineExceeded):
		return &wireError{Code: codeCore, Message: api.ErrTimeout.Message, Data: api.ErrTimeout}, true
	}
	return errInternal, false
}

func errorNumber(err *api.Error) int {
	switch err.Code {
	case api.ErrUnknownMethod.Code:
		return codeMethod
	case api.ErrBadParams.Code:
		return codeParams
	case api.ErrInternal.Code:
		return codeInternal
	}
	return codeCore
}

// decodeError is the reverse of encodeError.
func decodeError(failed *wireError) error {
	switch {
	case failed.Data != nil && failed.Data.Code != "":
		return failed.Data
	case failed.Code == codeCancelled:
		return context.Canceled
	case failed.Code == codeMethod:
		return api.ErrUnknownMethod
	case failed.Code == codeParams, failed.Code == codeInvalid, failed.Code == codeParse:
		return api.ErrBadParams
	}
	return &api.Error{Code: api.ErrInternal.Code, Message: failed.Message}
}

// rawOrNull makes an absent result the null that JSON-RPC demands.
func rawOrNull(result json.RawMessage) json.RawMessage {
	if len(result) == 0 {
		return null
	}
	return result
}
