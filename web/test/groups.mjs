// Measures a group of 1,000 accounts: node web/test/groups.mjs [members]   (needs bin/parley and bin/groupdata)
// One member is a browser, one a command line; the others are accounts whose devices are away.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, id } from '../e2e/harness/app.mjs';
import { Browser } from '../e2e/harness/browser.mjs';
import { Process, run } from '../e2e/harness/process.mjs';
import { Relay } from '../e2e/harness/relay.mjs';
import { cpuSeconds } from './browser.mjs';

const tool = new URL('../../bin/groupdata', import.meta.url).pathname;
const members = Number(process.argv[2] ?? 998);
const rounds = 20;
const settings = `[limits]
sends_per_second = 100000
send_burst = 100000
calls_per_second = 100000
call_burst = 100000
codes_per_address = 100000
look_ups_per_minute = 100000
`;
const browserPhone = '+32480000001';
const others = (n) => `+3247100${String(members + n).padStart(4, '0')}`;

/** What the kernel knows of a process: the most memory it had, MiB, and the CPU it used, seconds. */
function usage(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return { peak: Math.round(/VmHWM:\s+(\d+)/.exec(status)[1] / 1024), cpu: (Number(stat[11]) + Number(stat[12])) / 100 };
}

/** The most memory that a page's process had, MiB. */
async function pageMemory(context) {
  const session = await context.browser().newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return Math.max(...processInfo.filter((p) => p.type === 'renderer').map((p) => usage(p.id).peak));
}

const relay = await new Relay().start(settings);
const folder = mkdtempSync(join(tmpdir(), 'parley-groups-'));
const home = join(folder, 'home');
let cpuOf = async () => 0;

/** Runs something and tells what it took: by the clock, of the client's CPU and of the relay's; each of `times`. */
async function measure(what, times, job) {
  const [cpu, relayCpu, began] = [await cpuOf(), usage(relay.process.child.pid).cpu, performance.now()];
  await job();
  const wall = (performance.now() - began) / times;
  const each = (seconds) => `${Math.round((seconds * 1000) / times)} ms`;
  console.log(`${what}: ${Math.round(wall)} ms, CPU ${each((await cpuOf()) - cpu)}, relay ${each(usage(relay.process.child.pid).cpu - relayCpu)}`);
}

/** Runs a command of the admin that must succeed. */
async function admin(...args) {
  const { status, out, errors } = await run([...args, '--home', home]);
  if (status !== 0) throw new Error(`parley ${args.join(' ')}: ${out}${errors}`);
  return out;
}

/** Waits in the page for the number of members that the pane shows. */
const counted = (app, count) =>
  app.page.waitForFunction((n) => [...document.querySelectorAll('[data-testid=group-pane] h3')].map((h) => h.textContent).find((text) => /\d/.test(text))?.replace(/\D/g, '') === String(n), count);

async function commandLine(device) {
  cpuOf = async () => usage(device.child.pid).cpu;
  await admin('status');
  await measure('command line: show who is in the group', 1, () => admin('group', 'show', 'Thousand'));
  await measure('command line: send', rounds, async () => {
    for (let i = 0; i < rounds; i++) await admin('send', '--to', 'Thousand', `hello ${i}`);
  });
  await measure('command line: add a member', 1, () => admin('group', 'add', 'Thousand', others(0)));
  await measure('command line: remove a member', 1, () => admin('group', 'remove', 'Thousand', others(0)));
  await measure('command line: add 8 members', 1, () => admin('group', 'add', 'Thousand', ...Array.from({ length: 8 }, (_, i) => others(i))));
  console.log(`command line: ${usage(device.child.pid).peak} MiB at most`);
}

async function browser() {
  const chromium = await new Browser().start();
  try {
    const app = await App.open(chromium, relay.url);
    if (process.env.DEBUG) app.page.on('console', (m) => console.log('console:', m.text()));
    await app.register(relay, browserPhone, 'Browser');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    cpuOf = () => cpuSeconds(chromium.context);
    await measure('Chromium: added by its Welcome, until the chat is there', 1, async () => {
      await admin('group', 'add', 'Thousand', browserPhone);
      await app.page.locator(id('chat-item'), { hasText: 'Thousand' }).waitFor();
    });
    await admin('group', 'admin', 'Thousand', browserPhone);
    await app.page.reload();
    await app.ready();
    await app.online();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await measure('Chromium: open the chat', 1, () => app.openChat('Thousand'));
    await measure('Chromium: send the first message after the start', 1, () => app.send('first'));
    await measure('Chromium: send', rounds, async () => {
      for (let i = 0; i < rounds; i++) await app.send(`number ${i}.`);
    });
    await app.newChat('+32470000000');
    await app.send('hello');
    await measure('Chromium: send in a chat of two, to compare', rounds, async () => {
      for (let i = 0; i < rounds; i++) await app.send(`direct ${i}.`);
    });
    await app.openChat('Thousand');
    await measure('Chromium: receive', rounds, async () => {
      for (let i = 0; i < rounds; i++) await admin('send', '--to', 'Thousand', `answer ${i}.`);
      await app.sees(`answer ${rounds - 1}.`);
    });
    await measure('Chromium: open the pane with the members', 1, async () => {
      await app.click('open-group');
      await app.see('member');
    });
    const size = Number((await app.page.innerText('[data-testid=group-pane] h3')).replace(/\D/g, ''));
    await admin('group', 'remove', 'Thousand', others(0));
    await counted(app, size - 1);
    for (const [name, n] of [['add a member', 0], ['add another', 0]]) {
      await measure(`Chromium: ${name}`, 1, async () => {
        await app.fill('group-add-phone', others(n));
        await app.click('group-add');
        await counted(app, size);
      });
      await measure('Chromium: remove a member', 1, async () => {
        await app.fill('member-search', others(n));
        if (!(await app.page.isVisible(id('member-remove')))) await app.page.locator(id('member')).first().locator('button').first().click();
        await app.click('member-remove');
        await app.fill('member-search', '');
        await counted(app, size - 1);
      });
    }
    await measure('Chromium: take part in a commit of somebody else', 1, async () => {
      await admin('group', 'add', 'Thousand', others(0));
      await counted(app, size);
    });
    console.log(`Chromium: ${await pageMemory(chromium.context)} MiB at most in the page's process`);
  } catch (error) {
    console.error(chromium.problems, await chromium.context.pages()[0].innerText('body'));
    throw error;
  } finally {
    await chromium.close();
  }
}

try {
  const made = JSON.parse(execFileSync(tool, ['-relay', relay.url, '-data', relay.data, '-home', home, '-members', String(members)], { stdio: ['ignore', 'pipe', 'inherit'] }));
  console.log(`command line: made a group of ${made.members} accounts in ${made.madeMs} ms, with looking up their numbers`);
  const device = new Process(['receive', '--home', home]);
  try {
    await commandLine(device);
    await browser();
  } finally {
    await device.stop();
  }
  console.log(`relay: ${usage(relay.process.child.pid).peak} MiB at most`);
} finally {
  await relay.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
