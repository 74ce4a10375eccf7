// The account moves to another phone by QR code from the old one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

test('a new browser becomes the primary, with the PIN; the old one stays linked (M4, M35, M40)', inWorld(async (world) => {
  const [old, b1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  await b1.send(alice.phone, 'before');
  await old.openChat('Bob');
  await old.shows(['before']);
  await old.setPin('304857');

  const next = await world.app();
  await old.pasteLink(await next.showMove('New phone'));
  assert.equal(await old.text('confirm-device'), 'New phone');
  assert.equal(await old.text('confirm-account'), '+32 470 00 00 01 (Alice)');
  await old.fill('move-pin', '304858');
  await old.click('link-accept');
  await old.problem('pin_wrong');
  await old.fill('move-pin', '304857');
  await old.click('link-accept');
  await old.page.getByText('New phone is your primary now').waitFor();
  await old.click('scan-done');
  await next.page.getByText('This is your primary phone now').waitFor();
  await next.linked();

  await old.devices();
  await old.see('devices-read-only');
  const laptop = await world.app();
  await next.pasteLink(await laptop.showLink('Laptop'));
  await next.acceptLink();
  await laptop.linked();

  const talk = ['before', 'from the new phone', 'from the old one', 'from Bob'];
  await next.openChat('Bob');
  await next.shows(['before']);
  await next.send(talk[1]);
  await old.openChat('Bob');
  await old.send(talk[2]);
  await b1.send(alice.phone, talk[3]);
  for (const app of [old, next, laptop]) {
    await app.openChat('Bob');
    await app.shows(talk);
  }

  await next.devices();
  await next.page.locator(id('device-logout')).nth(1).waitFor();
  assert.deepEqual(world.problems, []);
}));

test('the account moves to a new browser by a typed code and four words (M4, M5)', inWorld(async (world) => {
  const [old, b1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  await b1.send(alice.phone, 'before');
  await old.openChat('Bob');
  await old.shows(['before']);

  const next = await world.app();
  await next.showMove('New phone');
  await next.click('link-use-code');
  await old.pasteLink(await next.text('link-code'));
  assert.deepEqual(await next.words(), await old.words());
  await next.click('words-same');
  assert.equal(await old.text('confirm-device'), 'New phone');
  await old.click('link-accept');
  await old.page.getByText('New phone is your primary now').waitFor();
  await old.click('scan-done');
  await next.page.getByText('This is your primary phone now').waitFor();
  await next.linked();
  await next.openChat('Bob');
  await next.shows(['before']);
  await old.devices();
  await old.see('devices-read-only');
  assert.deepEqual(world.problems, []);
}));
