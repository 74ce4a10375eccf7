// Go's JavaScript runtime, copied to web/build by the build scripts: it defines globalThis.Go.
declare module '*/wasm_exec.js';

declare class Go {
  argv: string[];
  env: Record<string, string>;
  exit: (code: number) => void;
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}
