// Package json writes and reads the JSON of the client core: structs, slices and pointers of strings, numbers and
// booleans, as package encoding/json does, byte for byte. That one is 30 KB of what a browser downloads, for much that
// the core does not have: maps, interfaces, embedded structs, types with methods of their own. TestTypesOfTheAPI sees to it that the API has none of them.
//
// JSON is that of RFC 8259. What is longer than the nesting of encoding/json, 10,000, is refused.
package json

import (
	"errors"
	"reflect"
	"strings"
	"sync"
)

// maxDepth is how deep arrays and objects may be in each other.
const maxDepth = 10000

// Marshal gives the JSON of a value. It fails for numbers that JSON does not have, and types that this package does not know.
func Marshal(v any) ([]byte, error) {
	w := writer{out: make([]byte, 0, 128)}
	w.value(reflect.ValueOf(v))
	return w.out, w.err
}

// Unmarshal reads JSON into what into points to, which is of use only if it succeeds. Fields are found by their names, or,
// where none has that name, by names that differ in case. Unknown ones are passed over.
func Unmarshal(data []byte, into any) error {
	d := decoder{in: data}
	d.value(reflect.ValueOf(into).Elem())
	if d.peek() != 0 || d.at < len(data) {
		d.fail()
	}
	return d.err
}

// field is a field of a struct that is written.
type field struct {
	name      string
	index     int
	omitEmpty bool
}

var (
	fieldsMu sync.Mutex
	fieldsOf = map[reflect.Type][]field{}
)

// fields are those of a struct, in their order.
func fields(t reflect.Type) []field {
	fieldsMu.Lock()
	defer fieldsMu.Unlock()
	known, ok := fieldsOf[t]
	if ok {
		return known
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if f.PkgPath != "" || tag == "-" { // not exported, or left out
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		known = append(known, field{name, i, options == "omitempty"})
	}
	fieldsOf[t] = known
	return known
}

// find gives the field with that name, or with one that differs in case, or -1.
func find(t reflect.Type, name string) int {
	all := fields(t)
	for _, f := range all {
		if f.name == name {
			return f.index
		}
	}
	for _, f := range all {
		if strings.EqualFold(f.name, name) {
			return f.index
		}
	}
	return -1
}

func isBytes(t reflect.Type) bool { return t.Elem().Kind() == reflect.Uint8 }

func errType(what string, t reflect.Type) error {
	return errors.New("json: " + what + " does not fit into a " + t.String())
}
