// What is done to chats, messages and settings on one device shows on the others (M48, M51-M53).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const item = id('chat-item');
const sees = (app, selector) => app.page.waitForSelector(selector);
const gone = (app, selector) => app.page.waitForSelector(selector, { state: 'detached' });

/** Chooses from the menu of the only chat in the list. */
async function choose(app, command) {
  await app.page.click(item, { button: 'right' });
  await app.click(`menu-${command}`);
}

async function rename(app, name) {
  await choose(app, 'rename');
  await app.fill('rename-contact-name', name);
  await app.click('rename-contact-save');
  await sees(app, `${item}:has-text("${name}")`);
}

/** Alice's command line and browser, and a message from Bob. */
async function talk(world) {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  a1.receive();
  const a2 = await world.linkedTo(a1, 'Laptop');
  await b1.send(alice.phone, 'the door code is 12');
  await a2.openChat('Bob');
  await a2.shows(['the door code is 12']);
  await a1.received(['the door code is 12']);
  return { a1, a2, b1 };
}

/** Two browsers of Alice. */
async function twoBrowsers(world) {
  const [a1, b1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  const a2 = await world.app();
  await a1.pasteLink(await a2.showLink('Laptop'));
  await a1.acceptLink();
  await a2.linked();
  return { a1, a2, b1 };
}

test('what is done to a chat in a browser shows on the command line, and the other way (M51-M53)', inWorld(async (world) => {
  const { a1, a2, b1 } = await talk(world);
  await a2.home();
  await choose(a2, 'pin');
  await rename(a2, 'Bobby');
  await choose(a2, 'mute');
  await a2.page.check('input[value=always]');
  await a2.click('mute-confirm');
  await a1.chat(bob.phone, (chat) => chat.pinned && chat.title === 'Bobby' && chat.ownName === 'Bob' && chat.mutedUntil > Date.now());
  assert.match(await a1.want('chats'), /Bobby.*pinned muted/);

  await a1.want('chat', 'unmute', '--with', bob.phone);
  await gone(a2, id('sign-muted'));
  await a1.want('chat', 'archive', '--with', bob.phone);
  await sees(a2, `${id('archived')}[data-count="1"]`);
  await b1.send(alice.phone, 'are you there?');
  await a1.received(['are you there?']);
  assert.match(await a1.want('chats', '--archived'), /Bobby/); // It stays where it was put.
  await a2.click('archived');
  await sees(a2, `${item}[data-unread="1"]`);
  await choose(a2, 'unarchive');
  await a1.chat(bob.phone, (chat) => !chat.archived);

  await a2.home();
  await choose(a2, 'read');
  await a1.chat(bob.phone, (chat) => chat.unread === 0);
  await a1.want('chat', 'unread', '--with', bob.phone);
  await sees(a2, id('sign-unread'));
  assert.deepEqual(world.problems, []);
}));

test('stars are given and taken on any device (M48)', inWorld(async (world) => {
  const { a1, a2 } = await talk(world);
  await a2.page.click(id('message-text'), { button: 'right' });
  await a2.click('menu-star');
  await sees(a2, id('sign-starred'));
  await a1.message((message) => message.starred);
  const { messages } = JSON.parse(await a1.want('starred', '--json'));
  assert.deepEqual(messages.map((message) => message.text), ['the door code is 12']);
  await a2.click('starred-messages');
  await a2.see('starred');
  await a1.want('unstar', messages[0].id);
  await gone(a2, id('starred'));
}));

test('a draft goes on on another device, and is gone when it was sent from there', inWorld(async (world) => {
  const { a1, a2, b1 } = await twoBrowsers(world);
  await b1.send(alice.phone, 'lunch?');
  await a1.openChat('Bob');
  await a1.fill('composer-input', 'Gladly, at');
  await a2.page.getByText('Draft: Gladly, at').waitFor();
  await a2.openChat('Bob');
  await a2.page.waitForFunction((field) => document.querySelector(field)?.value === 'Gladly, at', id('composer-input'));
  await a2.page.locator(id('composer-input')).press('End');
  await a2.page.keyboard.type(' noon');
  await a2.page.keyboard.press('Enter');
  for (const app of [a1, a2]) {
    await app.sees('Gladly, at noon');
    await app.page.waitForFunction((field) => document.querySelector(field).value === '', id('composer-input'));
  }
  assert.deepEqual(world.problems, []);
}));

test('changes made without a connection are merged: the later one counts, entry by entry', inWorld(async (world) => {
  const { a1, a2 } = await talk(world);
  await a2.home();
  await a2.page.context().setOffline(true);
  await a2.offline();
  await choose(a2, 'pin');
  await rename(a2, 'from the browser');
  await a1.want('chat', 'mute', '--with', bob.phone, '--always');
  await a1.want('chat', 'rename', '--with', bob.phone, 'from the phone, later');
  await a2.page.context().setOffline(false);
  await a2.online();
  await sees(a2, `${item}:has-text("from the phone, later") ${id('sign-muted')}`);
  await sees(a2, id('sign-pinned'));
  await a1.chat(bob.phone, (chat) => chat.pinned && chat.mutedUntil > 0 && chat.title === 'from the phone, later');
}));

test('a text is not lost when the page is reloaded right after Enter', inWorld(async (world) => {
  const { a2, b1 } = await talk(world);
  b1.receive();
  // The browser asks while the text is being stored; a person takes a moment to answer.
  a2.page.on('dialog', (dialog) => setTimeout(() => void dialog.accept(), 500));
  const texts = ['first', 'second', 'third'];
  for (const text of texts) {
    await a2.page.click(id('composer-input'));
    await a2.page.keyboard.type(text);
    await a2.page.keyboard.press('Enter');
    await a2.page.reload();
    await a2.ready();
    await a2.sees(text);
    assert.equal(await a2.page.inputValue(id('composer-input')), '');
  }
  await b1.received(texts);
  assert.deepEqual((await b1.texts(alice.phone)).filter((text) => texts.includes(text)), texts);
}));

test('a picture shows on all own devices, and to a contact from the next message on', inWorld(async (world) => {
  const { a1, a2 } = await twoBrowsers(world);
  const bobsPhone = '+32470000003';
  const b1 = await world.primary({ phone: bobsPhone, name: 'Bert' });
  await a2.home();
  await a2.click('settings');
  const buffer = await a2.page.screenshot({ clip: { x: 0, y: 0, width: 400, height: 300 } });
  await a2.page.setInputFiles(id('picture-file'), { name: 'me.png', mimeType: 'image/png', buffer });
  await sees(a2, `${id('own-picture')} ${id('picture')}`);
  await a1.home();
  await a1.click('settings');
  await sees(a1, `${id('own-picture')} ${id('picture')}`);
  await a1.newChat(bobsPhone);
  await a1.send('it is me');
  await sees(b1, `${item} ${id('picture')}`);
  await a2.click('picture-remove');
  await gone(a1, `${id('own-picture')} ${id('picture')}`);
  await a1.send('no picture');
  await gone(b1, `${item} ${id('picture')}`);
  assert.deepEqual(world.problems, []);
}));

test('unread counts, language and appearance are the same in all browsers (X12)', inWorld(async (world, t) => {
  const { a1, a2, b1 } = await twoBrowsers(world);
  await Promise.all([a1.home(), a2.home()]);
  await b1.send(alice.phone, 'one');
  await b1.send(alice.phone, 'two');
  for (const app of [a1, a2]) await sees(app, `${item}[data-unread="2"]`);
  await a2.openChat('Bob');
  await sees(a2, `${item}[data-unread="0"]`);
  const read = performance.now();
  await sees(a1, `${item}[data-unread="0"]`);
  t.diagnostic(`read in one browser, read in the other ${Math.round(performance.now() - read)} ms later`);

  await a2.click('settings');
  await a2.page.check('input[value=nl]');
  await a2.page.check('input[value=dark]');
  await a1.page.getByText('Kies links een chat').waitFor();
  await sees(a1, 'html[lang=nl][data-theme=dark]');
  await a1.page.reload();
  await a1.page.getByText('Kies links een chat').waitFor();
  assert.deepEqual(world.problems, []);
}));
