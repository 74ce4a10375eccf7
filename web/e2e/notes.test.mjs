// The chat with one's own number: notes that are on all own devices and nowhere else (M12).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

test('notes to oneself are in the browser and on the command line, also on a device that comes later (M12)', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  a1.receive();
  const a2 = await world.linkedTo(a1, 'Laptop');
  await a1.want('send', '--to', alice.phone, 'buy bread');
  await a2.openChat('Notes to self');
  await a2.shows(['buy bread']);
  assert.equal(await a2.page.locator(id('open-safety')).count(), 0);
  await a2.send('and butter');
  await a2.home();
  await a2.page.click(id('chat-item'), { button: 'right' });
  await a2.page.waitForSelector(id('menu-pin'));
  assert.equal(await a2.page.locator(id('menu-rename')).count(), 0);
  await a2.page.keyboard.press('Escape');
  await a1.received(['buy bread', 'and butter']);
  const a3 = await world.linkedTo(a1, 'Tablet');
  await a3.openChat('Notes to self');
  await a3.shows(['buy bread', 'and butter']);
  assert.match(await a1.want('chats'), /Notes to self/);
  assert.doesNotMatch(await b1.want('chats'), /Notes|bread/);
  assert.deepEqual(world.problems, []);
}));
