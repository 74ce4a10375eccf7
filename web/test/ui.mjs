// Runs the app on the fake core in Chromium: node web/test/ui.mjs [part of a test's name]
// Accessibility of every screen (axe-core, WCAG 2.2 AA), the message list, keyboard and history, all under a policy
// that allows no inline style or script.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { webDir } from '../scripts/goroot.mjs';
import { openBrowser } from './browser.mjs';
import { serve } from './serve.mjs';
import { directionTests } from './ui.direction.mjs';
import { messagesTests } from './ui.messages.mjs';
import { phoneTests } from './ui.phone.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const wide = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const id = (name) => `[data-testid=${name}]`;
const bob = '#/chat/account-7';

/** A page on a scene of src/dev/scenes.ts, and what it complained about. */
async function open({ context, origin }, scene, hash = '', viewport = wide) {
  const page = await context.newPage();
  await page.setViewportSize(viewport);
  const problems = [];
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(`${origin}/dev.html?scene=${scene}${hash}`);
  return { page, problems };
}

const drive = (page, run, argument) => page.evaluate(run, argument);
const texts = (page) => page.$$eval(`${id('message')} ${id('message-text')}`, (all) => all.map((one) => one.textContent));
const scroll = (page) => page.$eval(id('message-list'), ({ scrollTop, scrollHeight, clientHeight }) => ({
  top: scrollTop, left: scrollHeight - scrollTop - clientHeight,
}));
/** Waits until the list stands still for a few pictures. */
const still = (page) => page.$eval(id('message-list'), (list) => new Promise((resolve) => {
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
const atEnd = (page) => page.waitForFunction(() => {
  const list = document.querySelector('[data-testid=message-list]');
  return list && list.querySelector('[data-testid=message]') && list.scrollHeight - list.scrollTop - list.clientHeight < 2;
});

/** A picture of the screen, where somebody asks for them. */
const shot = (page, name) => process.env.PARLEY_SHOTS && page.screenshot({ path: `${process.env.PARLEY_SHOTS}/${name}.png` });

async function openChat(environment, viewport) {
  const tab = await open(environment, 'chats', bob, viewport);
  await tab.page.waitForSelector(id('message'));
  await atEnd(tab.page);
  await still(tab.page);
  return tab;
}

async function stickersShown(page) {
  await filesShown(page);
  await page.click(id('emoji-button'));
  await page.click(id('stickers-button'));
  await page.waitForSelector(`${id('sticker')} ${id('sticker-image')}`);
}

/** Waits until the files of the scene are there. */
async function filesShown(page) {
  await page.waitForSelector(`${id('media')}[data-media-state=uploading]`);
  await page.waitForSelector(id('media-photo'));
  await still(page);
}

/** Chooses files by the menu: a picture of 3,000 pixels, a text, and a picture that claims to have billions. */
async function attach(page, names) {
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
async function menuOf(page, text) {
  await page.locator(id('message')).filter({ hasText: text }).last().locator(id('message-menu')).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector(id('menu'));
}

/** Screens for axe: scene, place, and the steps that lead there. */
const screens = {
  welcome: ['new', '', (page) => page.waitForSelector(id('welcome-link'))],
  'registration, number': ['new', '#/register', (page) => page.click(id('register-send-code'))],
  'registration, code': ['new', '#/register', async (page) => {
    await page.fill(id('register-phone'), '+32470123456');
    await page.click(id('register-send-code'));
    await page.waitForSelector(id('register-code'));
  }],
  'registration, PIN': ['guarded', '#/register', async (page) => {
    await page.fill(id('register-phone'), '+32470123456');
    await page.click(id('register-send-code'));
    await page.fill(id('register-code'), '123456');
    await page.click(id('takeover-go-on'));
    await page.waitForSelector(id('register-pin'));
  }],
  'registration, taking a number over': ['guarded', '#/register', async (page) => {
    await page.fill(id('register-phone'), '+32470123456');
    await page.click(id('register-send-code'));
    await page.fill(id('register-code'), '123456');
    await page.waitForSelector(id('takeover'));
  }],
  'registration, PIN forgotten': ['guarded', '#/register', async (page) => {
    await page.fill(id('register-phone'), '+32470123456');
    await page.click(id('register-send-code'));
    await page.fill(id('register-code'), '123456');
    await page.click(id('takeover-go-on'));
    await page.click(id('register-forgot'));
    await page.waitForSelector(id('register-by-mail'));
  }],
  'two-step verification': ['chats', '#/settings/two-step', (page) => page.waitForSelector(id('pin-set'))],
  'PIN reminder': ['pinReminder', '#/settings/two-step', (page) => page.waitForSelector(id('pin-check'))],
  'PIN reset notice': ['pinReset', '', (page) => page.waitForSelector(id('pin-reset-notice'))],
  'linking code': ['new', '#/link', async (page) => {
    await page.click(id('link-show'));
    await page.waitForSelector(id('link-qr'));
  }],
  'code to be typed': ['new', '#/link', async (page) => {
    await page.click(id('link-show'));
    await page.click(id('link-use-code'));
    await page.waitForSelector(id('link-code'));
  }],
  'words on the new device': ['new', '#/link', async (page) => {
    await page.click(id('link-show'));
    await page.click(id('link-use-code'));
    await page.waitForSelector(id('link-code'));
    await drive(page, () => fakeCore.link({ state: 'comparing', words: [0, 1, 2, 255] }));
    await page.locator(id('link-words'), { hasText: 'zigzag' }).waitFor();
  }],
  'words on the primary': ['chats', '#/settings/devices/link', async (page) => {
    await drive(page, () => void (fakeCore.wordsConfirmed = new Promise(() => {})));
    await page.fill(id('paste-link'), '7kq4m2xp');
    await page.click(id('paste-use'));
    await page.locator(id('link-words'), { hasText: 'zigzag' }).waitFor();
  }],
  'words and device on the primary': ['chats', '#/settings/devices/link', async (page) => {
    await page.fill(id('paste-link'), '7kq4m2xp');
    await page.click(id('paste-use'));
    await page.waitForSelector(id('link-accept'));
    await page.locator(id('link-words'), { hasText: 'zigzag' }).waitFor();
  }],
  'words that differ': ['chats', '#/settings/devices/link', async (page) => {
    await page.fill(id('paste-link'), '7kq4m2xp');
    await page.click(id('paste-use'));
    await page.click(id('words-differ'));
    await page.waitForSelector(`${id('scan-step')}[data-step=differed]`);
  }],
  'chat list': ['chats', '', (page) => page.waitForSelector(id('chat-item'))],
  'chats kept in order': ['kept', bob, (page) => page.waitForSelector(id('sign-starred'))],
  'archived chats': ['kept', '#/archived', (page) => page.waitForSelector(id('chat-item'))],
  'files in a chat': ['media', bob, filesShown],
  'files before they are sent': ['media', bob, async (page) => {
    await filesShown(page);
    await attach(page, ['image/png', 'notes.txt']);
  }],
  'gallery': ['media', bob, async (page) => {
    await filesShown(page);
    await page.locator(`${id('media')}[data-media-kind=photo][data-media-state=local]:has(${id('media-photo')}) ${id('media-open')}`).first().click();
    await page.waitForSelector(id('gallery-photo'));
  }],
  'no archived chats': ['chats', '#/archived', (page) => page.waitForSelector('.empty')],
  'starred messages': ['kept', '#/starred', (page) => page.waitForSelector(id('starred'))],
  'no starred messages': ['chats', '#/starred', (page) => page.waitForSelector('.pane .empty')],
  'storage': ['media', '#/settings/storage', async (page) => {
    await page.click(id('storage-chat'));
    await page.waitForSelector(id('storage-file'));
  }],
  'contacts': ['chats', '#/settings/contacts', (page) => page.waitForSelector(id('contacts-list'))],
  'chat, high contrast and large text': ['chats', bob, async (page) => {
    await page.waitForSelector(id('message'));
    await drive(page, () => Object.assign(document.documentElement.dataset, { contrast: 'more', text: 'huge' }));
  }],
  'exporting a chat': ['chats', bob, async (page) => {
    await page.click(id('conversation-menu'));
    await page.click(id('menu-export'));
    await page.waitForSelector(id('export-dialog'));
  }],
  'reporting a contact': ['chats', bob, async (page) => {
    await page.click(id('conversation-menu'));
    await page.click(id('menu-report'));
    await page.waitForSelector(id('report-message'));
  }],
  'menu of a chat': ['kept', bob, async (page) => {
    await page.click(id('conversation-menu'));
    await page.waitForSelector(id('menu'));
  }],
  'menu of a message': ['kept', bob, async (page) => {
    await page.locator(id('message-menu')).last().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('menu'));
  }],
  ...Object.fromEntries([
    ['react', 'react-dialog'], ['forward', 'forward-chat'], ['details', 'details-dialog'], ['delete', 'delete-dialog'], ['reply', 'reply-bar'],
  ].map(([command, shown]) => [`message, ${command}`, ['chats', bob, async (page) => {
    await menuOf(page, 'dessert from you');
    await page.click(id(`menu-${command}`));
    await page.waitForSelector(id(shown));
  }]])),
  ...Object.fromEntries([['poll', 'poll-dialog'], ['location', 'share-dialog'], ['contact', 'share-dialog']].map(([command, shown]) => [`sending, ${command}`, ['chats', bob, async (page) => {
    await page.click(id('composer-more'));
    await page.click(id(`menu-${command}`));
    await page.waitForSelector(id(shown));
  }]])),
  'poll, place and contact card': ['parts', '#/chat/account-6', (page) => page.waitForSelector(id('contact-card'))],
  'disappearing messages': ['chats', bob, async (page) => {
    await page.click(id('conversation-menu'));
    await page.click(id('menu-timer'));
    await page.waitForSelector(id('timer-dialog'));
  }],
  'muting a chat': ['kept', bob, async (page) => {
    await page.click(id('conversation-menu'));
    await page.click(id('menu-mute'));
    await page.waitForSelector(id('mute-dialog'));
  }],
  'renaming a contact': ['kept', '#/chat/account-3', async (page) => {
    await page.click(id('conversation-menu'));
    await page.click(id('menu-rename'));
    await page.waitForSelector(id('rename-contact'));
  }],
  'no chats': ['empty', '', (page) => page.waitForSelector('.empty')],
  conversation: ['chats', bob, (page) => page.waitForSelector(id('message'))],
  'conversation with notices': ['chats', bob, async (page) => {
    await page.waitForSelector(id('message'));
    await drive(page, () => fakeCore.setStatus({ connection: 'offline', retryAt: Date.now() + 9e5, clockWrong: true, clockOffsetMs: 2e8, storage: 'memory' }));
    await page.waitForSelector(id('clock-notice'));
  }],
  'safety number': ['chats', bob, async (page) => {
    await page.click(id('open-safety'));
    await page.waitForSelector(id('safety-qr'));
  }],
  'safety code to scan': ['chats', bob, async (page) => {
    await page.click(id('open-safety'));
    await page.click(id('safety-scan'));
    await page.waitForSelector(`${id('camera')}:not(.starting)`);
  }],
  emoji: ['chats', bob, async (page) => {
    await page.click(id('emoji-button'));
    await page.waitForSelector(`${id('emoji-picker')} .grid button`);
  }],
  stickers: ['media', bob, stickersShown],
  search: ['chats', '', async (page) => {
    await page.fill(id('search'), 'meeting');
    await page.waitForSelector(id('search-hit'));
  }],
  'new chat': ['chats', '', (page) => page.click(id('new-chat'))],
  settings: ['chats', '#/settings', (page) => page.waitForSelector(id('settings-devices'))],
  'check my connection': ['chats', '#/settings/check', (page) => page.waitForSelector(id('check-summary'))],
  'check my connection, with trouble': ['trouble', '#/settings/check', (page) => page.waitForSelector(`${id('check')}[data-code=storage_full]`)],
  'check my connection, without account': ['loggedOut', '#/settings/check', (page) => page.waitForSelector(id('check-summary'))],
  'linked devices': ['chats', '#/settings/devices', (page) => page.waitForSelector(id('device'))],
  'devices on a linked device': ['linked', '#/settings/devices', (page) => page.waitForSelector(id('device'))],
  'scan and paste': ['chats', '#/settings/devices/link', (page) => page.waitForSelector(`${id('camera')}:not(.starting)`)],
  'link confirmation': ['chats', '#/settings/devices/link', async (page) => {
    await page.fill(id('paste-link'), 'parley://link?x');
    await page.click(id('paste-use'));
    await page.waitForSelector(id('link-accept'));
  }],
  'privacy': ['chats', '#/settings/privacy', (page) => page.waitForSelector(id('blocked-none'))],
  'a contact is to be blocked': ['chats', '', async (page) => {
    await page.click(`${id('chat-item')}[data-chat-id=account-3]`, { button: 'right' });
    await page.click(id('menu-block'));
    await page.waitForSelector(id('block-dialog'));
  }],
  'app lock, off': ['chats', '#/settings/lock', (page) => page.waitForSelector(id('lock-on'))],
  'app lock, turned on': ['chats', '#/settings/lock', async (page) => {
    await page.click(id('lock-on'));
    for (const [text, strength] of [['short', 'short'], ['password1', 'weak'], ['Geese fly at 9', 'fair'], ['seven geese on a roof', 'strong']]) {
      await page.fill(id('lock-new'), text);
      await page.waitForSelector(`${id('lock-strength')}[data-strength=${strength}]`);
      assert.deepEqual(await violations(page), []);
    }
  }],
  'app lock, on': ['lock', '#/settings/lock', (page) => page.waitForSelector(id('passkey'))],
  locked: ['locked', bob, async (page) => {
    await page.fill(id('unlock-passphrase'), 'a wrong one');
    await page.click(id('unlock'));
    await page.waitForSelector(id('problem'));
  }],
  'forgotten passphrase': ['locked', '', async (page) => {
    await page.click(id('forgot'));
    await page.waitForSelector(id('erase'));
    assert.deepEqual(await violations(page), []);
    await page.click(id('erase'));
    await page.waitForSelector(id('erase-confirm'));
  }],
  'logged out': ['loggedOut', '', (page) => page.waitForSelector(id('logged-out'))],
  'history on its way': ['history', '#/settings/devices', (page) => page.waitForSelector(id('history-sending'))],
  'history in the list of chats': ['history', '', (page) => page.waitForSelector(id('history-receiving'))],
  'history is asked for': ['history', '', async (page) => {
    await page.waitForSelector(id('history-receiving'));
    for (const [state, text] of [['asked', 'Asking your other devices'], ['waiting', 'when your phone is online']]) {
      await drive(page, (now) => fakeCore.setHistory({ receiving: { state: now, received: 0, total: 0 }, sending: [] }), state);
      await page.locator(id('history-receiving'), { hasText: text }).waitFor();
    }
  }],
  'logged out for silence': ['silent', '', (page) => page.waitForSelector(id('logged-out'))],
  'settings of notifications': ['chats', '#/settings', async (page) => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Browser.setPermission', { origin: new URL(page.url()).origin, permission: { name: 'notifications' }, setting: 'granted' });
    await page.reload();
    await page.locator(`${id('alerts-quiet')} label`).first().click();
    await page.waitForSelector(id('alerts-quiet-from'));
  }],
  'a device was added': ['notices', '#/settings/devices', (page) => page.waitForSelector(id('account-notice'))],
  'a device was added, on a linked device': ['linkedNotices', '', (page) => page.waitForSelector(id('account-notice'))],
  'room for the fifth device': ['notices', '#/settings/devices/link', async (page) => {
    await page.fill(id('paste-link'), 'parley://link?ok');
    await page.click(id('paste-use'));
    await page.waitForSelector(`${id('make-room')} ${id('device')}`);
  }],
};

async function violations(page) {
  await page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState !== 'running' || animation.effect.getComputedTiming().iterations === Infinity));
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary?.split('\n')[1] ?? ''}`).slice(0, 3).join(' | ')}`);
  });
}

