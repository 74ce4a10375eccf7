// Makes a Go wasm program smaller to send, without changing what it does.
//
// Go's linker writes the initial memory as some 90,000 pieces around runs of zeros; as one piece it compresses better.
// It keeps tables for stack traces, which slim-pclntab.mjs takes out, and tables that follow from others, which
// derived-tables.mjs has the program make itself. Its compiler goes from block to block through a table, where
// direct-branches.mjs puts branches, and writes addresses in a way that short-addresses.mjs shortens.
import { deriveTables } from './derived-tables.mjs';
import { directBranches } from './direct-branches.mjs';
import { readUnsigned, unsigned } from './leb128.mjs';
import { shortAddresses } from './short-addresses.mjs';
import { slimPclntab } from './slim-pclntab.mjs';
import { readFunctions, writeFunctions } from './wasm-code.mjs';
import { countImports, readData, SECTION, sections, withoutZeros, withSections, writeData } from './wasm-sections.mjs';

/** The PC_F of the first function (funcValueOffset in cmd/link/internal/wasm/asm.go). */
const FIRST_PC_F = 0x1000;
/** The type of a function without parameters and results. */
const NOTHING = Buffer.from([0x60, 0, 0]);

/** The same program, slimmer. Throws when the file is not laid out as Go 1.26 does. */
export function slimWasm(wasm) {
  const found = new Map([...sections(wasm)].map((section) => [section.id, section]));
  const body = (id) => wasm.subarray(found.get(id).body, found.get(id).end);
  const { memory, pieces } = readData(wasm, found.get(SECTION.data).body);
  const functions = readFunctions(body(SECTION.code));
  let code;
  const tables = slimPclntab(memory, (deferReturns) => {
    const slim = slimCode(functions, deferReturns);
    code = slim.map((f) => f.code);
    return slim.map((f) => f.numbers);
  });
  code.push(deriveTables(memory, tables));
  return withSections(wasm, {
    ...withStart(body(SECTION.types), body(SECTION.functions), countImports(body(SECTION.imports))),
    [SECTION.code]: writeFunctions(code),
    [SECTION.data]: writeData(memory, withoutZeros(pieces, tables.index, tables.indexEnd)),
  });
}

/** The sections that make another function, the last one, run at the start. */
function withStart(types, functions, imported) {
  const [typeCount, firstType] = readUnsigned(types, 0);
  const [count, first] = readUnsigned(functions, 0);
  return {
    [SECTION.types]: Buffer.concat([unsigned(typeCount + 1), types.subarray(firstType), NOTHING]),
    [SECTION.functions]: Buffer.concat([unsigned(count + 1), functions.subarray(first), unsigned(typeCount)]),
    [SECTION.start]: unsigned(imported + count),
  };
}

/** The functions with direct branches. deferReturns has, for each, the PC_B where it goes on after a panic, or 0. */
function slimCode(functions, deferReturns) {
  if (deferReturns.length !== functions.length) throw new Error('the pclntab has other functions than the code');
  const slim = functions.map((code, i) => directBranches(code, FIRST_PC_F + i, deferReturns[i]));
  if (slim.filter(({ numbers }) => numbers).length < functions.length / 2) throw new Error('most functions are not made as Go 1.26 does');
  return slim.map((f, i) => (f.numbers ? { ...f, code: shortAddresses(f.code, FIRST_PC_F + i) } : f));
}
