//go:build js && wasm

package wasmsqlite

import (
	"context"
	"encoding/binary"
	"fmt"
)

// firstRowBuffer is where the row buffer starts; it grows to the largest row seen.
const firstRowBuffer = 1024

// Rows is a running query. It must be closed or read to the end, and is not for several goroutines.
type Rows struct {
	ctx     context.Context
	st      *statement // nil when closed
	buf     []byte
	row     []byte // the row computed last; nil at the end
	columns int    // of row
	shown   bool   // Next has led to row
	err     error
	closed  func() // nil: nothing
}

// step computes the next row.
func (r *Rows) step() error {
	var out stepped
	st := r.st
	code := shimStep(st.conn.db, st.handle, &r.buf[0], uint32(len(r.buf)), &out)
	r.row, r.shown = nil, false
	if code != codeRow {
		return resultError(code)
	}
	if need := out.need; need > uint32(len(r.buf)) {
		r.buf = make([]byte, max(need, 2*uint32(len(r.buf))))
		shimRow(st.handle, &r.buf[0], uint32(len(r.buf)))
	}
	r.row, r.columns = r.buf[:out.need], int(out.columns)
	return nil
}

// Next leads to the next row, for Scan. It gives false at the end, after an error, which Err tells, and when the context
// is done.
func (r *Rows) Next() bool {
	if r.st == nil {
		return false
	}
	if r.err = r.ctx.Err(); r.err == nil && r.shown {
		r.err = r.step()
	}
	if r.err != nil || r.row == nil {
		_ = r.Close() // never fails
		return false
	}
	r.shown = true
	return true
}

// Scan copies the columns of the row to what into points to, one for each.
func (r *Rows) Scan(into ...any) error {
	if r.st == nil || !r.shown {
		return errNoNext
	}
	if len(into) != r.columns {
		return fmt.Errorf("wasmsqlite: %d destinations for %d columns", len(into), r.columns)
	}
	for i, to := range into {
		s := r.row[i*slotSize:]
		v := fromSlot(slot{
			kind: binary.LittleEndian.Uint32(s),
			size: binary.LittleEndian.Uint32(s[4:]),
			val:  binary.LittleEndian.Uint64(s[8:]),
		}, r.row)
		if err := assign(to, v); err != nil {
			return fmt.Errorf("wasmsqlite: column %d: %w", i, err)
		}
	}
	return nil
}

// Err is the error that ended Next, if any.
func (r *Rows) Err() error { return r.err }

// Close ends the query. It never fails.
func (r *Rows) Close() error {
	if r.st == nil {
		return nil
	}
	r.st.conn.release(r.st)
	r.st = nil
	if r.closed != nil {
		r.closed()
	}
	return nil
}

// Row is the first row of a query.
type Row struct {
	rows *Rows
	err  error
}

func newRow(rows *Rows, err error) *Row { return &Row{rows, err} }

// Scan is that of Rows; without a row it gives ErrNoRows. It ends the query, so it must be called.
func (r *Row) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	return r.rows.Scan(into...)
}
