// What people do with messages, between a browser and a command line, wide and on a phone (X2, X3, M48, M49).
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const bubble = (app, text) => app.page.locator(id('message')).filter({ hasText: text }).last();

/** Chooses from the menu of the message with a text, or of one that was found. */
async function choose(app, message, command) {
  const found = typeof message === 'string' ? bubble(app, message) : message;
  await found.locator('.bubble').click({ button: 'right', position: { x: 8, y: 8 } });
  await app.click(`menu-${command}`);
}

/** Waits until a command line has heard of a message that fits. */
const until = (cli, fits) => cli.message(fits);
/** The message of a command line's chat with a text. */
async function messageOf(cli, phone, text) {
  const { messages } = JSON.parse(await cli.want('messages', '--with', phone, '--json'));
  return messages.find((message) => message.text === text);
}

/** Gives a picture on disk to what wants one. */
async function withPicture(app, use) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-picture-'));
  const bytes = await app.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(300, 200);
    canvas.getContext('2d').fillRect(0, 0, 150, 200);
    return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer()));
  });
  writeFileSync(join(folder, 'beach.jpg'), Buffer.from(bytes));
  try {
    await use(join(folder, 'beach.jpg'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
  await a2.see('reply-bar');
  await a2.send('Pasta');
  await until(b1, (message) => message.text === 'Pasta');
  const answer = await messageOf(b1, alice.phone, 'Pasta');
  assert.match(answer.quote.text, /Pizza/);
  await b1.want('react', answer.id, '❤️');
  await bubble(a2, 'Pasta').locator(id('reactions')).waitFor();
  await choose(a2, 'Pasta', 'edit');
  await a2.see('edit-bar');
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

  // Pinned on the command line, unpinned in the browser.
  const pizza = (await messageOf(b1, alice.phone, answer.quote.text)).id;
  const pinned = a2.page.locator(`[data-message-id="${pizza}"]${id('message')}`);
  await b1.want('pin-message', '--for', '24h', pizza);
  await a2.page.locator(id('pinned-bar'), { hasText: 'Pizza' }).waitFor();
  await choose(a2, pinned, 'unpin');
  await until(b1, (message) => message.kind === 'pin' && !message.keptFor);
  await a2.page.waitForSelector(id('pinned-bar'), { state: 'detached' });

  // What is written and not sent keeps what it answers, on other devices and after a reload (M98).
  await choose(a2, pinned, 'reply');
  await a2.page.fill(id('composer-input'), 'Half a th');
  await a1.chat(bob.phone, (chat) => chat.draft === 'Half a th' && chat.draftReply?.id === pizza);
  await a2.page.reload();
  await a2.page.locator(id('reply-bar'), { hasText: 'Pizza' }).waitFor();
  assert.equal(await a2.page.inputValue(id('composer-input')), 'Half a th');
  await a2.click('bar-cancel');
  await a2.page.fill(id('composer-input'), '');

  // A photo is opened once, and its file is gone (X3).
  await withPicture(a2, (path) => b1.want('send', '--to', alice.phone, '--file', path, '--view-once'));
  await a2.click('once-open');
  await a2.see('once-photo');
  await a2.page.keyboard.press('Escape');
  await a2.page.waitForSelector(id('once-stage'), { state: 'detached' });
  await until(b1, (message) => message.once?.by === 1);
  assert.equal(await a2.page.locator(id('once-open')).count(), 0);

  // What came while another place was open stands behind a line; what is to disappear goes before one's eyes (X3).
  await a2.home();
  await b1.send(alice.phone, 'You were away');
  await a2.page.locator(`${id('chat-item')}:not([data-unread="0"])`, { hasText: 'You were away' }).click();
  await a2.see('new-divider');
  const below = await bubble(a2, 'You were away').evaluate((news, line) => news.getBoundingClientRect().y - document.querySelector(line).getBoundingClientRect().y, id('new-divider'));
  assert.ok(below > 0 && below < 80, 'the line stands before what is new');
  const bot = b1.rpc();
  const { id: chatId } = await bot.call('openChat', { phone: alice.phone });
  await bot.call('setTimer', { chatId, seconds: 3 });
  await Promise.all([bubble(a2, 'Gone in a moment').waitFor(), bot.call('send', { chatId, text: 'Gone in a moment', wait: true })]);
  await bubble(a2, 'Gone in a moment').waitFor({ state: 'detached' });
  assert.deepEqual(world.problems, []);
}));
