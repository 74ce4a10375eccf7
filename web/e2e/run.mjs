// Tests the whole product in Chromium and on the command line: npm run e2e [-- part of a file's name]
// It builds nothing: bin/parley must be there, with the web app inside.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';
import { missing } from './harness/paths.mjs';

const complaint = missing();
if (complaint) {
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}
const folder = import.meta.dirname;
const wanted = process.argv[2] ?? '';
const size = (path) => statSync(path).size;
/** What has most to do comes first, so that nothing long is left for the end. */
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.mjs') && name.includes(wanted))
  .map((name) => join(folder, name))
  .sort((one, other) => size(other) - size(one));
/** Milliseconds for one file, so that nothing waits for ever. */
const limit = 600_000;
/** Files at a time: most of a test is waiting, for a network that is slow or a code that ends. */
const atATime = Number(process.env.FILES_AT_A_TIME ?? 3);
run({ files, concurrency: atATime, timeout: limit })
  .on('test:fail', () => (process.exitCode = 1))
  .compose(process.stdout.isTTY ? new spec() : tap)
  .pipe(process.stdout);
