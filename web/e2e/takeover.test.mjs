// A number that has an account is not taken over by mistake (M4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** Goes to where the person is warned. */
async function proveNumber(app, relay) {
  await app.click('welcome-register');
  await app.fill('register-phone', alice.phone);
  await app.click('register-have-code');
  await app.fill('register-code', await relay.invite(alice.phone));
  await app.see('takeover');
}

test('registering a number that has an account warns first: linking instead loses nothing, going on logs the others out (M4)', inWorld(async (world) => {
  const [old, b1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  await b1.send(alice.phone, 'before');
  const next = await world.app();
  await proveNumber(next, world.relay);
  const [first, second] = await next.page.$$eval('form button', (all) => all.map((one) => one.dataset.testid));
  assert.deepEqual([first, second], ['takeover-link', 'takeover-go-on']);
  const warning = await next.text('takeover');
  for (const part of [/All other devices .* logged out at once/, /messages are removed/, /people you write to see/]) assert.match(warning, part);

  await next.click('takeover-link');
  await next.fill('link-device-name', 'New phone');
  await next.click('link-show');
  await old.pasteLink(await next.linkUri());
  await old.acceptLink();
  await next.linked();
  await next.openChat('Bob');
  await next.shows(['before']);

  const third = await world.app();
  await proveNumber(third, world.relay);
  await third.click('takeover-go-on');
  await third.fill('register-name', 'Alice');
  await third.click('register-finish');
  await third.online();
  for (const app of [old, next]) await app.page.waitForSelector(`${id('logged-out')}[data-reason=reregistered]`);
  await third.newChat(bob.phone);
  assert.deepEqual(await third.texts(), []);
}));
