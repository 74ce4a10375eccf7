// Makes a Go wasm program smaller to send, without changing what it does.
//
// Go's linker writes the initial memory as some 90,000 pieces around runs of zeros; as one piece it compresses better.
// And it keeps the file and line of every instruction, for stack traces: those are taken out, so that traces of the
// browser build name functions and no lines.

const DATA_SECTION = 11;
const CUSTOM_SECTION = 0;
/** Zeros between pieces of memory beyond which they stay two pieces. */
const GAP = 1 << 16;

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
    dropLines(memory);
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

/**
 * Empties the line tables of Go's pclntab (runtime/symtab.go: pcHeader, _func). A function whose table has offset 0
 * has no lines, for which the runtime prints "?".
 */
function dropLines(memory) {
  const header = findHeader(memory);
  const word = (i) => Number(memory.readBigUInt64LE(header + 8 + 8 * i));
  const count = word(0);
  const table = { start: header + word(6), end: header + word(7) };
  const functions = table.end;
  const used = new Uint8Array(table.end - table.start);
  for (let i = 0; i < count; i++) {
    const f = functions + memory.readUInt32LE(functions + 8 * i + 4);
    memory.writeUInt32LE(0, f + 20); // pcfile
    memory.writeUInt32LE(0, f + 24); // pcln
    markTable(memory, table, memory.readUInt32LE(f + 16), used); // pcsp
    for (let n = memory.readUInt32LE(f + 28), j = 0; j < n; j++) markTable(memory, table, memory.readUInt32LE(f + 44 + 4 * j), used);
  }
  for (let i = 0; i < used.length; i++) if (!used[i]) memory[table.start + i] = 0;
}

function findHeader(memory) {
  const magic = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8]); // Go 1.20 and later; one-byte instructions, 8-byte pointers
  const at = memory.indexOf(magic);
  if (at < 0 || at % 8 !== 0) throw new Error('no pclntab of a known version');
  return at;
}

/** Marks the bytes of the table at that offset: pairs of varints that end with a value change of 0. */
function markTable(memory, table, offset, used) {
  if (offset === 0 || used[offset]) return;
  let at = table.start + offset;
  for (let first = true; ; first = false) {
    const [change, next] = readUnsigned(memory, at);
    at = next;
    if (change === 0 && !first) break;
    at = readUnsigned(memory, at)[1];
  }
  used.fill(1, offset, at - table.start);
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
