// The app lock (M38): a passphrase or a passkey opens, nothing is shown or readable on the disk before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const passphrase = 'seven geese on a roof';
const secret = 'the-rhubarb-is-in-the-cellar';
const locked = id('locked');

/** Alice's browser in a chat with Bob, who has told a secret. */
async function talk(world) {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  const browser = await world.browser();
  const tab = await App.open(browser, world.relay.url);
  await a1.accept(await tab.showLink('Laptop'));
  await tab.linked();
  await b1.send(alice.phone, secret);
  await tab.openChat('Bob');
  await tab.shows([secret]);
  return { browser, tab, b1 };
}

async function openPane(app) {
  await app.home();
  await app.click('settings');
  await app.click('settings-lock');
  await app.see('lock-state');
}

async function turnOn(app) {
  await openPane(app);
  await app.click('lock-on');
  await app.fill('lock-new', passphrase);
  await app.fill('lock-again', passphrase);
  await app.click('lock-submit');
  await app.page.waitForSelector(`${id('lock-state')}[data-state=open]`);
}

async function unlock(app, words = passphrase) {
  await app.fill('unlock-passphrase', words);
  await app.click('unlock');
}

/** Nothing of the chats is anywhere in the page. */
async function showsNothing(app) {
  await app.page.waitForSelector(locked);
  assert.equal(await app.page.title(), 'Parley');
  const page = await app.page.evaluate(() => document.documentElement.outerHTML);
  for (const word of ['Bob', bob.phone, alice.phone, 'rhubarb']) assert.ok(!page.includes(word), `${word} is in the page`);
}

test('with an app lock nothing is shown or readable on the disk before the passphrase, and nothing is lost (M38)', inWorld(async (world, t) => {
  const { browser, tab, b1 } = await talk(world);
  assert.ok(browser.holds(secret), 'without a lock the text is on the disk; else this test proves nothing');
  await turnOn(tab);
  await tab.openChat('Bob');
  await tab.shows([secret]);
  await tab.send('sealed');

  await t.test('a reload asks for the passphrase, and what came meanwhile arrives', async () => {
    await tab.page.reload();
    await showsNothing(tab);
    await b1.send(alice.phone, 'while it was locked');
    await unlock(tab, 'seven geese on a tree');
    await tab.problem('wrong_passphrase');
    await showsNothing(tab);
    await unlock(tab);
    await tab.shows([secret, 'sealed', 'while it was locked']);
    await tab.online();
  });

  await t.test('all windows lock and unlock together', async () => {
    const second = await App.open(browser, tab.page.url(), { reuse: false });
    await second.shows([secret, 'sealed', 'while it was locked']);
    await second.page.keyboard.press('Control+Shift+L');
    for (const app of [second, tab]) await showsNothing(app);
    await unlock(second);
    for (const app of [second, tab]) await app.shows([secret, 'sealed', 'while it was locked']);
    await second.page.close();
  });

  await t.test('the worker may end at any moment', async () => {
    await tab.write('just before the end');
    await tab.sees('just before the end');
    await browser.stop();
    // Names that are short are found by chance, in what the browser caches compressed.
    for (const text of [secret, 'while it was locked', 'just before the end', bob.phone]) assert.ok(!browser.holds(text), `${text} is on the disk`);
    await browser.start();
    const later = new App(browser.context.pages()[0]);
    await later.page.goto(world.relay.url);
    await showsNothing(later);
    await unlock(later);
    await later.openChat('Bob');
    await later.shows([secret, 'sealed', 'while it was locked', 'just before the end']);
    tab.page = later.page;
  });

  await t.test('turned off, everything is there without it', async () => {
    await openPane(tab);
    await tab.click('lock-off');
    await tab.fill('lock-current', passphrase);
    await tab.click('lock-submit');
    await tab.page.waitForSelector(`${id('lock-state')}[data-state=off]`);
    await tab.page.reload();
    await tab.openChat('Bob');
    await tab.shows([secret, 'sealed', 'while it was locked', 'just before the end']);
    assert.ok(browser.holds(secret));
  });

  await t.test('whoever forgot the passphrase starts anew', async () => {
    await turnOn(tab);
    await tab.page.reload();
    await showsNothing(tab);
    await tab.click('forgot');
    await tab.click('erase');
    await tab.click('erase-confirm');
    await tab.see('welcome-link');
    await tab.page.reload();
    await tab.see('welcome-link');
    await browser.stop();
    assert.ok(!browser.holds(secret));
  });
  assert.deepEqual(world.problems, []);
}));

test('it locks after the time without use, in all windows (M38)', inWorld(async (world) => {
  const { browser, tab } = await talk(world);
  const { clock } = browser.context; // of all windows
  await turnOn(tab);
  await tab.page.check(id('lock-after-1'));
  // A page that was there before cannot end the timers it had: the window that stays comes after, the other one is loaded anew.
  await clock.install();
  const second = await App.open(browser, tab.page.url(), { reuse: false });
  await second.page.waitForSelector(`${id('lock-after-1')}:checked`); // it is stored
  await tab.page.reload();
  await unlock(tab);
  await tab.openChat('Bob');
  await second.openChat('Bob');
  for (const app of [tab, second]) await app.shows([secret]);
  // From here on only the test moves the time, however long the browser takes.
  await clock.pauseAt(await tab.page.evaluate(() => Date.now() + 20_000));
  for (const app of [tab, second]) await app.page.keyboard.press('PageUp');
  await clock.fastForward(40_000);
  const heard = await tab.page.evaluateHandle(() => ({ use: new Promise((resolve) => (new BroadcastChannel('parley-use').onmessage = () => resolve())) }));
  await second.page.keyboard.press('PageUp');
  await heard.evaluate(({ use }) => use);
  await clock.fastForward(40_000);
  for (const app of [tab, second]) await app.shows([secret]);
  await clock.fastForward(20_000);
  for (const app of [tab, second]) await showsNothing(app);
  assert.deepEqual(world.problems, []);
}));

test('a passkey of this device opens the lock, and not once it is removed (M38)', inWorld(async (world) => {
  const browser = await world.browser();
  // Passkeys belong to a name of a server, not to an address.
  const app = await App.open(browser, world.relay.url.replace('127.0.0.1', 'localhost'));
  const session = await browser.context.newCDPSession(app.page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, hasPrf: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  await app.register(world.relay, alice.phone, alice.name);
  await turnOn(app);
  await app.click('passkey-add');
  await app.fill('lock-current', 'seven geese on a tree');
  await app.click('lock-submit');
  await app.problem('wrong_passphrase');
  await app.fill('lock-current', passphrase);
  await app.click('lock-submit');
  await app.see('passkey');
  assert.equal((await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length, 1);

  await app.page.reload();
  await app.click('unlock-passkey');
  await app.online();

  await app.click('lock-all');
  await app.page.waitForSelector(locked);
  await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await app.click('unlock-passkey');
  await app.problem('passkey_cancelled');
  await unlock(app);
  await openPane(app);
  await app.click('passkey-remove');
  await app.page.waitForSelector(id('passkey'), { state: 'detached' });
  await app.click('lock-now');
  await app.page.waitForSelector(locked);
  assert.equal(await app.page.$(id('unlock-passkey')), null);
  assert.deepEqual(world.problems, []);
}));
