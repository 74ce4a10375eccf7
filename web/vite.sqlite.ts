import type { Plugin } from 'vite';

/**
 * sqlite-wasm brings workers for file systems and interfaces that Parley does not use. Named as
 * `new URL(…, import.meta.url)` they would be bundled all the same, 700 KB of them: take the names away.
 */
const workers = /new URL\("sqlite3-(?:worker1\.mjs|opfs-async-proxy\.js)", import\.meta\.url\)/g;

/** The functions that install its parts. */
const initializers = /^\t\tglobalThis\.sqlite3ApiBootstrap\.initializers\.push\(function\(sqlite3\) \{\n[^]*?^\t\t\}\);\n/gm;

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

/** Leaves out of the bundle what Parley does not use of sqlite-wasm, half of its JavaScript. */
export function withoutUnusedSQLite(): Plugin {
  return {
    name: 'parley-sqlite-without-unused',
    enforce: 'pre',
    transform(code, id) {
      if (!/@sqlite\.org\/sqlite-wasm\/dist\/index\.mjs/.test(id)) return undefined;
      return { code: withoutUnusedParts(code).replace(workers, 'undefined'), map: null };
    },
  };
}

function withoutUnusedParts(code: string): string {
  const missing = new Set(unused);
  const less = code.replace(initializers, (part) => {
    const marks = unused.filter((mark) => part.includes(mark));
    for (const mark of marks) missing.delete(mark);
    return marks.length > 0 ? '' : part;
  });
  if (missing.size > 0) throw new Error(`another sqlite-wasm than vite.sqlite.ts knows: it has no ${[...missing].join(', ')}`);
  return less;
}
