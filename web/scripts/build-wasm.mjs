// Builds the client core for browsers into web/build: parley.wasm and Go's JavaScript runtime.
// PARLEY_VERSION is the version it tells; "dev" without.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, copyWasmExec, goWasm } from './goroot.mjs';
import { slimWasm } from './slim-wasm.mjs';

const version = process.env.PARLEY_VERSION ?? 'dev';
const target = join(buildDir, 'parley.wasm');

// Inlining makes programs larger. It stays where it matters for speed: MLS is as fast in a browser without it
// elsewhere, and three times slower without it in the cryptography.
const inlined = ['crypto/...', 'golang.org/x/crypto/...', 'filippo.io/...', 'vendor/golang.org/x/crypto/...', 'runtime/...', 'internal/...', 'math/bits'];
const gcflags = ['-gcflags=all=-l', ...inlined.map((packages) => `-gcflags=${packages}=`)];

copyWasmExec();
goWasm(['build', '-trimpath', ...gcflags, `-ldflags=-s -w -X main.version=${version}`, '-o', target, './cmd/parley-wasm']);
writeFileSync(target, slimWasm(readFileSync(target)));
