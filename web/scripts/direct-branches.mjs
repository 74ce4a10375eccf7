// Rewrites the branches of functions that Go compiled to wasm. That makes them smaller and faster, and changes nothing else.
//
// Go compiles a function to a loop around a br_table that goes to the block whose number is in the variable PC_B, so that
// the function can go on in its middle when its goroutine is resumed (preprocess in cmd/internal/obj/wasm/wasmobj.go, Go 1.26):
//
//	block                       ;; unwind
//	  loop
//	    block … block           ;; as many as there are labels
//	      local.get PC_B, br_table …
//	    end                     ;; label 0
//	    … i32.const 7, local.set PC_B, br loop …   ;; a jump, often alone in an if
//	    … call f, …, br_if unwind …                ;; a call: on 1, the stack is unwound to switch goroutines
//	    end                     ;; label 1 …
//	  end, unreachable
//	end, i32.const 1
//
// Here a jump forward is a branch to its label, and br_if unwind is a return. Most labels are then nobody's target and go
// away. What is left to br_table are the places where goroutines are resumed, and jumps back. They are numbered in their
// order, so that all br_tables of a length are the same bytes. A number is part of the address that a call leaves on Go's
// stack, by which the runtime finds what it knows of the place (slim-pclntab.mjs): both change together.
import { readSigned, readUnsigned, signed, unsigned } from './leb128.mjs';
import { OP, VOID, readTable, skipInstruction, skipLocals } from './wasm-code.mjs';

const PC_B = 0;
/** An address is the number of its function times PC_F, plus PC_B. */
const PC_F = 1 << 16;
/** What is around the address that a call leaves on Go's stack, whose pointer is the global 0 and the local 1. */
const PUSH = [OP.i32Const, 8, OP.i32Sub, OP.localTee, 1, OP.globalSet, 0, OP.localGet, 1];
const STORE = [OP.i64Store, 3, 0];
const COPY_SP = [OP.globalGet, 0, OP.localSet, 1];
const DISPATCH = [OP.localGet, PC_B, OP.brTable];
const RETURN_IF_UNWOUND = [OP.if, VOID, OP.i32Const, 1, OP.return, OP.end];

/**
 * The function with direct branches, and numbers: each value of PC_B that was in use, with its new one. A function with no
 * br_table at its beginning (assembly), or with addresses in itself that are not of calls, stays as it is, without numbers.
 *
 * functionPC is the number of the function, deferReturn the PC_B where it goes on after a panic, 0 without.
 * Throws when the function is not made as Go 1.26 does.
 */
export function directBranches(code, functionPC, deferReturn) {
  const shape = readShape(code);
  if (!shape) return { code };
  const { steps, end } = readSteps(code, shape, functionPC);
  if (steps.some(({ kind, pushed }) => kind === 'address' && !pushed)) return { code };
  const made = { ...plan(shape, steps, deferReturn), functionPC };
  return { code: write(code, shape, steps, end, made), numbers: made.numbers };
}

const matches = (code, at, bytes) => bytes.every((byte, i) => code[at + i] === byte);
const fail = (what) => {
  throw new Error(`direct-branches: ${what}; has another Go changed how it compiles to wasm?`);
};

/** What a function begins with. */
function readShape(code) {
  let head = skipLocals(code, 0);
  if (matches(code, head, COPY_SP)) head += COPY_SP.length;
  let at = head;
  const blocks = [];
  for (; (code[at] === OP.block || code[at] === OP.loop) && code[at + 1] === VOID; at += 2) blocks.push(code[at]);
  if (!matches(code, at, DISPATCH)) return null;
  const [table, body] = readTable(code, at + DISPATCH.length);
  if (code[body] !== OP.end) fail('a br_table is not alone in its block');
  const labels = Math.max(...table) + 1;
  const outer = blocks.slice(0, -labels);
  const loop = outer.at(-1) === OP.loop;
  const unwind = outer.length > (loop ? 1 : 0);
  if (outer.length !== loop + unwind || (unwind && outer[0] !== OP.block) || blocks.slice(-labels).includes(OP.loop)) fail('other blocks around br_table');
  return { head, body: body + 1, table, labels, loop, unwind };
}

/**
 * The places of a function that change, in order, and where the rest of the function is that ends the blocks around it.
 * A step replaces the bytes from `at` to `end`; it has the label it follows and how many blocks other than labels are open.
 */
function readSteps(code, shape, functionPC) {
  const { body, labels, loop, unwind } = shape;
  const steps = [];
  const inner = [];
  let label = 0;
  let at = body;
  const add = (kind, from, end, more) => steps.push({ ...more, kind, at: from, end, label, inner: inner.length });
  while (inner.length > 0 || label < labels - 1 || !endsHere(code, at, shape)) {
    if (at >= code.length) fail('a function ends early');
    const [from, op] = [at, code[at]];
    const depth = inner.length + labels - 1 - label; // of the loop, if there is one
    const jump = loop ? readJump(code, at, depth, shape.table) : undefined;
    at = jump?.end ?? skipInstruction(code, at);
    if (jump?.target > label && isAloneInIf(code, from, at, inner)) {
      inner.pop();
      add('jumpIf', from - 2, ++at, jump);
    } else if (jump) add('jump', from, at, jump);
    else if (op === OP.i64Const && isAddress(code, from, functionPC)) add('address', from, at, readAddress(code, from));
    else if (op === OP.block || op === OP.loop || op === OP.if) inner.push(from);
    else if (op === OP.end && inner.length > 0) inner.pop();
    else if (op === OP.end) {
      if (++label === labels) fail('more blocks end than begin');
      add('label', from, at);
    } else if (op === OP.br || op === OP.brIf) {
      const [target] = readUnsigned(code, from + 1);
      if (unwind && op === OP.brIf && target === depth + loop) add('return', from, at);
      else if (target >= inner.length) fail('an unknown kind of branch');
    } else if (op === OP.brTable) fail('a second br_table');
  }
  return { steps, end: at };
}

