import { describe, expect, it } from 'vitest';
import { signed, unsigned } from './leb128.mjs';
import { shortAddresses } from './short-addresses.mjs';

const bytes = (...parts) => Buffer.from(parts.flat(Infinity).flatMap((part) => (typeof part === 'number' ? [part] : [...part])));
const FUNCTION = 0x1234;
const I32 = 0x7f;
const END = 0x0b;
const [get, set] = [(local) => [0x20, local], (local) => [0x21, local]];
const COPY_SP = [0x23, 0, set(1)];
const address = (pc) => [0x42, signed(FUNCTION * 65536 + pc)];
/** Adds to the first variable after the stack pointer. */
const add = (what) => [get(2), what, 0x7c, set(2)];

/** The function in a module: its result for PC_B 3. */
function run(code) {
  const section = (id, ...body) => bytes(id, unsigned(bytes(body).length), body);
  const module = new WebAssembly.Module(bytes(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, 1, [0x60, 1, I32, 1, 0x7e]),
    section(3, 1, 0),
    section(6, 1, I32, 1, 0x41, 56, END),
    section(7, 1, 1, Buffer.from('g'), 0, 0),
    section(10, 1, unsigned(code.length), code),
  ));
  return new WebAssembly.Instance(module).exports.g(3);
}

describe('shortAddresses', () => {
  const body = (locals, more = []) => bytes(locals, COPY_SP, add(address(7)), add(address(900)), add([0x42, 5]), more, get(2), END);

  it.each([
    ['numbers of 64 bits', [2, 1, I32, 1, 0x7e], []],
    ['further numbers', [3, 1, I32, 2, 0x7e, 1, 0x7c], [get(3), set(2), add(address(1)), [0x44, 0, 0, 0, 0, 0, 0, 0, 0], set(4)]],
  ])('computes the same, with %s', (_name, locals, more) => {
    const code = body(locals, more);
    const short = shortAddresses(code, FUNCTION);
    expect(run(short)).toBe(run(code));
    // Once, where there were two and more.
    expect(short.toString('latin1').split(bytes(address(0)).toString('latin1'))).toHaveLength(2);
    expect(short.includes(bytes(address(900)))).toBe(false);
  });

  it('makes the variable where there were only numbers of 32 bits', () => {
    const code = bytes([1, 2, I32], COPY_SP, get(0), set(2), get(2), 0xac, address(9), 0x7c, END);
    expect(run(code)).toBe(BigInt(FUNCTION * 65536 + 9 + 3));
    expect(run(shortAddresses(code, FUNCTION))).toBe(run(code));
  });

  it('leaves functions without addresses, and without a stack pointer, as they are', () => {
    const none = bytes([2, 1, I32, 1, 0x7e], COPY_SP, add([0x42, 5]), get(2), END);
    const assembly = bytes([1, 1, 0x7e], address(7), END);
    expect(shortAddresses(none, FUNCTION)).toBe(none);
    expect(shortAddresses(assembly, FUNCTION)).toBe(assembly);
  });
});
