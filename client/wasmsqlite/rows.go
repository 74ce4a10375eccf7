//go:build js && wasm

package wasmsqlite

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"io"
	"reflect"
	"strings"
	"time"
)

// firstRowBuffer is where the row buffer starts; it grows to the largest row seen.
const firstRowBuffer = 1024

// column is what SQLite tells about a result column.
type column struct{ name, declared string }

// rows is a running query.
type rows struct {
	ctx     context.Context
	st      *statement // nil when closed
	columns []column
	buf     []byte
	row     []byte // the row computed last; nil at the end
	fresh   bool   // row has not been handed out
}

var (
	_ driver.Rows                           = (*rows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
	_ driver.RowsColumnTypeScanType         = (*rows)(nil)
)

// newRows takes st over, unless it fails.
func newRows(ctx context.Context, st *statement, args []driver.NamedValue) (*rows, error) {
	if err := st.bind(args); err != nil {
		return nil, err
	}
	r := &rows{ctx: ctx, st: st, buf: make([]byte, firstRowBuffer)}
	if err := r.step(); err != nil {
		return nil, err
	}
	// Read after the first step, which prepares the statement anew when the schema has changed.
	r.columns = st.columns()
	return r, nil
}

// step computes the next row.
func (r *rows) step() error {
	var need uint32
	st := r.st
	code := shimStep(st.conn.db, st.handle, &r.buf[0], uint32(len(r.buf)), &need)
	r.row, r.fresh = nil, true
	if code != codeRow {
		return resultError(code)
	}
	if need > uint32(len(r.buf)) {
		r.buf = make([]byte, max(need, 2*uint32(len(r.buf))))
		shimRow(st.handle, &r.buf[0], uint32(len(r.buf)))
	}
	r.row = r.buf[:need]
	return nil
}

// Columns names the result columns.
func (r *rows) Columns() []string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.name
	}
	return names
}

// ColumnTypeDatabaseTypeName is the type the column was declared with, in capitals, or "" for an expression.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.columns[i].declared }

// ColumnTypeScanType is the Go type that suits the declared type.
func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	declared := r.columns[i].declared
	switch {
	case declared == "BOOLEAN" || declared == "BOOL":
		return reflect.TypeFor[bool]()
	case isTimeType(declared):
		return reflect.TypeFor[time.Time]()
	case strings.Contains(declared, "INT"):
		return reflect.TypeFor[int64]()
	case declared == "TEXT":
		return reflect.TypeFor[string]()
	case declared == "BLOB":
		return reflect.TypeFor[[]byte]()
	case declared == "REAL":
		return reflect.TypeFor[float64]()
	}
	return reflect.TypeFor[any]()
}

// Next hands out the next row. It returns the context's error when that is done.
func (r *rows) Next(dest []driver.Value) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if !r.fresh {
		if err := r.step(); err != nil {
			return err
		}
	}
	if r.row == nil {
		return io.EOF
	}
	r.fresh = false
	for i := range dest {
		s := r.row[i*slotSize:]
		dest[i] = fromSlot(slot{
			kind: binary.LittleEndian.Uint32(s),
			size: binary.LittleEndian.Uint32(s[4:]),
			val:  binary.LittleEndian.Uint64(s[8:]),
		}, r.row, r.columns[i].declared)
	}
	return nil
}

// Close ends the query.
func (r *rows) Close() error {
	if r.st != nil {
		r.st.conn.release(r.st)
		r.st = nil
	}
	return nil
}

// columns gives names and declared types, as of the last time SQLite prepared the statement.
func (st *statement) columns() []column {
	if at := shimReprepares(st.handle); st.cols == nil || at != st.colsAt {
		st.cols, st.colsAt = st.readColumns(), at
	}
	return st.cols
}

func (st *statement) readColumns() []column {
	buf := make([]byte, firstRowBuffer)
	need := shimColumns(st.handle, &buf[0], uint32(len(buf)))
	if need > uint32(len(buf)) {
		buf = make([]byte, need)
		shimColumns(st.handle, &buf[0], need)
	}
	fields := strings.Split(string(buf[:need]), "\x00")
	columns := make([]column, len(fields)/2)
	for i := range columns {
		columns[i] = column{name: fields[2*i], declared: strings.ToUpper(fields[2*i+1])}
	}
	return columns
}
