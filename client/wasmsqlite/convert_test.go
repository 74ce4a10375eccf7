//go:build !js

package wasmsqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"math"
	"reflect"
	"testing"
)

// echo is a database that answers with what it was asked: how database/sql
// converts arguments, and what is read.
type echo struct{}

func (echo) Connect(context.Context) (driver.Conn, error) { return echo{}, nil }
func (echo) Driver() driver.Driver                        { return nil }
func (echo) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (echo) Close() error                                 { return nil }
func (echo) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }

func (echo) QueryContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	return &answer{args[0].Value, false}, nil
}

type answer struct {
	value driver.Value
	read  bool
}

func (*answer) Columns() []string { return []string{"v"} }
func (*answer) Close() error      { return nil }

func (a *answer) Next(row []driver.Value) error {
	if a.read {
		return io.EOF
	}
	row[0], a.read = a.value, true
	return nil
}

type (
	text  string
	small uint8
	big   uint64
	flag  bool
	raw   []byte
)

func TestArgumentsAreThoseOfDatabaseSQL(t *testing.T) {
	db := sql.OpenDB(echo{})
	defer db.Close()
	word := "word"
	for _, arg := range []any{
		nil, 1, int8(-1), int16(2), int32(3), int64(math.MinInt64), uint(4), uint8(5), uint16(6), uint32(7), uint64(math.MaxInt64),
		uint64(math.MaxInt64 + 1), 1.5, float32(0.5), "text", "", []byte("bytes"),
		[]byte{},
		[]byte(nil), raw("raw"), raw(nil), text("named"),
		small(8), big(9), big(math.MaxUint64), true, false, flag(true),
		&word, (*string)(nil),
		[2]byte{1, 2},
		[]int{1},
		struct{}{},
		map[string]int{},
	} {
		var want any
		wantErr := db.QueryRow("", arg).Scan(&want)
		if b, ok := want.(bool); ok { // as SQLite keeps them
			want = oneIf(b)
		}
		got, err := argument(arg)
		if (err == nil) != (wantErr == nil) || err == nil && !same(got, want) {
			t.Errorf("%T %v: %#v, %v; database/sql: %#v, %v", arg, arg, got, err, want, wantErr)
		}
	}
}

// same takes absent bytes for nil: SQLite gets NULL for both.
func same(a, b any) bool {
	none := func(v any) bool { b, ok := v.([]byte); return v == nil || ok && b == nil }
	return none(a) && none(b) || reflect.DeepEqual(a, b)
}

// destinations make what the core reads into, and more.
var destinations = []func() any{
	func() any { return new(any) }, func() any { return new([]byte) }, func() any { return new(raw) },
	func() any { return new(string) }, func() any { return new(text) },
	func() any { return new(bool) }, func() any { return new(flag) },
	func() any { return new(int) }, func() any { return new(int8) }, func() any { return new(int64) },
	func() any { return new(uint) }, func() any { return new(small) }, func() any { return new(uint32) }, func() any { return new(big) },
	func() any { return new(float64) }, func() any { return new(*string) }, func() any { return new([4]byte) }, func() any { return new([]int) },
}

// beyond tells what database/sql converts and the core has no use for: it is refused.
func beyond(v any, into reflect.Value) bool {
	switch into.Kind() {
	case reflect.Float64, reflect.Pointer:
		return true
	case reflect.String, reflect.Slice:
		switch v.(type) {
		case nil, int64, float64:
			return true
		}
		return false
	}
	_, whole := v.(int64)
	return !whole // numbers in texts
}

func checkAssign(t *testing.T, db *sql.DB, v any) {
	t.Helper()
	for _, destination := range destinations {
		got, want := destination(), destination()
		err, wantErr := assign(got, v), db.QueryRow("", v).Scan(want)
		if err != nil && beyond(v, reflect.ValueOf(got).Elem()) {
			continue
		}
		if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%#v into %T: %v, %v; database/sql: %v, %v", v, got, reflect.ValueOf(got).Elem(), err, reflect.ValueOf(want).Elem(), wantErr)
		}
	}
}

func TestValuesAreReadAsDatabaseSQLDoes(t *testing.T) {
	db := sql.OpenDB(echo{})
	defer db.Close()
	for _, v := range []any{nil, int64(0), int64(1), int64(2), int64(-1), int64(127), int64(128), int64(255), int64(256), int64(math.MaxInt64), int64(math.MinInt64), 1.5, "", "text", "1", []byte{}, []byte("bytes")} {
		checkAssign(t, db, v)
	}
}

func FuzzValuesAreReadAsDatabaseSQLDoes(f *testing.F) {
	f.Add(int64(1<<31), "text", []byte{0, 255})
	db := sql.OpenDB(echo{})
	f.Cleanup(func() { db.Close() })
	f.Fuzz(func(t *testing.T, n int64, s string, b []byte) {
		for _, v := range []any{n, s, append([]byte{}, b...)} {
			checkAssign(t, db, v)
		}
	})
}
