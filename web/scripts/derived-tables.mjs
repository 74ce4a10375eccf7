// Leaves out of Go's pclntab what follows from the rest of it, and makes the function that puts it back: where the data of each
// function are, its number, the beginning of its name (names mostly follow each other), and the index by address. All are
// numbers that rise, so they do not compress. The program calls that function before anything else.
import { signed, unsigned } from './leb128.mjs';
import { OP, VOID } from './wasm-code.mjs';

/** Offsets in a _func (runtime/runtime2.go). */
const FUNC = { number: 0, name: 4, pcdataCount: 28, funcdataCount: 43, lists: 44 };
/** A function has 65,536 addresses; the index has an entry of 20 bytes for each 4,096 of them (findfuncbucket in runtime/symtab.go). */
const ENTRY = 20;
const ENTRIES = 16;

/**
 * Takes out of the initial memory what follows. `functions` is the address of the table of functions, which are `count`, `first`
 * of the first one's data, and the index is from `index` to `indexEnd`. Returns the function that puts all back: its locals and
 * instructions. Throws when that would not be what was there.
 */
export function deriveTables(memory, tables) {
  const { count, functions, first, index, indexEnd } = tables;
  const complete = Buffer.from(memory);
  let name = 0;
  for (let i = 0; i < count; i++) {
    const at = functions + complete.readUInt32LE(functions + 8 * i + 4);
    const own = complete.readInt32LE(at + FUNC.name);
    memory.writeUInt32LE(0, at + FUNC.number);
    memory.writeInt32LE(own - name, at + FUNC.name);
    name = own;
  }
  memory.fill(0, functions, functions + 8 * count);
  memory.fill(0, index, indexEnd);
  const code = filling({ ...tables, number: complete.readUInt32LE(functions) });
  if (!ran(code, memory).equals(complete)) throw new Error('derived-tables: the tables are not laid out as Go 1.26 does');
  return code;
}

/** The function. Its variables are numbers of 32 bits that begin at 0. */
function filling({ count, number, functions, first, index, indexEnd }) {
  const [i, table, data, name, entry, end] = [0, 1, 2, 3, 4, 5];
  return bytes(
    [1, 6, I32],
    [constant(functions), set(table), constant(first), set(data), constant(index), set(entry)],
    [OP.loop, VOID],
    // table[i] = number + i, data - functions
    [get(table), get(i), constant(number), OP.i32Add, store(0)],
    [get(table), get(data), constant(functions), OP.i32Sub, store(4)],
    // data.number = number + i; data.name = name += data.name
    [get(data), get(i), constant(number), OP.i32Add, store(FUNC.number)],
    [get(data), get(name), get(data), load(FUNC.name), OP.i32Add, tee(name), store(FUNC.name)],
    // 16 entries of i, fewer at the end
    [get(entry), constant(ENTRY * ENTRIES), OP.i32Add, set(end)],
    [OP.loop, VOID],
    [get(entry), get(i), store(0)],
    [get(entry), constant(ENTRY), OP.i32Add, tee(entry), get(end), OP.i32Less],
    [get(entry), constant(indexEnd), OP.i32Less, OP.i32And, OP.brIf, 0, OP.end],
    // data += its length, to the next multiple of 8
    [get(data), load(FUNC.pcdataCount), get(data), load8(FUNC.funcdataCount), OP.i32Add, constant(2), OP.i32Shl],
    [constant(FUNC.lists + 7), OP.i32Add, get(data), OP.i32Add, constant(-8), OP.i32And, set(data)],
    // the next
    [get(table), constant(8), OP.i32Add, set(table)],
    [get(i), constant(1), OP.i32Add, tee(i), constant(count), OP.i32Ne, OP.brIf, 0, OP.end],
    OP.end,
  );
}

const I32 = 0x7f;
const get = (local) => [OP.localGet, local];
const set = (local) => [OP.localSet, local];
const tee = (local) => [OP.localTee, local];
const constant = (value) => [OP.i32Const, value < 0 ? [value & 127] : [...signed(value)]];
const load = (offset) => [OP.i32Load, 0, offset];
const load8 = (offset) => [OP.i32Load8, 0, offset];
const store = (offset) => [OP.i32Store, 0, offset];
const bytes = (...parts) => Buffer.from(parts.flat(Infinity));

/** What the memory is after that function ran. */
function ran(code, memory) {
  const PAGE = 65536;
  const pages = Math.ceil(memory.length / PAGE);
  const section = (id, ...body) => [id, [...unsigned(bytes(body).length)], body];
  const program = bytes(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, 1, 0x60, 0, 0), // the type of a function without parameters and results
    section(2, 1, 1, 0x6d, 1, 0x6d, 2, 0, [...unsigned(pages)]), // m.m is the memory
    section(3, 1, 0),
    section(8, 0), // the function runs at the start
    section(10, 1, [...unsigned(code.length)], [...code]),
  );
  const m = new WebAssembly.Memory({ initial: pages });
  memory.copy(new Uint8Array(m.buffer));
  new WebAssembly.Instance(new WebAssembly.Module(program), { m: { m } });
  return Buffer.from(m.buffer, 0, memory.length);
}
