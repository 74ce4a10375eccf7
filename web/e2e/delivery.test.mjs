// What was acknowledged arrives, once and in order, whatever is off meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { within } from './harness/wait.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `message ${from + i}`);

/** Puts texts into the outbox; resolves when the relay has acknowledged them all. `acknowledged` hears how many it has. */
async function sendAll(rpc, phone, texts, acknowledged = () => undefined) {
  const chat = await rpc.call('openChat', { phone });
  const open = new Set(texts);
  const done = new Promise((resolve) => {
    rpc.onEvent = (event, data) => {
      if (event !== 'message' || data.status === 'pending' || !open.delete(data.text)) return;
      acknowledged(texts.length - open.size);
      if (open.size === 0) resolve();
    };
  });
  for (const text of texts) await rpc.call('send', { chatId: chat.id, text });
  await within(done, () => `${open.size} messages were not acknowledged`);
}

test('a browser that was closed for 1,000 messages catches up in order', inWorld(async (world, t) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  a1.receive();
  await b1.send(alice.phone, 'message 0');
  const browser = await world.browser();
  let a2 = await App.open(browser, world.relay.url);
  await a1.accept(await a2.showLink('Laptop'));
  await a2.linked();
  await a2.openChat('Bob');
  await a2.shows(['message 0']);
  await browser.stop();

  await sendAll(b1.rpc(), alice.phone, numbered(1, 1000));

  await browser.start();
  a2 = await App.open(browser, `${world.relay.url}/#`);
  const started = performance.now();
  await a2.page.waitForSelector(`${id('chat-item')}[data-unread="1000"]`);
  t.diagnostic(`1,000 messages were received ${Math.round(performance.now() - started)} ms after the app was ready`);
  await a2.openChat('Bob');
  await a2.page.click(id('jump-latest'));
  await a2.sees('message 1000');
  assert.deepEqual(await a2.history(), numbered(0, 1000));
  assert.deepEqual(world.problems, []);
}));

test('a relay killed during sends loses nothing acknowledged and doubles nothing; clients recover alone', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  const a2 = await world.linkedTo(a1, 'Laptop');
  await a2.newChat(bob.phone);
  let killed;
  const texts = numbered(1, 300);
  const own = 'written while the relay was away';
  b1.receive();
  const sending = sendAll(b1.rpc(), alice.phone, texts, (acknowledged) => {
    if (acknowledged === 100) killed = world.relay.kill();
  });
  await a2.offline();
  await killed;
  await a2.write(own);
  await world.relay.start();
  await sending;
  await a2.online();
  await b1.received([...texts, own]);
  const isBobs = (text) => text.startsWith('message');
  await a2.sees('message 300');
  const shown = await a2.history();
  assert.deepEqual(shown.filter(isBobs), texts);
  assert.deepEqual(shown.filter((text) => !isBobs(text)), [own]);
  assert.deepEqual(world.problems, []);
}));

test('a browser without a network says so, keeps what is written, and recovers alone', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  b1.receive();
  const a2 = await world.linkedTo(a1, 'Laptop');
  await a2.newChat(bob.phone);
  await a2.send('before');
  await a2.page.context().setOffline(true);
  await a2.offline();
  await a2.write('without a network');
  await b1.send(alice.phone, 'meanwhile');
  await a2.page.context().setOffline(false);
  await a2.online();
  await a2.shows(['before', 'meanwhile', 'without a network']);
  await b1.shows(alice.phone, ['before', 'meanwhile', 'without a network']);
}));
