// Measures history: node web/test/history.mjs [browser] [cli]   (needs bin/parley and bin/historydata)
// In Chromium, 100 chats with 20,000 messages; with the command line, 100,000 messages. The primary is a command line.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '../e2e/harness/app.mjs';
import { Browser } from '../e2e/harness/browser.mjs';
import { Cli } from '../e2e/harness/cli.mjs';
import { noteHistory } from '../e2e/harness/historyLines.mjs';
import { Process, run } from '../e2e/harness/process.mjs';
import { Relay } from '../e2e/harness/relay.mjs';
import { cpuSeconds } from './browser.mjs';

const wanted = process.argv.slice(2);
const tool = new URL('../../bin/historydata', import.meta.url).pathname;

/** What the kernel knows of a process: the most memory it had, MiB, and the CPU it used, seconds. */
function usage(child) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return { peak: Math.round(/VmHWM:\s+(\d+)/.exec(status)[1] / 1024), cpu: (Number(stat[11]) + Number(stat[12])) / 100 };
}

/** Runs a measurement with a relay and a primary that has so many messages in 100 chats. */
async function withPrimary(messages, measure) {
  const relay = await new Relay().start();
  const folder = mkdtempSync(join(tmpdir(), 'parley-history-'));
  const home = join(folder, 'home');
  try {
    const began = performance.now();
    execFileSync(tool, ['-relay', relay.url, '-data', relay.data, '-home', home, '-chats', '100', '-messages', String(messages)], { stdio: 'inherit' });
    console.log(`${messages} messages made in ${Math.round(performance.now() - began)} ms`);
    const primary = new Process(['receive', '--home', home]);
    const accept = (uri) => run(['devices', 'link', uri, '--yes', '--home', home]);
    await run(['status', '--home', home]);
    await measure({ relay, primary, accept, before: usage(primary.child) });
    await primary.stop();
  } finally {
    await relay.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

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
