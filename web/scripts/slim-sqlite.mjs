// Makes sqlite-wasm's program smaller to send: functions that Parley cannot come to are left empty.
//
// Parley calls some of the exports, and of what SQLite has built in its SQL uses neither some extensions nor JSON, dates,
// mathematics and window functions. What no export and no pointer in the memory leads to any more goes, with its text.
// Where that is not certain, code and text stay. A function that is left empty and called all the same is a trap.
import { readProgram, readReferences } from './clang-wasm.mjs';
import { unsigned } from './leb128.mjs';
import { OP, writeFunctions } from './wasm-code.mjs';
import { SECTION, withSections, writeData } from './wasm-sections.mjs';

/** Texts, each of which only the function has that registers one of the extensions that go. */
const EXTENSIONS = ['rtree_i32', 'sqlite_dbpage', 'dbstat', 'sqlite_stmt', 'tables_used'];
/** The SQL functions that go. */
const FUNCTIONS = new RegExp(
  '^(?:(json|jsonb)(_.*)?|->>?|' +
    'strftime|timediff|datetime|date|time|julianday|unixepoch|current_(time|date|timestamp)|' +
    'ceil|ceiling|floor|trunc|ln|log|log10|log2|exp|pow|power|mod|a?(cos|sin|tan)h?|atan2|sqrt|radians|degrees|pi|sign|' +
    'median|percentile(_cont|_disc)?|' +
    'row_number|(dense_|percent_)?rank|cume_dist|ntile|(first|last|nth)_value|lead|lag)$',
);
/** At least so many of them, with other numbers of arguments, another SQLite has as well. */
const MIN_FUNCTIONS = 90;

/** Words of sqlite3_module: the version and pointers to its methods; those that every module has. */
const MODULE = { words: 25, required: [3, 6, 8, 10] };
/** Offsets in FuncDef, which describes an SQL function (sqliteInt.h), and its size. */
const DEFINITION = { next: 12, pointers: [16, 20, 24, 28], name: 32, size: 40 };

/** So many places may seem to be in order by chance. */
const BY_CHANCE = 64;

/** A function without variables that is a trap, and one of two words that gives 0. */
const TRAP = Buffer.from([0, OP.unreachable, OP.end]);
const GIVES_ZERO = Buffer.from([0, OP.i32Const, 0, OP.end]);
/** Beyond an address with which others are formed, so many bytes stay as they are: as for text[character - 'a']. */
const NEAR = 128;

/** The same program with those exports alone. Throws when it is not the SQLite that is known here. */
export function slimSQLite(wasm, exports) {
  const program = new Program(readProgram(wasm));
  const kept = program.exports.filter((entry) => entry.function === undefined || exports.has(entry.name));
  const missing = [...exports].filter((name) => !kept.some((entry) => entry.name === name));
  if (missing.length > 0) throw new Error(`another SQLite than slim-sqlite.mjs knows: it has no ${missing.join(', ')}`);
  program.dropExtensions();
  program.dropFunctions();
  const live = program.reached([...kept.map((entry) => entry.function), program.start].filter((index) => index !== undefined));
  program.dropText(live);
  const code = program.code.map((body, i) => program.replaced.get(i + program.imported) ?? (live.has(i + program.imported) ? body : TRAP));
  return withSections(
    wasm,
    {
      [SECTION.exports]: Buffer.concat([unsigned(kept.length), ...kept.map(({ entry }) => entry)]),
      [SECTION.code]: writeFunctions(code),
      [SECTION.data]: writeData(program.memory, program.pieces),
    },
    [SECTION.dataCount], // nothing refers to segments
  );
}

class Program {
  constructor(parts) {
    Object.assign(this, parts);
    this.references = this.code.map(readReferences);
    this.first = this.pieces[0].start;
    /** Code that takes the place of a function's, by its number. */
    this.replaced = new Map();
    /** Addresses of pointers that nothing uses. */
    this.unused = new Set();
  }

  word(address) {
    return this.memory.readUInt32LE(address);
  }

  /** The printable text without blanks that ends with a zero there, or ''. */
  text(address) {
    let end = address;
    while (end < this.memory.length && this.memory[end] > 0x20 && this.memory[end] < 0x7f) end++;
    return address >= this.first && this.memory[end] === 0 ? this.memory.toString('latin1', address, end) : '';
  }

  isPlace(value) {
    return value < this.table.length;
  }

  /** Extensions are no longer registered, so nothing calls the methods of their tables. */
  dropExtensions() {
    for (const text of EXTENSIONS) {
      const found = this.table.filter((index) => index >= this.imported && this.names(index, text) && this.modules(index).length > 0);
      if (found.length !== 1) throw new Error(`another SQLite than slim-sqlite.mjs knows: ${found.length} functions register ${text}`);
      this.replaced.set(found[0], GIVES_ZERO);
      for (const address of this.modules(found[0])) for (let i = 1; i < MODULE.words; i++) this.unused.add(address + 4 * i);
    }
  }

