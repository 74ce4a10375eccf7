// SQLite for the Go client core: loads sqlite-wasm in this worker and supplies the WebAssembly imports
// `parley_sqlite` that client/wasmsqlite declares in shim.go. All are synchronous and none calls back into Go.
import sqliteOf, { type SAHPoolUtil, type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Storage } from '../core';
import { platformError } from '../errors';
import { type Program, startProgram } from './program';
import type { SealedDatabases } from './sealed/databases';
import { type QuotaWatch, openPool, watchQuota } from './storage';
import { type Exports, Memory, Values } from './values';

const SQLITE_NOMEM = 7;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_MISUSE = 21;
const SQLITE_ROW = 100;
const SQLITE_DONE = 101;
const SQLITE_PREPARE_PERSISTENT = 1;

/** The name of the import module, as in the go:wasmimport lines. */
export const IMPORT_MODULE = 'parley_sqlite';

/** What vite.sqlite.ts makes of the package's function that loads a program: one that is given the program. */
const apiOf = sqliteOf as unknown as (program: Program) => Promise<Sqlite3Static>;

/** A loaded SQLite. `imports` needs the Go program's memory, which exists once that is instantiated. */
export interface LoadedSQLite {
  storage: Storage;
  /** To be awaited before Go opens or makes a sealed database. Throws a CoreError. */
  loadSealing(): Promise<void>;
  imports(goMemory: () => ArrayBuffer): WebAssembly.ModuleImports;
}

/** Loads SQLite and opens its storage; throws a CoreError when the browser has storage but does not open it. */
export async function loadSQLite(): Promise<LoadedSQLite> {
  Object.assign(globalThis, { sqlite3ApiConfig: { warn() {} } });
  const sqlite3 = await startProgram()
    .then(apiOf)
    .catch((error: unknown) => {
      throw platformError('wasm_download', error);
    });
  const quota = watchQuota();
  const pool = await openPool(sqlite3);
  let sealed: SealedDatabases | undefined;
  let loading: Promise<void> | undefined;
  const load = async () => {
    if (!pool) return;
    const { SealedDatabases } = await import('./sealed/databases');
    sealed = new SealedDatabases(sqlite3, pool, (path, out) => openDatabase(sqlite3, pool, path, out));
  };
  return {
    storage: pool ? 'opfs' : 'memory',
    loadSealing() {
      return (loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw platformError('wasm_download', error);
      }));
    },
    imports: (goMemory) => new Shim(sqlite3, pool, quota, new Memory(goMemory), () => sealed).imports(),
  };
}

/** Opens a database, or makes it; its handle is written to `out`. */
function openDatabase({ capi }: Sqlite3Static, pool: SAHPoolUtil | null, path: string, out: number): number {
  const flags = capi.SQLITE_OPEN_READWRITE | capi.SQLITE_OPEN_CREATE;
  return capi.sqlite3_open_v2(pool ? path : ':memory:', out, flags, pool ? pool.vfsName : 0);
}

/** The functions Go calls. Addresses `…At` are in Go's memory; statements and databases are SQLite's pointers. */
class Shim {
  readonly #sqlite: Exports;
  readonly #heap: Memory;
  readonly #values: Values;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #message = '';

  constructor(
    private readonly sqlite3: Sqlite3Static,
    private readonly pool: SAHPoolUtil | null,
    private readonly quota: QuotaWatch,
    private readonly go: Memory,
    private readonly sealed: () => SealedDatabases | undefined,
  ) {
    this.#sqlite = sqlite3.wasm.exports as Exports;
    this.#heap = new Memory(() => sqlite3.wasm.heap8u().buffer as ArrayBuffer);
    this.#values = new Values(this.#sqlite, this.#heap, go);
  }

  imports(): WebAssembly.ModuleImports {
    const sqlite = this.#sqlite;
    return {
      storage: () => (this.pool ? 1 : 0),
      open: (nameAt: number, nameLen: number, keyAt: number, keyLen: number, dbAt: number) =>
        this.#open(this.#goText(nameAt, nameLen), this.#goBytes(keyAt, keyLen), dbAt),
      copy: this.#copy.bind(this),
      close: this.#close.bind(this),
      remove: (nameAt: number, nameLen: number) => this.#remove(this.#goText(nameAt, nameLen)),
      autocommit: (db: number) => sqlite.sqlite3_get_autocommit(db),
      message: (at: number, cap: number) => this.#putStart(this.#message, at >>> 0, cap),
      prepare: this.#prepare.bind(this),
      run: this.#run.bind(this),
      bind: (db: number, stmt: number, at: number, n: number) => this.#check(db, this.#values.bind(stmt, at >>> 0, n)),
      step: this.#step.bind(this),
      row: (stmt: number, at: number, cap: number) => this.#values.row(stmt, at >>> 0, cap),
      reset: (stmt: number) => {
        sqlite.sqlite3_reset(stmt);
        sqlite.sqlite3_clear_bindings(stmt);
      },
      finalize: (stmt: number) => {
        sqlite.sqlite3_finalize(stmt);
      },
    };
  }

