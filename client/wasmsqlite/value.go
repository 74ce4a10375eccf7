//go:build js && wasm

package wasmsqlite

import (
	"math"
	"unsafe"
)

// toSlot describes v, of the types that argument gives, to the shim. Texts and blobs are passed by address: Go's
// collector does not move them, and statement.bound keeps them off the stack and alive.
func toSlot(v any) slot {
	switch v := v.(type) {
	case int64:
		return slot{kind: kindInteger, val: uint64(v)}
	case float64:
		return slot{kind: kindFloat, val: math.Float64bits(v)}
	case string:
		return slot{kind: kindText, size: uint32(len(v)), val: address(unsafe.StringData(v))}
	case []byte:
		if v != nil {
			return slot{kind: kindBlob, size: uint32(len(v)), val: address(unsafe.SliceData(v))}
		}
	}
	return slot{kind: kindNull}
}

func address(p *byte) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// fromSlot gives the value of a column. Texts and blobs are copied out of the row buffer.
func fromSlot(s slot, row []byte) any {
	switch s.kind {
	case kindInteger:
		return int64(s.val)
	case kindFloat:
		return math.Float64frombits(s.val)
	case kindText:
		return string(row[s.val : s.val+uint64(s.size)])
	case kindBlob:
		return append([]byte{}, row[s.val:s.val+uint64(s.size)]...)
	}
	return nil
}
