// Tests the whole product in Chromium and on the command line: npm run e2e [-- part of a file's name]
// It builds nothing: bin/parley must be there, with the web app inside.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from './harness/paths.mjs';

const complaint = missing();
if (complaint) {
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}
const folder = import.meta.dirname;
const wanted = process.argv[2] ?? '';
const files = readdirSync(folder).filter((name) => name.endsWith('.test.mjs') && name.includes(wanted));
/** Milliseconds for one file, so that nothing waits for ever. */
const limit = 600_000;
/** Files at a time: much of a test is waiting, for a network that is slow or a code that ends. */
const atATime = 2;
const reporter = process.stdout.isTTY ? 'spec' : 'tap';
const { status } = spawnSync(
  process.execPath,
  ['--test', `--test-concurrency=${atATime}`, `--test-timeout=${limit}`, `--test-reporter=${reporter}`, ...files.map((name) => join(folder, name))],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
