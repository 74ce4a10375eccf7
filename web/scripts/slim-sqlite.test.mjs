import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runProgram } from '../src/core/worker/program.ts';
import { exported, original } from '../vite.sqlite.ts';
import { repoDir } from './goroot.mjs';
import { slimSQLite } from './slim-sqlite.mjs';

const whole = readFileSync(original);
const slim = slimSQLite(whole, exported);
const ROW = 100;
const DONE = 101;

/** A database in the memory of a program of its own. */
async function open(wasm) {
  const { wasmExports: c, wasmMemory } = await runProgram(new WebAssembly.Module(wasm));
  const bytes = () => Buffer.from(wasmMemory.buffer);
  const put = (text) => {
    const at = c.sqlite3_malloc(Buffer.byteLength(text) + 1);
    bytes().write(`${text}\0`, at);
    return at;
  };
  const text = (at) => (at ? bytes().toString('utf8', at, bytes().indexOf(0, at)) : null);
  const out = c.sqlite3_malloc(8);
  if (c.sqlite3_open_v2(put(':memory:'), out, 6, 0) !== 0) throw new Error('not opened');
  const db = bytes().readUInt32LE(out);
  const rows = (statement) => {
    const found = [];
    let code = c.sqlite3_step(statement);
    for (; code === ROW; code = c.sqlite3_step(statement)) {
      found.push(Array.from({ length: c.sqlite3_data_count(statement) }, (_, i) => text(c.sqlite3_column_text(statement, i))));
    }
    c.sqlite3_finalize(statement);
    if (code !== DONE) throw new Error(text(c.sqlite3_errmsg(db)));
    return found;
  };
  /** Runs all statements of a script: the rows of each. */
  const run = (script) => {
    const found = [];
    for (let at = put(script); bytes()[at] !== 0; at = bytes().readUInt32LE(out + 4)) {
      if (c.sqlite3_prepare_v3(db, at, -1, 0, out, out + 4) !== 0) throw new Error(text(c.sqlite3_errmsg(db)));
      const statement = bytes().readUInt32LE(out);
      if (statement) found.push(rows(statement));
    }
    return found;
  };
  return { run, memory: wasmMemory };
}

const script = `
  CREATE TABLE word (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE, size REAL CHECK (length(text) < 100)) STRICT;
  CREATE INDEX by_size ON word (size DESC) WHERE size > 1;
  CREATE TABLE part (word INTEGER REFERENCES word ON DELETE CASCADE, n INTEGER, PRIMARY KEY (word, n)) WITHOUT ROWID;
  CREATE VIRTUAL TABLE found USING fts5 (text, content = 'word', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2");
  CREATE TRIGGER word_insert AFTER INSERT ON word BEGIN INSERT INTO found (rowid, text) VALUES (new.id, new.text); END;
  CREATE TRIGGER word_delete AFTER DELETE ON word BEGIN INSERT INTO found (found, rowid, text) VALUES ('delete', old.id, old.text); END;
  PRAGMA foreign_keys = ON;
  INSERT INTO word (text, size) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    SELECT printf('Wörter %d über %x', i, i * i), i / 7.0 FROM n RETURNING id;
  INSERT INTO word (text, size) VALUES ('Wörter 3 über 9', 99) ON CONFLICT (text) DO UPDATE SET size = excluded.size;
  INSERT INTO part SELECT id, id % 3 FROM word;
  SELECT rowid, highlight(found, 0, '<', '>'), snippet(found, 0, '[', ']', '…', 2), bm25(found) FROM found WHERE found MATCH 'uber AND (3 OR 4*)' ORDER BY rank LIMIT 20;
  SELECT n, count(*), sum(size), group_concat(id, ',' ORDER BY id DESC) FILTER (WHERE id < 20), max(text) FROM word JOIN part ON word = id GROUP BY n HAVING n > 0;
  SELECT text FROM word WHERE text LIKE '%F_' OR text GLOB '*e[0-9]' OR id IN (SELECT word FROM part WHERE n = 0 EXCEPT SELECT 9) ORDER BY text COLLATE NOCASE DESC;
  SELECT coalesce(NULL, hex(x'0102'), 1), substr('abcde', -3, 2), instr('abc', 'c'), CAST('12.5' AS REAL), typeof(1e10), round(2.567, 2), quote('a''b'), abs(-3), upper('x'), iif(1, 'y', 'n');
  BEGIN; DELETE FROM word WHERE id < 5; SAVEPOINT s; UPDATE word SET size = NULL; ROLLBACK TO s; COMMIT;
  ALTER TABLE word ADD COLUMN more TEXT DEFAULT 'm'; ALTER TABLE word RENAME COLUMN more TO rest; ALTER TABLE word DROP COLUMN rest; ALTER TABLE part RENAME TO piece;
  ANALYZE; EXPLAIN QUERY PLAN SELECT * FROM word WHERE size > 3 ORDER BY size DESC; REINDEX; VACUUM;
  INSERT INTO found (found) VALUES ('integrity-check'), ('optimize'), ('rebuild');
  PRAGMA integrity_check; PRAGMA foreign_key_check; PRAGMA user_version; PRAGMA table_xinfo(word); SELECT sql FROM sqlite_master ORDER BY name; SELECT total(size) FROM word;
`;

describe('slimSQLite', () => {
  it('answers as the whole SQLite does', async () => {
    const [expected, got] = await Promise.all([open(whole), open(slim)]);
    expect(got.run(script)).toEqual(expected.run(script));
  });

  it('has what the schema of Parley uses', async () => {
    const db = await open(slim);
    const folder = join(repoDir, 'client/store/migrations');
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.sql')).sort();
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts) db.run(readFileSync(join(folder, name), 'utf8'));
    expect(db.run('PRAGMA integrity_check')).toEqual([[['ok']]]);
  });

  it('says what it has not', async () => {
    const db = await open(slim);
    expect(() => db.run('CREATE VIRTUAL TABLE box USING rtree (id, a, b)')).toThrow('no such module: rtree');
    for (const table of ['dbstat', 'sqlite_dbpage', 'sqlite_stmt', `bytecode('SELECT 1')`]) expect(() => db.run(`SELECT * FROM ${table}`)).toThrow('no such table');
  });

  it('has its random numbers from the browser, and as much memory as it needs', async () => {
    const random = vi.spyOn(crypto, 'getRandomValues');
    const db = await open(slim);
    const [[[first]], [[second]]] = db.run('SELECT hex(randomblob(8)); SELECT hex(randomblob(8))');
    expect(first).not.toBe(second);
    expect(random.mock.calls.some(([bytes]) => bytes.length >= 32)).toBe(true);
    const before = db.memory.buffer.byteLength;
    expect(db.run('CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(20000000)); SELECT length(x) FROM big').at(-1)).toEqual([['20000000']]);
    expect(db.memory.buffer.byteLength).toBeGreaterThan(before);
    random.mockRestore();
  });

  it('refuses a program that it does not know', () => {
    expect(() => slimSQLite(whole, new Set([...exported, 'sqlite3_more']))).toThrow('it has no sqlite3_more');
    expect(() => slimSQLite(Buffer.from(whole.toString('latin1').replace('rtree_i32', 'rtree_i33'), 'latin1'), exported)).toThrow('0 functions register rtree_i32');
  });
});
