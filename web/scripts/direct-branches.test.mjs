import { describe, expect, it } from 'vitest';
import { directBranches } from './direct-branches.mjs';
import { signed, unsigned } from './leb128.mjs';

const bytes = (...parts) => Buffer.concat(parts.flat(Infinity).map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
const [UNREACHABLE, BLOCK, LOOP, IF, END, BR, BR_IF, RETURN] = [0, [2, 0x40], [3, 0x40], [4, 0x40], 0x0b, 0x0c, 0x0d, 0x0f];
const LOCALS = [1, 2, 0x7f]; // 1 is SP, 2 what the tests compute
const FUNCTION = 0x1000;
const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const i32 = (value) => [0x41, value];
const add = (n) => [get(2), i32(n), 0x6a, set(2)];
const copySP = [0x23, 0, 0x21, 1];
const dispatch = (...table) => [get(0), 0x0e, table.length - 1, table, END];
/** Go's jump: PC_B, and back to the loop, which is `depth` blocks out. */
const jump = (pc, depth) => [i32(pc), set(0), BR, depth];
/** Go's call of the import, which returns to a PC_B; unwind is `depth` blocks out. */
const call = (pc, depth) => [
  get(1), i32(8), 0x6b, 0x22, 1, 0x24, 0, get(1), 0x42, signed(FUNCTION * 65536 + pc), 0x37, 3, 0, 0x10, 0, copySP, BR_IF, depth,
];

/**
 * As Go makes them. Each block adds another number, which tells in the end which ways were taken. The call is resumed
 * at PC_B 5; 3 goes on to it; a jump leads from the first block to the last, 7, and one from after the call back to 3.
 */
const original = bytes(
  LOCALS, copySP, BLOCK, LOOP, BLOCK, BLOCK, BLOCK, BLOCK, dispatch(0, 0, 0, 1, 1, 2, 2, 3),
  add(1), get(2), 0x45, IF, add(16), END, get(0), 0x45, IF, jump(7, 4), END, END, // the depth counts the if and three labels
  add(2), call(5, 3), END, // two labels and the loop
  add(4), get(2), i32(20), 0x48, IF, jump(3, 2), END, END,
  add(8), get(2), RETURN, END,
  UNREACHABLE, END, i32(1), END,
);

/** The function in a module, run from a PC_B: its result, and the addresses that its calls returned to. */
function run(code, pc, unwinds) {
  const section = (id, ...body) => bytes(id, unsigned(bytes(body).length), body);
  const module = new WebAssembly.Module(bytes(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, 2, [0x60, 1, 0x7f, 1, 0x7f], [0x60, 0, 1, 0x7f]),
    section(2, 1, 1, Buffer.from('e'), 1, Buffer.from('f'), 0, 1),
    section(3, 1, 0),
    section(5, 1, 0, 1),
    section(6, 1, 0x7f, 1, i32(56), END),
    section(7, 2, 1, Buffer.from('g'), 0, 1, 1, Buffer.from('m'), 2, 0),
    section(10, 1, unsigned(code.length), code),
  ));
  const addresses = [];
  let sp = 56;
  const f = () => {
    addresses.push(new DataView(exports.m.buffer).getUint32((sp -= 8), true) - FUNCTION * 65536);
    return unwinds ? 1 : 0;
  };
  const { exports } = new WebAssembly.Instance(module, { e: { f } });
  return { result: exports.g(pc), addresses };
}

