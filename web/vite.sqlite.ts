import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { buildDir, webDir } from './scripts/goroot.mjs';
import { slimSQLite } from './scripts/slim-sqlite.mjs';
import { sqliteConstants } from './scripts/sqlite-constants.mjs';
import { type Constants, Glue } from './vite.sqliteGlue.ts';

// sqlite-wasm brings a C program with all that SQLite has built in, a runtime with a file system of its own, and
// JavaScript for every function of C, for objects, workers and several file systems. Parley calls few functions, and its
// files are those of one pool in OPFS: what leads to the others is left out here, two thirds of the JavaScript.

/** The functions of C that src/core/worker calls. */
const called = [
  'sqlite3_malloc', 'sqlite3_free', 'sqlite3_prepare_v3', 'sqlite3_step', 'sqlite3_reset', 'sqlite3_clear_bindings',
  'sqlite3_finalize', 'sqlite3_close_v2', 'sqlite3_get_autocommit', 'sqlite3_extended_result_codes',
  'sqlite3_changes64', 'sqlite3_total_changes64', 'sqlite3_bind_parameter_count', 'sqlite3_bind_int64', 'sqlite3_bind_double',
  'sqlite3_bind_null', 'sqlite3_bind_text', 'sqlite3_bind_blob', 'sqlite3_bind_zeroblob', 'sqlite3_data_count',
  'sqlite3_column_type', 'sqlite3_column_int64', 'sqlite3_column_double', 'sqlite3_column_text', 'sqlite3_column_blob', 'sqlite3_column_bytes',
];

/** Those that it calls through sqlite-wasm's bindings, and that its pool and its memory need. */
const bound = [
  'sqlite3_open_v2', 'sqlite3_errmsg',
  'sqlite3_vfs_find', 'sqlite3_vfs_register', 'sqlite3_vfs_unregister', 'sqlite3_initialize', 'sqlite3_libversion', 'sqlite3_realloc',
];
const internal = ['__wasm_call_ctors', 'sqlite3__wasm_pstack_ptr', 'sqlite3__wasm_pstack_restore', 'sqlite3__wasm_pstack_alloc', 'sqlite3__wasm_pstack_remaining', 'sqlite3__wasm_pstack_quota'];
/** All that the program exports. */
export const exported = new Set([...called, ...bound, ...internal]);

/** The structures of C that the pool makes. */
const structures = new Set(['sqlite3_vfs', 'sqlite3_io_methods', 'sqlite3_file']);

const kept = { functions: new Set(bound), structures, constants: ['SQLITE_OPEN_READWRITE', 'SQLITE_OPEN_CREATE'] };

/** The program as it is published. */
export const original = join(webDir, 'node_modules/@sqlite.org/sqlite-wasm/dist/sqlite3.wasm');

/** What tells the parts that Parley does without: the objects of oo1, and file systems other than the pool in OPFS. */
const unused = [
  'sqlite3.oo1 = {',
  'sqlite3.initWorker1API = function',
  'sqlite3.vtab = vtab;',
  'if (sqlite3.config.disable?.vfs?.kvvfs) return;',
  'if (sqlite3.config.disable?.vfs?.opfs && sqlite3.config.disable.vfs["opfs-vfs"]) return;',
  'if (!sqlite3.opfs || sqlite3.config.disable?.vfs?.opfs) return;',
  'if (!sqlite3.opfs || sqlite3.config.disable?.vfs?.["opfs-wl"]) return;',
];

/** Makes build/sqlite3.wasm, and of sqlite-wasm's module one whose default makes the API of a program, see src/core/worker/program.ts. */
export function withoutUnusedSQLite(): Plugin {
  return {
    name: 'parley-sqlite-without-unused',
    enforce: 'pre',
    buildStart() {
      mkdirSync(buildDir, { recursive: true });
      writeFileSync(join(buildDir, 'sqlite3.wasm'), slimSQLite(readFileSync(original), exported));
    },
    transform(code, id) {
      if (!/@sqlite\.org\/sqlite-wasm\/dist\/index\.mjs/.test(id)) return undefined;
      const constants = sqliteConstants(readFileSync(original)) as Constants;
      return { code: new Glue(code, kept).slim(constants, unused), map: null };
    },
  };
}
