// Makes a Go wasm program smaller to send, without changing what it does.
//
// Go's linker writes the initial memory as some 90,000 pieces around runs of zeros; as one piece it compresses better.
// And it keeps the file and line of every instruction, inlined calls and the layout of arguments, for stack traces: those
// are taken out, so that traces of the browser build name functions and no lines.

const DATA_SECTION = 11;
const CUSTOM_SECTION = 0;
/** Zeros between pieces of memory beyond which they stay two pieces. */
const GAP = 1 << 16;
/** The place of gofunc in the words of runtime.moduledata. */
const GOFUNC = 40;

/** The same program, slimmer. Throws when the file is not laid out as Go 1.20 to 1.26 do. */
export function slimWasm(wasm) {
  const out = [wasm.subarray(0, 8)];
  for (const section of sections(wasm)) {
    if (section.id === CUSTOM_SECTION) continue;
    if (section.id !== DATA_SECTION) {
      out.push(wasm.subarray(section.start, section.end));
      continue;
    }
    const { memory, pieces } = readData(wasm, section.body);
    dropTraces(memory);
    const body = writeData(memory, pieces);
    out.push(Buffer.from([DATA_SECTION]), unsigned(body.length), body);
  }
  return Buffer.concat(out);
}

function* sections(wasm) {
  for (let at = 8; at < wasm.length; ) {
    const start = at;
    const [size, body] = readUnsigned(wasm, at + 1);
    at = body + size;
    yield { id: wasm[start], start, body, end: at };
  }
}

/** Lays the pieces out in one memory; pieces are joined where the gap is small. */
function readData(wasm, start) {
  let [count, at] = readUnsigned(wasm, start);
  const copies = [];
  for (; count > 0; count--) {
    if (wasm[at] !== 0 || wasm[at + 1] !== 0x41) throw new Error('unexpected kind of data segment');
    const [offset, afterOffset] = readUnsigned(wasm, at + 2); // non-negative: the sign bit is clear
    const [length, from] = readUnsigned(wasm, afterOffset + 1); // after the end opcode
    copies.push({ offset, from, length });
    at = from + length;
  }
  const pieces = [];
  for (const { offset, length } of copies.sort((a, b) => a.offset - b.offset)) {
    const last = pieces.at(-1);
    if (last && offset < last.end) throw new Error('data segments overlap');
    if (last && offset - last.end < GAP) last.end = offset + length;
    else pieces.push({ start: offset, end: offset + length });
  }
  const memory = Buffer.alloc(pieces.at(-1).end);
  for (const { offset, from, length } of copies) wasm.copy(memory, offset, from, from + length);
  return { memory, pieces };
}

function writeData(memory, pieces) {
  const out = [unsigned(pieces.length)];
  for (const { start, end } of pieces) {
    out.push(Buffer.from([0, 0x41]), signed(start), Buffer.from([0x0b]), unsigned(end - start), memory.subarray(start, end));
  }
  return Buffer.concat(out);
}

/** Indexes into a function's tables (internal/abi/symtab.go) that only stack traces and preemption by signals read. */
const TRACE_TABLES = { UnsafePoint: 0, InlTreeIndex: 2, ArgLiveIndex: 3 };
const TRACE_DATA = { InlTree: 3, ArgInfo: 5, ArgLiveInfo: 6 };
/** Bytes of an inlinedCall (runtime/symtabinl.go). */
const INLINED_CALL = 16;

/**
 * Takes out of Go's pclntab (runtime/symtab.go: pcHeader, moduledata, _func) what only the text of stack traces needs:
 * files and lines, calls that were inlined, arguments. The runtime has a value for each that says "none", and prints
 * function names all the same.
 */
function dropTraces(memory) {
  const header = findHeader(memory);
  const word = (i) => Number(memory.readBigUInt64LE(header + 8 + 8 * i));
  const [count, files, pcs, functions] = [word(0), word(4), word(6), word(7)].map((n, i) => (i === 0 ? n : header + n));
  memory.fill(0, files, pcs); // cutab and filetab: no function names a file
  const funcdata = { memory, base: findFuncdata(memory, header), dropped: new Map(), kept: new Set() };
  const tables = { memory, start: pcs, used: new Uint8Array(functions - pcs) };
  for (let i = 0; i < count; i++) dropTrace(memory, functions + memory.readUInt32LE(functions + 8 * i + 4), tables, funcdata);
  for (let i = 0; i < tables.used.length; i++) if (!tables.used[i]) memory[pcs + i] = 0;
  for (const [at, length] of funcdata.dropped) if (!funcdata.kept.has(at)) memory.fill(0, at, at + length);
}

