// Makes a Go wasm program smaller to send, without changing what it does.
//
// Go's linker writes the initial memory as some 90,000 pieces around runs of zeros; as one piece it compresses better.
// It keeps tables for stack traces, which slim-pclntab.mjs takes out. And its compiler goes from block to block through a
// table, where direct-branches.mjs puts branches.
import { directBranches } from './direct-branches.mjs';
import { slimPclntab } from './slim-pclntab.mjs';
import { readFunctions, writeFunctions } from './wasm-code.mjs';
import { readData, SECTION, sections, withSections, writeData } from './wasm-sections.mjs';

/** The PC_F of the first function (funcValueOffset in cmd/link/internal/wasm/asm.go). */
const FIRST_PC_F = 0x1000;

/** The same program, slimmer. Throws when the file is not laid out as Go 1.26 does. */
export function slimWasm(wasm) {
  const found = new Map([...sections(wasm)].map((section) => [section.id, section]));
  const { memory, pieces } = readData(wasm, found.get(SECTION.data).body);
  const functions = readFunctions(wasm.subarray(found.get(SECTION.code).body, found.get(SECTION.code).end));
  let code;
  slimPclntab(memory, (deferReturns) => {
    const slim = slimCode(functions, deferReturns);
    code = writeFunctions(slim.map((f) => f.code));
    return slim.map((f) => f.numbers);
  });
  return withSections(wasm, { [SECTION.code]: code, [SECTION.data]: writeData(memory, pieces) });
}

/** The functions with direct branches. deferReturns has, for each, the PC_B where it goes on after a panic, or 0. */
function slimCode(functions, deferReturns) {
  if (deferReturns.length !== functions.length) throw new Error('the pclntab has other functions than the code');
  const slim = functions.map((code, i) => directBranches(code, FIRST_PC_F + i, deferReturns[i]));
  if (slim.filter(({ numbers }) => numbers).length < functions.length / 2) throw new Error('most functions are not made as Go 1.26 does');
  return slim;
}
