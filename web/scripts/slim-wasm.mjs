// Makes a Go wasm program smaller to send, without changing what it does.
//
// Go's linker writes the initial memory as some 90,000 pieces around runs of zeros; as one piece it compresses better.
// It keeps tables for stack traces, which slim-pclntab.mjs takes out. And its compiler goes from block to block through a
// table, where direct-branches.mjs puts branches.
import { directBranches } from './direct-branches.mjs';
import { readUnsigned, signed, unsigned } from './leb128.mjs';
import { slimPclntab } from './slim-pclntab.mjs';
import { readFunctions, writeFunctions } from './wasm-code.mjs';

const CODE_SECTION = 10;
const DATA_SECTION = 11;
const CUSTOM_SECTION = 0;
/** Zeros between pieces of memory beyond which they stay two pieces. */
const GAP = 1 << 16;
/** The PC_F of the first function (funcValueOffset in cmd/link/internal/wasm/asm.go). */
const FIRST_PC_F = 0x1000;

/** The same program, slimmer. Throws when the file is not laid out as Go 1.26 does. */
export function slimWasm(wasm) {
  const found = new Map([...sections(wasm)].map((section) => [section.id, section]));
  const { memory, pieces } = readData(wasm, found.get(DATA_SECTION).body);
  const functions = readFunctions(wasm.subarray(found.get(CODE_SECTION).body, found.get(CODE_SECTION).end));
  let code;
  slimPclntab(memory, (deferReturns) => {
    const slim = slimCode(functions, deferReturns);
    code = writeFunctions(slim.map((f) => f.code));
    return slim.map((f) => f.numbers);
  });
  const slimmed = { [CODE_SECTION]: code, [DATA_SECTION]: writeData(memory, pieces) };
  const out = [wasm.subarray(0, 8)];
  for (const { id, start, end } of sections(wasm)) {
    if (id === CUSTOM_SECTION) continue;
    if (id in slimmed) out.push(Buffer.from([id]), unsigned(slimmed[id].length), slimmed[id]);
    else out.push(wasm.subarray(start, end));
  }
  return Buffer.concat(out);
}

/** The functions with direct branches. deferReturns has, for each, the PC_B where it goes on after a panic, or 0. */
function slimCode(functions, deferReturns) {
  if (deferReturns.length !== functions.length) throw new Error('the pclntab has other functions than the code');
  const slim = functions.map((code, i) => directBranches(code, FIRST_PC_F + i, deferReturns[i]));
  if (slim.filter(({ numbers }) => numbers).length < functions.length / 2) throw new Error('most functions are not made as Go 1.26 does');
  return slim;
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
