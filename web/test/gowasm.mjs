// Runs Go tests in a browser worker, with SQLite and WebSockets as in the app:
//
//   node web/test/gowasm.mjs [--runs n] [--slim] [--quota bytes] [--sealed] [--kill] ./client/wasmsqlite [./other/package …] [-- -test.run X -test.bench . -test.v]
//
// Each package's tests run n times in new workers on the same profile, so that what one run stored is there in the
// next. --slim makes the programs what build-wasm.mjs makes of the app; failures then lack line numbers.
// --sealed tells tests as PARLEY_TEST_SEALED to use encrypted databases. --kill ends each worker but the last at some moment after
// its test has written KILL ME; PARLEY_TEST_KILL tells the test, and in the last run it is “last”.
// --quota is what the browser lets the origin store, told as PARLEY_TEST_QUOTA. PARLEY_TEST_RUN counts the runs from 1. PARLEY_TEST_WS is the address of a test WebSocket (see serve.mjs),
// PARLEY_TEST_CPU tells the seconds of CPU time that pages and workers have used: wall time says little on a busy machine.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { copyWasmExec, goWasm, webDir } from '../scripts/goroot.mjs';
import { slimWasm } from '../scripts/slim-wasm.mjs';
import { cpuSeconds, openBrowser } from './browser.mjs';
import { serve } from './serve.mjs';

const LIMIT_MS = 120_000; // without a word

function parse(argv) {
  const split = argv.indexOf('--');
  const own = split < 0 ? argv : argv.slice(0, split);
  const flags = split < 0 ? [] : argv.slice(split + 1);
  let runs = 1;
  if (own[0] === '--runs') runs = Number(own.splice(0, 2)[1]);
  const slim = own[0] === '--slim' && Boolean(own.shift());
  const quota = own[0] === '--quota' ? Number(own.splice(0, 2)[1]) : 0;
  const sealed = own[0] === '--sealed' && Boolean(own.shift());
  const kill = own[0] === '--kill' && Boolean(own.shift());
  if (own.length === 0 || !(runs > 0)) throw new Error('usage: gowasm.mjs [--runs n] package… [-- test flags]');
  return { packages: own, flags, runs, slim, quota, sealed, kill };
}

function compile(name, target, slim) {
  goWasm(['test', '-c', '-o', target, name]);
  if (slim) writeFileSync(target, slimWasm(readFileSync(target)));
}

/** Runs one test binary in one new worker and gives its exit code. */
async function runOnce(context, origin, job) {
  const page = await context.newPage();
  const quotaSize = Number(job.env.PARLEY_TEST_QUOTA);
  if (quotaSize) await (await context.newCDPSession(page)).send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing heard for ${LIMIT_MS / 1000} s`)), LIMIT_MS);
      const finish = (code) => {
        clearTimeout(timer);
        resolve(code);
      };
      page.on('console', (message) => process.stderr.write(`console: ${message.text()}\n`));
      page.on('pageerror', (error) => reject(error));
      const report = (message) => {
        timer.refresh();
        if (message.kind === 'ready') page.evaluate((j) => globalThis.startGo(j), job).catch(reject);
        if (message.text) process.stdout.write(message.kind === 'exit' ? `${message.text}\n` : message.text);
        if (message.kind === 'exit') finish(message.code);
        if (message.text?.includes('KILL ME')) setTimeout(() => finish(0), 20 + Math.random() * 400);
      };
      page.exposeFunction('goReport', report).then(() => page.goto(`${origin}/`)).catch(reject);
    });
  } finally {
    await page.close();
  }
}

async function main() {
  const { packages, flags, runs, slim, quota, sealed, kill } = parse(process.argv.slice(2));
  const folder = mkdtempSync(join(tmpdir(), 'parley-gowasm-'));
  let failed = 0;
  copyWasmExec();
  await build({ root: join(webDir, 'test/gowasm'), configFile: join(webDir, 'test/vite.config.ts'), logLevel: 'warn', build: { outDir: folder } });
  packages.forEach((name, i) => compile(name, join(folder, `${i}.wasm`), slim));
  const browser = await openBrowser();
  const server = await serve(folder, undefined, { '/cpu': async () => String(await cpuSeconds(browser.context)) });
  try {
    for (const [i, name] of packages.entries()) {
      for (let run = 1; run <= runs; run++) {
        const env = {
          PARLEY_TEST_RUN: String(run),
          PARLEY_TEST_QUOTA: String(quota || ''),
          PARLEY_TEST_SEALED: sealed ? '1' : '',
          PARLEY_TEST_KILL: kill ? (run < runs ? 'yes' : 'last') : '',
          PARLEY_TEST_WS: `${server.origin.replace('http', 'ws')}/ws`,
          PARLEY_TEST_CPU: `${server.origin}/cpu`,
        };
        const code = await runOnce(browser.context, server.origin, { wasm: `/${i}.wasm`, argv: flags, env });
        process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'}\t${name}\t[browser, run ${run} of ${runs}, exit ${code}]\n`);
        if (code !== 0) failed++;
      }
    }
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = failed ? 1 : 0;
}

await main();
