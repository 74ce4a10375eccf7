// Takes out of Go's pclntab what only the text of stack traces needs, and packs the rest. Traces of the browser build name
// functions; they have no files and lines, no inlined calls and no arguments.
//
// The layout is that of runtime/symtab.go (pcHeader, moduledata) and runtime/runtime2.go (_func) in Go 1.20 to 1.26.
import { readUnsigned, unsigned } from './leb128.mjs';

/** Indexes into a function's tables (internal/abi/symtab.go) that only traces and preemption by signals read. */
const TRACE_TABLES = { UnsafePoint: 0, InlTreeIndex: 2, ArgLiveIndex: 3 };
const TRACE_DATA = { InlTree: 3, ArgInfo: 5, ArgLiveInfo: 6 };
/** What stands for no table, and for no data. */
const NO_TABLE = 0;
const NO_DATA = 0xffffffff;
/** Offsets in a _func; the rest of what is before its lists is kept as it is. */
const FUNC = { name: 4, deferReturn: 12, pcsp: 16, pcfile: 20, pcln: 24, pcdataCount: 28, cuOffset: 32, startLine: 36, funcdataCount: 43, lists: 44 };
/** Bytes of an inlinedCall (runtime/symtabinl.go). */
const INLINED_CALL = 16;
/** Places in the words of runtime.moduledata. */
const MODULE = { index: 19, minPC: 20, maxPC: 21, gofunc: 40 };
/** An entry of the index by address, bytes, and the addresses it is for; the last one may be shorter. */
const INDEX_ENTRY = { size: 20, addresses: 4096 };

/**
 * Changes the initial memory of a program. renumber is told for each function the PC_B of its call of deferreturn, 0 without;
 * it says what each PC_B that is in use becomes, undefined where they stay. Returns where derived-tables.mjs finds the tables.
 * Throws when there is no pclntab it knows.
 */
export function slimPclntab(memory, renumber) {
  const pclntab = findPclntab(memory);
  const functions = readFunctions(memory, pclntab);
  eraseTraceData(memory, pclntab, functions);
  for (const f of functions) dropTraces(f);
  memory.fill(0, pclntab.files, pclntab.tables); // cutab and filetab: no function names a file
  packNames(memory, pclntab, functions);
  const numbers = renumber(functions.map(({ fixed }) => fixed.readUInt32LE(FUNC.deferReturn)));
  for (const [i, f] of functions.entries()) readTables(memory, pclntab, f, numbers[i]);
  packTables(memory, pclntab, functions);
  packFunctions(memory, pclntab, functions);
  return { count: pclntab.count, functions: pclntab.functions, first: functions[0].at, ...pclntab.index };
}

/** Where the parts of the pclntab are: addresses. */
function findPclntab(memory) {
  const magic = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]); // one-byte instructions, 8-byte pointers
  const header = memory.indexOf(magic);
  if (header < 0 || header % 8 !== 0) throw new Error('no pclntab of a known version');
  const word = (i) => Number(memory.readBigUInt64LE(header + 8 + 8 * i));
  const [names, files, tables, functions] = [3, 4, 6, 7].map((i) => header + word(i));
  const module = findModule(memory, header, names);
  const index = module(MODULE.index);
  const entries = Math.floor((module(MODULE.maxPC) - module(MODULE.minPC)) / INDEX_ENTRY.addresses);
  const indexEnd = index + entries * INDEX_ENTRY.size;
  return { header, count: word(0), names, files, tables, functions, funcdata: module(MODULE.gofunc), index: { index, indexEnd } };
}

/** The words of moduledata, which begins with the addresses of header and names. */
function findModule(memory, header, names) {
  const addresses = Buffer.alloc(16);
  addresses.writeBigUInt64LE(BigInt(header), 0);
  addresses.writeBigUInt64LE(BigInt(names), 8);
  const moduledata = memory.indexOf(addresses);
  if (moduledata < 0 || moduledata % 8 !== 0) throw new Error('no moduledata of a known version');
  return (word) => Number(memory.readBigUInt64LE(moduledata + 8 * word));
}

