// Says what a first visit downloads, in brotli, and fails when it is more than allowed:
//
//   node web/test/size.mjs        (needs npm run build; it counts what index.html leads to, chunks loaded later too)
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { webDir } from '../scripts/goroot.mjs';

/** What DESIGN.md sets: 1.5 MB for everything. */
const GOAL = 1_500_000;
/** What must not be exceeded until the goal is met; lower it whenever the build has become smaller. */
const LIMIT = 1_570_000;

const dist = join(webDir, 'dist');
const kinds = { 'parley.wasm': 0, 'sqlite3.wasm': 0, '.js': 0, '.css': 0, '.html': 0 };

function kindOf(name) {
  if (name.startsWith('parley-') && name.endsWith('.wasm')) return 'parley.wasm';
  if (name.startsWith('sqlite3-') && name.endsWith('.wasm')) return 'sqlite3.wasm';
  return extname(name);
}

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const kind = kindOf(entry.name);
  if (!entry.isFile() || !(kind in kinds)) continue;
  const file = join(entry.parentPath, entry.name);
  kinds[kind] += readFileSync(existsSync(`${file}.br`) ? `${file}.br` : file).length;
}

const total = Object.values(kinds).reduce((sum, size) => sum + size, 0);
for (const [kind, size] of Object.entries({ ...kinds, total })) process.stdout.write(`${kind.padEnd(14)}${String(size).padStart(10)} bytes\n`);

if (kinds['parley.wasm'] === 0) {
  process.stdout.write('FAIL web/dist has no client core: run npm run build in web/ first\n');
  process.exitCode = 1;
} else if (total > LIMIT) {
  process.stdout.write(`FAIL the first load is ${total - LIMIT} bytes over the limit of ${LIMIT}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`ok   ${LIMIT - total} bytes under the limit; ${total > GOAL ? `${total - GOAL} over` : 'within'} the goal of ${GOAL}\n`);
}
