// Makes a Go wasm program smaller to send, without changing what it does.
//
// Go's linker writes the initial memory as some 90,000 pieces around runs of zeros; as one piece it compresses better.
// And it keeps tables for stack traces, which slim-pclntab.mjs takes out.
import { readUnsigned } from './leb128.mjs';
import { slimPclntab } from './slim-pclntab.mjs';

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
    slimPclntab(memory);
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
