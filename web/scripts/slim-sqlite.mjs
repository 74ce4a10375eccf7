// Makes sqlite-wasm's program smaller to send: functions that Parley cannot come to are left empty.
//
// Parley calls some of the exports, and uses none of some extensions that register themselves. What no export, no pointer
// in the memory and no number in code that can be one leads to any more goes. A function that is left empty and called all
// the same would be a trap, so nothing goes that might be called.
import { readProgram, readReferences } from './clang-wasm.mjs';
import { unsigned } from './leb128.mjs';
import { OP, writeFunctions } from './wasm-code.mjs';
import { SECTION, withSections } from './wasm-sections.mjs';

/** Texts, each of which only the function has that registers one of the extensions that go. */
const EXTENSIONS = ['rtree_i32', 'sqlite_dbpage', 'dbstat', 'sqlite_stmt', 'tables_used'];

/** Words of sqlite3_module: the version and pointers to its methods; those that every module has. */
const MODULE = { words: 25, required: [3, 6, 8, 10] };

/** A function without variables that is a trap, and one of two words that gives 0. */
const TRAP = Buffer.from([0, OP.unreachable, OP.end]);
const GIVES_ZERO = Buffer.from([0, OP.i32Const, 0, OP.end]);

/** The same program with those exports alone. Throws when it is not the SQLite that is known here. */
export function slimSQLite(wasm, exports) {
  const program = new Program(readProgram(wasm));
  const kept = program.exports.filter((entry) => entry.function === undefined || exports.has(entry.name));
  const missing = [...exports].filter((name) => !kept.some((entry) => entry.name === name));
  if (missing.length > 0) throw new Error(`another SQLite than slim-sqlite.mjs knows: it has no ${missing.join(', ')}`);
  program.dropExtensions();
  const live = program.reached([...kept.map((entry) => entry.function), program.start].filter((index) => index !== undefined));
  const code = program.code.map((body, i) => program.replaced.get(i + program.imported) ?? (live.has(i + program.imported) ? body : TRAP));
  return withSections(
    wasm,
    {
      [SECTION.exports]: Buffer.concat([unsigned(kept.length), ...kept.map(({ entry }) => entry)]),
      [SECTION.code]: writeFunctions(code),
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
    return this.references[index - this.imported].constants;
  }

  /** The functions that those can come to, by calls and by the table: who has a pointer may call it. */
  reached(roots) {
    const live = new Set();
    const add = (index) => index >= this.imported && live.add(index);
    const addPlace = (value) => value > 0 && this.isPlace(value) && add(this.table[value]);
    for (const address of this.words()) addPlace(this.word(address));
    roots.forEach(add);
    for (const index of live) {
      if (this.replaced.has(index)) continue;
      const { calls, constants } = this.references[index - this.imported];
      calls.forEach(add);
      constants.forEach(addPlace);
    }
    return live;
  }

  /** Where there can be pointers in the memory. */
  *words() {
    for (let at = this.first; at + 4 <= this.memory.length; at += 4) if (!this.unused.has(at)) yield at;
  }
}
