// Runs the Go client core in this worker. The other side is cmd/parley-wasm.
import '../../../build/wasm_exec.js';
import wasmUrl from '../../../build/parley.wasm?url';
import type { Storage } from '../core';
import { type PlainError, platformError, toCoreError } from '../errors';
import type { CoreConfig } from '../protocol';
import { deflate, inflate } from './deflate';
import { removeOpened } from './media/opened';
import { IMPORT_MODULE, loadSQLite } from './sqlite';

/** Runs a method of the core; exactly one of resolve and reject is called, with JSON. */
export type GoCall = (method: string, params: string, resolve: (json: string) => void, reject: (json: string) => void) => void;

/** What the core tells. */
export interface HostListener {
  ready(call: GoCall, storage: Storage): void;
  event(name: string, data: string): void;
  failed(error: PlainError): void;
  fatal(): void;
}

/** Starts the core. Rejects with a CoreError when it cannot even be loaded. */
export async function startCore(config: CoreConfig, listener: HostListener): Promise<void> {
  const [module, sqlite] = await Promise.all([compile(), loadSQLite(), removeOpened()]);
  const go = new Go();
  go.exit = () => listener.fatal();
  Object.assign(globalThis, {
    parleyHost: {
      config: JSON.stringify(config),
      ready: (call: GoCall) => listener.ready(withSealing(call, sqlite.loadSealing), sqlite.storage),
      event: (name: string, data: string) => listener.event(name, data),
      failed: (error: string) => listener.failed(JSON.parse(error) as PlainError),
      fatal: () => listener.fatal(),
      deflate,
      inflate,
      files: runFiles,
    },
  });
  let instance: WebAssembly.Instance | undefined;
  const memory = () => (instance?.exports.mem as WebAssembly.Memory).buffer;
  try {
    instance = await WebAssembly.instantiate(module, { ...go.importObject, [IMPORT_MODULE]: sqlite.imports(memory) });
  } catch (error) {
    throw platformError('wasm_invalid', error);
  }
  void go.run(instance);
}

/** What files need is loaded with the first one. */
export function loadFiles(): Promise<typeof import('./media')> {
  return import('./media');
}

/** files(what, job, progress, done) of the core. */
function runFiles(what: string, job: string, progress: (moved: number) => void, done: ((code: string) => void) | null): void {
  loadFiles()
    .then((files) => files.run(what, job, progress))
    .then(
      (code) => done?.(code),
      () => done?.('again'),
    );
}

/** Methods after which databases are sealed, until the worker ends. */
const sealing = new Set(['setLock', 'unlock']);

/** What seals databases is loaded before the first of those calls, and never for whoever has no lock. */
function withSealing(call: GoCall, load: () => Promise<void>): GoCall {
  return (method, params, resolve, reject) => {
    const run = () => call(method, params, resolve, reject);
    if (!sealing.has(method)) return run();
    load().then(run, (error: unknown) => reject(JSON.stringify(toCoreError(error, 'wasm_download').plain())));
  };
}

async function compile(): Promise<WebAssembly.Module> {
  let response: Response;
  try {
    response = await fetch(wasmUrl);
  } catch (error) {
    throw platformError('wasm_download', error);
  }
  if (!response.ok) throw platformError('wasm_download', response.status);
  try {
    return await WebAssembly.compileStreaming(response);
  } catch (error) {
    // A download that breaks off in the middle ends here too.
    throw platformError(error instanceof WebAssembly.CompileError ? 'wasm_invalid' : 'wasm_download', error);
  }
}
