// The app on bad networks: slow and lossy, up and down, gone. All arrives once and in order, and the app says how it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const numbered = (word, count) => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`);
/** A photo that does not compress, of some hundred KB. */
const noise = (page) => page.evaluate(async () => {
  const canvas = new OffscreenCanvas(800, 600);
  const context = canvas.getContext('2d');
  const image = context.createImageData(800, 600);
  for (let i = 0; i < image.data.length; i += 65536) crypto.getRandomValues(image.data.subarray(i, i + 65536));
  context.putImageData(image, 0, 0);
  return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.4 })).arrayBuffer()));
});

test('messages and a photo come through 300 ms and 1 % loss, through ups and downs, and after a cut, once and in order', inWorld(async (world, t) => {
  const b1 = (await world.cliPrimary(bob)).receive();
  const network = await world.network();
  const a1 = await App.open(await world.browser(), network.url);
  await a1.register(world.relay, alice.phone, alice.name);
  await a1.newChat(bob.phone);
  const talk = ['first'];
  await a1.send(talk[0]);

  network.slow(300, 0.01);
  const started = performance.now();
  await a1.page.reload();
  await a1.online();
  t.diagnostic(`slow: open and connected ${Math.round(performance.now() - started)} ms after a reload`);
  for (const text of numbered('slow', 10)) {
    await a1.write(text);
    talk.push(text);
  }
  await a1.page.click(id('attach-button'));
  await a1.see('menu');
  await a1.page.keyboard.press('Escape');
  await a1.page.setInputFiles(id('attach-input'), { name: 'noise.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await noise(a1.page)) });
  await a1.page.click(id('tray-send'));
  await a1.page.waitForSelector(`${id('message')}:not([data-status=pending]) ${id('media')}`);
  await b1.received(talk);
  await b1.message((message) => message.kind === 'media');
  t.diagnostic(`slow: ten messages and a photo were there ${Math.round(performance.now() - started)} ms after it`);

  network.flap(1500, 700);
  for (const text of numbered('flapping', 10)) {
    await a1.write(text);
    if (Number(text.split(' ')[1]) % 5 === 0) await b1.send(alice.phone, `answer to ${text}`);
    talk.push(text);
    await a1.page.waitForTimeout(300);
  }
  network.steady();
  await b1.received(talk);

  network.cut();
  await a1.offline();
  await a1.write('while it was cut');
  talk.push('while it was cut');
  await b1.send(alice.phone, 'nobody hears this yet');
  network.restore();
  await a1.online();
  await b1.received(talk);
  await a1.sees('nobody hears this yet');
  const sent = (await b1.texts(alice.phone)).filter((text) => talk.includes(text));
  assert.deepEqual(sent, talk);
  const shown = await a1.history();
  for (const texts of [talk, [...numbered('flapping', 10).filter((_, i) => i % 5 === 4).map((text) => `answer to ${text}`), 'nobody hears this yet']]) {
    assert.deepEqual(shown.filter((text) => texts.includes(text)), texts);
  }
  assert.deepEqual(world.problems, []);
}));
