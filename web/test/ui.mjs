// Runs the app on the fake core in Chromium: node web/test/ui.mjs [part of a test's name]
// Accessibility of every screen (axe-core, WCAG 2.2 AA), the message list, keyboard and history, all under a policy
// that allows no inline style or script. To find tests that hold on quick machines only: RUNS=20 runs each so often,
// CPU_SLOWER=6 makes pages that much slower, and FILE_DELAY=800 lets each file take up to that many milliseconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { webDir } from '../scripts/goroot.mjs';
import { launch } from './browser.mjs';
import { serve } from './serve.mjs';
import { chatsTests } from './ui/chats.mjs';
import { conversationTests } from './ui/conversation.mjs';
import { devicesTests } from './ui/devices.mjs';
import { directionTests } from './ui/direction.mjs';
import { groupsTests } from './ui/groups.mjs';
import { lockTests } from './ui/lock.mjs';
import { mediaTests } from './ui/media.mjs';
import { messagesTests } from './ui/messages.mjs';
import { phoneTests } from './ui/phone.mjs';
import { axeTests } from './ui/screens.mjs';
import { settingsTests } from './ui/settings.mjs';
import { SharedPage } from './ui/sharedPage.mjs';

const tests = {
  ...chatsTests,
  ...conversationTests,
  ...devicesTests,
  ...directionTests,
  ...groupsTests,
  ...lockTests,
  ...mediaTests,
  ...messagesTests,
  ...phoneTests,
  ...settingsTests,
  ...axeTests,
};

/** Tests run in so many browsers at a time: much of a test is waiting. */
const browsers = Number(process.env.BROWSERS ?? 3);

/** Takes tests from the queue until it is empty, in a browser of its own, and counts in totals. */
async function work(queue, origin, totals) {
  const browser = await launch();
  const shared = new SharedPage(browser, origin);
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [name, run] = next;
    const started = performance.now();
    const took = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    try {
      await (name in axeTests ? shared.lend((page) => run({ page, origin })) : alone(browser, (context) => run({ context, origin })));
      totals.passed++;
      process.stdout.write(`ok   ${name} (${took()})\n`);
    } catch (error) {
      totals.failed++;
      process.stdout.write(`FAIL ${name} (${took()})\n${String(error.stack).split('\n').slice(0, 40).join('\n')}\n`);
    }
  }
  await browser.close();
}

/** Runs with a context that is as a new profile: nothing is shared between tests. */
async function alone(browser, run) {
  const context = await browser.newContext();
  try {
    await run(context);
  } finally {
    await context.close();
  }
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-ui-'));
  await build({
    root: webDir,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, rolldownOptions: { input: { dev: join(webDir, 'dev.html') } } },
  });
  const server = await serve(folder, undefined, {}, Number(process.env.FILE_DELAY ?? 0));
  const wanted = process.argv[2] ?? '';
  const chosen = Object.entries(tests).filter(([name]) => name.includes(wanted));
  const queue = Array.from({ length: Number(process.env.RUNS ?? 1) }, () => chosen).flat();
  const totals = { passed: 0, failed: 0 };
  await Promise.all(Array.from({ length: Math.min(browsers, queue.length) }, () => work(queue, server.origin, totals)));
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
  process.exitCode = totals.failed ? 1 : 0;
}

await main();
