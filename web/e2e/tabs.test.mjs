// The chats are there after a reload, in every tab, and without a network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** Alice's browser with a chat, and Bob on the command line. */
async function talk(world, { url } = world.relay) {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  b1.receive();
  const browser = await world.browser();
  const tab = await App.open(browser, url);
  await a1.accept(await tab.showLink('Laptop'));
  await tab.linked();
  await tab.newChat(bob.phone);
  await tab.send('one');
  await b1.send(alice.phone, 'two');
  await tab.shows(['one', 'two']);
  return { browser, tab, b1 };
}

/** Whether the core runs in this tab: it leads. */
const leads = (app) => app.page.workers().length > 0;

test('the open chat is there after a reload', inWorld(async (world, t) => {
  const { tab, b1 } = await talk(world);
  await tab.page.reload();
  t.diagnostic(`ready ${await tab.ready()} ms after a reload`);
  await tab.shows(['one', 'two']);
  await tab.online();
  await tab.send('three');
  await b1.shows(alice.phone, ['one', 'two', 'three']);
  assert.deepEqual(world.problems, []);
}));

test('two tabs show the same; when the leading one is closed the other goes on, and nothing is doubled', inWorld(async (world) => {
  const { browser, tab: first, b1 } = await talk(world);
  const second = await App.open(browser, first.page.url());
  assert.ok(leads(first));
  assert.ok(!leads(second));
  await second.shows(['one', 'two']);
  await second.send('from the second tab');
  await first.send('from the first tab');
  await b1.send(alice.phone, 'to both tabs');
  const all = ['one', 'two', 'from the second tab', 'from the first tab', 'to both tabs'];
  for (const tab of [first, second]) await tab.shows(all);

  await second.write('on the way');
  await first.page.close();
  await b1.send(alice.phone, 'to the tab that is left');
  await b1.received(['on the way']);
  await second.sees('to the tab that is left');
  await second.send('last');
  assert.ok(leads(second));
  await b1.received(['last']);
  const held = await b1.texts(alice.phone);
  assert.deepEqual(held.toSorted(), [...all, 'on the way', 'to the tab that is left', 'last'].toSorted());
  await second.shows(held);
  await inOwnWindow(second, held, b1);
  assert.deepEqual(world.problems, []);
}));

/** A chat in a window of its own (M99): it survives a reload, takes over from the main window, and the app lock covers it. */
async function inOwnWindow(main, held, b1) {
  await main.click('conversation-menu');
  const [page] = await Promise.all([main.page.waitForEvent('popup'), main.click('menu-window')]);
  const alone = new App(page);
  await alone.shows(held);
  assert.equal(await page.locator(id('chat-list')).isVisible(), false);
  await page.reload();
  await alone.shows(held);
  assert.ok(!leads(alone));
  const browser = { context: page.context() };
  await main.page.close();
  await b1.send(alice.phone, 'to the window');
  await alone.sees('to the window');
  assert.ok(leads(alone));
  await alone.send('from the window');

  const again = await App.open(browser, new URL('/#/settings/lock', page.url()).href, { reuse: false });
  await again.click('lock-on');
  await again.fill('lock-new', 'seven geese on a roof');
  await again.fill('lock-again', 'seven geese on a roof');
  await again.click('lock-submit');
  await again.page.waitForSelector(`${id('lock-state')}[data-state=open]`);
  await again.page.keyboard.press('Control+Shift+L');
  await alone.see('locked');
  assert.doesNotMatch(await page.evaluate(() => document.documentElement.outerHTML), /to the window|Bob/);
  await alone.fill('unlock-passphrase', 'seven geese on a roof');
  await alone.click('unlock');
  await alone.sees('from the window');
  assert.equal(await page.locator(id('chat-list')).isVisible(), false);
}

test('a page tells when a newer version is out, and a reload takes it without losing what was being written (M103)', inWorld(async (world) => {
  const release = await world.release();
  const { tab } = await talk(world, release);
  const { page } = tab;
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload(); // the first one takes over a page that came with it
  await tab.shows(['one', 'two']);
  const look = () => page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
  await look();
  assert.equal(await page.locator(id('update-reload')).count(), 0);
  release.out = true;
  await look();
  await tab.see('update-reload');
  await tab.fill('composer-input', 'half a sen');
  await Promise.all([page.waitForEvent('load'), tab.click('update-reload')]);
  await tab.shows(['one', 'two']);
  assert.equal(await page.inputValue(id('composer-input')), 'half a sen');
  assert.ok(await page.evaluate(() => 'newer' in document.documentElement.dataset));
  assert.equal(await page.locator(id('update-reload')).count(), 0);
  await tab.online();
  assert.deepEqual(world.problems, []);
}));

test('without a relay the app opens and the chats can be read (M95)', inWorld(async (world, t) => {
  const { browser, tab } = await talk(world);
  await tab.page.evaluate(() => navigator.serviceWorker.ready);
  await world.relay.stop();
  await tab.offline();
  await tab.page.reload();
  t.diagnostic(`ready ${await tab.ready()} ms after a reload without a relay`);
  await tab.shows(['one', 'two']);
  await tab.offline();

  await browser.stop();
  await browser.start();
  const later = await App.open(browser, world.relay.url);
  await later.openChat('Bob');
  await later.shows(['one', 'two']);
  await later.write('written offline');
  await later.sees('written offline'); // It is kept once it is shown.
  await later.page.reload();
  await later.ready();

  await world.relay.start();
  await later.online();
  await later.shows(['one', 'two', 'written offline']);
  assert.deepEqual(world.problems, []);
}));