  names(index, text) {
    return this.constants(index).some((value) => this.text(value) === text);
  }

  /** The addresses of sqlite3_module that a function, or one that it calls, refers to. */
  modules(index) {
    const callees = this.references[index - this.imported].calls.filter((callee) => callee >= this.imported);
    return [index, ...callees].flatMap((caller) => this.constants(caller)).filter((address) => this.isModule(address));
  }

  isModule(address) {
    if (address % 4 !== 0 || address < this.first || address + 4 * MODULE.words > this.memory.length || this.word(address) > 4) return false;
    const words = Array.from({ length: MODULE.words }, (_, i) => this.word(address + 4 * i));
    return words.every((value) => this.isPlace(value)) && MODULE.required.every((i) => words[i] > 0);
  }

  constants(index) {
    return this.references[index - this.imported].constants.map(({ value }) => value);
  }

  /** Functions that go get the empty name, by which no SQL calls them. */
  dropFunctions() {
    const nothing = this.memory.indexOf(Buffer.alloc(NEAR)); // an empty text, and nothing near it
    let dropped = 0;
    for (let at = this.first; at + DEFINITION.size <= this.memory.length; at += 4) {
      const pointers = DEFINITION.pointers.map((offset) => this.word(at + offset));
      if (pointers[0] === 0 || !pointers.every((value) => this.isPlace(value)) || this.word(at + DEFINITION.next) !== 0) continue;
      if (!FUNCTIONS.test(this.text(this.word(at + DEFINITION.name)))) continue;
      this.memory.writeUInt32LE(nothing, at + DEFINITION.name);
      for (const offset of DEFINITION.pointers) this.unused.add(at + offset);
      dropped++;
    }
    if (dropped < MIN_FUNCTIONS) throw new Error(`another SQLite than slim-sqlite.mjs knows: it has ${dropped} functions to leave out`);
  }

  /** The functions that those can come to, by calls and by the table: who has a pointer may call it. */
  reached(roots) {
    const live = new Set();
    const [first, last] = this.placesOfMemory();
    const add = (index) => index >= this.imported && live.add(index);
    const addPlace = (value) => value > 0 && this.isPlace(value) && add(this.table[value]);
    for (const address of this.words()) addPlace(this.word(address));
    roots.forEach(add);
    for (const index of live) {
      if (this.replaced.has(index)) continue;
      const { calls, constants } = this.references[index - this.imported];
      calls.forEach(add);
      for (const { value } of constants) if (value < first || value > last) addPlace(value);
    }
    return live;
  }

  /**
   * The places in the table that only the memory points to, no code, from the first to the last. The linker numbers what
   * the code of SQLite points to, then what its memory does, in that order; behind that comes the C library.
   */
  placesOfMemory() {
    const last = Math.max(...[...this.unused].map((address) => this.word(address)));
    let first = last;
    for (let at = (this.memory.length & ~3) - 4; at >= this.first; at -= 4) if (this.word(at) === first) first--;
    if (first + BY_CHANCE > last / 2) throw new Error('another SQLite than slim-sqlite.mjs knows: its table is in another order');
    return [first + BY_CHANCE, last];
  }

  /** Where there can be pointers in the memory. */
  *words() {
    for (let at = this.first; at + 4 <= this.memory.length; at += 4) if (!this.unused.has(at)) yield at;
  }

  /** Clears text that nothing points to. Compilers put all text in front and let texts share their ends. */
  dropText(live) {
    const end = this.endOfText();
    const used = new Uint8Array(end);
    const use = (from, to = from) => from < end && to >= this.first && used.fill(1, Math.max(from, this.first), this.memory.indexOf(0, to) + 1);
    const useNear = (address) => use(this.memory.lastIndexOf(0, address - 1) + 1, address + NEAR);
    for (const address of this.words()) use(this.word(address));
    for (const index of live) {
      if (this.replaced.has(index)) continue;
      const { constants, offsets } = this.references[index - this.imported];
      for (const { value, then } of constants) if (value > 0) then === OP.i32Add ? useNear(value) : use(value);
      for (const offset of offsets) if (offset > 0) useNear(offset);
    }
    for (let at = this.first; at < end; at++) if (!used[at]) this.memory[at] = 0;
  }

  /** Where the texts end that the memory begins with: before the first character that is in none. */
  endOfText() {
    let at = this.first;
    while (this.memory[at] === 0 || (this.memory[at] >= 7 && this.memory[at] < 0x7f)) at++;
    return this.memory.lastIndexOf(0, at) + 1;
  }
}
