// How values cross between Go's memory and SQLite's: slots of 16 bytes {kind u32, size u32, value u64}, little endian,
// as client/wasmsqlite/shim.go lays them out.

/** Functions of sqlite3.wasm: C on numbers, with bigint for 64-bit integers. */
export interface Exports {
  sqlite3_malloc(n: number): number;
  sqlite3_free(p: number): void;
  sqlite3_prepare_v3(db: number, sql: number, n: number, flags: number, stmt: number, tail: number): number;
  sqlite3_step(stmt: number): number;
  sqlite3_reset(stmt: number): number;
  sqlite3_clear_bindings(stmt: number): number;
  sqlite3_finalize(stmt: number): number;
  sqlite3_close_v2(db: number): number;
  sqlite3_get_autocommit(db: number): number;
  sqlite3_extended_result_codes(db: number, on: number): number;
  sqlite3_changes64(db: number): bigint;
  sqlite3_total_changes64(db: number): bigint;
  sqlite3_bind_parameter_count(stmt: number): number;
  sqlite3_bind_int64(stmt: number, i: number, v: bigint): number;
  sqlite3_bind_double(stmt: number, i: number, v: number): number;
  sqlite3_bind_null(stmt: number, i: number): number;
  sqlite3_bind_text(stmt: number, i: number, p: number, n: number, free: number): number;
  sqlite3_bind_blob(stmt: number, i: number, p: number, n: number, free: number): number;
  sqlite3_bind_zeroblob(stmt: number, i: number, n: number): number;
  sqlite3_data_count(stmt: number): number;
  sqlite3_column_type(stmt: number, i: number): number;
  sqlite3_column_int64(stmt: number, i: number): bigint;
  sqlite3_column_double(stmt: number, i: number): number;
  sqlite3_column_text(stmt: number, i: number): number;
  sqlite3_column_blob(stmt: number, i: number): number;
  sqlite3_column_bytes(stmt: number, i: number): number;
}

/** A wasm memory seen as bytes and as numbers. The views die when the memory grows, so ask at every call. */
export class Memory {
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  constructor(private readonly memory: () => ArrayBuffer) {}

  get bytes(): Uint8Array<ArrayBuffer> {
    this.#refresh();
    return this.#bytes;
  }

  get view(): DataView<ArrayBuffer> {
    this.#refresh();
    return this.#view;
  }

  #refresh(): void {
    const buffer = this.memory();
    if (buffer === this.#bytes.buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}

const SLOT = 16;
const INTEGER = 1;
const FLOAT = 2;
const TEXT = 3;
const BLOB = 4;
const NULL = 5;

const SQLITE_NOMEM = 7;
const SQLITE_STATIC = 0;
const SQLITE_TRANSIENT = -1;

/** Text and blobs of one call up to this many bytes go through a buffer that is kept. */
const SCRATCH = 256 * 1024;

/** Binds Go's values and reads SQLite's rows. */
export class Values {
  readonly #scratch: number;

  constructor(
    private readonly sqlite: Exports,
    private readonly heap: Memory,
    private readonly go: Memory,
  ) {
    this.#scratch = sqlite.sqlite3_malloc(SCRATCH) >>> 0;
    if (!this.#scratch) throw new Error('sqlite3_malloc failed');
  }

  /** Binds for a statement that goes on after the call: SQLite makes copies of its own. */
  bind(stmt: number, args: number, n: number): number {
    return this.#withBytes(args, n, (bytes) => this.#bindAll(stmt, args, n, bytes, SQLITE_TRANSIENT));
  }

  /** Binds without a copy for `use`, which runs the statement and is over when it returns. */
  bound(stmt: number, args: number, n: number, use: () => number): number {
    if (n === 0) return use();
    return this.#withBytes(args, n, (bytes) => {
      const code = this.#bindAll(stmt, args, n, bytes, SQLITE_STATIC) || use();
      this.sqlite.sqlite3_clear_bindings(stmt);
      return code;
    });
  }

  /** Provides room in SQLite's memory for all texts and blobs of the arguments. */
  #withBytes(args: number, n: number, use: (bytes: number) => number): number {
    const view = this.go.view;
    let total = 0;
    for (let i = 0; i < n; i++) total += view.getUint32(args + i * SLOT + 4, true);
    if (total <= SCRATCH) return use(this.#scratch);
    const bytes = this.sqlite.sqlite3_malloc(total) >>> 0;
    if (!bytes) return SQLITE_NOMEM;
    try {
      return use(bytes);
    } finally {
      this.sqlite.sqlite3_free(bytes);
    }
  }

  #bindAll(stmt: number, args: number, n: number, bytes: number, free: number): number {
    const { view } = this.go;
    for (let i = 0; i < n; i++) {
      const at = args + i * SLOT;
      const size = view.getUint32(at + 4, true);
      if (size) this.heap.bytes.set(this.go.bytes.subarray(view.getUint32(at + 8, true), view.getUint32(at + 8, true) + size), bytes);
      const code = this.#bindOne(stmt, i + 1, view, at, size, bytes, free);
      if (code) return code;
      bytes += size;
    }
    return 0;
  }

  #bindOne(stmt: number, i: number, view: DataView, at: number, size: number, bytes: number, free: number): number {
    switch (view.getUint32(at, true)) {
      case INTEGER:
        return this.sqlite.sqlite3_bind_int64(stmt, i, view.getBigInt64(at + 8, true));
      case FLOAT:
        return this.sqlite.sqlite3_bind_double(stmt, i, view.getFloat64(at + 8, true));
      case TEXT:
        return this.sqlite.sqlite3_bind_text(stmt, i, bytes, size, free);
      case BLOB:
        if (size === 0) return this.sqlite.sqlite3_bind_zeroblob(stmt, i, 0);
        return this.sqlite.sqlite3_bind_blob(stmt, i, bytes, size, free);
      default:
        return this.sqlite.sqlite3_bind_null(stmt, i);
    }
  }

  /** Writes the current row to Go's memory and returns the bytes it needs; when those are more than cap, nothing is written. */
  row(stmt: number, to: number, cap: number): number {
    const columns = this.sqlite.sqlite3_data_count(stmt);
    let need = columns * SLOT;
    for (let i = 0; i < columns; i++) {
      const type = this.sqlite.sqlite3_column_type(stmt, i);
      if (type !== TEXT && type !== BLOB) {
        if (columns * SLOT <= cap) this.#number(stmt, i, type, to + i * SLOT);
        continue;
      }
      const from = (type === TEXT ? this.sqlite.sqlite3_column_text(stmt, i) : this.sqlite.sqlite3_column_blob(stmt, i)) >>> 0;
      const size = this.sqlite.sqlite3_column_bytes(stmt, i);
      if (need + size <= cap) this.#bytes(type, from, size, to, i, need);
      need += size;
    }
    return need;
  }

  #number(stmt: number, i: number, type: number, at: number): void {
    const { view } = this.go;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, 0, true);
    if (type === INTEGER) view.setBigInt64(at + 8, this.sqlite.sqlite3_column_int64(stmt, i), true);
    else if (type === FLOAT) view.setFloat64(at + 8, this.sqlite.sqlite3_column_double(stmt, i), true);
    else view.setUint32(at, NULL, true);
  }

  #bytes(type: number, from: number, size: number, to: number, i: number, offset: number): void {
    const { view } = this.go;
    const at = to + i * SLOT;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, size, true);
    view.setUint32(at + 8, offset, true);
    view.setUint32(at + 12, 0, true);
    if (size) this.go.bytes.set(this.heap.bytes.subarray(from, from + size), to + offset);
  }
}
