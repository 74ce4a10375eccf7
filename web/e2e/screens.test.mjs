// The real app's main screens: accessible (axe-core, WCAG 2.2 AA), wide and on a phone, light and dark, with no error in the
// console under the relay's content security policy. With PARLEY_SHOTS=FOLDER their pictures are put there.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { looks, settled } from './harness/looks.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Looks at a screen in every way; gives what is wrong with it. */
async function inspect(page, screen) {
  const wrong = [];
  for (const { name, colorScheme, ...size } of looks) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await page.evaluate(settled);
    if (process.env.PARLEY_SHOTS) await page.screenshot({ path: join(process.env.PARLEY_SHOTS, `${screen}-${name}.png`) });
    wrong.push(...(await page.evaluate(audit)).map((one) => `${screen}, ${name}: ${one}`));
  }
  return wrong;
}

/** Runs in the page. */
async function audit() {
  const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
  const wide = document.documentElement.scrollWidth - innerWidth;
  return [
    ...violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).slice(0, 3).join(' | ')}`),
    ...(wide > 0 ? [`it is ${wide} pixels wider than the window`] : []),
  ];
}

/** Opens the app with axe in its pages; notes every error that the console tells. */
async function open(world, errors) {
  const browser = await world.browser();
  await browser.context.addInitScript({ path: axe });
  browser.context.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  return App.open(browser, world.relay.url);
}

test('the main screens are accessible, fit, and break no policy', inWorld(async (world) => {
  const shots = process.env.PARLEY_SHOTS;
  if (shots) mkdirSync(shots, { recursive: true });
  const errors = [];
  const wrong = [];
  const look = async (app, screen) => void wrong.push(...(await inspect(app.page, screen)));

  const a1 = await open(world, errors);
  await look(a1, 'welcome');
  await a1.register(world.relay, alice.phone, alice.name);
  await look(a1, 'no-chats');
  const b1 = await world.cliPrimary(bob);
  const a2 = await open(world, errors);
  const uri = await a2.showLink('Chromium on Linux');
  await look(a2, 'link-qr');
  await a1.pasteLink(uri);
  await a1.see('link-accept');
  await look(a1, 'link-confirm');
  await a1.acceptLink();
  await a2.page.locator(id('link-continue')).waitFor();
  await look(a2, 'linked');
  await a2.linked();

  await b1.send(alice.phone, 'Good morning! Are we still on for the market on Saturday? 🧺');
  await a1.openChat('Bob');
  await a1.send('Of course. I have the list: bread, cheese, apples, and something for the soup.');
  await a1.send('See https://example.org/market for the opening hours.');
  await b1.send(alice.phone, 'Perfect');
  await b1.send(alice.phone, '👍');
  await a1.sees('👍');
  await look(a1, 'conversation');
  await a1.click('open-safety');
  await a1.see('safety-qr');
  await look(a1, 'safety-number');
  await a1.page.keyboard.press('Escape');
  await a1.devices();
  await a1.page.locator(id('device')).nth(1).waitFor();
  await look(a1, 'linked-devices');
  await a1.click('link-device');
  await a1.page.waitForSelector(`${id('camera')}:not([data-state=starting])`);
  await look(a1, 'link-a-device');
  await a1.home();
  await a1.click('settings');
  await a1.see('settings-devices');
  await look(a1, 'settings');
  await a1.click('settings-two-step');
  await a1.see('two-step');
  await look(a1, 'two-step');
  await a1.click('pin-set');
  await look(a1, 'pin-dialog');
  await a1.page.keyboard.press('Escape');
  await a1.home();
  await a1.click('settings');
  await a1.click('settings-check');
  await a1.see('check-summary');
  await look(a1, 'check-my-connection');
  await a1.home();
  await a1.click('settings');
  await a1.click('settings-lock');
  await a1.see('lock-on');
  await look(a1, 'app-lock-off');
  await a1.click('lock-on');
  await a1.fill('lock-new', 'seven geese on a roof');
  await look(a1, 'app-lock-dialog');
  await a1.fill('lock-again', 'seven geese on a roof');
  await a1.click('lock-submit');
  await a1.see('lock-now');
  await look(a1, 'app-lock-on');
  await a1.click('lock-now');
  await a1.fill('unlock-passphrase', 'not this one');
  await a1.click('unlock');
  await a1.problem('wrong_passphrase');
  await look(a1, 'locked');
  await a1.click('forgot');
  await a1.see('erase');
  await look(a1, 'forgotten-passphrase');
  await a2.home();
  await look(a2, 'chats');
  await world.relay.stop();
  await a2.openChat('Bob');
  await a2.offline();
  await a2.write('Written without a connection');
  await look(a2, 'offline');

  assert.deepEqual(wrong, []);
  const unexpected = errors.filter((error) => !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(error));
  assert.deepEqual(unexpected, []);
  assert.deepEqual(world.problems, []);
}));

test('linking by a typed code is accessible, fits, and breaks no policy (M5)', inWorld(async (world) => {
  const errors = [];
  const wrong = [];
  const look = async (app, screen) => void wrong.push(...(await inspect(app.page, screen)));
  const a1 = await open(world, errors);
  await a1.register(world.relay, alice.phone, alice.name);
  const a2 = await open(world, errors);
  const code = await a2.showCode('Desk PC');
  await look(a2, 'link-code');
  await a1.linkDevice();
  await a1.useLink(code);
  await a1.words();
  await look(a1, 'link-words-primary');
  await a2.words();
  await look(a2, 'link-words-new');
  await a2.click('words-same');
  await a1.see('link-accept');
  await look(a1, 'link-words-confirm');
  await a1.click('words-differ');
  await a1.page.waitForSelector(`${id('scan-step')}[data-step=differed]`);
  await look(a1, 'link-words-differed');
  await a2.problem('link_words_differ');
  await look(a2, 'link-words-differ-new');
  assert.deepEqual(wrong, []);
  assert.deepEqual(errors, []);
}));
