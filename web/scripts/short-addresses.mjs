// Writes the addresses that a Go function leaves on Go's stack before its calls (see direct-branches.mjs) so that they compress.
//
// An address is the number of its function times 65,536 plus that of the place, as one constant of five bytes. Of 43,000 such
// constants none is like another, and they are a tenth of what is downloaded. Here the function keeps the part that is common to
// all of them in a variable that it sets where it begins, and adds the small number of the place to it.
import { readSigned, readUnsigned, signed, unsigned } from './leb128.mjs';
import { OP, readLocals, skipInstruction } from './wasm-code.mjs';

/** An address is the number of its function times PC_F, plus that of the place. */
const PC_F = 1 << 16;
const I32 = 0x7f;
const I64 = 0x7e;
/** The variable: after PC_B and Go's stack pointer, so that it has the same number everywhere. Those after it move up. */
const BASE = 2;
const COPY_SP = Buffer.from([OP.globalGet, 0, OP.localSet, 1]);

/** The function with short addresses; one that has none, or none that a call leaves, stays as it is. */
export function shortAddresses(code, functionPC) {
  const { groups, end: from } = readLocals(code);
  const [first, ...rest] = groups;
  if (first?.type !== I32 || !COPY_SP.equals(code.subarray(from, from + COPY_SP.length))) return code;
  const base = functionPC * PC_F;
  const isAddress = (at) => Math.floor(readSigned(code, at + 1)[0] / PC_F) === functionPC;
  const out = [writeLocals(withBase(first, rest)), COPY_SP, Buffer.from([OP.i64Const]), signed(base), Buffer.from([OP.localSet, BASE])];
  let found = 0;
  for (let at = from + COPY_SP.length, next; at < code.length; at = next) {
    next = skipInstruction(code, at);
    const op = code[at];
    if (op === OP.i64Const && isAddress(at)) {
      found++;
      out.push(Buffer.from([OP.localGet, BASE, op]), signed(readSigned(code, at + 1)[0] - base), Buffer.from([OP.i64Add]));
    } else if (op === OP.localGet || op === OP.localSet || op === OP.localTee) out.push(moved(code, at));
    else out.push(code.subarray(at, next));
  }
  return found > 0 ? Buffer.concat(out) : code;
}

/** An instruction with a variable, by its new number. */
function moved(code, at) {
  const [local] = readUnsigned(code, at + 1);
  return Buffer.concat([Buffer.from([code[at]]), unsigned(local < BASE ? local : local + 1)]);
}

/** PC_B is a parameter, the stack pointer is the first variable and BASE the second. */
function withBase(first, rest) {
  const others = first.count > 1 ? [{ count: first.count - 1, type: I32 }, ...rest] : rest;
  const [next, ...last] = others;
  const base = next?.type === I64 ? [{ count: next.count + 1, type: I64 }, ...last] : [{ count: 1, type: I64 }, ...others];
  return [{ count: 1, type: I32 }, ...base];
}

function writeLocals(groups) {
  return Buffer.concat([unsigned(groups.length), ...groups.flatMap(({ count, type }) => [unsigned(count), Buffer.from([type])])]);
}
