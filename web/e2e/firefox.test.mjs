// The main things in Firefox: it is a primary and a linked device, messages, files and groups work, and what was read stays (M85, M95, M96).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const bubble = (app, text) => app.page.locator(id('message'), { hasText: text });
const phoneSized = { width: 390, height: 844 };

/** Drops a photo on the window. */
const dropPhoto = (page) => page.evaluate(async () => {
  const canvas = new OffscreenCanvas(2600, 1300);
  canvas.getContext('2d').fillRect(0, 0, 1300, 1300);
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([await canvas.convertToBlob({ type: 'image/jpeg' })], 'garden.jpg', { type: 'image/jpeg' }));
  document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
});

async function choose(app, text, command) {
  await bubble(app, text).locator('.bubble').click({ button: 'right' });
  await app.click(`menu-${command}`);
}

test('a primary in Firefox links a browser, writes, answers, edits, drops a photo, and reads offline after a restart (M85, M95, M96)', inWorld(async (world) => {
  const firefox = await world.firefox();
  let a1 = await App.open(firefox, world.relay.url);
  await a1.register(world.relay, alice.phone, alice.name);
  const b1 = (await world.cliPrimary(bob)).receive();
  const a2 = await world.app();
  await a1.pasteLink(await a2.showLink('Chromium'));
  await a1.acceptLink();
  await a2.linked();

  await a1.newChat(bob.phone);
  await a1.send('from Firefox');
  await b1.received(['from Firefox']);
  await b1.send(alice.phone, 'hello Firefox');
  await a2.openChat('Bob');
  await a2.sees('from Firefox');
  await a1.sees('hello Firefox');
  await choose(a1, 'hello Firefox', 'reply');
  await a1.see('reply-bar');
  await a1.send('answred');
  await choose(a1, 'answred', 'edit');
  await a1.see('edit-bar');
  await a1.write('answered');
  await b1.message((message) => message.text === 'answered' && message.edited && message.quote?.text === 'hello Firefox');

  await a1.page.setViewportSize(phoneSized);
  await dropPhoto(a1.page);
  await a1.fill('tray-caption', 'Our garden');
  await a1.click('tray-send');
  await a1.page.waitForSelector(`${id('message')}:not([data-status=pending]) ${id('media')}[data-media-kind=photo]`);
  await a2.page.waitForSelector(`${id('media')}[data-media-state=local] ${id('media-photo')}`);

  assert.deepEqual(world.problems, []);

  // The app and what was read are there without the relay, after a restart of the browser.
  await world.relay.stop();
  await firefox.stop();
  await firefox.start();
  a1 = await App.open(firefox, world.relay.url);
  await a1.openChat('Bob');
  await a1.sees('hello Firefox');
  await a1.offline();
}));

test('Firefox is linked with a year of history, makes a group and finds what was said (M50, M54, X8)', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  await b1.send(alice.phone, 'the password of the cellar is under the doormat');
  a1.receive();
  await a1.received(['the password of the cellar is under the doormat']);
  const firefox = await world.firefox();
  const a2 = await App.open(firefox, world.relay.url);
  await a1.accept(await a2.showLink('Firefox'));
  await a2.linked();
  await a2.openChat('Bob');
  await a2.sees('the password of the cellar is under the doormat');

  await a2.home();
  await a2.click('new-chat');
  await a2.click('new-group');
  await a2.fill('new-group-name', 'Picnic');
  await a2.fill('new-group-phone', bob.phone);
  await a2.click('new-group-make');
  await a2.page.locator(id('conversation-title'), { hasText: 'Picnic' }).waitFor();
  await a2.send('hello group');
  await b1.want('receive', '--once');
  await b1.want('send', '--to', 'Picnic', 'hello from Bob');
  await a2.sees('hello from Bob');

  await a2.home();
  await a2.page.fill('input[type=search]', 'doormat');
  await a2.page.locator(id('search-hit'), { hasText: 'doormat' }).click();
  await a2.sees('the password of the cellar is under the doormat');
  await a2.page.reload();
  await a2.ready();
  await a2.openChat('Picnic');
  await a2.shows(['hello group', 'hello from Bob']);
  assert.deepEqual(world.problems, []);
}));
