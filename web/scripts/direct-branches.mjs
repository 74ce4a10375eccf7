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
// away. What is left to br_table are the places where goroutines are resumed, and jumps back.
import { readSigned, readUnsigned, signed, unsigned } from './leb128.mjs';
import { OP, VOID, readTable, skipInstruction, skipLocals } from './wasm-code.mjs';

const PC_B = 0;
const COPY_SP = [OP.globalGet, 0, OP.localSet, 1];
const DISPATCH = [OP.localGet, PC_B, OP.brTable];
const RETURN_IF_UNWOUND = [OP.if, VOID, OP.i32Const, 1, OP.return, OP.end];

/**
 * The function with direct branches, or as it is when it has no br_table at its beginning (assembly). resumable are the
 * values of PC_B, besides 0, with which it is entered. Throws when the function is not made as Go 1.26 does.
 */
export function directBranches(code, resumable) {
  const shape = readShape(code);
  if (!shape) return code;
  const { steps, end } = readSteps(code, shape);
  return write(code, shape, steps, end, plan(shape, steps, resumable));
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
function readSteps(code, shape) {
  const { body, labels, loop, unwind } = shape;
  const steps = [];
  const inner = [];
  let label = 0;
  let at = body;
  const add = (kind, from, end, jump) => steps.push({ ...jump, kind, at: from, end, label, inner: inner.length });
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

/** The jump there: the value it gives PC_B, the label where that goes, and where its instructions end. */
function readJump(code, at, depthOfLoop, table) {
  if (code[at] !== OP.i32Const) return undefined;
  const [pc, set] = readSigned(code, at + 1);
  if (!matches(code, set, [OP.localSet, PC_B, OP.br])) return undefined;
  const [depth, end] = readUnsigned(code, set + 3);
  if (depth !== depthOfLoop) fail('a jump to elsewhere');
  return { pc, target: table[Math.min(pc, table.length - 1)], end };
}

const isAloneInIf = (code, at, end, inner) => inner.at(-1) === at - 2 && code[at - 2] === OP.if && code[at - 1] === VOID && code[end] === OP.end;

/** Which labels stay, what br_table becomes, and whether there must be a loop. */
function plan({ table }, steps, resumable) {
  const jumps = steps.filter(({ kind }) => kind === 'jump' || kind === 'jumpIf');
  const back = jumps.filter(({ target, label }) => target <= label);
  const entered = [...new Set([0, ...resumable, ...back.map(({ pc }) => pc)])].filter((pc) => pc < table.length).sort((a, b) => a - b);
  if ([...resumable].some((pc) => pc >= table.length)) fail('a function is resumed after its end');
  const enteredLabels = new Set(entered.map((pc) => table[pc]));
  checkCalls(steps, enteredLabels);
  const kept = new Set([...enteredLabels, ...jumps.filter((jump) => !back.includes(jump)).map(({ target }) => target)]);
  const labels = [...kept].sort((a, b) => a - b);
  return { labels, loop: back.length > 0, table: newTable(table, entered, labels) };
}

/** What resumable says and what the code does must agree: after a call there is a label, and it is entered. */
function checkCalls(steps, entered) {
  for (const [i, { kind, inner, end }] of steps.entries()) {
    if (kind !== 'return' || inner > 0) continue; // in an if: the stack grows, and the function begins anew
    const next = steps[i + 1];
    if (next?.kind !== 'label' || next.at !== end || !entered.has(next.label)) fail('a call does not go on where it returns to');
  }
}

/** A value of PC_B that never is goes where the one before it does, which makes the table regular. */
function newTable(table, entered, labels) {
  const made = [];
  for (const pc of entered) {
    while (made.length < pc) made.push(made.at(-1));
    made.push(labels.indexOf(table[pc]));
  }
  while (made.length > 1 && made.at(-1) === made.at(-2)) made.pop();
  return made;
}

function write(code, { head, body }, steps, end, { labels, loop, table }) {
  const dispatches = loop || table.length > 1;
  const open = labels.filter((label) => label > 0 || dispatches).length;
  const out = [code.subarray(0, head), Buffer.from(loop ? [OP.loop, VOID] : []), Buffer.alloc(2 * open, Buffer.from([OP.block, VOID]))];
  if (dispatches) out.push(Buffer.from(DISPATCH), unsigned(table.length - 1), ...table.map(unsigned), Buffer.from([OP.end]));
  const between = (from, to) => labels.filter((label) => label > from && label < to).length;
  let at = body;
  for (const step of steps) {
    out.push(code.subarray(at, step.at), replacement(step, labels, between));
    at = step.end;
  }
  out.push(code.subarray(at, end), Buffer.from([...(loop ? [OP.end] : []), OP.unreachable, OP.end]));
  return Buffer.concat(out);
}

/** The instructions of a step. between counts the labels that stay between two. */
function replacement({ kind, label, inner, target, pc }, labels, between) {
  switch (kind) {
    case 'label':
      return Buffer.from(labels.includes(label) ? [OP.end] : []);
    case 'return':
      return Buffer.from(RETURN_IF_UNWOUND);
    case 'jumpIf':
      return Buffer.concat([Buffer.from([OP.brIf]), unsigned(inner + between(label, target))]);
    default:
      if (target > label) return Buffer.concat([Buffer.from([OP.br]), unsigned(inner + between(label, target))]);
      return Buffer.concat([Buffer.from([OP.i32Const]), signed(pc), Buffer.from([OP.localSet, PC_B, OP.br]), unsigned(inner + between(label, Infinity))]);
  }
}
