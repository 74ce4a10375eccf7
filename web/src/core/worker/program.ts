// Runs SQLite's WebAssembly program. Below it is next to no system: the databases are in the pool or in memory, which
// sqlite-wasm's JavaScript and SQLite itself do, and of files there is the one that random numbers come from.
import wasmUrl from '../../../build/sqlite3.wasm?url';

/** A program that runs, by the names under which sqlite-wasm looks for its parts. */
export interface Program {
  wasmMemory: WebAssembly.Memory;
  wasmExports: WebAssembly.Exports;
}

const PAGE = 65536;
/** What the program was linked with, pages. */
const FIRST_PAGES = 128;
const MAX_PAGES = 32768;

/** Of errno in WASI. */
const ENOENT = 44;
const ENOSYS = 52;
const RANDOM = '/dev/urandom';
/** Its descriptor: SQLite mistrusts those up to 2. */
const RANDOM_FD = 3;

/** Loads the program and runs it. */
export async function startProgram(): Promise<Program> {
  return runProgram(await WebAssembly.compileStreaming(fetch(wasmUrl)));
}

/** Runs the program. */
export async function runProgram(module: WebAssembly.Module): Promise<Program> {
  const wasmMemory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES });
  const calls = systemCalls(wasmMemory);
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = name === 'memory' ? wasmMemory : (calls[name] ?? (() => (from === 'env' ? -ENOSYS : ENOSYS)));
  }
  const { exports: wasmExports } = await WebAssembly.instantiate(module, imports);
  (wasmExports.__wasm_call_ctors as () => void)();
  return { wasmMemory, wasmExports };
}

/** What C asks of the system; all else is not there. Functions of `env` tell errors as negative numbers, those of WASI as positive ones. */
function systemCalls(memory: WebAssembly.Memory): Record<string, (...args: never[]) => unknown> {
  const view = () => new DataView(memory.buffer);
  return {
    __syscall_openat: (_folder: number, path: number) => (textAt(memory, path) === RANDOM ? RANDOM_FD : -ENOENT),
    __syscall_fcntl64: () => 0,
    fd_close: () => 0,
    fd_read: (_fd: number, parts: number, count: number, readAt: number) => {
      view().setUint32(readAt, randomInto(memory, parts, count), true);
      return 0;
    },
    environ_sizes_get: (countAt: number, sizeAt: number) => {
      view().setUint32(countAt, 0, true);
      view().setUint32(sizeAt, 0, true);
      return 0;
    },
    environ_get: () => 0,
    clock_time_get: (clock: number, _precision: bigint, at: number) => {
      view().setBigInt64(at, BigInt(Math.round((clock === 0 ? Date.now() : performance.now()) * 1e6)), true);
      return 0;
    },
    emscripten_date_now: () => Date.now(),
    emscripten_get_now: () => performance.now(),
    emscripten_get_heap_max: () => MAX_PAGES * PAGE,
    emscripten_resize_heap: (size: number) => grow(memory, size >>> 0),
  };
}

/** The text that ends with a zero there. */
function textAt(memory: WebAssembly.Memory, at: number): string {
  const bytes = new Uint8Array(memory.buffer);
  return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
}

/** Fills the parts, each an address and a length, and returns the bytes of all. */
function randomInto(memory: WebAssembly.Memory, parts: number, count: number): number {
  const view = new DataView(memory.buffer);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const part = new Uint8Array(memory.buffer, view.getUint32(parts + 8 * i, true), view.getUint32(parts + 8 * i + 4, true));
    crypto.getRandomValues(part);
    total += part.length;
  }
  return total;
}

/** Makes the memory at least so large, a fifth larger than it was where the browser has that; 0 where it has not even that. */
function grow(memory: WebAssembly.Memory, size: number): number {
  const now = memory.buffer.byteLength;
  for (const wanted of [Math.max(size, Math.min(now * 1.2, MAX_PAGES * PAGE)), size]) {
    try {
      memory.grow(Math.ceil((wanted - now) / PAGE));
      return 1;
    } catch {
      // not so much
    }
  }
  return 0;
}
