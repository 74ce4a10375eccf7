//go:build js && wasm

package wasmsqlite

import (
	"database/sql/driver"
	"fmt"
	"math"
	"strings"
	"time"
	"unsafe"
)

// timeLayout is how a time.Time is stored: as text, in UTC, sortable.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// readLayouts are the texts read back as a time from a column declared DATE, DATETIME or TIMESTAMP.
var readLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", time.DateOnly}

var _ driver.NamedValueChecker = (*conn)(nil)

// CheckNamedValue turns what callers pass into the types that toSlot knows.
func (c *conn) CheckNamedValue(nv *driver.NamedValue) error {
	v, err := driver.DefaultParameterConverter.ConvertValue(nv.Value)
	if err != nil {
		return err
	}
	switch t := v.(type) {
	case time.Time:
		v = t.UTC().Format(timeLayout)
	case bool:
		v = boolInteger(t)
	}
	nv.Value = v
	return nil
}

func boolInteger(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// toSlot describes v to the shim. Texts and blobs are passed by address: Go's collector does not move them, the
// caller keeps them alive, and database/sql's interfaces have already forced them off the stack.
func toSlot(v driver.Value) (slot, error) {
	switch v := v.(type) {
	case nil:
		return slot{kind: kindNull}, nil
	case int64:
		return slot{kind: kindInteger, val: uint64(v)}, nil
	case float64:
		return slot{kind: kindFloat, val: math.Float64bits(v)}, nil
	case string:
		return slot{kind: kindText, size: uint32(len(v)), val: address(unsafe.StringData(v))}, nil
	case []byte:
		if v == nil {
			return slot{kind: kindNull}, nil
		}
		return slot{kind: kindBlob, size: uint32(len(v)), val: address(unsafe.SliceData(v))}, nil
	default:
		return slot{}, fmt.Errorf("wasmsqlite: cannot store a %T", v)
	}
}

func address(p *byte) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// fromSlot gives the value of a column. Texts and blobs are copied out of the row buffer.
func fromSlot(s slot, row []byte, declared string) driver.Value {
	switch s.kind {
	case kindInteger:
		if declared == "BOOLEAN" || declared == "BOOL" {
			return s.val != 0
		}
		return int64(s.val)
	case kindFloat:
		return math.Float64frombits(s.val)
	case kindText:
		text := string(row[s.val : s.val+uint64(s.size)])
		if isTimeType(declared) {
			return parseTime(text)
		}
		return text
	case kindBlob:
		return append([]byte{}, row[s.val:s.val+uint64(s.size)]...)
	default:
		return nil
	}
}

func isTimeType(declared string) bool {
	switch declared {
	case "DATE", "DATETIME", "TIMESTAMP":
		return true
	}
	return strings.HasPrefix(declared, "TIMESTAMP ")
}

// parseTime gives a time where the text is one, and else the text.
func parseTime(text string) driver.Value {
	for _, layout := range readLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return text
}
