// What a wasm program made by clang consists of, as far as it tells which of its functions can be called.
import { readSigned, readUnsigned } from './leb128.mjs';
import { OP, readFunctions, skipInstruction, skipLocals } from './wasm-code.mjs';
import { countImports, KIND, readData, readName, SECTION, sections } from './wasm-sections.mjs';

/**
 * Reads the program: how many functions it imports, which come first in their numbering; its exports; the function that
 * runs when it starts; its table of functions, from place 1 on; the code of each function; and its memory.
 */
export function readProgram(wasm) {
  const found = new Map([...sections(wasm)].map((section) => [section.id, section]));
  const body = (id) => wasm.subarray(found.get(id).body, found.get(id).end);
  return {
    imported: countImports(body(SECTION.imports)),
    exports: readExports(body(SECTION.exports)),
    start: found.has(SECTION.start) ? readUnsigned(body(SECTION.start), 0)[0] : undefined,
    table: readTable(body(SECTION.elements)),
    code: readFunctions(body(SECTION.code)),
    ...readData(wasm, found.get(SECTION.data).body),
  };
}

/** The exports: name, bytes of the entry, and the number of the function where it is one. */
function readExports(bytes) {
  let [count, at] = readUnsigned(bytes, 0);
  const exports = [];
  for (; count > 0; count--) {
    const start = at;
    const [name, kindAt] = readName(bytes, at);
    const [index, end] = readUnsigned(bytes, kindAt + 1);
    exports.push({ name, entry: bytes.subarray(start, end), function: bytes[kindAt] === KIND.function ? index : undefined });
    at = end;
  }
  return exports;
}

/** What the table has at each place; nothing at 0, the null pointer of C. */
function readTable(bytes) {
  if (bytes[0] !== 1 || bytes[1] !== 0 || bytes[2] !== 0x41 || bytes[3] !== 1 || bytes[4] !== OP.end) throw new Error('unexpected elements');
  let [count, at] = readUnsigned(bytes, 5);
  const table = [undefined];
  for (; count > 0; count--) {
    const [index, end] = readUnsigned(bytes, at);
    table.push(index);
    at = end;
  }
  return table;
}

/** What a function refers to: functions that it calls, and numbers that it uses. */
export function readReferences(code) {
  const calls = [];
  const constants = [];
  for (let at = skipLocals(code, 0); at < code.length; ) {
    const op = code[at];
    if (op === OP.call) calls.push(readUnsigned(code, at + 1)[0]);
    if (op === OP.i32Const) constants.push(readSigned(code, at + 1)[0]);
    at = skipInstruction(code, at);
  }
  return { calls, constants };
}
