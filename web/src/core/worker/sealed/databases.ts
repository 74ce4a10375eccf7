// What sqlite.ts needs for sealed databases. Loaded when a lock is on or turned on, with all that it imports.
import type { SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Exports } from '../values';
import { PAGE } from './layout';
import { SealedPool } from './pool';
import { KEY_BYTES } from './record';

const SQLITE_BUSY = 5;
const SQLITE_NOMEM = 7;
const SQLITE_IOERR = 10;
const SQLITE_CANTOPEN = 14;
const SQLITE_MISUSE = 21;
const SQLITE_NOTADB = 26;
const SQLITE_ROW = 100;
const SQLITE_DONE = 101;
const SQLITE_IOERR_DATA = SQLITE_IOERR | (32 << 8);

/** Pages that are copied at once. */
const COPY_PAGES = 16;

/** Opens a database of that path, or makes it; its handle is written to `out`. Gives SQLite's code. */
export type Open = (path: string, out: number) => number;

/** A database and the bytes of its key; a plain one has none. */
export interface Place {
  path: string;
  key: Uint8Array;
}

/** SQLite's number for a database. */
type Pointer = number;

/** A failure with SQLite's code for it, and words for whoever looks into it. */
export type Failure = { code: number; message: string } | null;

const failure = (code: number, message: string): Failure => ({ code, message });

/** Sealed databases, and plain ones that were opened since this was loaded. */
export class SealedDatabases {
  readonly #files = new SealedPool(FileSystemSyncAccessHandle.prototype);
  readonly #open = new Map<Pointer, Place>();
  readonly #sqlite: Exports;

  constructor(
    private readonly sqlite3: Sqlite3Static,
    private readonly pool: SAHPoolUtil,
    private readonly openDatabase: Open,
  ) {
    this.#sqlite = sqlite3.wasm.exports as Exports;
  }

  /** To be called before a database is opened. */
  opening({ path, key }: Place): Failure {
    if (key.length > 0 && key.length !== KEY_BYTES) return failure(SQLITE_MISUSE, 'a key has 32 bytes');
    if ([...this.#open.values()].some((place) => place.path === path)) return failure(SQLITE_BUSY, 'the database is open');
    if (key.length > 0) this.#files.use(path, key);
    else this.#files.forget(path);
    return null;
  }

  /** To be called once it is open, and before anything else is done with it: sees whether the key is the right one. */
  opened(db: Pointer, { path, key }: Place): number {
    this.#open.set(db, { path, key: key.subarray(0, 0) });
    if (key.length === 0) return 0;
    // Without shared memory a log can be read only so.
    const [code] = this.#pragma(db, 'locking_mode=EXCLUSIVE');
    if (code) return code;
    // A new database is written before it has a log: it must have no other journal, which would not be sealed.
    if (this.#files.isEmpty(path)) return this.#pragma(db, `page_size=${PAGE}`)[0] || this.#pragma(db, 'journal_mode=MEMORY')[0];
    const [fault] = this.#pragma(db, 'schema_version');
    const [late, pageSize] = this.#pragma(db, 'page_size');
    return fault || late || (pageSize === PAGE ? 0 : SQLITE_MISUSE);
  }

  /** To be called once a database is closed, or could not be opened: its key is forgotten. */
  closed(db: Pointer, path = this.#open.get(db)?.path): void {
    this.#open.delete(db);
    if (path) this.#files.forget(path);
  }

  /** Why SQLite could not read: the damage that was found since the last call. */
  takeDamage(): Failure {
    const damage = this.#files.takeDamage();
    return damage && failure(damage.first ? SQLITE_NOTADB : SQLITE_IOERR_DATA, damage.message);
  }

  /**
   * Copies a closed database that has nothing in its log, page by page, to a new one, which is on the disk when this
   * returns. What was there is replaced; after a failure it may be there in part.
   */
  copy(from: Place, to: Place): Failure {
    const names = this.pool.getFileNames();
    if (!names.includes(from.path)) return failure(SQLITE_CANTOPEN, 'there is no such database');
    const log = `${from.path}-wal`;
    if (names.includes(log) && this.pool.exportFile(log).length > 0) return failure(SQLITE_BUSY, 'the database is in use');
    for (const suffix of ['', '-wal', '-journal']) this.pool.unlink(to.path + suffix);
    return this.#with(from, (source) => this.opened(source, from) || this.#with(to, () => this.#copyFile(from.path, to.path)));
  }

  /** Uses a database while it is open: then its files are known. `use` gives a code, or a failure. */
  #with(place: Place, use: (db: Pointer) => number | Failure): Failure {
    const { wasm, capi } = this.sqlite3;
    const wrong = this.opening(place);
    if (wrong) return wrong;
    const out = this.#sqlite.sqlite3_malloc(4) >>> 0;
    if (!out) return failure(SQLITE_NOMEM, 'out of memory');
    const code = this.openDatabase(place.path, out);
    const db = Number(wasm.peekPtr(out));
    this.#sqlite.sqlite3_free(out);
    try {
      const outcome = code || use(db);
      if (typeof outcome !== 'number') return outcome;
      return outcome ? (this.takeDamage() ?? failure(outcome, db ? capi.sqlite3_errmsg(db) : 'out of memory')) : null;
    } finally {
      if (db) this.#sqlite.sqlite3_close_v2(db);
      this.closed(db, place.path);
    }
  }

  #copyFile(from: string, to: string): Failure {
    try {
      this.#files.copy(from, to, new Uint8Array(COPY_PAGES * PAGE));
      return null;
    } catch (error) {
      return this.takeDamage() ?? failure(SQLITE_IOERR, String(error));
    }
  }

  /** Runs a pragma: SQLite's code, 0 if all is well, and the number it gives. */
  #pragma(db: Pointer, words: string): [code: number, value: number] {
    const sql = new TextEncoder().encode(`PRAGMA ${words}`);
    const memory = this.#sqlite.sqlite3_malloc(sql.length + 8) >>> 0;
    if (!memory) return [SQLITE_NOMEM, 0];
    this.sqlite3.wasm.heap8u().set(sql, memory + 8);
    let code = this.#sqlite.sqlite3_prepare_v3(db, memory + 8, sql.length, 0, memory, 0);
    const statement = Number(this.sqlite3.wasm.peekPtr(memory));
    this.#sqlite.sqlite3_free(memory);
    if (code) return [code, 0];
    code = this.#sqlite.sqlite3_step(statement);
    const value = code === SQLITE_ROW ? Number(this.#sqlite.sqlite3_column_int64(statement, 0)) : 0;
    this.#sqlite.sqlite3_finalize(statement);
    return [code === SQLITE_ROW || code === SQLITE_DONE ? 0 : code, value];
  }
}
