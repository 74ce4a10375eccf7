// The sections of a wasm program, and the memory that it begins with.
import { readUnsigned, signed, unsigned } from './leb128.mjs';

export const SECTION = { custom: 0, imports: 2, exports: 7, start: 8, elements: 9, code: 10, data: 11, dataCount: 12 };
/** Zeros between pieces of memory beyond which they stay two pieces. */
const GAP = 1 << 16;

/** Each section: its id, where it starts, where its body is and where it ends. */
export function* sections(wasm) {
  for (let at = 8; at < wasm.length; ) {
    const start = at;
    const [size, body] = readUnsigned(wasm, at + 1);
    at = body + size;
    yield { id: wasm[start], start, body, end: at };
  }
}

/** The program with other bodies for the sections in `bodies`, by id, and without those in `dropped` and custom ones. */
export function withSections(wasm, bodies, dropped = []) {
  const out = [wasm.subarray(0, 8)];
  for (const { id, start, end } of sections(wasm)) {
    if (id === SECTION.custom || dropped.includes(id)) continue;
    if (id in bodies) out.push(Buffer.from([id]), unsigned(bodies[id].length), bodies[id]);
    else out.push(wasm.subarray(start, end));
  }
  return Buffer.concat(out);
}

/** Lays the data segments, from `start` on, out in one memory; they are joined to larger pieces where the gap is small. */
export function readData(wasm, start) {
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

/** The data section with those pieces of memory. */
export function writeData(memory, pieces) {
  const out = [unsigned(pieces.length)];
  for (const { start, end } of pieces) {
    out.push(Buffer.from([0, 0x41]), signed(start), Buffer.from([0x0b]), unsigned(end - start), memory.subarray(start, end));
  }
  return Buffer.concat(out);
}