/** Every _func: the address it has, the fixed part, and its lists of tables (pcdata) and data (funcdata). */
function readFunctions(memory, { count, functions }) {
  return Array.from({ length: count }, (_, i) => {
    const at = functions + memory.readUInt32LE(functions + 8 * i + 4);
    const pcdataCount = memory.readUInt32LE(at + FUNC.pcdataCount);
    const list = (from, length) => Array.from({ length }, (_, j) => memory.readUInt32LE(from + 4 * j));
    return {
      at,
      fixed: Buffer.from(memory.subarray(at, at + FUNC.lists)),
      pcdata: list(at + FUNC.lists, pcdataCount),
      funcdata: list(at + FUNC.lists + 4 * pcdataCount, memory[at + FUNC.funcdataCount]),
    };
  });
}

/** Zeroes the data of traces, unless other data are the same bytes. */
function eraseTraceData(memory, pclntab, functions) {
  const kept = new Set(functions.flatMap((f) => f.funcdata.filter((_, i) => !Object.values(TRACE_DATA).includes(i))));
  const erase = (offset, sizeAt) => {
    if (offset === undefined || offset === NO_DATA || kept.has(offset)) return;
    const at = pclntab.funcdata + offset;
    memory.fill(0, at, at + sizeAt(at));
  };
  const argInfos = new Set(functions.map((f) => f.funcdata[TRACE_DATA.ArgInfo]));
  for (const offset of argInfos) erase(offset, (at) => memory.indexOf(0xff, at) + 1 - at); // 0xff ends it
  for (const { pcdata, funcdata } of functions) {
    const calls = highest(memory, pclntab.tables, pcdata[TRACE_TABLES.InlTreeIndex] ?? NO_TABLE) + 1;
    erase(funcdata[TRACE_DATA.InlTree], () => calls * INLINED_CALL);
  }
}

/** Empties what traces read; the runtime finds none there, and prints names all the same. */
function dropTraces({ fixed, pcdata, funcdata }) {
  for (const field of [FUNC.pcfile, FUNC.pcln, FUNC.cuOffset, FUNC.startLine]) fixed.writeUInt32LE(0, field);
  for (const i of Object.values(TRACE_TABLES)) if (i < pcdata.length) pcdata[i] = NO_TABLE;
  for (const i of Object.values(TRACE_DATA)) if (i < funcdata.length) funcdata[i] = NO_DATA;
  while (pcdata.at(-1) === NO_TABLE) pcdata.pop();
  while (funcdata.at(-1) === NO_DATA) funcdata.pop();
  fixed.writeUInt32LE(pcdata.length, FUNC.pcdataCount);
  fixed[FUNC.funcdataCount] = funcdata.length;
}

/** Keeps each name once, as traces print it: without type arguments. */
function packNames(memory, { names, files }, functions) {
  const packed = new Packed();
  for (const { fixed } of functions) {
    const at = names + fixed.readUInt32LE(FUNC.name);
    const name = memory.toString('utf8', at, memory.indexOf(0, at));
    fixed.writeUInt32LE(packed.place(printed(name), () => Buffer.from(`${printed(name)}\0`)), FUNC.name);
  }
  packed.write(memory, names, files);
}

/** What funcNameForPrint makes of a name. How types are compared is generated code that needs no names of its own. */
function printed(name) {
  if (name.startsWith('type:.eq.')) return 'type:.eq';
  const [from, to] = [name.indexOf('['), name.lastIndexOf(']')];
  return from < 0 || to < from ? name : `${name.slice(0, from)}[...]${name.slice(to + 1)}`;
}

/** Reads the tables of a function, as their bytes, and renumbers them: what was at a PC_B is then at its new one. */
function readTables(memory, { tables }, f, numbers) {
  const read = (offset, made) => {
    if (offset === NO_TABLE) return null;
    const start = tables + offset;
    return numbers ? made(expand(memory, start)) : Buffer.from(memory.subarray(start, walkTable(memory, start, () => {})));
  };
  f.pcsp = read(f.fixed.readUInt32LE(FUNC.pcsp), (sizes) => newSizes(sizes, numbers));
  f.tables = f.pcdata.map((offset) => read(offset, (values) => newValues(values, numbers)));
  const deferReturn = f.fixed.readUInt32LE(FUNC.deferReturn);
  if (numbers && deferReturn) f.fixed.writeUInt32LE(numbers.get(deferReturn), FUNC.deferReturn);
}

