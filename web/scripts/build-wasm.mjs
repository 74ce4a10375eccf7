// Builds the client core for browsers into web/build: parley.wasm and Go's JavaScript runtime.
// PARLEY_VERSION is the version it tells; "dev" without.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, copyWasmExec, goWasm } from './goroot.mjs';

const version = process.env.PARLEY_VERSION ?? 'dev';
const target = join(buildDir, 'parley.wasm');

copyWasmExec();
goWasm(['build', '-trimpath', `-ldflags=-s -w -X main.version=${version}`, '-o', target, './cmd/parley-wasm']);
process.stdout.write(`parley.wasm: ${(statSync(target).size / 1e6).toFixed(2)} MB\n`);
