// Runs the built client core in real tabs: node web/test/core.mjs [-v]   (needs node web/scripts/build-wasm.mjs first)
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { buildDir, webDir } from '../scripts/goroot.mjs';
import { openBrowser } from './browser.mjs';
import { serve } from './serve.mjs';

const verbose = process.argv.includes('-v');

/** A tab with the core, and what it complained about. */
async function openTab(context, origin) {
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (verbose) process.stderr.write(`console: ${message.text()}\n`);
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(`${origin}/`);
  return { page, problems };
}

const call = (page, method, params = {}) => page.evaluate(([m, p]) => globalThis.core.call(m, p), [method, params]);
const failure = (page, method) =>
  page.evaluate((m) => globalThis.core.call(m, {}).then(() => 'no error', (e) => e.code), method);

const tests = {
  async 'the core starts under the content security policy and keeps its data in OPFS'({ context, origin }) {
    const { page, problems } = await openTab(context, origin);
    const status = await call(page, 'status');
    assert.equal(status.state, 'new');
    assert.equal(status.storage, 'opfs');
    assert.equal(await page.evaluate(() => globalThis.core.state.storage), 'opfs');
    const ready = await page.evaluate(() => performance.now());
    process.stdout.write(`    core ready and first call answered ${Math.round(ready)} ms after navigation\n`);
    assert.deepEqual(problems, []);
  },

  async 'an error of the core reaches the page with its code'({ context, origin }) {
    const { page } = await openTab(context, origin);
    assert.equal(await failure(page, 'no such method'), 'unknown_method');
    assert.equal(await failure(page, 'devices'), 'not_registered');
  },

  async 'a second tab uses the core of the first, and takes it over'({ context, origin }) {
    const first = await openTab(context, origin);
    await call(first.page, 'status');
    const second = await openTab(context, origin);
    assert.equal((await call(second.page, 'status')).state, 'new');
    assert.equal(second.page.workers().length, 0);
    await first.page.close();
    const started = Date.now();
    assert.equal((await call(second.page, 'status')).state, 'new');
    process.stdout.write(`    call answered ${Date.now() - started} ms after the leader was closed\n`);
    assert.equal(second.page.workers().length, 1);
    assert.deepEqual(await second.page.evaluate(() => globalThis.events), ['reset']);
    assert.deepEqual(second.problems, []);
  },

  async 'reloading many times in a row keeps the storage'({ context, origin }) {
    const { page, problems } = await openTab(context, origin);
    for (let i = 0; i < 5; i++) {
      assert.equal((await call(page, 'status')).storage, 'opfs');
      await page.reload();
    }
    assert.equal((await call(page, 'status')).storage, 'opfs');
    assert.deepEqual(problems, []);
  },

  async 'a core that cannot be downloaded says so'({ context, origin }) {
    await context.route('**/parley-*.wasm', (route) => route.abort());
    const { page } = await openTab(context, origin);
    assert.equal(await failure(page, 'status'), 'wasm_download');
    assert.equal(await page.evaluate(() => globalThis.core.state.phase), 'failed');
  },
};

async function main() {
  if (!existsSync(join(buildDir, 'parley.wasm'))) throw new Error('build the core first: node web/scripts/build-wasm.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'parley-core-'));
  await build({ root: join(webDir, 'test/core'), configFile: join(webDir, 'test/vite.config.ts'), logLevel: 'warn', build: { outDir: folder } });
  const server = await serve(folder);
  let failed = 0;
  for (const [name, run] of Object.entries(tests)) {
    const browser = await openBrowser();
    try {
      await run({ context: browser.context, origin: server.origin });
      process.stdout.write(`ok   ${name}\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`FAIL ${name}\n${error.stack}\n`);
    } finally {
      await browser.close();
    }
  }
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${Object.keys(tests).length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed ? 1 : 0;
}

await main();