/** The values of a table, one for each PC_B. */
function expand(memory, start) {
  const values = [];
  walkTable(memory, start, (value, length) => { for (; length > 0; length--) values.push(value); });
  return values;
}

/** How much of the stack a function uses is looked up at the address itself. It is the same after the function's beginning. */
function newSizes(sizes, numbers) {
  const most = Math.max(...sizes);
  for (const pc of numbers.keys()) if (pc > 0 && sizes[pc] !== most) throw new Error('a function changes how much of the stack it uses');
  return encodeTable([sizes[0], ...new Array(Math.max(...numbers.values())).fill(most)]);
}

/**
 * Other values are looked up one before the address where a call returns to: at the call. A call comes before deferreturn,
 * which may have its number and is nowhere looked up.
 */
function newValues(values, numbers) {
  const made = [values[0]];
  for (const [pc, number] of numbers) if (pc > 0) made[number - 1] ??= values[pc - 1];
  for (let i = 1; i < made.length; i++) made[i] ??= made[i - 1];
  return encodeTable(made);
}

/** The table that has these values. */
function encodeTable(values) {
  const out = [];
  let before = -1;
  for (let at = 0, end; at < values.length; at = end) {
    for (end = at + 1; values[end] === values[at]; ) end++;
    const change = values[at] - before;
    out.push(unsigned(change < 0 ? -2 * change - 1 : 2 * change), unsigned(end - at));
    before = values[at];
  }
  return Buffer.concat([...out, Buffer.alloc(1)]);
}

/** Keeps each table once. */
function packTables(memory, { tables, functions: end }, functions) {
  const packed = new Packed();
  const place = (table) => (table ? packed.place(table.toString('latin1'), () => table) : NO_TABLE);
  for (const f of functions) f.fixed.writeUInt32LE(place(f.pcsp), FUNC.pcsp);
  for (const f of functions) f.pcdata = f.tables.map(place);
  packed.write(memory, tables, end);
}

/** Writes the functions anew, one after the other. */
function packFunctions(memory, { functions: start }, functions) {
  const last = functions.at(-1);
  let at = functions[0].at;
  memory.fill(0, at, last.at + FUNC.lists);
  for (const [i, { fixed, pcdata, funcdata }] of functions.entries()) {
    memory.writeUInt32LE(at - start, start + 8 * i + 4);
    fixed.copy(memory, at);
    for (const [j, value] of [...pcdata, ...funcdata].entries()) memory.writeUInt32LE(value, at + FUNC.lists + 4 * j);
    at = align(at + FUNC.lists + 4 * (pcdata.length + funcdata.length));
  }
}

const align = (at) => Math.ceil(at / 8) * 8;

/** Pieces one after the other, each once. Offset 0 is nobody's: it means none. */
class Packed {
  #offsets = new Map();
  #pieces = [Buffer.alloc(1)];
  #length = 1;

  /** The offset of the piece with that key; make gives its bytes. */
  place(key, make) {
    let offset = this.#offsets.get(key);
    if (offset !== undefined) return offset;
    const piece = make();
    offset = this.#length;
    this.#offsets.set(key, offset);
    this.#pieces.push(piece);
    this.#length += piece.length;
    return offset;
  }

  write(memory, start, end) {
    if (this.#length > end - start) throw new Error('what was packed became larger');
    memory.fill(0, start, end);
    Buffer.concat(this.#pieces).copy(memory, start);
  }
}

/** Calls visit for each value of the table there, with how many PC_B have it. Returns its end. */
function walkTable(memory, start, visit) {
  let at = start;
  let value = -1;
  for (let first = true; ; first = false) {
    const [change, next] = readUnsigned(memory, at);
    at = next;
    if (change === 0 && !first) return at;
    value += change % 2 ? -(change + 1) / 2 : change / 2;
    const [length, end] = readUnsigned(memory, at);
    visit(value, length);
    at = end;
  }
}

function highest(memory, tables, offset) {
  let found = -1;
  if (offset !== NO_TABLE) walkTable(memory, tables + offset, (value) => (found = Math.max(found, value)));
  return found;
}