  #open(name: string, key: Uint8Array, dbAt: number): number {
    const sealed = this.sealed();
    const place = { path: name, key };
    if (key.length > 0 && !sealed) return this.#fail(SQLITE_MISUSE, 'what seals databases is not loaded');
    const wrong = sealed?.opening(place);
    if (wrong) return this.#fail(wrong.code, wrong.message);
    const out = this.#sqlite.sqlite3_malloc(4) >>> 0;
    if (!out) return this.#fail(SQLITE_NOMEM, 'out of memory');
    try {
      let code = openDatabase(this.sqlite3, this.pool, name, out);
      const db = this.#heap.view.getUint32(out, true);
      if (!code) code = sealed?.opened(db, place) ?? 0;
      code = this.#check(db, code);
      if (code && !db) sealed?.closed(db, name);
      return this.#opened(code, db, dbAt);
    } finally {
      this.#sqlite.sqlite3_free(out);
    }
  }

  #opened(code: number, db: number, dbAt: number): number {
    if (code) {
      if (db) this.#close(db);
      return code;
    }
    this.#sqlite.sqlite3_extended_result_codes(db, 1);
    this.go.view.setUint32(dbAt >>> 0, db, true);
    return 0;
  }

  #close(db: number): number {
    const code = this.#check(db, this.#sqlite.sqlite3_close_v2(db));
    this.sealed()?.closed(db);
    return code;
  }

  #copy(fromAt: number, fromLen: number, fromKeyAt: number, fromKeyLen: number, toAt: number, toLen: number, toKeyAt: number, toKeyLen: number): number {
    const sealed = this.sealed();
    if (!sealed) return this.#fail(SQLITE_MISUSE, 'what seals databases is not loaded');
    const from = { path: this.#goText(fromAt, fromLen), key: this.#goBytes(fromKeyAt, fromKeyLen) };
    const wrong = sealed.copy(from, { path: this.#goText(toAt, toLen), key: this.#goBytes(toKeyAt, toKeyLen) });
    if (!wrong) return 0;
    return this.quota() ? this.#full() : this.#fail(wrong.code, wrong.message);
  }

  #remove(name: string): number {
    try {
      for (const suffix of ['', '-wal', '-journal']) this.pool?.unlink(name + suffix);
      return 0;
    } catch (error) {
      return this.#fail(SQLITE_IOERR, String(error));
    }
  }

  #prepare(db: number, sqlAt: number, sqlLen: number, outAt: number): number {
    const sqlite = this.#sqlite;
    const memory = sqlite.sqlite3_malloc(sqlLen + 8) >>> 0;
    if (!memory) return this.#fail(SQLITE_NOMEM, 'out of memory');
    try {
      const text = memory + 8;
      this.#heap.bytes.set(this.go.bytes.subarray(sqlAt >>> 0, (sqlAt >>> 0) + sqlLen), text);
      const code = sqlite.sqlite3_prepare_v3(db, text, sqlLen, SQLITE_PREPARE_PERSISTENT, memory, memory + 4);
      if (code) return this.#check(db, code);
      const stmt = this.#heap.view.getUint32(memory, true);
      const { view } = this.go;
      view.setUint32(outAt >>> 0, stmt, true);
      view.setUint32((outAt >>> 0) + 4, this.#heap.view.getUint32(memory + 4, true) - text, true);
      view.setUint32((outAt >>> 0) + 8, stmt ? sqlite.sqlite3_bind_parameter_count(stmt) : 0, true);
      return 0;
    } finally {
      sqlite.sqlite3_free(memory);
    }
  }

  #run(db: number, stmt: number, argsAt: number, n: number, outAt: number): number {
    const sqlite = this.#sqlite;
    const before = sqlite.sqlite3_total_changes64(db);
    this.#message = '';
    const code = this.#values.bound(stmt, argsAt >>> 0, n, () => {
      let step = SQLITE_ROW;
      while (step === SQLITE_ROW) step = sqlite.sqlite3_step(stmt);
      if (step !== SQLITE_DONE) step = this.#check(db, step);
      sqlite.sqlite3_reset(stmt);
      return step;
    });
    if (code !== SQLITE_DONE) return this.#message ? code : this.#check(db, code);
    this.go.view.setBigInt64(outAt >>> 0, sqlite.sqlite3_total_changes64(db) === before ? 0n : sqlite.sqlite3_changes64(db), true);
    return 0;
  }

  #step(db: number, stmt: number, at: number, cap: number, outAt: number): number {
    const code = this.#sqlite.sqlite3_step(stmt);
    if (code === SQLITE_ROW) {
      const need = this.#values.row(stmt, at >>> 0, cap);
      const { view } = this.go;
      view.setUint32(outAt >>> 0, need, true);
      view.setUint32((outAt >>> 0) + 4, this.#sqlite.sqlite3_data_count(stmt), true);
    } else if (code !== SQLITE_DONE) return this.#check(db, code);
    return code;
  }

  /** Notes the text of a failure and gives the code to report: SQLITE_FULL where the quota was behind it. */
  #check(db: number, code: number): number {
    if (!code) return code;
    if ((code & 0xff) === SQLITE_IOERR) {
      if (this.quota()) return this.#full();
      const damage = this.sealed()?.takeDamage();
      if (damage) return this.#fail(damage.code, damage.message);
    }
    return this.#fail(code, db ? this.sqlite3.capi.sqlite3_errmsg(db) : 'out of memory');
  }

  #full(): number {
    return this.#fail(SQLITE_FULL, 'the storage that the browser allows is used up');
  }

  #fail(code: number, message: string): number {
    this.#message = message;
    return code;
  }

  /** A view; it must not be used after the call. */
  #goBytes(at: number, length: number): Uint8Array {
    return this.go.bytes.subarray(at >>> 0, (at >>> 0) + length);
  }

  #goText(at: number, length: number): string {
    return this.#decoder.decode(this.#goBytes(at, length));
  }

  /** Writes as much of text as fits and returns the bytes written. */
  #putStart(text: string, at: number, cap: number): number {
    return this.#encoder.encodeInto(text, this.go.bytes.subarray(at, at + cap)).written;
  }
}
