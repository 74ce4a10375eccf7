import { describe, expect, it } from 'vitest';
import { directBranches } from './direct-branches.mjs';
import { unsigned } from './leb128.mjs';

const bytes = (...parts) => Buffer.concat(parts.flat(Infinity).map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
const [UNREACHABLE, BLOCK, LOOP, IF, END, BR, BR_IF, RETURN, CALL] = [0, [2, 0x40], [3, 0x40], [4, 0x40], 0x0b, 0x0c, 0x0d, 0x0f, 0x10];
const NO_LOCALS = [1, 1, 0x7f];
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const i32 = (value) => [0x41, value];
const ADD = 0x6a;

const dispatch = (...table) => [get(0), 0x0e, table.length - 1, table, END];
/** Go's jump: PC_B and back to the loop, which is `depth` blocks out. */
const jump = (pc, depth) => [i32(pc), set(0), BR, depth];

/** Each block adds another number to the variable 1, which tells in the end which ways were taken. */
const add = (n) => [get(1), i32(n), ADD, set(1)];

/** As Go makes them, with PC_B 0, 1, 2 (where its call is resumed) and 3: from 0 to 3 or on to 1, from 2 back to 1 until it is 20. */
const original = bytes(
  NO_LOCALS, BLOCK, LOOP, BLOCK, BLOCK, BLOCK, BLOCK, dispatch(0, 1, 2, 3),
  add(1), get(1), IF, jump(3, 4), END, END, // the depth counts the if, labels 1, 2 and 3, not the loop
  add(2), CALL, 0, BR_IF, 3, END, // the depth counts labels 2 and 3, and the loop
  add(4), get(1), i32(20), 0x48, IF, jump(1, 2), END, END,
  add(8), get(1), RETURN,
  END, UNREACHABLE, END, i32(1), END,
);

/** A module with the function, which runs it from a PC_B: its result, and how often it called. */
function run(code, pc, unwinds) {
  const section = (id, ...body) => { const content = bytes(body); return bytes(id, unsigned(content.length), content); };
  const type = [0x60, 1, 0x7f, 1, 0x7f];
  const module = new WebAssembly.Module(bytes(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, 2, type, [0x60, 0, 1, 0x7f]),
    section(2, 1, 1, Buffer.from('e'), 1, Buffer.from('f'), 0, 1),
    section(3, 1, 0), section(7, 1, 1, Buffer.from('g'), 0, 1),
    section(10, 1, unsigned(code.length), code),
  ));
  let calls = 0;
  const { exports } = new WebAssembly.Instance(module, { e: { f: () => { if (++calls > 50) throw new Error('no end'); return unwinds ? 1 : 0; } } });
  return { result: exports.g(pc), calls };
}

describe('directBranches', () => {
  const slim = directBranches(original, [2]);

  it('keeps what a function does, wherever it is entered', () => {
    for (const pc of [0, 2]) for (const unwinds of [false, true]) expect(run(slim, pc, unwinds)).toEqual(run(original, pc, unwinds));
    expect(run(slim, 0, false)).toEqual({ result: 9, calls: 0 });
    expect(run(slim, 2, false)).toEqual({ result: 30, calls: 3 });
    expect(run(slim, 2, true)).toEqual({ result: 1, calls: 1 });
  });

  it('makes it smaller, and leaves the jump forward to no loop', () => {
    expect(slim.length).toBeLessThan(original.length);
    expect(slim.indexOf(bytes(jump(3, 4)))).toBe(-1);
    expect(slim.indexOf(bytes(get(1), BR_IF, 2))).toBeGreaterThan(0); // to label 3, out of 1 and 2
  });

  it('leaves a function without br_table as it is', () => {
    const assembly = bytes(NO_LOCALS, get(0), END);
    expect(directBranches(assembly, [])).toBe(assembly);
  });

  it('needs neither loop nor br_table where nothing jumps back and no call is resumed', () => {
    const leaf = bytes(NO_LOCALS, LOOP, BLOCK, BLOCK, dispatch(0, 1), get(0), IF, jump(1, 2), END, add(1), END, i32(0), RETURN, END, UNREACHABLE, END);
    expect(directBranches(leaf, [])).toEqual(bytes(NO_LOCALS, BLOCK, get(0), BR_IF, 0, add(1), END, i32(0), RETURN, UNREACHABLE, END));
  });

  it.each([
    ['an instruction that Go does not use', bytes(NO_LOCALS, BLOCK, dispatch(0), 0x06, 0x40, END, UNREACHABLE, END)],
    ['a branch to a label that is no jump', bytes(NO_LOCALS, BLOCK, BLOCK, dispatch(0, 1), BR, 0, END, UNREACHABLE, END)],
    ['another end', bytes(NO_LOCALS, BLOCK, LOOP, BLOCK, dispatch(0), END, END, i32(1), END)],
    ['a loop among the labels', bytes(NO_LOCALS, BLOCK, LOOP, BLOCK, dispatch(0, 1), END, END, UNREACHABLE, END)],
  ])('refuses %s', (_, code) => {
    expect(() => directBranches(code, [])).toThrow();
  });

  it('refuses to be resumed where nothing is, and a call that is not', () => {
    expect(() => directBranches(original, [9])).toThrow(/resumed/);
    expect(() => directBranches(original, [])).toThrow(/call/);
  });
});
