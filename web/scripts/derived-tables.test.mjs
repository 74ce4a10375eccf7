import { describe, expect, it } from 'vitest';
import { deriveTables } from './derived-tables.mjs';

const NUMBER = 0x1000;

/** A memory as slim-pclntab.mjs leaves it: three functions, with more and more tables, and where its parts are. */
function example() {
  const memory = Buffer.alloc(4096);
  const [functions, first, index] = [8, 64, 512];
  const names = [0, 12, 5];
  let at = first;
  for (let i = 0; i < 3; i++) {
    memory.writeUInt32LE(NUMBER + i, functions + 8 * i);
    memory.writeUInt32LE(at - functions, functions + 8 * i + 4);
    memory.writeUInt32LE(NUMBER + i, at);
    memory.writeUInt32LE(names[i], at + 4);
    memory.writeUInt32LE(i, at + 28); // so many pcdata
    memory[at + 43] = i; // and funcdata
    at = Math.ceil((at + 44 + 8 * i) / 8) * 8;
    for (let entry = 0; entry < (i < 2 ? 16 : 3); entry++) memory.writeUInt32LE(i, index + 20 * (16 * i + entry));
  }
  memory.writeUInt32LE(0xffffffff, index + 20 * 35); // what comes after the index
  return { memory, tables: { count: 3, functions, first, index, indexEnd: index + 20 * 35 } };
}

describe('deriveTables', () => {
  it('takes out what its function puts back', () => {
    const { memory, tables } = example();
    const complete = Buffer.from(memory);
    expect(deriveTables(memory, tables).length).toBeGreaterThan(0); // it ran it, and compared
    expect(memory.equals(complete)).toBe(false);
    expect(memory.subarray(tables.index, tables.indexEnd).every((byte) => byte === 0)).toBe(true);
    expect(memory.subarray(tables.indexEnd).equals(complete.subarray(tables.indexEnd))).toBe(true);
  });

  it.each([
    ['a function elsewhere', ({ memory, tables }) => memory.writeUInt32LE(80, tables.functions + 12)],
    ['another index', ({ memory, tables }) => memory.writeUInt32LE(1, tables.index)],
    ['differences in the index', ({ memory, tables }) => (memory[tables.index + 4] = 1)],
    ['other numbers', ({ memory, tables }) => memory.writeUInt32LE(7, tables.functions + 8)],
  ])('refuses %s', (_name, change) => {
    const made = example();
    change(made);
    expect(() => deriveTables(made.memory, made.tables)).toThrow('not laid out as Go');
  });
});
