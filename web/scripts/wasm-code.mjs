// The instructions of a wasm program, as far as Go's compiler and clang use them.
import { readUnsigned, skipNumber, unsigned } from './leb128.mjs';

export const OP = {
  unreachable: 0x00, block: 0x02, loop: 0x03, if: 0x04, end: 0x0b, br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f, call: 0x10,
  localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24, i32Load: 0x28, i32Load8: 0x2d, i32Store: 0x36, i64Store: 0x37,
  i32Const: 0x41, i64Const: 0x42, i32Ne: 0x47, i32Less: 0x49, i32Add: 0x6a, i32Sub: 0x6b, i32And: 0x71, i32Shl: 0x74, i64Add: 0x7c,
};
/** The type of a block without result. */
export const VOID = 0x40;
const MEMORY_COPY = 10;
const MEMORY_FILL = 11;

const number = (code, at) => skipNumber(code, at);
const numbers = (code, at) => skipNumber(code, skipNumber(code, at));
const bytes = (n) => (_code, at) => at + n;

/** What follows an opcode: from where it begins to where it ends. */
const immediates = new Array(256).fill(undefined);
const define = (from, to, skip) => immediates.fill(skip, from, to + 1);
define(0x00, 0x01, bytes(0)); // unreachable, nop
define(0x02, 0x04, bytes(1)); // block, loop, if: with a type of one byte
define(0x05, 0x05, bytes(0)); // else
define(0x0b, 0x0b, bytes(0)); // end
define(0x0c, 0x0d, number); // br, br_if
define(0x0e, 0x0e, skipTable);
define(0x0f, 0x0f, bytes(0)); // return
define(0x10, 0x10, number); // call
define(0x11, 0x11, numbers); // call_indirect
define(0x1a, 0x1b, bytes(0)); // drop, select
define(0x20, 0x24, number); // variables
define(0x28, 0x3e, numbers); // load, store
define(0x3f, 0x40, bytes(1)); // memory.size, memory.grow
define(0x41, 0x42, number); // i32.const, i64.const
define(0x43, 0x43, bytes(4)); // f32.const
define(0x44, 0x44, bytes(8)); // f64.const
define(0x45, 0xc4, bytes(0)); // arithmetic
define(0xfc, 0xfc, skipPrefixed);

/** Where the instruction there ends. Throws at one that Go 1.26 and clang do not use. */
export function skipInstruction(code, at) {
  const skip = immediates[code[at]];
  if (!skip) throw new Error(`unexpected instruction 0x${code[at].toString(16)}`);
  return skip(code, at + 1);
}

function skipTable(code, at) {
  return readTable(code, at)[1];
}

/** The depths of a br_table, the default one last, and where it ends. */
export function readTable(code, at) {
  let [count, next] = readUnsigned(code, at);
  const depths = [];
  for (; count >= 0; count--) {
    const [depth, after] = readUnsigned(code, next);
    depths.push(depth);
    next = after;
  }
  return [depths, next];
}

function skipPrefixed(code, at) {
  const [kind, next] = readUnsigned(code, at);
  if (kind < 8) return next; // saturating conversions
  if (kind === MEMORY_COPY) return next + 2;
  if (kind === MEMORY_FILL) return next + 1;
  throw new Error(`unexpected instruction 0xfc ${kind}`);
}

/** Where a function's instructions begin: after its declarations of variables. */
export function skipLocals(code, at) {
  return readLocals(code, at).end;
}

/** The declarations of a function's variables, each a number of them and their type, and where they end. */
export function readLocals(code, at = 0) {
  let [count, end] = readUnsigned(code, at);
  const groups = [];
  for (; count > 0; count--) {
    const [many, type] = readUnsigned(code, end);
    groups.push({ count: many, type: code[type] });
    end = type + 1;
  }
  return { groups, end };
}

/** The functions of a code section: for each, the bytes of its locals and instructions. */
export function readFunctions(section) {
  let [count, at] = readUnsigned(section, 0);
  const functions = [];
  for (; count > 0; count--) {
    const [length, from] = readUnsigned(section, at);
    functions.push(section.subarray(from, from + length));
    at = from + length;
  }
  if (at !== section.length) throw new Error('unexpected end of the code');
  return functions;
}

/** The code section with those functions. */
export function writeFunctions(functions) {
  return Buffer.concat([unsigned(functions.length), ...functions.flatMap((code) => [unsigned(code.length), code])]);
}
