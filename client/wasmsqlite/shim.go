//go:build js && wasm

package wasmsqlite

import "structs"

// The functions below are implemented by web/src/core/worker/sqlite.ts over the WebAssembly build of SQLite. Every
// one runs to its end before it returns: nothing here yields to another goroutine. Codes are SQLite's extended
// result codes. Pointers are read or written only during the call.

// slot is one value as it crosses the border: 16 bytes, little endian.
//
// Towards SQLite, val of a text or blob is its address in Go's memory. Back from SQLite, it is the offset of its
// bytes in the row buffer.
type slot struct {
	_    structs.HostLayout
	kind uint32 // a kind constant
	size uint32 // bytes of a text or blob
	val  uint64 // an integer, the bits of a float, or where the bytes are
}

// Value kinds: SQLite's fundamental datatype codes.
const (
	kindInteger = 1
	kindFloat   = 2
	kindText    = 3
	kindBlob    = 4
	kindNull    = 5
)

const slotSize = 16

// prepared is what prepare finds out about a statement.
type prepared struct {
	_      structs.HostLayout
	handle uint32 // 0 when the text held only space and comments
	tail   uint32 // bytes of the text that the statement took
	params uint32 // highest parameter number
}

// stepped is what a step tells of a row: the length that it needs, and its columns.
type stepped struct {
	_       structs.HostLayout
	need    uint32
	columns uint32
}

//go:wasmimport parley_sqlite storage
func shimStorage() uint32

// shimOpen writes the database handle to db. A key of KeySize bytes seals the
// database with its journals; none, with a length of 0, leaves it open. It keeps
// a copy of the key until the database is closed.
//
//go:wasmimport parley_sqlite open
func shimOpen(name string, key *byte, keyLen uint32, db *uint32) int32

// shimCopy copies a closed database without a journal into a new file, which is
// on the disk when it returns. What was there is gone.
//
//go:wasmimport parley_sqlite copy
func shimCopy(from string, fromKey *byte, fromKeyLen uint32, to string, toKey *byte, toKeyLen uint32) int32

//go:wasmimport parley_sqlite close
func shimClose(db uint32) int32

//go:wasmimport parley_sqlite remove
func shimRemove(name string) int32

//go:wasmimport parley_sqlite autocommit
func shimAutocommit(db uint32) uint32

// shimMessage writes as much of the last failure's text as fits to buf and returns the bytes written.
//
//go:wasmimport parley_sqlite message
func shimMessage(buf *byte, size uint32) uint32

//go:wasmimport parley_sqlite prepare
func shimPrepare(db uint32, sql string, out *prepared) int32

// shimRun binds, steps to the end, and resets. It tells the rows that the statement changed.
//
//go:wasmimport parley_sqlite run
func shimRun(db, stmt uint32, args *slot, n uint32, changes *int64) int32

//go:wasmimport parley_sqlite bind
func shimBind(db, stmt uint32, args *slot, n uint32) int32

// shimStep steps once and, on a row, does what shimRow does, telling the length and the columns.
//
//go:wasmimport parley_sqlite step
func shimStep(db, stmt uint32, buf *byte, size uint32, out *stepped) int32

// shimRow writes the current row to buf, one slot per column and then the bytes of texts and blobs, and returns the
// length it needs; when that is more than size, nothing was written.
//
//go:wasmimport parley_sqlite row
func shimRow(stmt uint32, buf *byte, size uint32) uint32

//go:wasmimport parley_sqlite reset
func shimReset(stmt uint32)

//go:wasmimport parley_sqlite finalize
func shimFinalize(stmt uint32)
