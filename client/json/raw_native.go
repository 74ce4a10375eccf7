//go:build !js

package json

import "encoding/json"

// RawMessage is JSON as it is. Outside of browsers it is that of encoding/json, which others embed in theirs.
type RawMessage = json.RawMessage
