// What a person is told and can do about the account's devices (M2, M19, M20, M39, X6).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const notice = `${id('account-notice')} [data-kind=deviceAdded]`;
const device = (name) => `${id('device')}:has-text("${name}")`;

test('an added device is named on all others, and “That wasn’t me” logs it out (M19)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const laptop = world.cli().link('Laptop');
  await a1.pasteLink(await laptop.offer());
  await a1.acceptLink();
  assert.equal(await laptop.linked(), 0);
  await a1.page.waitForSelector(`${notice}:has-text("Laptop")`);
  await a1.click('notice-answer');
  await a1.page.waitForSelector(notice, { state: 'detached' });

  const stranger = world.cli().link('Stranger');
  await a1.pasteLink(await stranger.offer());
  await a1.acceptLink();
  assert.equal(await stranger.linked(), 0);
  await a1.page.waitForSelector(`${notice}:has-text("Stranger")`);
  await a1.click('notice-not-me');
  await a1.page.waitForSelector(notice, { state: 'detached' });
  await a1.devices();
  await a1.page.waitForSelector(device('Laptop'));
  await a1.page.waitForSelector(device('Stranger'), { state: 'detached' });
  assert.deepEqual(world.problems, []);
}));

test('at the fifth device the others are listed, and linking goes on with the same code (M2)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const link = async (name) => {
    const linking = world.cli().link(name);
    await a1.pasteLink(await linking.offer());
    await a1.acceptLink();
    assert.equal(await linking.linked(), 0);
  };
  for (const name of ['One', 'Two', 'Three', 'Four']) await link(name);
  const fifth = world.cli().link('Five');
  await a1.pasteLink(await fifth.offer());
  await a1.see('make-room');
  await a1.page.locator(`${id('make-room')} ${device('Two')} ${id('device-logout')}`).click();
  await a1.click('remove-confirm');
  await a1.acceptLink();
  assert.equal(await fifth.linked(), 0);
  await a1.devices();
  for (const name of ['One', 'Three', 'Four', 'Five']) await a1.page.waitForSelector(device(name));
  assert.equal(await a1.page.locator(device('Two')).count(), 0);
  assert.deepEqual(world.problems, []);
}));

test('the list of devices is saved, all others are logged out, and a contact sees that they changed (M20, M39, X6)', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.primary(alice), world.primary(bob)]);
  await a1.newChat(bob.phone);
  await a1.send('hello');
  await b1.openChat('Alice');
  await b1.sees('hello');
  const laptop = await world.app();
  await a1.pasteLink(await laptop.showLink('=Laptop'));
  await a1.acceptLink();
  await laptop.linked();

  await a1.devices();
  const [download] = await Promise.all([a1.page.waitForEvent('download'), a1.click('export-devices')]);
  const csv = readFileSync(await download.path(), 'utf8');
  assert.equal(csv.trim().split('\n').length, 3);
  assert.match(csv, /'=Laptop/); // No formula for whoever opens it.

  await a1.click('logout-others');
  await a1.click('others-confirm');
  await laptop.see('logged-out');
  await b1.page.waitForSelector(`${id('message')}[data-kind=devicesChanged]`);
  await a1.newChat(bob.phone);
  await a1.send('only here now');
  await b1.sees('only here now');
  assert.deepEqual(world.problems, []);
}));
