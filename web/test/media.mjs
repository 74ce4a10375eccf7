// Measures a large file between two browsers: node web/test/media.mjs [MiB], 2,048 without (needs bin/parley, and five times the room on the disk).
// Both are Chromium; what is sent is sealed, uploaded, downloaded, opened and saved, and must be what it was. Memory is
// what the processes of a browser have beyond files that are mapped.
import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, id } from '../e2e/harness/app.mjs';
import { Browser } from '../e2e/harness/browser.mjs';
import { Relay } from '../e2e/harness/relay.mjs';

const MIB = 1 << 20;
const size = Number(process.argv[2] ?? 2048);
/** So long nothing moved means that something hangs, milliseconds. */
const STALL = 120_000;
const media = (state) => `${id('media')}[data-media-state=${state}]`;

/** Makes a file that does not shrink. */
function randomFile(path) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
  const file = openSync(path, 'w');
  for (let i = 0; i < size; i++) writeSync(file, cipher.update(Buffer.alloc(MIB)));
  closeSync(file);
}

async function hashOf(path) {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: MIB })) hash.update(piece);
  return hash.digest('hex');
}

/** The memory of a process that no file stands for, MiB. */
function memory(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/RssAnon:\s+(\d+)/.exec(status)[1]) / 1024;
  } catch {
    return 0; // it has just ended
  }
}

/** Looks at the memory of a browser's processes, by their kinds, until `stop`: which gives what they began with and the most they had. */
async function watchMemory(browser) {
  const session = await browser.context.browser().newBrowserCDPSession();
  const first = new Map();
  const most = new Map();
  let stopped = false;
  const look = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const now = new Map();
    for (const { type, id: pid } of processInfo) now.set(type, (now.get(type) ?? 0) + memory(pid));
    for (const [type, mib] of now) {
      if (!first.has(type)) first.set(type, mib);
      most.set(type, Math.max(mib, most.get(type) ?? 0));
    }
  };
  const loop = (async () => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  return async () => {
    stopped = true;
    await loop;
    await session.detach();
    return [...most].map(([type, mib]) => `${type} ${Math.round(first.get(type))} → ${Math.round(mib)} MiB`).join(', ');
  };
}

/** Waits for a selector, as long as the page's text about the file changes. */
async function moving(page, selector, what) {
  let [last, at] = ['', performance.now()];
  while (!(await page.$(selector))) {
    const text = await page.$eval(id('media'), (part) => `${part.dataset.mediaState} ${part.innerText} ${part.innerHTML.length} ${part.querySelector('progress,[role=progressbar]')?.outerHTML ?? ''}`).catch(() => '');
    if (text !== last) [last, at] = [text, performance.now()];
    else if (performance.now() - at > STALL) throw new Error(`${what}: nothing moved for ${STALL / 1000} s: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function timed(what, browser, use) {
  const stop = await watchMemory(browser);
  const began = performance.now();
  try {
    return await use();
  } finally {
    console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s; ${await stop()}`);
  }
}

async function primary(relay, phone, name) {
  const browser = await new Browser({ acceptDownloads: true }).start();
  const app = await App.open(browser, relay.url);
  await app.register(relay, phone, name);
  return { browser, app, page: app.page };
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-media-bench-'));
  const path = join(folder, 'random.bin');
  const relay = await new Relay().start();
  const open = [];
  try {
    randomFile(path);
    const sender = await primary(relay, '+32470000001', 'Alice');
    open.push(sender.browser);
    const receiver = await primary(relay, '+32470000002', 'Bob');
    open.push(receiver.browser);
    await sender.app.newChat('+32470000002');
    await sender.page.click(id('attach-button')); // loads what attaches
    await sender.page.waitForSelector(id('menu-voice'));
    await sender.page.keyboard.press('Escape');
    await sender.page.setInputFiles(id('attach-input'), path);
    await timed('sealed', sender.browser, async () => {
      await sender.page.click(id('tray-send'));
      await sender.page.waitForSelector(id('media'), { timeout: 600_000 });
    });
    await timed('uploaded', sender.browser, () => moving(sender.page, `${id('message')}:not([data-status=pending]) ${id('media')}`, 'upload'));
    await receiver.app.openChat('Alice');
    await timed('downloaded and checked', receiver.browser, async () => {
      await receiver.page.click(`${media('remote')} ${id('media-download')}`);
      await moving(receiver.page, media('local'), 'download');
    });
    const saved = await timed('opened and saved', receiver.browser, async () => {
      const [download] = await Promise.all([receiver.page.waitForEvent('download', { timeout: 600_000 }), receiver.page.click(id('media-save'))]);
      return download.path();
    });
    assert.equal(await hashOf(saved), await hashOf(path), 'the file that came is another');
    console.log(`${size} MiB came as they were sent`);
  } finally {
    for (const browser of open) await browser.close();
    await relay.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
process.exit(0);