const axeTests = Object.fromEntries(
  ['light', 'dark'].flatMap((scheme) => Object.entries(screens).map(([name, [scene, hash, go]]) => [
    `${name} is accessible (${scheme})`,
    async (environment) => {
      const { page } = await open(environment, scene, hash, scheme === 'dark' ? phone : wide);
      await page.emulateMedia({ colorScheme: scheme });
      await go(page);
      assert.deepEqual(await violations(page), []);
    },
  ])),
);

const tests = {
  async 'everything runs under a policy without inline styles and scripts'(environment) {
    const { page, problems } = await openChat(environment);
    await page.click(id('emoji-button'));
    await page.waitForSelector(`${id('emoji-picker')} .grid button`);
    await page.keyboard.press('Escape');
    await page.click(id('settings'));
    await page.click(id('settings-devices'));
    await page.click(id('link-device'));
    await page.waitForSelector(`${id('camera')}[data-state=noCamera]`);
    assert.deepEqual(problems, []);
  },

  async 'a contact is verified by its safety number, and not any more (X6)'(environment) {
    const { page } = await openChat(environment);
    await page.click(id('open-safety'));
    await page.waitForSelector(`${id('safety-state')}[data-verified=false]`);
    assert.match(await page.textContent(id('safety-digits-shown')), /^(\s*\d{5}){12}\s*$/);
    await page.click(id('safety-verify'));
    await page.waitForSelector(`${id('safety-state')}[data-verified=true]`);
    await page.click(id('safety-take-back'));
    await page.waitForSelector(`${id('safety-state')}[data-verified=false]`);
  },

  async 'while it is locked nothing of the chats is in the page, and the passphrase brings all back (M38)'(environment) {
    const { page, problems } = await open(environment, 'lock', bob);
    await page.waitForSelector(id('message'));
    await page.waitForFunction(() => document.title !== 'Parley');
    await page.fill(id('search'), 'meeting');
    await page.waitForSelector(id('search-hit'));
    await page.fill(id('composer-input'), 'half a sentence');
    await page.click(id('new-chat'));
    await page.keyboard.press('Control+Shift+L');
    await page.waitForSelector(id('locked'));
    assert.equal(await page.title(), 'Parley');
    const shown = await drive(page, () => document.documentElement.outerHTML);
    for (const word of ['Bob', 'Mama', 'Tennis', 'meeting', 'sentence', '+32', 'dialog open']) assert.ok(!shown.includes(word), `${word} is in the page`);
    assert.equal(await drive(page, () => document.activeElement.dataset.testid), 'unlock-passphrase');
    assert.equal(await drive(page, () => fakeCore.chats.get('account-7').draft), 'half a sentence');
    await page.keyboard.type('four words are enough');
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('message'));
    assert.equal(await page.inputValue(id('composer-input')), 'half a sentence');
    assert.equal(await page.inputValue(id('search')), '');
    assert.deepEqual(problems, []);
  },

  async 'whoever guesses the passphrase waits longer and longer (M38)'(environment) {
    const { page } = await open(environment, 'locked');
    for (let i = 0; i < 4; i++) {
      await page.fill(id('unlock-passphrase'), `guess number ${i}`);
      await page.click(id('unlock'));
      await page.waitForSelector(`${id('problem')}[data-code=wrong_passphrase]`);
      await page.waitForSelector(`${id('unlock')}:not([aria-busy])`);
    }
    await page.waitForSelector(`${id('unlock')}:disabled`);
    assert.match(await page.innerText(id('problem')), /Try again in 30 seconds/);
    const calls = () => drive(page, () => fakeCore.calls.filter(({ method }) => method === 'unlock').length);
    const before = await calls();
    await page.focus(id('unlock-passphrase'));
    await page.keyboard.press('Enter');
    assert.equal(await calls(), before);
  },

  async 'a forgotten passphrase leads to a new device (M38)'(environment) {
    const { page } = await open(environment, 'locked', bob);
    await page.click(id('forgot'));
    await page.click(id('erase'));
    await page.click(id('erase-confirm'));
    await page.waitForSelector(id('locked'), { state: 'detached' });
    assert.ok(await drive(page, () => fakeCore.calls.some(({ method }) => method === 'eraseDevice')));
    assert.equal(await drive(page, () => location.hash), '#/');
  },

  async 'the app lock is turned on, changed and turned off (M38)'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/settings/lock');
    await page.click(id('lock-on'));
    await page.fill(id('lock-new'), 'seven geese');
    await page.fill(id('lock-again'), 'seven goose');
    await page.click(id('lock-submit'));
    await page.waitForSelector('text=The two passphrases are not the same.');
    await page.fill(id('lock-again'), 'seven geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(`${id('lock-state')}[data-state=open]`);
    assert.equal(await page.isChecked(id('lock-after-15')), true);
    await page.check(id('lock-after-1'));
    await page.waitForFunction(() => fakeCore.lock.status.lockAfterMs === 60_000);
    await page.click(id('passphrase-change'));
    await page.fill(id('lock-current'), 'seven goose');
    await page.fill(id('lock-new'), 'eight geese');
    await page.fill(id('lock-again'), 'eight geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(`${id('problem')}[data-code=wrong_passphrase]`);
    await page.fill(id('lock-current'), 'seven geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(id('passphrase-changed'));
    await page.waitForSelector(id('lock-all'));
    await page.click(id('lock-off'));
    await page.fill(id('lock-current'), 'eight geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(`${id('lock-state')}[data-state=off]`);
    assert.equal(await page.$(id('lock-all')), null);
    assert.deepEqual(problems, []);
  },

  async 'it locks after the time without use, and not while somebody reads (M38)'(environment) {
    const { page } = await open(environment, 'lock', bob);
    await page.clock.install();
    await page.reload();
    await page.waitForSelector(id('message'));
    await page.clock.runFor(14 * 60_000);
    await page.keyboard.press('PageUp'); // a movement of the mouse comes with the next drawing, whenever that is
    await page.clock.runFor(14 * 60_000);
    assert.ok(await page.$(id('message')));
    await page.clock.fastForward(2 * 60_000);
    await page.waitForSelector(id('locked'));
  },

  async 'a chat opens at its end and stays there while messages come'(environment) {
    const { page } = await openChat(environment);
    for (let i = 0; i < 30; i++) {
      await drive(page, (n) => fakeCore.chats.put('account-7', { text: `line ${n}\n`.repeat(1 + (n % 4)) }), i);
    }
    await page.waitForSelector('text=line 29');
    await atEnd(page);
  },

  async 'a thousand messages that come at once are all there, and the app keeps up'(environment) {
    const { page } = await openChat(environment);
    const took = await drive(page, async () => {
      const started = performance.now();
      for (let i = 1; i <= 1000; i++) {
        fakeCore.chats.put('account-7', { text: `flood ${i}` });
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
      return performance.now() - started;
    });
    await page.waitForSelector('text=flood 1000');
    await atEnd(page);
    process.stdout.write(`    1,000 messages shown in ${Math.round(took)} ms\n`);
  },

  async 'reading further up is not disturbed by a new message, which is counted'(environment) {
    const { page } = await openChat(environment);
    await page.hover(id('message-list'));
    await page.mouse.wheel(0, -1500);
    await page.waitForSelector(id('jump-latest'));
    await still(page);
    const before = await scroll(page);
    await drive(page, () => fakeCore.chats.put('account-7', { text: 'while you were away' }));
    await page.waitForSelector(`${id('jump-latest')} .count`);
    await still(page);
    assert.equal((await scroll(page)).top, before.top);
    await page.click(id('jump-latest'));
    await atEnd(page);
    await page.waitForSelector('text=while you were away');
    await page.waitForSelector(id('jump-latest'), { state: 'detached' });
  },

  async 'older messages load above and the place is kept'(environment) {
    const { page } = await openChat(environment);
    await page.hover(id('message-list'));
    const top = () => page.evaluate(() => {
      const list = document.querySelector('[data-testid=message-list]').getBoundingClientRect();
      const first = [...document.querySelectorAll('[data-testid=message]')].find((one) => one.getBoundingClientRect().top >= list.top + 8);
      return { id: first.dataset.messageId, y: first.getBoundingClientRect().top };
    });
    const pages = () => drive(page, () => fakeCore.calls.filter((call) => call.method === 'messages').length);
    const loaded = await pages();
    while ((await pages()) === loaded) {
      await page.mouse.wheel(0, -400);
      await still(page);
    }
    const seen = await top();
    await still(page);
    const y = await page.$eval(`[data-message-id="${seen.id}"]`, (one) => one.getBoundingClientRect().top);
    assert.ok(Math.abs(y - seen.y) < 3, `moved by ${y - seen.y} px`);
  },

  async 'the whole history can be scrolled to its start'(environment) {
    const { page } = await openChat(environment);
    await page.hover(id('message-list'));
    for (let i = 0; i < 60 && !(await page.$('text=This is the start of your chat')); i++) {
      await page.mouse.wheel(0, -4000);
      await still(page);
    }
    assert.ok((await texts(page)).some((text) => text.endsWith('(1)')));
  },

  async 'a sent message appears at once, clears the field and gets its ticks'(environment) {
    const { page } = await openChat(environment);
    await page.fill(id('composer-input'), 'first line');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Enter');
    const own = `${id('message')}:has-text("second line")`;
    await page.waitForSelector(own);
    assert.equal(await page.inputValue(id('composer-input')), '');
    await page.waitForSelector(`${own}[data-status=read]`);
    await atEnd(page);
  },

  async 'a text that could not be kept comes back into the field, with the reason'(environment) {
    const { page } = await openChat(environment);
    await drive(page, () => fakeCore.failNext.set('send', { code: 'local_storage_full', message: '' }));
    await page.fill(id('composer-input'), 'precious');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${id('problem')}[data-code=local_storage_full]`);
    assert.equal(await page.inputValue(id('composer-input')), 'precious');
  },

  async 'a draft waits in its chat'(environment) {
    const { page } = await openChat(environment);
    await page.fill(id('composer-input'), 'not yet');
    await page.click(`${id('chat-item')}[data-chat-id=account-6]`);
    await page.waitForSelector('text=Draft: not yet');
    assert.equal(await page.inputValue(id('composer-input')), '');
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('[data-testid=composer-input]')?.value === 'not yet');
  },

  async 'a text that was just written is asked about before the page is left, and is not lost'(environment) {
    const { page } = await openChat(environment);
    await page.click(id('composer-input'));
    await page.keyboard.type('half a sen');
    const asked = page.waitForEvent('dialog');
    const leaving = page.reload().catch(() => undefined); // it is refused
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.dismiss();
    await leaving;
    assert.equal(await page.inputValue(id('composer-input')), 'half a sen');
    await page.waitForFunction(() => fakeCore.chats.get('account-7').draft === 'half a sen');
  },

  async 'the field keeps a text until it is stored, and what is typed meanwhile'(environment) {
    const { page } = await openChat(environment);
    await page.click(id('composer-input'));
    await page.keyboard.type('one');
    await page.keyboard.press('Enter');
    assert.equal(await page.inputValue(id('composer-input')), 'one');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('[data-testid=composer-input]').value === '');
    await page.waitForFunction(() => [...document.querySelectorAll('[data-testid=message-text]')].slice(-2).map((one) => one.textContent).join() === 'one,two');
  },

  async 'chats are pinned, muted, archived, marked and renamed from the menu (M51-M53)'(environment) {
    const { page } = await open(environment, 'chats', '');
    const item = (n) => `${id('chat-item')}[data-chat-id=account-${n}]`;
    const choose = async (n, command) => {
      await page.click(item(n), { button: 'right' });
      await page.click(id(`menu-${command}`));
      await page.waitForSelector(id('menu'), { state: 'detached' });
    };
    await page.waitForSelector(item(3));
    await choose(3, 'pin');
    await page.waitForSelector(`${item(3)} ${id('sign-pinned')}`);
    assert.equal(await page.locator(id('chat-item')).first().getAttribute('data-chat-id'), 'account-3');
    await choose(3, 'mute');
    await page.check('input[value=week]');
    await page.click(id('mute-confirm'));
    await page.waitForSelector(`${item(3)} ${id('sign-muted')}`);
    const until = await drive(page, () => fakeCore.chats.get('account-3').mutedUntil - Date.now());
    assert.ok(Math.abs(until - 7 * 86_400_000) < 60_000);
    await choose(3, 'unread');
    await page.waitForSelector(`${item(3)} ${id('sign-unread')}`);
    await choose(3, 'rename');
    await page.fill(id('rename-contact-name'), 'Jef the plumber');
    await page.click(id('rename-contact-save'));
    await page.waitForSelector(`${item(3)}:has-text("Jef the plumber")`);
    await choose(3, 'archive');
    await page.waitForSelector(item(3), { state: 'detached' });
    await drive(page, () => fakeCore.chats.put('account-3', { text: 'I come at nine' }));
    await page.waitForSelector(`${id('archived')}[data-count="1"]`);
    assert.equal(await page.$(item(3)), null);
    await page.click(id('archived'));
    await page.waitForSelector(item(3));
    await choose(3, 'unarchive');
    await page.waitForSelector('.empty');
    await page.click(id('archive-back'));
    await page.waitForSelector(item(3));
  },

  async 'a contact is blocked, and the block ends where one would write, or under Privacy (M55)'(environment) {
    const { page, problems } = await openChat(environment);
    const block = async () => {
      await page.click(id('conversation-menu'));
      await page.click(id('menu-block'));
      await page.click(id('block-confirm'));
      await page.waitForSelector(id('blocked-bar'));
      assert.equal(await page.$(id('composer-input')), null);
    };
    await block();
    await page.click(id('unblock'));
    await page.waitForSelector(id('composer-input'));
    await block();
    await page.evaluate(() => (location.hash = '#/settings/privacy'));
    await page.click(id('blocked-end'));
    await page.waitForSelector(id('blocked-none'));
    await page.click(`${id('privacy-receipts')} input[value=off]`, { force: true });
    await page.check(`${id('privacy-presence')} input[value=nobody]`);
    await page.waitForFunction(async () => {
      const chosen = await fakeCore.call('settings', {});
      return chosen.presence === 'nobody' && chosen.readReceipts === 'off';
    });
    assert.deepEqual(problems, []);
  },

  async 'the menus open with the keyboard alone and give the focus back'(environment) {
    const { page } = await open(environment, 'chats', '');
    await page.focus(`${id('chat-item')}[data-chat-id=account-6]`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'menu-pin');
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'menu-block');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'chat-menu');
    assert.equal(await page.$(id('menu')), null);
  },

  async 'settings are found, texts made larger, files removed, contacts imported (M114)'(environment) {
    const { page, problems } = await open(environment, 'media', '#/settings');
    await page.waitForSelector(id('settings-storage'));
    await page.fill(id('settings-search'), 'contrast');
    await page.waitForSelector(id('settings-devices'), { state: 'detached' });
    await page.click(`${id('settings-contrast')} input[value=more]`, { force: true });
    await page.click(`${id('settings-text')} input[value=large]`, { force: true });
    assert.deepEqual(await drive(page, () => [document.documentElement.dataset.contrast, getComputedStyle(document.documentElement).fontSize > '16px']), ['more', true]);
    await page.fill(id('settings-search'), 'zzz');
    await page.waitForSelector(id('settings-nothing'));
    await page.fill(id('settings-search'), '');
    await page.click(id('settings-storage'));
    await page.click(id('storage-chat'));
    await page.waitForSelector(id('storage-file'));
    const before = await page.locator(id('storage-file')).count();
    // What the server does not keep any more is warned of first (M114).
    await drive(page, () => fakeCore.files.erased.add(fakeCore.files.local()[0].id));
    await page.locator(id('storage-file')).first().check();
    await page.click(id('storage-remove'));
    await page.waitForSelector(id('storage-lost'));
    assert.equal(await page.locator(id('storage-file')).count(), before);
    await page.click(id('storage-remove'));
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid=storage-file]').length === n, before - 1);
    await page.evaluate(() => (location.hash = '#/settings/contacts'));
    const card = (name, phone) => `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nTEL:${phone}\nEND:VCARD\n`;
    const file = { name: 'c.vcf', mimeType: 'text/vcard', buffer: Buffer.from(card('Zed', '+32470555501') + card('Nobody', '+32470555500')) };
    await page.setInputFiles(id('contacts-file'), file);
    await page.click(id('import-start'));
    await page.waitForSelector(id('import-done'));
    assert.match(await page.innerText(id('import-done')), /^1 .* 1 /);
    assert.deepEqual(problems, []);
  },

  async 'a link is sent with a preview, or without (X2)'(environment) {
    const { page, problems } = await openChat(environment);
    await drive(page, async () => {
      const canvas = new OffscreenCanvas(1200, 630);
      canvas.getContext('2d').fillRect(0, 0, 600, 630);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
      const picture = btoa(String.fromCharCode(...bytes));
      for (const url of ['https://shop.example/tea', 'https://shop.example/cups']) {
        fakeCore.pages.set(url, { url, title: 'Tea & <b>cups</b>', description: 'All kinds of them', picture });
      }
    });
    await page.fill(id('composer-input'), 'look: https://shop.example/tea');
    await page.waitForSelector(id('link-bar'));
    await page.keyboard.press('Enter');
    const card = page.locator(id('link-card'));
    await card.waitFor();
    assert.match(await card.innerText(), /Tea & <b>cups<\/b>[^]*All kinds of them[^]*shop\.example/);
    assert.equal(await card.getAttribute('href'), 'https://shop.example/tea');
    assert.match(await card.locator('img').getAttribute('src'), /^data:image\/jpeg/);
    assert.equal(await page.$(id('link-bar')), null);
    await page.fill(id('composer-input'), 'and https://shop.example/cups');
    await page.click(id('link-bar-cancel'));
    await page.keyboard.press('Tab');
    await page.focus(id('composer-input'));
    await page.keyboard.press('Enter');
    await page.locator(id('message')).filter({ hasText: 'and https' }).waitFor();
    assert.equal(await card.count(), 1);
    assert.deepEqual(problems, []);
  },

  async 'a contact is reported with what was chosen, and blocked (M55)'(environment) {
    const { page, problems } = await openChat(environment);
    await page.click(id('conversation-menu'));
    await page.click(id('menu-report'));
    await page.locator(id('report-message')).last().check();
    await page.fill(id('report-note'), 'rude');
    await page.click(id('report-send'));
    await page.waitForSelector(id('report-done'));
    const [report] = await drive(page, () => fakeCore.reports);
    assert.equal(report.note, 'rude');
    assert.equal(report.messageIds.length, 1);
    assert.equal(report.chatId, 'account-7');
    await page.waitForFunction(async () => (await fakeCore.call('blocked', {})).chats.some(({ id }) => id === 'account-7'));
    assert.deepEqual(problems, []);
  },

  async 'a chat is exported with its files (M56)'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    // The question where to save cannot be answered by a test; other browsers have none.
    await drive(page, () => delete Window.prototype.showSaveFilePicker);
    await drive(page, () => { delete window.showSaveFilePicker; });
    await page.click(id('conversation-menu'));
    await page.click(id('menu-export'));
    await page.waitForSelector(id('export-dialog'));
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(id('export-start'))]);
    await page.waitForSelector(id('export-done'));
    assert.match(download.suggestedFilename(), /^Bob.* \d{4}-\d\d-\d\d\.zip$/);
    const path = await download.path();
    const list = "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(z.read(z.namelist()[0]).decode());print('\\n'.join(z.namelist()))";
    const out = execFileSync('python3', ['-c', list, path], { encoding: 'utf8' });
    assert.match(out, /<article class="theirs">/);
    assert.match(out, /<img src="files\/001%20Bob[^"]*\.(png|jpg|webp)"/);
    assert.match(out, /^files\/001 Bob.*$/m);
    assert.deepEqual(problems, []);
  },

  async 'a long press opens the menu and is no click'(environment) {
    const { page } = await open(environment, 'chats', '', phone);
    const item = `${id('chat-item')}[data-chat-id=account-6]`;
    await page.waitForSelector(item);
    await drive(page, (selector) => {
      const element = document.querySelector(selector);
      const at = { bubbles: true, cancelable: true, clientX: 100, clientY: 200 };
      element.dispatchEvent(new PointerEvent('pointerdown', { ...at, pointerType: 'touch', isPrimary: true }));
      setTimeout(() => {
        element.dispatchEvent(new PointerEvent('pointerup', at));
        element.dispatchEvent(new MouseEvent('click', at));
      }, 700);
    }, item);
    await page.waitForSelector(id('menu'));
    await page.waitForTimeout(900);
    await page.waitForSelector(id('menu'));
    assert.equal(await page.$(id('conversation')), null);
  },

  async 'the shortcuts archive, mute and mark the open chat (M109, M110, M111)'(environment) {
    const { page } = await openChat(environment);
    await page.keyboard.press('Control+Shift+M');
    await page.click(id('mute-confirm'));
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-7] ${id('sign-muted')}`);
    await page.keyboard.press('Control+Shift+U');
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-7] ${id('sign-unread')}`);
    await page.waitForSelector(id('conversation'), { state: 'detached' });
    await page.click(`${id('chat-item')}[data-chat-id=account-7]`);
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-7] ${id('sign-unread')}`, { state: 'detached' });
    await page.keyboard.press('Control+e');
    await page.waitForSelector(id('archived'));
  },

  async 'a message is answered, reacted to, edited, forwarded and deleted (X2, X3, M49)'(environment) {
    const { page, problems } = await openChat(environment);
    await menuOf(page, 'dessert from you');
    await page.click(id('menu-reply'));
    await page.keyboard.type('*Fine* by me, see www.example.org');
    await page.keyboard.press('Enter');
    const own = page.locator(id('message')).filter({ hasText: 'Fine by me' });
    await own.locator(id('quote')).waitFor();
    assert.equal(await own.locator('strong').innerText(), 'Fine');
    assert.equal(await own.locator('a').getAttribute('rel'), 'noopener noreferrer');
    await menuOf(page, 'Fine by me');
    await page.click(`${id('menu-quick')} >> nth=0`);
    await own.locator(id('reactions')).waitFor();
    await menuOf(page, 'Fine by me');
    await page.click(id('menu-edit'));
    await page.waitForSelector(id('edit-bar'));
    assert.equal(await page.inputValue(id('composer-input')), '*Fine* by me, see www.example.org');
    await page.fill(id('composer-input'), 'Better now');
    await page.keyboard.press('Enter');
    const edited = page.locator(id('message')).filter({ hasText: 'Better now' });
    await edited.locator(id('sign-edited')).waitFor();
    await page.waitForSelector(id('edit-bar'), { state: 'detached' });
    await menuOf(page, 'Better now');
    await page.click(id('menu-forward'));
    await page.fill(id('forward-search'), 'mama');
    await page.check(id('forward-chat'));
    await page.click(id('forward-send'));
    await page.locator(id('chat-item')).filter({ hasText: 'Mama' }).filter({ hasText: 'Better now' }).waitFor();
    await menuOf(page, 'Better now');
    await page.click(id('menu-delete'));
    await page.click(id('delete-for-everyone'));
    await page.waitForSelector(id('delete-dialog'), { state: 'detached' });
    await edited.waitFor({ state: 'detached' });
    await page.locator(id('quote')).first().click();
    await page.waitForSelector(`.marked${id('message')}`);
    assert.deepEqual(problems, []);
  },

  async 'a message gets a star and is found again among the starred ones (M48)'(environment) {
    const { page } = await openChat(environment);
    const message = page.locator(`${id('message')}:has-text("train at 10:42")`);
    await message.locator(id('message-text')).click({ button: 'right' });
    await page.click(id('menu-star'));
    await message.locator(id('sign-starred')).waitFor();
    const wanted = await message.getAttribute('data-message-id');
    await page.click(`${id('chat-item')}[data-chat-id=account-6]`);
    await page.click(id('starred-messages'));
    await page.click(`${id('starred')}[data-message-id="${wanted}"]`);
    await page.waitForSelector(`.marked[data-message-id="${wanted}"]`);
    await message.locator(id('message-menu')).click();
    await page.click(id('menu-unstar'));
    await message.locator(id('sign-starred')).waitFor({ state: 'detached' });
    await page.click(id('starred-messages'));
    await page.waitForSelector('.pane .empty');
  },

  async 'the list shows all chats, those that are unread, or groups'(environment) {
    const { page, problems } = await open(environment, 'chats');
    const titles = () => page.$$eval(`${id('chat-item')} .title`, (all) => all.map((one) => one.textContent));
    await page.waitForSelector(id('chat-item'));
    const all = await titles();
    await page.focus(id('filter-unread'));
    await page.keyboard.press('Enter');
    assert.equal(await page.getAttribute(id('filter-unread'), 'aria-pressed'), 'true');
    const unread = await titles();
    assert.ok(unread.length > 0 && unread.length < all.length, `${unread.length} of ${all.length} are unread`);
    assert.deepEqual(await violations(page), []);
    await page.click(id('filter-groups'));
    if ((await titles()).length === 0) await page.getByText('The other chats are still there.').waitFor();
    await page.click(id('filter-all'));
    assert.deepEqual(await titles(), all);
    assert.deepEqual(problems, []);
  },

  async 'a draft of another device shows in the list and in the field'(environment) {
    const { page } = await openChat(environment);
    await drive(page, () => fakeCore.chats.edit({ chatId: 'account-7', draft: 'begun on the phone' }));
    await page.waitForFunction(() => document.querySelector('[data-testid=composer-input]').value === 'begun on the phone');
    await drive(page, () => fakeCore.chats.edit({ chatId: 'account-6', draft: 'for Mama' }));
    await page.waitForSelector('text=Draft: for Mama');
  },

  async 'opening a chat with unread messages shows the divider and marks them read'(environment) {
    const { page } = await open(environment, 'chats', '');
    const mama = `${id('chat-item')}[data-chat-id=account-6]`;
    await page.waitForSelector(`${mama}:not([data-unread="0"])`);
    await page.click(mama);
    await page.waitForSelector(id('new-divider'));
    await page.waitForSelector(`${mama}[data-unread="0"]`);
  },

  async 'a found message is shown in its place (M54)'(environment) {
    const { page } = await open(environment, 'chats', '');
    await page.fill(id('search'), 'stationsstraat');
    await page.waitForSelector(id('search-hit'));
    const hit = page.locator(id('search-hit')).nth(40);
    const wanted = await hit.getAttribute('data-message-id');
    await hit.click();
    await page.waitForSelector(`.marked[data-message-id="${wanted}"]`);
    await still(page);
    const box = await page.locator(`[data-message-id="${wanted}"]${id('message')}`).boundingBox();
    assert.ok(box.y > 60 && box.y < 740, `at ${box.y}`);
    await page.click(id('jump-latest'));
    await page.waitForSelector('text=See you Sunday then');
    await atEnd(page);
    // Excerpts are without the marks of formatting.
    await drive(page, () => window.fakeCore.chats.put('account-7', { text: 'a *very _rare_ word* and `more`' }));
    await page.fill(id('search'), 'rare');
    const excerpt = page.locator(id('search-hit')).filter({ hasText: 'a very rare word and more' });
    assert.equal(await excerpt.locator('mark').textContent(), 'rare');
  },

  async 'markup in a message stays text'(environment) {
    const { page } = await openChat(environment);
    const text = '<img src=x onerror="window.hit=1"><b>bold</b> javascript:alert(1)';
    await drive(page, (value) => fakeCore.chats.put('account-7', { text: value }), text);
    await page.waitForFunction((value) => [...document.querySelectorAll('[data-testid=message-text]')].some((one) => one.textContent === value), text);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.$(`${id('message-text')} img, ${id('message-text')} b`), null);
  },

  async 'the keyboard reaches everything'(environment) {
    const { page } = await open(environment, 'chats', '');
    await page.waitForSelector(id('chat-item'));
    await page.keyboard.press('Control+k');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${id('conversation')}[data-chat-id=account-6]`);
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'composer-input');
    await page.keyboard.press('Alt+ArrowUp');
    await page.waitForSelector(`${id('conversation')}[data-chat-id=account-7]`);
    await page.keyboard.press('Alt+n');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'new-chat-phone');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.keyboard.press('Control+,');
    await page.waitForSelector(id('settings-devices'));
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('conversation'));
  },

  async 'on a phone one pane shows at a time and Back goes home'(environment) {
    const { page } = await open(environment, 'chats', '', phone);
    await page.click(`${id('chat-item')}[data-chat-id=account-7]`);
    await page.waitForSelector(id('conversation'));
    assert.equal(await page.isVisible(id('chat-list')), false);
    await page.goBack();
    await page.waitForSelector(id('chat-list'));
    assert.equal(await page.$(id('conversation')), null);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(overflow, 0);
  },

  async 'a device is linked by a pasted link, renamed and logged out (M6, M15, M18, M25)'(environment) {
    const { page } = await open(environment, 'chats', '#/settings/devices/link');
    await page.fill(id('paste-link'), 'nonsense!');
    await page.click(id('paste-use'));
    await page.waitForSelector(`${id('problem')}[data-code=link_code_malformed]`);
    await page.fill(id('paste-link'), 'parley://link?ok');
    await page.click(id('paste-use'));
    await page.click(id('link-accept'));
    await page.click(id('scan-done'));
    const linked = page.locator(id('device')).last();
    await linked.locator(id('device-rename')).click();
    await page.fill(id('rename-name'), 'PC Support - Londres');
    await page.click(id('rename-save'));
    await page.waitForSelector('text=PC Support - Londres');
    await page.locator(id('device'), { hasText: 'PC Support - Londres' }).locator(id('device-logout')).click();
    await page.click(id('remove-confirm'));
    await page.waitForSelector('text=PC Support - Londres', { state: 'detached' });
  },

  async 'at the fifth device one is logged out and linking goes on (M2)'(environment) {
    const { page } = await open(environment, 'notices', '#/settings/devices/link');
    await page.fill(id('paste-link'), 'parley://link?ok');
    await page.click(id('paste-use'));
    await page.waitForSelector(`${id('problem')}[data-code=too_many_devices]`);
    await page.locator(`${id('make-room')} ${id('device-logout')}`).first().click();
    await page.click(id('remove-confirm'));
    await page.click(id('link-accept'));
    await page.waitForSelector(id('scan-done'));
  },

  async 'a device that was added is logged out by its notice, and on a linked device explained (M19)'(environment) {
    const primary = await open(environment, 'notices', '#/settings/devices');
    await primary.page.locator(id('device'), { hasText: 'Firefox on Windows' }).waitFor();
    await primary.page.click(id('notice-not-me'));
    await primary.page.locator(id('device'), { hasText: 'Firefox on Windows' }).waitFor({ state: 'detached' });
    assert.equal(await primary.page.$(id('account-notice')), null);
    const { page } = await open(environment, 'linkedNotices');
    assert.equal(await page.locator(`${id('account-notice')} [data-kind]`).getAttribute('data-kind'), 'primarySilent');
    await page.click(id('notice-answer'));
    await page.waitForSelector(`${id('account-notice')} [data-kind=deviceAdded]`);
    await page.click(id('notice-not-me'));
    await page.waitForSelector(id('not-me-dialog'));
  },

  async 'all other devices are logged out at once, and the list is saved (M20, M39)'(environment) {
    const { page } = await open(environment, 'chats', '#/settings/devices');
    const saved = page.waitForEvent('download');
    await page.click(id('export-devices'));
    assert.equal((await saved).suggestedFilename(), 'parley-devices.csv');
    await page.click(id('logout-others'));
    await page.click(id('others-confirm'));
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=device]').length === 1);
  },

  async 'a PIN is set, a recovery address confirmed, and both are removed (M35, M36)'(environment) {
    const { page } = await open(environment, 'chats', '#/settings/two-step');
    await page.click(id('pin-set'));
    await page.fill(id('pin-new'), '304857');
    await page.fill(id('pin-again'), '304858');
    await page.click(id('pin-save'));
    await page.waitForSelector('text=The two PINs are not the same');
    await page.fill(id('pin-again'), '304857');
    await page.click(id('pin-save'));
    await page.waitForSelector(`${id('two-step')}[data-on=true]`);
    await page.click(id('email-set'));
    await page.fill(id('email-address'), 'alice@example.org');
    await page.click(id('email-submit'));
    await page.fill(id('email-code'), '123456');
    await page.waitForSelector('text=A code to a•••@e•••.org can replace the PIN.');
    await page.click(id('pin-remove'));
    await page.click(id('pin-remove-confirm'));
    await page.waitForSelector(`${id('two-step')}[data-on=false]`);
    assert.equal(await page.$(id('recovery-email')), null);
  },

  async 'the reminder asks for the PIN and is content with it (M35)'(environment) {
    const { page } = await open(environment, 'pinReminder');
    await page.click(id('pin-reminder-enter'));
    await page.fill(id('pin-check'), '999888');
    await page.click(id('pin-check-submit'));
    await page.waitForSelector(`${id('problem')}[data-code=pin_wrong]`);
    await page.fill(id('pin-check'), '304857');
    await page.click(id('pin-check-submit'));
    await page.waitForSelector(id('pin-checked'));
    assert.equal(await page.$(id('pin-reminder')), null);
  },

  async 'a linked device sees a reset of the PIN and cancels it (M37)'(environment) {
    const { page } = await open(environment, 'pinReset');
    await page.click(id('pin-reset-cancel'));
    await page.waitForSelector(id('pin-reset-notice'), { state: 'detached' });
    await page.goto(`${page.url().split('#')[0]}#/settings/two-step`);
    await page.waitForSelector(id('two-step'));
    for (const name of ['pin-set', 'pin-remove', 'email-set']) assert.equal(await page.$(id(name)), null);
  },

  async 'a linked device cannot link or change devices (M21)'(environment) {
    const { page } = await open(environment, 'linked', '#/settings/devices');
    await page.waitForSelector(id('devices-read-only'));
    for (const name of ['link-device', 'device-rename', 'device-logout']) assert.equal(await page.$(id(name)), null);
  },

  async 'logging out says so and offers to link again (M16)'(environment) {
    const { page } = await open(environment, 'linked', '#/settings');
    await page.click(id('settings-logout'));
    await page.click(id('logout-confirm'));
    await page.waitForSelector(`${id('logged-out')}[data-reason=removed]`);
    await page.click(id('logged-out-link'));
    await page.waitForSelector(id('link-device-name'));
  },

  async 'the page of a linked account stays until the person goes on (M26)'(environment) {
    const { page } = await open(environment, 'new');
    await page.click(id('welcome-link'));
    await page.click(id('link-show'));
    await page.waitForSelector(id('link-qr'));
    await drive(page, () => fakeCore.link({ state: 'claimed' }));
    await page.waitForSelector(`${id('link-step')}[data-step=claimed]`);
    await drive(page, () => fakeCore.link({ state: 'accepted', phone: '+32470112233' }));
    await page.waitForSelector('text=Linked to +32 470 11 22 33');
    await page.click(id('link-continue'));
    await page.waitForSelector(id('messenger'));
    await page.goBack();
    await page.waitForSelector(id('messenger'));
  },

  async 'the linking code is dark on white with a quiet zone, also in the dark'(environment) {
    const { page } = await open(environment, 'new', '#/link', phone);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.click(id('link-show'));
    await page.waitForSelector(id('link-qr'));
    const code = await page.$eval(id('link-qr'), (svg) => ({
      ground: getComputedStyle(svg.querySelector('rect')).fill,
      dark: getComputedStyle(svg.querySelector('path')).fill,
      box: svg.viewBox.baseVal.width,
      start: Number(/^M(\d+)/.exec(svg.querySelector('path').getAttribute('d'))[1]),
      uri: svg.dataset.uri,
    }));
    assert.equal(code.ground, 'rgb(255, 255, 255)');
    assert.equal(code.dark, 'rgb(0, 0, 0)');
    assert.equal(code.start, 4);
    assert.match(code.uri, /^parley:\/\/link/);
  },

  async 'a picture is made small and square, shown, and removed'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/settings');
    // A wide one of 900 x 300: red, green in the middle, blue.
    const file = await drive(page, async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [900, 300];
      const context = canvas.getContext('2d');
      ['red', 'lime', 'blue'].forEach((colour, i) => {
        context.fillStyle = colour;
        context.fillRect(i * 300, 0, 300, 300);
      });
      return canvas.toDataURL('image/png').split(',')[1];
    });
    await page.setInputFiles(id('picture-file'), { name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(file, 'base64') });
    const shown = page.locator(`${id('own-picture')} img`);
    await shown.waitFor();
    const seen = await shown.evaluate(async (image) => {
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      return { width: image.naturalWidth, height: image.naturalHeight, corner: [...context.getImageData(2, 2, 1, 1).data] };
    });
    assert.deepEqual([seen.width, seen.height], [256, 256]);
    assert.ok(seen.corner[1] > 200 && seen.corner[0] < 60 && seen.corner[2] < 60, `the middle was not cut out: ${seen.corner}`);
    const { params } = await drive(page, () => fakeCore.calls.find((call) => call.method === 'setPicture'));
    assert.equal(Buffer.from(params.data, 'base64').subarray(0, 3).toString('hex'), 'ffd8ff');
    await drive(page, () => {
      fakeCore.pictures.set('account-6', fakeCore.pictures.get('account-me'));
      fakeCore.chats.change('account-6', { pictureAt: 1 });
    });
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-6] ${id('picture')}`);
    await page.setInputFiles(id('picture-file'), { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.waitForSelector(`${id('problem')}[data-code=picture_invalid]`);
    await page.click(id('picture-remove'));
    await shown.waitFor({ state: 'detached' });
    assert.deepEqual(problems, []);
  },

  async 'the app speaks French and Dutch, by the browser and by choice (X12)'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/settings');
    await page.check('input[value=fr]');
    await page.waitForSelector('text=Appareils associés');
    assert.equal(await page.getAttribute('html', 'lang'), 'fr');
    await page.reload();
    await page.waitForSelector('text=Appareils associés');
    await page.check('fieldset:has(input[value=fr]) input[value=system]');
    await page.waitForSelector('text=Linked devices');
    await page.waitForFunction(async () => (await fakeCore.call('settings', {})).language === 'system');
    await drive(page, () => fakeCore.setSettings({ language: 'nl', theme: 'dark' }));
    await page.waitForSelector('text=Gekoppelde apparaten');
    await page.waitForSelector('[data-theme=dark]');
    await page.setViewportSize(phone);
    for (const language of ['fr', 'nl']) {
      await drive(page, (language) => fakeCore.setSettings({ language }), language);
      await page.waitForSelector(`html[lang=${language}]`);
      await page.waitForFunction(() => document.querySelector('.pane .scroll').scrollWidth <= innerWidth);
    }
    const dutch = await environment.context.newPage();
    await dutch.addInitScript(() => Object.defineProperty(navigator, 'languages', { get: () => ['nl-BE', 'en'] }));
    await dutch.goto(`${environment.origin}/dev.html?scene=new`);
    await dutch.evaluate(() => localStorage.clear());
    await dutch.reload();
    await dutch.waitForSelector('text=Welkom bij Parley');
    assert.deepEqual(problems, []);
  },

  async 'checking the connection names what is wrong, copies a report and repairs (M113, M192–M199)'(environment) {
    const { page, problems } = await open(environment, 'trouble', '#/settings');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click(id('settings-check'));
    const first = page.locator(id('check')).first();
    await page.waitForSelector(id('check-summary'));
    assert.equal(await first.getAttribute('data-state'), 'failed');
    assert.match(await page.innerText(`${id('check')}[data-check=clock]`), /47 minutes ahead.*\n.*automatic/s);
    assert.match(await page.innerText(`${id('check')}[data-check=primary]`), /11 days ago\. In 3 days/);
    assert.match(await page.innerText(`${id('check')}[data-check=account]`), /It belongs to \+32 470 11 22 33/);
    await page.click(id('check-copy'));
    await page.waitForSelector('text=Copied');
    const report = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(report, /warning clock +clock_ahead offsetMs=2820000\n/);
    assert.doesNotMatch(report, /470|Alice|Office|example/);
    await page.click(id('check-repair'));
    await page.waitForSelector('text=This device repairs itself now.');
    await drive(page, () => (fakeCore.checks = []));
    await page.click(id('check-again'));
    await page.waitForSelector(`${id('check')}[data-code=storage_full]`, { state: 'detached' });
    await page.click(id('check-logout'));
    await page.waitForSelector(id('logout-dialog'));
    assert.deepEqual(problems, []);
  },

  // X4, M96: captions, the menu, pasting and dropping; what is sent travels; progress, pause, retry; what is not a picture is not shown.
  async 'files are attached, shown and held'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    await attach(page, ['image/png', 'notes.txt', 'bomb.png']);
    assert.deepEqual(await page.locator(`${id('tray-item')} img`).count(), 1); // the bomb is not decoded
    await page.locator(id('tray-caption')).first().fill('With a caption');
    await drive(page, () => void (fakeCore.files.stuck = false));
    await page.click(id('tray-send'));
    await page.waitForSelector(id('tray'), { state: 'detached' });
    const sent = await drive(page, () => fakeCore.calls.filter(({ method }) => method === 'sendMedia').map(({ params }) => params));
    assert.deepEqual(sent.map(({ kind, type, name, caption }) => [kind, type, name, caption]), [
      ['photo', 'image/jpeg', '', 'With a caption'], ['document', 'text/plain', 'notes.txt', ''], ['document', 'image/png', 'bomb.png', ''],
    ]);
    assert.equal(sent[0].width, 2048);
    assert.ok(sent[0].preview.length < 2000, `a preview of ${sent[0].preview.length} characters`);
    await page.locator(`${id('message')}`, { hasText: 'With a caption' }).locator(id('media-photo')).waitFor();

    const held = page.locator(`${id('media')}[data-media-state=uploading]`).last();
    await held.locator(id('media-pause')).click();
    await page.locator(id('media-resume')).click();
    await page.locator(`${id('media')}[data-media-state=uploading]`).last().locator(id('media-cancel')).click();

    // Pasted (M97), and of a type that is not what it says: never shown.
    await drive(page, async () => {
      const data = new DataTransfer();
      data.items.add(new File(['<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("/stolen")</script></svg>'], 'x.png', { type: 'image/png' }));
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
      const id = location.hash.split('/').at(-1);
      const svg = new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>']);
      fakeCore.files.receive(id, svg, { kind: 'photo', type: 'image/svg+xml', state: 'local', width: 10, height: 10 });
    });
    await page.waitForSelector(id('tray'));
    assert.equal(await page.locator(`${id('tray-item')} img`).count(), 0);
    await page.keyboard.press('Escape');
    await page.locator('text=This picture is not shown here').waitFor();
    assert.deepEqual(problems, []);
  },

  async 'the gallery is used by keyboard alone'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    const first = page.locator(`${id('media')}[data-media-kind=photo][data-media-state=local]:has(${id('media-photo')}) ${id('media-open')}`).first();
    await first.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('gallery-photo'));
    const place = () => page.innerText(`${id('gallery')} header p`);
    await page.waitForFunction(() => /^\d \/ [4-9]/.test(document.querySelector('[data-testid=gallery] header p')?.textContent ?? ''));
    await page.keyboard.press('Home');
    assert.match(await place(), /^1 /);
    await page.keyboard.press('ArrowRight');
    assert.match(await place(), /^2 /);
    await page.keyboard.press('End');
    assert.match(await place(), /^(\d) \/ \1/);
    await page.keyboard.press('ArrowLeft');
    assert.doesNotMatch(await place(), /^(\d) \/ \1/);
    for (let i = 0; i < 12; i++) await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog')), 'the focus left the gallery');
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('gallery'), { state: 'detached' });
    assert.ok(await first.evaluate((button) => button === document.activeElement), 'the focus is not where it was');
    assert.deepEqual(problems, []);
  },

  async 'stickers are chosen by keyboard, and removed (X4)'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await stickersShown(page);
    await page.focus(id('sticker-make'));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('sticker-picker'), { state: 'detached' });
    await page.waitForSelector(`${id('message')}[data-mine=true] ${id('media')}[data-media-kind=sticker]`);
    await stickersShown(page);
    await page.click(`${id('sticker-picker')} button:has-text("Weather")`);
    assert.equal(await page.locator(id('sticker')).count(), 2);
    await page.click(id('sticker-remove'));
    await page.locator(id('sticker')).first().click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=sticker]').length === 1);
    assert.deepEqual(problems, []);
  },

  async 'a group is made, shown with who wrote what, changed and left (M50)'(environment) {
    for (const [viewport, colorScheme] of [[wide, 'light'], [phone, 'dark']]) {
      const { page, problems } = await open(environment, 'group', '', viewport);
      await page.emulateMedia({ colorScheme });
      await page.waitForSelector(id('chat-item'));
      await page.click(`${id('chat-item')}:has-text("Summer picnic")`);
      await page.waitForSelector(id('message-sender'));
      assert.equal(await page.$$eval(id('message-sender'), (all) => all.length), 2, 'a name stands over the first of a group of messages');
      assert.match(await page.textContent(id('presence')), /4 people/);
      if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/group-${colorScheme}.png` });
      assert.deepEqual(await violations(page), []);
      await page.click(id('open-group'));
      await page.waitForSelector(id('member'));
      await page.click(`${id('member')} button`);
      await page.click(id('member-admin'));
      await page.waitForSelector(`${id('member')}[data-admin=true] >> nth=1`);
      if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/pane-${colorScheme}.png` });
      assert.deepEqual(await violations(page), []);
      await page.fill(id('group-name'), 'Winter picnic');
      await page.click(id('group-save'));
      await page.waitForSelector(`${id('conversation-title')}:has-text("Winter picnic")`);
      await page.click(id('group-leave'));
      await page.click(id('group-leave-yes'));
      await page.waitForSelector(id('group-closed'));
      await page.goto(`${environment.origin}/dev.html?scene=group`);
      await page.click(id('new-chat'));
      await page.click(id('new-group'));
      await page.fill(id('new-group-name'), 'Book club');
      await page.click(id('new-group-make'));
      await page.waitForSelector(`${id('new-group-dialog')} [aria-invalid=true]`);
      await page.check(`${id('person')} input`);
      if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/new-${colorScheme}.png` });
      assert.deepEqual(await violations(page), []);
      await page.click(id('new-group-make'));
      await page.waitForSelector(`${id('conversation-title')}:has-text("Book club")`);
      assert.deepEqual(problems, []);
    }
  },

  async 'a community gathers groups; requests to join are answered, and one is taken back (X5)'(environment) {
    for (const [viewport, colorScheme] of [[wide, 'light'], [phone, 'dark']]) {
      const { page, problems } = await open(environment, 'community', '', viewport);
      await page.emulateMedia({ colorScheme });
      const chat = (title) => page.click(`${id('chat-item')}:has-text("${title}")`);
      const looked = async (name) => {
        if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/${name}-${colorScheme}.png` });
        assert.deepEqual(await violations(page), []);
      };
      await page.waitForSelector(`${id('chat-community')}:has-text("Our village")`);
      await looked('communities');
      await chat('Announcements');
      await page.click(id('open-group'));
      await page.waitForSelector(`${id('community-group')}[data-state=joined]`);
      await page.click(id('community-add'));
      await page.waitForSelector(`${id('community-pane')} ${id('person')}`);
      await looked('community');
      await page.check(`${id('person')}:has-text("Book club") input`);
      await page.click(id('community-add-chosen'));
      await page.waitForSelector(`${id('community-group')}[data-state=joined] >> nth=1`);
      await page.click(`${id('community-group')}:has-text("Book club") ${id('community-unlink')}`);
      await page.waitForSelector(`${id('community-group')}:has-text("Book club")`, { state: 'detached' });
      await page.click(`${id('community-group')}[data-state=joined] button.name`);
      await page.waitForSelector(`${id('conversation-title')}:has-text("Summer picnic")`);
      await page.click(id('asks-to-join'));
      await page.waitForSelector(id('join-request'));
      await page.waitForSelector(id('past-member'));
      await looked('requests');
      await page.click(id('approve-join'));
      await page.waitForSelector(id('join-request'), { state: 'detached' });
      await page.keyboard.press('Escape');
      if (viewport === phone) {
        await page.click(id('back'));
        await page.waitForSelector(`${id('conversation-title')}:has-text("Our village")`);
        await page.click(id('back'));
      }
      await chat('Fishing');
      await page.waitForSelector(id('waiting-bar'));
      await looked('waiting');
      await page.click(id('withdraw-join'));
      await page.waitForSelector(id('waiting-bar'), { state: 'detached' });
      assert.deepEqual(problems, []);
    }
  },

  async 'the theme that was chosen stays after a reload'(environment) {
    const { page } = await open(environment, 'chats', '#/settings');
    await page.check('input[value=dark]');
    await page.reload();
    await page.waitForSelector('[data-theme=dark]');
  },
  ...messagesTests({ id, open, violations, drive, still, shot }),
  ...phoneTests({ id, open, violations, drive, still, shot }),
  ...directionTests({ id, open, violations, drive, still, shot }),
  ...axeTests,
};

/** Tests run in so many browsers at a time: much of a test is waiting. */
const browsers = 2;

/** Takes tests from the queue until it is empty, in a browser of its own, and counts in totals. */
async function work(queue, origin, totals) {
  const { context, close } = await openBrowser();
  await context.addInitScript({ path: axe });
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [name, run] = next;
    try {
      await run({ context, origin });
      totals.passed++;
      process.stdout.write(`ok   ${name}\n`);
    } catch (error) {
      totals.failed++;
      process.stdout.write(`FAIL ${name}\n${String(error.message).split('\n').slice(0, 30).join('\n')}\n`);
    }
    for (const page of context.pages().slice(1)) await page.close();
    await context.clearPermissions();
    await context.pages()[0]?.evaluate(() => localStorage.clear()).catch(() => undefined);
  }
  await close();
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-ui-'));
  await build({
    root: webDir,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, rolldownOptions: { input: { dev: join(webDir, 'dev.html') } } },
  });
  const server = await serve(folder);
  const wanted = process.argv[2] ?? '';
  const queue = Object.entries(tests).filter(([name]) => name.includes(wanted));
  const totals = { passed: 0, failed: 0 };
  await Promise.all(Array.from({ length: Math.min(browsers, queue.length) }, () => work(queue, server.origin, totals)));
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
  process.exitCode = totals.failed ? 1 : 0;
}

await main();
