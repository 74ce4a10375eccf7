// Says what a first visit downloads until the app runs, in brotli, and fails when it is more than allowed:
//
//   node web/test/size.mjs        (needs npm run build)
//
// Everything in web/dist of a kind below counts, but for what vite.firstVisit.ts found to be loaded on demand: that is
// said apart.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { buildDir, webDir } from '../scripts/goroot.mjs';

/** What DESIGN.md sets, bytes. */
const LIMIT = 1_500_000;

const dist = join(webDir, 'dist');
const onDemand = new Set(JSON.parse(readFileSync(join(buildDir, 'onDemand.json'), 'utf8')).map((file) => join(dist, file)));
const kinds = { 'parley.wasm': 0, 'sqlite3.wasm': 0, '.js': 0, '.css': 0, '.html': 0 };

function kindOf(name) {
  if (name.startsWith('parley-') && name.endsWith('.wasm')) return 'parley.wasm';
  if (name.startsWith('sqlite3-') && name.endsWith('.wasm')) return 'sqlite3.wasm';
  return extname(name);
}

let later = 0;
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const kind = kindOf(entry.name);
  if (!entry.isFile() || !(kind in kinds)) continue;
  const file = join(entry.parentPath, entry.name);
  const size = readFileSync(existsSync(`${file}.br`) ? `${file}.br` : file).length;
  if (onDemand.has(file)) later += size;
  else kinds[kind] += size;
}

const total = Object.values(kinds).reduce((sum, size) => sum + size, 0);
for (const [kind, size] of Object.entries({ ...kinds, total })) process.stdout.write(`${kind.padEnd(14)}${String(size).padStart(10)} bytes\n`);
process.stdout.write(`on demand     ${String(later).padStart(10)} bytes, not counted: ${[...onDemand].map((file) => basename(file)).join(' ')}\n`);

if (kinds['parley.wasm'] === 0) {
  process.stdout.write('FAIL web/dist has no client core: run npm run build in web/ first\n');
  process.exitCode = 1;
} else if (total > LIMIT) {
  process.stdout.write(`FAIL the first load is ${total - LIMIT} bytes over the limit of ${LIMIT}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`ok   ${LIMIT - total} bytes under the limit of ${LIMIT}\n`);
}
