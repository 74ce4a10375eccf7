package rpc

import (
	"bytes"
	"encoding/json"
)

const version = "2.0"

// message is any JSON-RPC message; which fields are set tells the kind.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *wireError      `json:"error,omitempty"`
}

// cancelParams is what the cancel notification carries.
type cancelParams struct {
	ID json.RawMessage `json:"id"`
}

// notification reports whether m is a request that wants no answer.
func (m *message) notification() bool { return m.ID == nil }

// parseBatch splits a line into its messages. batch tells whether they came as
// an array. The error is what to answer, with a null id.
func parseBatch(line []byte) (parts []json.RawMessage, batch bool, failed *wireError) {
	line = bytes.TrimSpace(line)
	if !json.Valid(line) {
		return nil, false, errParse
	}
	if line[0] != '[' {
		return []json.RawMessage{line}, false, nil
	}
	if err := json.Unmarshal(line, &parts); err != nil {
		return nil, false, errParse
	}
	if len(parts) == 0 || len(parts) > MaxBatch {
		return nil, false, errInvalid
	}
	return parts, true, nil
}

// parseRequest reads one call or notification. With an error the id is the one
// to answer with: that of the request if it has a proper one, else null.
func parseRequest(raw json.RawMessage) (*message, *wireError) {
	m := &message{}
	if err := json.Unmarshal(raw, m); err != nil {
		return &message{ID: null}, errInvalid
	}
	if m.ID != nil && !validID(m.ID) {
		return &message{ID: null}, errInvalid
	}
	if m.Version != version || m.Method == "" || !validParams(m.Params) {
		if m.ID == nil {
			m.ID = null
		}
		return m, errInvalid
	}
	return m, nil
}

// parseReply reads what a server sends: an answer or a notification.
func parseReply(line []byte) (*message, bool) {
	m := &message{}
	if err := json.Unmarshal(line, m); err != nil || m.Version != version {
		return nil, false
	}
	return m, true
}

var null = json.RawMessage("null")

// validID holds for what the specification allows: text, a number or null.
func validID(id json.RawMessage) bool {
	return bytes.Equal(id, null) || id[0] == '"' || id[0] == '-' || (id[0] >= '0' && id[0] <= '9')
}

// validParams holds for an object, or none at all. Arrays would be parameters
// by position, which the core's methods do not have.
func validParams(params json.RawMessage) bool {
	return len(params) == 0 || params[0] == '{' || bytes.Equal(params, null)
}

// encode returns m as one line.
func encode(m *message) []byte {
	m.Version = version
	b, err := json.Marshal(m)
	if err != nil {
		// Only a result that is not JSON gets here.
		b, _ = json.Marshal(&message{Version: version, ID: m.ID, Error: errInternal})
	}
	return append(b, '\n')
}
