package json

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// writer writes values one after the other. It keeps its first error.
type writer struct {
	out []byte
	err error
}

func (w *writer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		w.text(v.String())
	case reflect.Bool:
		w.out = strconv.AppendBool(w.out, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.out = strconv.AppendInt(w.out, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.out = strconv.AppendUint(w.out, v.Uint(), 10)
	case reflect.Float64:
		w.float(v.Float())
	case reflect.Pointer:
		if v.IsNil() {
			w.out = append(w.out, "null"...)
			return
		}
		w.value(v.Elem())
	case reflect.Slice:
		w.array(v)
	case reflect.Struct:
		w.object(v)
	default:
		w.err = errors.New("json: no " + v.Kind().String() + " is written")
	}
}

func (w *writer) array(v reflect.Value) {
	if isBytes(v.Type()) {
		w.err = errors.New("json: no bytes are written")
	}
	if v.IsNil() {
		w.out = append(w.out, "null"...)
		return
	}
	w.out = append(w.out, '[')
	for i := range v.Len() {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.value(v.Index(i))
	}
	w.out = append(w.out, ']')
}

func (w *writer) object(v reflect.Value) {
	before := byte('{')
	for _, f := range fields(v.Type()) {
		value := v.Field(f.index)
		if f.omitEmpty && isEmpty(value) {
			continue
		}
		w.out = append(w.out, before)
		w.text(f.name)
		w.out = append(w.out, ':')
		w.value(value)
		before = ','
	}
	if before == '{' {
		w.out = append(w.out, '{')
	}
	w.out = append(w.out, '}')
}

// isEmpty is what omitempty leaves out. A struct never is.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// float writes a number as JavaScript does.
func (w *writer) float(f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		w.err = errors.New("json: this number cannot be written")
	}
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	w.out = strconv.AppendFloat(w.out, f, format, -1, 64)
	if n := len(w.out); format == 'e' && w.out[n-3] == '-' && w.out[n-2] == '0' { // e-07
		w.out = append(w.out[:n-2], w.out[n-1])
	}
}

const hex = "0123456789abcdef"

// text writes a string so that it can stand in HTML and JavaScript too, as encoding/json does.
func (w *writer) text(s string) {
	w.out = append(w.out, '"')
	for s != "" {
		n := plain(s)
		w.out = append(w.out, s[:n]...)
		if s = s[n:]; s == "" {
			break
		}
		s = s[w.escaped(s):]
	}
	w.out = append(w.out, '"')
}

// plain is how many bytes at the beginning of s stand for themselves.
func plain(s string) int {
	for i, r := range s {
		if r < ' ' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError {
			return i
		}
	}
	return len(s)
}

// escaped writes the first character of s and tells its bytes.
func (w *writer) escaped(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	switch r {
	case utf8.RuneError:
		if size > 1 {
			w.out = append(w.out, s[:size]...)
		} else {
			w.out = append(w.out, `\ufffd`...)
		}
		return size
	case '"', '\\':
		w.out = append(w.out, '\\', byte(r))
	case '\b':
		w.out = append(w.out, `\b`...)
	case '\f':
		w.out = append(w.out, `\f`...)
	case '\n':
		w.out = append(w.out, `\n`...)
	case '\r':
		w.out = append(w.out, `\r`...)
	case '\t':
		w.out = append(w.out, `\t`...)
	default:
		w.out = append(w.out, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
	return size
}
