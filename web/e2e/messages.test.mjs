// What people do with messages, between a browser and a command line, wide and on a phone (X2, X3, M48, M49).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const bubble = (app, text) => app.page.locator(id('message')).filter({ hasText: text }).last();

/** Chooses from the menu of the message with a text. */
async function choose(app, text, command) {
  await bubble(app, text).locator('.bubble').click({ button: 'right', position: { x: 8, y: 8 } });
  await app.click(`menu-${command}`);
}

/** Waits until a command line has heard of a message that fits. */
const until = (cli, fits) => cli.message(fits);
/** The message of a command line's chat with a text. */
async function messageOf(cli, phone, text) {
  const { messages } = JSON.parse(await cli.want('messages', '--with', phone, '--json'));
  return messages.find((message) => message.text === text);
}

test('messages are answered, reacted to, edited, forwarded, put to a vote and deleted (X2, X3, M48, M49)', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  a1.receive();
  b1.receive();
  const a2 = await world.linkedTo(a1, 'Laptop');
  await b1.send(alice.phone, 'Pizza or *pasta*? <b>No</b> script: javascript:alert(1) \u202eevil');
  await a2.openChat('Bob');
  await bubble(a2, 'Pizza').locator('strong', { hasText: 'pasta' }).waitFor();
  assert.equal(await bubble(a2, 'Pizza').locator('b, a').count(), 0);

  await choose(a2, 'Pizza', 'reply');
  await a2.send('Pasta');
  await until(b1, (message) => message.text === 'Pasta');
  const answer = await messageOf(b1, alice.phone, 'Pasta');
  assert.match(answer.quote.text, /Pizza/);
  await b1.want('react', answer.id, '❤️');
  await bubble(a2, 'Pasta').locator(id('reactions')).waitFor();
  await choose(a2, 'Pasta', 'edit');
  await a2.page.fill(id('composer-input'), 'Risotto');
  await a2.page.keyboard.press('Enter');
  await until(b1, (message) => message.text === 'Risotto' && message.edited && message.reactions?.length === 1);
  await choose(a2, 'Risotto', 'details');
  await a2.page.locator(id('versions'), { hasText: 'Pasta' }).waitFor();
  await a2.page.keyboard.press('Escape');

  await choose(a2, 'Risotto', 'forward');
  await a2.page.check(`${id('forward-chat')} >> nth=0`);
  await a2.click('forward-send');
  await a2.page.waitForSelector(id('forward-dialog'), { state: 'detached' });

  await a2.page.setViewportSize({ width: 390, height: 844 });
  await b1.want('poll', '--to', alice.phone, 'When?', 'noon', 'one');
  await bubble(a2, 'When?').locator(id('poll-option')).nth(1).check();
  await until(b1, (message) => message.poll?.options[1].votes === 1);

  await choose(a2, 'Risotto', 'delete');
  await a2.click('delete-for-everyone');
  await until(b1, (message) => message.kind === 'deleted');
  await bubble(a2, 'This message was deleted.').waitFor();
  assert.deepEqual(world.problems, []);
}));
