// Builds the client core for browsers into web/build: parley.wasm and Go's JavaScript runtime.
// PARLEY_VERSION is the version it tells; "dev" without.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, copyWasmExec, goWasm } from './goroot.mjs';
import { slimWasm } from './slim-wasm.mjs';

const version = process.env.PARLEY_VERSION ?? 'dev';
const target = join(buildDir, 'parley.wasm');

copyWasmExec();
goWasm(['build', '-trimpath', `-ldflags=-s -w -X main.version=${version}`, '-o', target, './cmd/parley-wasm']);
writeFileSync(target, slimWasm(readFileSync(target)));
