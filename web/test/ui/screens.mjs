// Accessibility of every screen (axe-core, WCAG 2.2 AA), light and wide, dark and on a phone, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { attach, bob, drive, filesMade, filesShown, id, menuOf, phone, stickersShown, violations, visit, wide } from './page.mjs';

/** Screens for axe: scene, place, and the steps that lead there. */
const screens = {
  welcome: ['new', '', (page) => page.waitForSelector(id('welcome-link'))],
  'registration, number': ['new', '#/register', async (page) => {
    await page.click(id('register-send-code'));
    await page.waitForSelector('[aria-invalid=true]');
  }],
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
  'storage': ['media', '#/settings', async (page) => {
    await filesMade(page);
    await page.click(id('settings-storage'));
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
  'new chat': ['chats', '', async (page) => {
    await page.click(id('new-chat'));
    await page.waitForSelector(id('new-chat-phone'));
  }],
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
    await page.context().grantPermissions(['notifications']);
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

/** Each opens one screen and looks at it: they get a page of ./sharedPage.mjs. */
export const axeTests = Object.fromEntries(
  ['light', 'dark'].flatMap((scheme) => Object.entries(screens).map(([name, [scene, hash, go]]) => [
    `${name} is accessible (${scheme})`,
    async ({ page, origin }) => {
      await visit(page, origin, scene, hash, scheme === 'dark' ? phone : wide);
      await page.emulateMedia({ colorScheme: scheme });
      await go(page);
      assert.deepEqual(await violations(page), []);
    },
  ])),
);
