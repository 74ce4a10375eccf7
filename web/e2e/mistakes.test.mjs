// What goes wrong is told in one plain sentence that says what to do, and changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { withoutFiles, wrongClock } from './harness/browser.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';
import { run } from './harness/process.mjs';

/** The accounts that the operator sees. */
async function accounts(relay) {
  const { out } = await run(['admin', 'accounts', '--data', relay.data, '--json']);
  return JSON.parse(out);
}

/** Enters a code; its last digit sends it. */
async function tryCode(app, code) {
  await app.fill('register-code', code);
}

test('a number that is none is refused', inWorld(async (world) => {
  const app = await world.app();
  await app.click('welcome-register');
  const send = async (phone) => {
    await app.fill('register-phone', phone);
    await app.click('register-send-code');
  };
  await send('0470 00 00 01');
  await app.page.getByText('Start with + and the country code, for example +32 470 12 34 56.').waitFor();
  await send('+324');
  await app.page.getByText('This number looks too short. Check it and try again.').waitFor();
  await send('+999 99 99 99 99');
  assert.equal(await app.problem('phone_invalid'), 'This is not a phone number. Write it with + and the country code, like +32 470 12 34 56.');
  assert.equal(await app.page.$(id('register-code')), null);
  assert.deepEqual(await accounts(world.relay), []);
}));

test('five wrong codes end a code, and the right one is refused from then on', inWorld(async (world) => {
  const app = await world.app();
  await app.click('welcome-register');
  await app.fill('register-phone', alice.phone);
  await app.click('register-send-code');
  const code = await world.relay.code(alice.phone);
  const wrong = code === '000000' ? '111111' : '000000';
  for (const left of ['4 tries are left', '3 tries are left', '2 tries are left', 'One try is left']) {
    await tryCode(app, wrong);
    assert.equal(await app.problem('code_wrong'), `This code is not right. ${left}.`);
    assert.equal(await app.page.inputValue(id('register-code')), '');
  }
  await tryCode(app, wrong);
  assert.equal(await app.problem('code_wrong'), 'This code is not right.');
  await tryCode(app, code);
  assert.equal(await app.problem('code_expired'), 'This code is no longer good. Ask for a new one.');
  assert.deepEqual(await accounts(world.relay), []);
  await tryCode(app, await world.relay.invite(alice.phone));
  await app.fill('register-name', 'Alice');
  await app.click('register-finish');
  await app.online();
}));

test('a code is good for one device, for a minute, and only while it is shown (M23)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const expiring = world.cli();
  const waiting = expiring.link('Too slow');
  const expired = await waiting.offer();
  const screen = await world.app();
  const first = await screen.showLink('Screen');

  const used = world.cli();
  const linking = used.link('Server');
  const uri = await linking.offer();
  await a1.pasteLink(uri);
  await a1.acceptLink();
  assert.equal(await linking.linked(), 0);
  await a1.pasteLink(uri);
  assert.equal(await a1.problem('link_used'), 'This code was already used. Get another one on the new device and try again.');
  await a1.pasteLink('https://example.org');
  assert.match(await a1.problem('link_malformed'), /^This is not a Parley link code\. Scan the QR code/);

  await waiting.offer(); // The command line shows a new code when the old one has expired.
  await a1.pasteLink(expired);
  assert.equal(await a1.problem('link_expired'), 'This code has expired. Get another one on the new device and try again.');
  await screen.page.waitForSelector(`${id('link-qr')}:not([data-uri="${first}"])`);
  await a1.devices();
  assert.equal(await a1.page.locator(id('device')).count(), 2);

  await a1.pasteLink(await screen.linkUri());
  await a1.click('link-reject');
  await screen.page.getByText('The phone said no').waitFor();
  await waiting.stop();
}));

test('a camera that is not allowed is explained, and works once it is (M24)', inWorld(async (world) => {
  const a1 = await world.primary(alice, { args: ['--use-fake-device-for-media-stream'] });
  await a1.devices();
  await a1.click('link-device');
  await a1.page.waitForSelector(`${id('camera')}[data-state=denied]`);
  await a1.page.getByText('Click the icon at the left of the address bar, allow the camera for this page, then try again.').waitFor();
  await a1.page.context().grantPermissions(['camera'], { origin: world.relay.url });
  await a1.click('camera-retry');
  await a1.page.waitForSelector(`${id('camera')}[data-state=on]`);
}));

test('a clock two days off is named, and everything works (M29)', inWorld(async (world) => {
  const b1 = await world.cliPrimary(bob);
  b1.receive();
  const a1 = await world.primary(alice, wrongClock('+2d'));
  assert.match(await a1.text('clock-notice'), /^This device’s clock is 2 days ahead\. Messages still work\b.* set the date and time to automatic/);
  await a1.newChat(bob.phone);
  await a1.send('from the future');
  await b1.shows(alice.phone, ['from the future']);
  const a2 = await world.app();
  await a1.pasteLink(await a2.showLink('Laptop'));
  await a1.acceptLink();
  await a2.linked();
  await b1.send(alice.phone, 'from today');
  for (const app of [a1, a2]) {
    await app.openChat('Bob');
    await app.shows(['from the future', 'from today']);
  }
}));

test('a text that is too long is refused and stays where it was written', inWorld(async (world) => {
  const [a1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  await a1.newChat(bob.phone);
  const long = 'é'.repeat(50_000);
  await a1.write(long);
  assert.equal(await a1.problem('too_large'), 'This is too long. Shorten it or split it.');
  assert.equal(await a1.page.inputValue(id('composer-input')), long);
  assert.deepEqual(await a1.texts(), []);
  await a1.send('short');
  await a1.shows(['short']);
}));

test('a browser without lasting storage says so and works until it is closed', inWorld(async (world) => {
  const [, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  b1.receive();
  const carol = await world.primary({ phone: '+32470000003', name: 'Carol' }, withoutFiles);
  assert.match(await carol.text('memory-notice'), /^This window keeps nothing after it is closed: .* Use a normal window/);
  await carol.newChat(bob.phone);
  await carol.send('from a private window');
  await b1.send('+32470000003', 'hello Carol');
  await carol.shows(['from a private window', 'hello Carol']);
  await b1.shows('+32470000003', ['from a private window', 'hello Carol']);
}));

test('a relay with a full disk says so, keeps what it has, and takes what waited once there is room', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  await a1.newChat(bob.phone);
  await a1.send('before');
  await world.relay.stop();
  await world.relay.start(`[storage]\nmax_bytes = ${world.relay.size}\n`);
  await a1.online();
  const big = Array.from({ length: 12 }, (_, i) => `${i} ${'x'.repeat(30_000)}`);
  for (const text of big) await a1.write(text);
  assert.equal(await a1.text('relay-notice'), 'The server has no room left. Tell its operator, and try again later.');
  await world.relay.stop();
  await world.relay.start();
  await a1.online();
  b1.receive();
  await b1.shows(alice.phone, ['before', ...big]);
  await a1.page.waitForSelector(id('relay-notice'), { state: 'detached' });
}));
