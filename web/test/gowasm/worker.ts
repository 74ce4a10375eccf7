// A dedicated worker with everything the client core has in the app: Go's runtime and SQLite.
import '../../build/wasm_exec.js';
import { IMPORT_MODULE, loadSQLite } from '../../src/core/worker/sqlite';

interface Job {
  wasm: string;
  argv: string[];
  env: Record<string, string>;
}

declare const fs: { writeSync: (fd: number, bytes: Uint8Array) => number };

const decoder = new TextDecoder();

self.onmessage = async (event: MessageEvent<Job>) => {
  try {
    await run(event.data);
  } catch (error) {
    self.postMessage({ kind: 'exit', code: 97, text: String(error) });
  }
};

async function run(job: Job): Promise<void> {
  fs.writeSync = (_fd, bytes) => {
    self.postMessage({ kind: 'output', text: decoder.decode(bytes.slice(), { stream: true }) });
    return bytes.length;
  };
  const sqlite = await loadSQLite();
  await sqlite.loadSealing();
  const go = new Go();
  go.argv = ['test', ...job.argv];
  go.env = { ...job.env, PARLEY_TEST_STORAGE: sqlite.storage };
  go.exit = (code) => self.postMessage({ kind: 'exit', code, text: '' });
  let instance: WebAssembly.Instance | undefined;
  const memory = () => (instance?.exports.mem as WebAssembly.Memory).buffer;
  const imports = { ...go.importObject, [IMPORT_MODULE]: sqlite.imports(memory) };
  instance = (await WebAssembly.instantiateStreaming(fetch(job.wasm), imports)).instance;
  await go.run(instance);
}
