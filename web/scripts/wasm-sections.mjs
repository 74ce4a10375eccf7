// The sections of a wasm program, and the memory that it begins with.
import { readUnsigned, signed, skipNumber, unsigned } from './leb128.mjs';

export const SECTION = { custom: 0, types: 1, imports: 2, functions: 3, exports: 7, start: 8, elements: 9, code: 10, data: 11, dataCount: 12 };
/** Kinds of imports and exports. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 };
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

/** The program with other or new bodies for the sections in `bodies`, by id, and without those in `dropped` and custom ones. */
export function withSections(wasm, bodies, dropped = []) {
  const kept = new Map([...sections(wasm)].map(({ id, start, end }) => [id, wasm.subarray(start, end)]));
  for (const id of [SECTION.custom, ...dropped]) kept.delete(id);
  for (const [id, body] of Object.entries(bodies)) kept.set(Number(id), Buffer.concat([Buffer.from([id]), unsigned(body.length), body]));
  // In the order of their numbers, but the count of data is before the code.
  const place = (id) => (id === SECTION.dataCount ? SECTION.code - 0.5 : id);
  const order = [...kept.keys()].sort((a, b) => place(a) - place(b));
  return Buffer.concat([wasm.subarray(0, 8), ...order.map((id) => kept.get(id))]);
}

/** The name there, and where it ends. */
export function readName(bytes, at) {
  const [length, from] = readUnsigned(bytes, at);
  return [bytes.toString('utf8', from, from + length), from + length];
}

/** The functions among the imports. */
export function countImports(bytes) {
  let [count, at] = readUnsigned(bytes, 0);
  let functions = 0;
  for (; count > 0; count--) {
    at = readName(bytes, readName(bytes, at)[1])[1];
    const kind = bytes[at++];
    if (kind === KIND.function) functions++;
    else if (kind !== KIND.memory) throw new Error('unexpected kind of import');
    const limits = kind === KIND.memory ? 1 + (bytes[at] & 1) : 0;
    at = skipNumber(bytes, at);
    for (let i = 0; i < limits; i++) at = skipNumber(bytes, at);
  }
  return functions;
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

/** The pieces without what is between two addresses, where there are zeros. */
export function withoutZeros(pieces, from, to) {
  return pieces.flatMap(({ start, end }) => {
    if (from <= start || to >= end) return [{ start, end }];
    return [{ start, end: from }, { start: to, end }];
  });
}

/** The data section with those pieces of memory. */
export function writeData(memory, pieces) {
  const out = [unsigned(pieces.length)];
  for (const { start, end } of pieces) {
    out.push(Buffer.from([0, 0x41]), signed(start), Buffer.from([0x0b]), unsigned(end - start), memory.subarray(start, end));
  }
  return Buffer.concat(out);
}