describe('directBranches', () => {
  const { code, numbers } = directBranches(original, FUNCTION, 0);

  it('keeps what a function does, from its beginning and resumed', () => {
    for (const pc of [0, 5]) {
      for (const unwinds of [false, true]) {
        const { result, addresses } = run(original, pc, unwinds);
        expect(run(code, numbers.get(pc), unwinds)).toEqual({ result, addresses: addresses.map((address) => numbers.get(address)) });
      }
    }
    expect(run(original, 0, false)).toEqual({ result: 9, addresses: [] });
    expect(run(original, 5, false)).toEqual({ result: 30, addresses: [5, 5, 5] });
    expect(run(original, 5, true)).toEqual({ result: 1, addresses: [5] });
  });

  it('makes it smaller, without gaps in the numbers', () => {
    expect(code.length).toBeLessThan(original.length);
    expect([...numbers]).toEqual([[0, 0], [5, 3]]);
    expect(code.indexOf(bytes(dispatch(0, 0, 1, 2, 3)))).toBeGreaterThan(0);
    expect(code.indexOf(bytes(BR_IF, 2))).toBeGreaterThan(0); // the jump forward, out of two labels
  });

  it('leaves a function without br_table as it is', () => {
    const assembly = bytes(LOCALS, get(0), END);
    expect(directBranches(assembly, FUNCTION, 0)).toEqual({ code: assembly });
  });

  it('needs neither loop nor br_table where nothing jumps back and no call is resumed', () => {
    const leaf = bytes(LOCALS, LOOP, BLOCK, BLOCK, dispatch(0, 1), get(0), IF, jump(1, 2), END, add(1), END, i32(0), RETURN, END, UNREACHABLE, END);
    expect(directBranches(leaf, FUNCTION, 0).code).toEqual(bytes(LOCALS, BLOCK, get(0), BR_IF, 0, add(1), END, i32(0), RETURN, UNREACHABLE, END));
  });

  it('keeps the way to deferreturn', () => {
    const deferring = bytes(
      LOCALS, copySP, BLOCK, BLOCK, BLOCK, BLOCK, dispatch(0, 1, 2), add(1), END, add(2), call(2, 1), END, add(4), get(2), RETURN,
      UNREACHABLE, END, i32(1), END,
    );
    const slim = directBranches(deferring, FUNCTION, 1);
    expect(Object.fromEntries(slim.numbers)).toEqual({ 0: 0, 1: 2, 2: 3 });
    expect(run(slim.code, 2, false)).toEqual({ result: 6, addresses: [3] });
    expect(() => directBranches(deferring, FUNCTION, 2)).toThrow(/deferreturn/);
  });

  it('numbers calls that do not return after the others', () => {
    const panics = [IF, call(4, 3).slice(0, -2), UNREACHABLE, END];
    const code = bytes(
      LOCALS, copySP, BLOCK, BLOCK, BLOCK, dispatch(0, 0, 1), get(0), panics, call(2, 1), END, get(2), RETURN, UNREACHABLE, END, i32(1), END,
    );
    expect(Object.fromEntries(directBranches(code, FUNCTION, 0).numbers)).toEqual({ 0: 0, 2: 2, 4: 3 });
  });

  it('leaves a function as it is that has another address in itself', () => {
    const within = bytes(LOCALS, BLOCK, dispatch(0), 0x42, signed(FUNCTION * 65536 + 3), 0x1a, UNREACHABLE, END);
    expect(directBranches(within, FUNCTION, 0)).toEqual({ code: within });
  });

  it.each([
    ['an instruction that Go does not use', bytes(LOCALS, BLOCK, dispatch(0), 0x06, 0x40, END, UNREACHABLE, END)],
    ['a branch to a label that is no jump', bytes(LOCALS, BLOCK, BLOCK, dispatch(0, 1), BR, 0, END, UNREACHABLE, END)],
    ['another end', bytes(LOCALS, BLOCK, LOOP, BLOCK, dispatch(0), END, END, i32(1), END)],
    ['a loop among the labels', bytes(LOCALS, BLOCK, LOOP, BLOCK, dispatch(0, 1), END, END, UNREACHABLE, END)],
  ])('refuses %s', (_, other) => {
    expect(() => directBranches(other, FUNCTION, 0)).toThrow();
  });

  it('refuses a call that returns to another place', () => {
    const elsewhere = Buffer.from(original);
    elsewhere[original.indexOf(bytes(0x42, signed(FUNCTION * 65536 + 5))) + 1] = 0x83; // 3 for 5, in as many bytes
    expect(() => directBranches(elsewhere, FUNCTION, 0)).toThrow(/call/);
  });

  it('refuses a call without an address in the function', () => {
    expect(() => directBranches(original, FUNCTION + 1, 0)).toThrow(/call/);
  });
});