/** Whether only what ends the loop and unwind is left. */
function endsHere(code, at, { loop, unwind }) {
  const rest = [...(loop ? [OP.end] : []), OP.unreachable, ...(unwind ? [OP.end, OP.i32Const, 1] : []), OP.end];
  return at + rest.length === code.length && matches(code, at, rest);
}

/** The jump there: the label where it goes, and where its instructions end. */
function readJump(code, at, depthOfLoop, table) {
  if (code[at] !== OP.i32Const) return undefined;
  const [pc, set] = readSigned(code, at + 1);
  if (!matches(code, set, [OP.localSet, PC_B, OP.br])) return undefined;
  const [depth, end] = readUnsigned(code, set + 3);
  if (depth !== depthOfLoop) fail('a jump to elsewhere');
  return { target: table[Math.min(pc, table.length - 1)], end };
}

const isAloneInIf = (code, at, end, inner) => inner.at(-1) === at - 2 && code[at - 2] === OP.if && code[at - 1] === VOID && code[end] === OP.end;

const isAddress = (code, at, functionPC) => Math.floor(readSigned(code, at + 1)[0] / PC_F) === functionPC;

/** The address there: its PC_B, and whether a call leaves it on Go's stack. */
function readAddress(code, at) {
  const [address, end] = readSigned(code, at + 1);
  return { pc: address % PC_F, pushed: matches(code, at - PUSH.length, PUSH) && matches(code, end, STORE) };
}

/**
 * Which labels stay, the new values of PC_B, whether there must be a loop, and br_table. A label's PC_B is one more than its
 * place among those that stay: 1 is the first label's, because the runtime begins goexit there.
 */
function plan({ table }, steps, deferReturn) {
  const jumps = steps.filter(({ kind }) => kind === 'jump' || kind === 'jumpIf');
  const loop = jumps.some(({ target, label }) => target <= label);
  const resumed = resumedCalls(steps, table);
  if (deferReturn) resumed.push(deferReturn);
  const labels = [...new Set([0, ...resumed.map((pc) => table[pc]), ...jumps.map(({ target }) => target)])].sort((a, b) => a - b);
  const numbers = new Map([[0, 0], ...resumed.map((pc) => [pc, numberOf(labels, table[pc])])]);
  if (deferReturn && numbers.get(deferReturn) + 1 !== numbers.get(deferReturn + 1)) fail('deferreturn is not called where a panic ends');
  let free = labels.length + 1; // of calls that do not return
  for (const { kind, pc } of steps) if (kind === 'address' && !numbers.has(pc)) numbers.set(pc, free++);
  return { labels, numbers, loop, dispatches: loop || resumed.length > 0 };
}

const numberOf = (labels, label) => labels.indexOf(label) + 1;

/** The values of PC_B of the labels after calls. A call in an if does not go on: it panics, or the function begins anew. */
function resumedCalls(steps, table) {
  const calls = [];
  for (const [i, { kind, inner, end }] of steps.entries()) {
    if (kind !== 'return' || inner > 0) continue;
    const [address, next] = [steps[i - 1], steps[i + 1]];
    const found = address?.kind === 'address' && next?.kind === 'label' && next.at === end && table[address.pc] === next.label;
    if (!found) fail('a call does not go on where it returns to');
    calls.push(address.pc);
  }
  return calls;
}

function write(code, { head, body }, steps, end, plan) {
  const { labels, loop, dispatches } = plan;
  const open = labels.length - (dispatches ? 0 : 1);
  const out = [code.subarray(0, head), Buffer.from(loop ? [OP.loop, VOID] : []), Buffer.alloc(2 * open, Buffer.from([OP.block, VOID]))];
  if (dispatches) out.push(Buffer.from(DISPATCH), unsigned(labels.length), unsigned(0), ...labels.map((_, i) => unsigned(i)), Buffer.from([OP.end]));
  let at = body;
  for (const step of steps) {
    out.push(code.subarray(at, step.at), replacement(step, plan));
    at = step.end;
  }
  out.push(code.subarray(at, end), Buffer.from([...(loop ? [OP.end] : []), OP.unreachable, OP.end]));
  return Buffer.concat(out);
}

/** The instructions of a step. */
function replacement({ kind, label, inner, target, pc }, { labels, numbers, functionPC }) {
  const between = (from, to) => labels.filter((other) => other > from && other < to).length;
  switch (kind) {
    case 'label':
      return Buffer.from(labels.includes(label) ? [OP.end] : []);
    case 'return':
      return Buffer.from(RETURN_IF_UNWOUND);
    case 'address':
      return Buffer.concat([Buffer.from([OP.i64Const]), signed(functionPC * PC_F + numbers.get(pc))]);
    case 'jumpIf':
      return Buffer.concat([Buffer.from([OP.brIf]), unsigned(inner + between(label, target))]);
    default:
      if (target > label) return Buffer.concat([Buffer.from([OP.br]), unsigned(inner + between(label, target))]);
      return Buffer.concat([
        Buffer.from([OP.i32Const]), signed(numberOf(labels, target)),
        Buffer.from([OP.localSet, PC_B, OP.br]), unsigned(inner + between(label, Infinity)),
      ]);
  }
}
