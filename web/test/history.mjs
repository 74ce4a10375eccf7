// Measures history: node web/test/history.mjs [browser] [cli]   (needs bin/parley and bin/historydata)
// In Chromium, 100 chats with 20,000 messages; with the command line, 100,000 messages. The primary is a command line.
import { App } from '../e2e/harness/app.mjs';
import { Browser } from '../e2e/harness/browser.mjs';
import { Cli } from '../e2e/harness/cli.mjs';
import { noteHistory } from '../e2e/harness/historyLines.mjs';
import { cpuSeconds } from './browser.mjs';
import { usage, withPrimary } from './primary.mjs';

const wanted = process.argv.slice(2);

async function browser() {
  await withPrimary(20_000, async ({ relay, primary, accept, before }) => {
    const chromium = await new Browser().start();
    try {
      const app = await App.open(chromium, relay.url);
      const offer = await app.showLink('Browser');
      const lines = await noteHistory(app);
      const scanned = Date.now();
      const cpuBefore = await cpuSeconds(chromium.context);
      const cpu = async () => `${((await cpuSeconds(chromium.context)) - cpuBefore).toFixed(1)} s CPU`;
      const since = (at) => `${((at - scanned) / 1000).toFixed(1)} s`;
      const accepted = accept(offer);
      await app.see('link-continue');
      console.log(`chromium: linked after ${since(Date.now())}`);
      await app.linked();
      await app.see('chat-item');
      console.log(`chromium: first chat after ${since(Date.now())}`);
      await app.page.waitForFunction(() => / [1-9]/.test(document.querySelector('[data-testid=history-receiving]')?.innerText ?? ''));
      console.log(`chromium: latest messages of the chats after ${since(Date.now())}, ${await cpu()}`);
      const { out } = await accepted; // it stays until everything has been sent
      console.log(`chromium: everything sent after ${since(Date.now())}: ${out.trim().split('\n').at(-1)}`);
      while ((await lines()).at(-1)?.text) await new Promise((resolve) => setTimeout(resolve, 50));
      for (const { at, text } of await lines()) console.log(`chromium: ${since(at)}: ${text || 'all history is there'}`);
      await app.page.waitForFunction(() => !document.querySelector('[data-testid=catching-up]'), undefined, { timeout: 300_000 });
      console.log(`chromium: all chats joined after ${since(Date.now())}, ${await cpu()}`);
      const after = usage(primary.child);
      console.log(`primary: ${(after.cpu - before.cpu).toFixed(1)} s CPU, ${after.peak} MiB at most (${before.peak} before)`);
    } finally {
      await chromium.close();
    }
  });
}

async function cli() {
  await withPrimary(100_000, async ({ relay, primary, accept, before }) => {
    const device = new Cli(relay);
    const linking = device.start(['link', '--relay', relay.url, '--device-name', 'Server', '--json']);
    try {
      const line = await linking.line((text) => text.includes('"event":"offer"'));
      const scanned = performance.now();
      const accepted = accept(JSON.parse(line).data.uri);
      let last = { peak: 0, cpu: 0 };
      const watch = setInterval(() => {
        try {
          last = usage(linking.child);
        } catch {
          // It has just ended.
        }
      }, 20);
      await linking.ended;
      clearInterval(watch);
      console.log(`command line: linked with all history after ${((performance.now() - scanned) / 1000).toFixed(1)} s`);
      console.log(`command line: ${last.cpu.toFixed(1)} s CPU, ${last.peak} MiB at most`);
      await accepted;
      const after = usage(primary.child);
      console.log(`primary: ${(after.cpu - before.cpu).toFixed(1)} s CPU, ${after.peak} MiB at most (${before.peak} before)`);
      console.log((await device.run(['history'])).out.trim());
    } finally {
      await device.close();
    }
  });
}

for (const [name, measure] of Object.entries({ browser, cli })) {
  if (wanted.length === 0 || wanted.includes(name)) await measure();
}
process.exit(0);