/** Drops what the _func at f has for traces, and notes which of the shared tables it still needs. */
function dropTrace(memory, f, tables, funcdata) {
  const pcdata = f + 44;
  const pcdataCount = memory.readUInt32LE(f + 28);
  for (const field of [20, 24, 32, 36]) memory.writeUInt32LE(0, f + field); // pcfile, pcln, cuOffset, startLine
  const calls = pcdataCount > TRACE_TABLES.InlTreeIndex ? highest(tables, memory.readUInt32LE(pcdata + 4 * TRACE_TABLES.InlTreeIndex)) + 1 : 0;
  for (const i of Object.values(TRACE_TABLES)) if (i < pcdataCount) memory.writeUInt32LE(0, pcdata + 4 * i);
  markTable(tables, memory.readUInt32LE(f + 16)); // pcsp
  for (let i = 0; i < pcdataCount; i++) markTable(tables, memory.readUInt32LE(pcdata + 4 * i));
  dropFuncdata(funcdata, pcdata + 4 * pcdataCount, memory[f + 43], calls);
}

const NONE = 0xffffffff;

function dropFuncdata({ memory, base, dropped, kept }, list, count, calls) {
  for (let i = 0; i < count; i++) {
    const offset = memory.readUInt32LE(list + 4 * i);
    if (offset === NONE) continue;
    const at = base + offset;
    if (!Object.values(TRACE_DATA).includes(i)) {
      kept.add(at);
      continue;
    }
    memory.writeUInt32LE(NONE, list + 4 * i);
    if (i === TRACE_DATA.InlTree) dropped.set(at, calls * INLINED_CALL);
    if (i === TRACE_DATA.ArgInfo) dropped.set(at, memory.indexOf(0xff, at) + 1 - at);
  }
}

/** The address of go:func.*, where funcdata is, by moduledata, which begins with addresses in the pclntab. */
function findFuncdata(memory, header) {
  const addresses = Buffer.alloc(16);
  addresses.writeBigUInt64LE(BigInt(header), 0);
  addresses.writeBigUInt64LE(memory.readBigUInt64LE(header + 32) + BigInt(header), 8);
  const moduledata = memory.indexOf(addresses);
  if (moduledata < 0 || moduledata % 8 !== 0) throw new Error('no moduledata of a known version');
  return Number(memory.readBigUInt64LE(moduledata + 8 * GOFUNC));
}

function findHeader(memory) {
  const magic = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]); // Go 1.20 and later; one-byte instructions, 8-byte pointers
  const at = memory.indexOf(magic);
  if (at < 0 || at % 8 !== 0) throw new Error('no pclntab of a known version');
  return at;
}

/** Calls visit for each value of the table at that offset: pairs of varints that end with a value change of 0. Returns its end. */
function walkTable({ memory, start }, offset, visit) {
  let at = start + offset;
  let value = -1;
  for (let first = true; ; first = false) {
    const [change, next] = readUnsigned(memory, at);
    at = next;
    if (change === 0 && !first) return at;
    value += change % 2 ? -(change + 1) / 2 : change / 2;
    visit(value);
    at = readUnsigned(memory, at)[1];
  }
}

function highest(tables, offset) {
  let found = -1;
  if (offset !== 0) walkTable(tables, offset, (value) => (found = Math.max(found, value)));
  return found;
}

function markTable(tables, offset) {
  if (offset === 0 || tables.used[offset]) return;
  tables.used.fill(1, offset, walkTable(tables, offset, () => {}) - tables.start);
}

function readUnsigned(bytes, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at];
  }
}

function unsigned(value) {
  const out = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}

/** A non-negative number with room for its sign bit. */
function signed(value) {
  const out = [];
  for (; value > 63; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}
