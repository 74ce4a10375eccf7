// What the tests of the app share: opening a scene of src/dev/scenes.ts, and the steps that many take.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const wide = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };
export const id = (name) => `[data-testid=${name}]`;
export const bob = '#/chat/account-7';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Pages compute so many times slower than they could. */
const slower = Number(process.env.CPU_SLOWER ?? 1);

/** An empty page, and what it complained about. */
export async function newPage(context) {
  const page = await context.newPage();
  const problems = [];
  page.setDefaultTimeout(120_000); // a busy machine needs a small part of it
  if (slower > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: slower });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { page, problems };
}

/** Opens a scene of src/dev/scenes.ts in a page. */
export async function visit(page, origin, scene, hash, viewport) {
  await page.setViewportSize(viewport);
  await page.goto(`${origin}/dev.html?scene=${scene}${hash}`);
}

/** A page of its own on a scene, and what it complained about. */
export async function open({ context, origin }, scene, hash = '', viewport = wide) {
  const tab = await newPage(context);
  await visit(tab.page, origin, scene, hash, viewport);
  return tab;
}

export const drive = (page, run, argument) => page.evaluate(run, argument);
export const texts = (page) => page.$$eval(`${id('message')} ${id('message-text')}`, (all) => all.map((one) => one.textContent));
export const scroll = (page) => page.$eval(id('message-list'), ({ scrollTop, scrollHeight, clientHeight }) => ({
  top: scrollTop, left: scrollHeight - scrollTop - clientHeight,
}));
/** Waits until the list stands still for a few pictures. */
export const still = (page) => page.$eval(id('message-list'), (list) => new Promise((resolve) => {
  let last = -1, same = 0;
  const look = () => {
    const now = list.scrollTop + list.scrollHeight * 1e6;
    same = now === last ? same + 1 : 0;
    last = now;
    if (same > 12) resolve();
    else requestAnimationFrame(look);
  };
  look();
}));
export const atEnd = (page) => page.waitForFunction(() => {
  const list = document.querySelector('[data-testid=message-list]');
  return list && list.querySelector('[data-testid=message]') && list.scrollHeight - list.scrollTop - list.clientHeight < 2;
});

/** Waits until nothing moves by itself but what goes on for ever. */
export const calm = (page) => page.waitForFunction(() =>
  document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getComputedTiming().iterations === Infinity));
/** Waits until what was just closed has gone back in the history, which would undo where a test goes by itself. */
export const goneBack = (page) => page.waitForFunction(() => !history.state?.layer);
/** Waits until a field holds a text. */
export const holds = (page, name, text) =>
  page.waitForFunction(([selector, wanted]) => document.querySelector(selector)?.value === wanted, [id(name), text]);
/** Waits until somebody can type into a field. */
export const focused = (page, name) => page.waitForFunction((wanted) => document.activeElement?.dataset.testid === wanted, name);

/** Lets the fake core do nothing of a method before what this gives is called; `fakeCore.held` counts who waits. */
export async function hold(page, method) {
  await drive(page, (wanted) => {
    const free = new Promise((resolve) => Object.assign(fakeCore, { held: 0, release: resolve }));
    fakeCore.call = async (called, params) => {
      if (called === wanted) {
        fakeCore.held++;
        await free;
      }
      return Object.getPrototypeOf(fakeCore).call.call(fakeCore, called, params);
    };
  }, method);
  return () => drive(page, () => {
    delete fakeCore.call;
    fakeCore.release();
  });
}

/** A picture of the screen, where somebody asks for them. */
export const shot = (page, name) => process.env.PARLEY_SHOTS && page.screenshot({ path: `${process.env.PARLEY_SHOTS}/${name}.png` });

export async function openChat(environment, viewport) {
  const tab = await open(environment, 'chats', bob, viewport);
  await tab.page.waitForSelector(id('message'));
  await atEnd(tab.page);
  await still(tab.page);
  return tab;
}

export async function stickersShown(page) {
  await filesShown(page);
  await page.click(id('emoji-button'));
  await page.click(id('stickers-button'));
  await page.waitForSelector(`${id('sticker')} ${id('sticker-image')}`);
}

/** Waits until the scene has made its files; the stickers are the last. */
export const filesMade = (page) => page.waitForFunction(() => fakeCore.files.stickers.length === 4);

/** Waits until the files of the scene are there. */
export async function filesShown(page) {
  await filesMade(page);
  await page.waitForSelector(`${id('media')}[data-media-state=uploading]`);
  await page.waitForSelector(id('media-photo'));
  await still(page);
}

/** More messages come to Bob's chat than fit on any screen. */
export const manyCome = (page) => drive(page, () => {
  for (let i = 0; i < 80; i++) fakeCore.chats.put('account-7', { text: `One more, number ${i}` });
});

/** Chooses files by the menu: a picture of 3,000 pixels, a text, and a picture that claims to have billions. */
export async function attach(page, names) {
  await page.click(id('attach-button'));
  await page.waitForSelector(id('menu'));
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click(id('menu-files'))]);
  const picture = await drive(page, async () => {
    const canvas = new OffscreenCanvas(3000, 2000);
    canvas.getContext('2d').fillRect(0, 0, 1500, 2000);
    return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer()));
  });
  const bomb = Buffer.from(picture.slice(0, 64));
  bomb.writeUInt32BE(60_000, 16);
  bomb.writeUInt32BE(60_000, 20);
  const files = [
    { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from(picture) },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') },
    { name: 'bomb.png', mimeType: 'image/png', buffer: bomb },
  ];
  await chooser.setFiles(files.slice(0, names.length));
  await page.locator(id('tray-item')).nth(names.length - 1).waitFor();
  await page.waitForSelector(`${id('tray-item')} img`);
}

/** Opens the menu of the message with a text by keyboard. */
export async function menuOf(page, text) {
  await page.waitForSelector(id('menu'), { state: 'detached' });
  await page.locator(id('message')).filter({ hasText: text }).last().locator(id('message-menu')).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector(id('menu'));
}

/** What axe finds wrong with what is on the screen. */
export async function violations(page) {
  await calm(page);
  if (await page.evaluate(() => !globalThis.axe)) await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary?.split('\n')[1] ?? ''}`).slice(0, 3).join(' | ')}`);
  });
}
