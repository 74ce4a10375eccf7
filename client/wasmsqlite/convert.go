package wasmsqlite

import (
	"fmt"
	"math"
	"reflect"
)

// argument turns what callers pass into nil, an int64, a float64, a string or bytes,
// as database/sql does. Booleans are 1 and 0.
func argument(v any) (any, error) {
	switch t := v.(type) {
	case nil, int64, float64, string, []byte:
		return v, nil
	case bool:
		return oneIf(t), nil
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer:
		if r.IsNil() {
			return nil, nil
		}
		return argument(r.Elem().Interface())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if r.Uint() <= math.MaxInt64 {
			return int64(r.Uint()), nil
		}
	case reflect.Float32, reflect.Float64:
		return r.Float(), nil
	case reflect.Bool:
		return oneIf(r.Bool()), nil
	case reflect.String:
		return r.String(), nil
	case reflect.Slice:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			return r.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("cannot store this %s", r.Type())
}

func oneIf(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// assign puts a value of SQLite's (nil, an int64, a float64, a string or bytes, which it
// keeps) into what into points to, or fails. What it puts there is what database/sql
// would; of what that can do it does what the core needs.
func assign(into, v any) error {
	switch to := into.(type) {
	case *any:
		*to = v
		return nil
	case *[]byte:
		switch v := v.(type) {
		case nil:
			*to = nil
			return nil
		case string:
			*to = []byte(v)
			return nil
		}
	case *bool:
		if n, ok := v.(int64); ok && (n == 0 || n == 1) {
			*to = n == 1
			return nil
		}
	}
	r := reflect.ValueOf(into).Elem()
	done := false
	switch v := v.(type) {
	case int64:
		done = assignInteger(r, v)
	case string:
		done = assignText(r, v)
	case []byte:
		if done = r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Uint8; done {
			r.SetBytes(v)
		} else {
			done = assignText(r, string(v))
		}
	}
	if !done {
		return fmt.Errorf("a %T does not fit into a %s", v, r.Type())
	}
	return nil
}

func assignInteger(r reflect.Value, v int64) (done bool) {
	switch r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if done = !r.OverflowInt(v); done {
			r.SetInt(v)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if done = v >= 0 && !r.OverflowUint(uint64(v)); done {
			r.SetUint(uint64(v))
		}
	}
	return done
}

func assignText(r reflect.Value, v string) (done bool) {
	if r.Kind() != reflect.String {
		return false
	}
	r.SetString(v)
	return true
}
