// People compare who they write with.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { Camera } from './harness/camera.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** The digits on the screen, without spaces. */
async function digits(app) {
  await app.page.click(id('open-safety'));
  await app.see('safety-qr');
  return (await app.text('safety-digits-shown')).replaceAll(/\s/g, '');
}

test('two people verify each other by scanning their safety number (X6)', inWorld(async (world, t) => {
  const camera = new Camera();
  t.after(() => camera.close());
  const phone = await world.browser({ args: camera.args });
  const a1 = await App.open(phone, world.relay.url);
  await a1.register(world.relay, alice.phone, alice.name);
  const b1 = await world.app();
  await b1.register(world.relay, bob.phone, bob.name);
  await a1.newChat(bob.phone);
  await a1.send('Is it you?');
  await b1.openChat('Alice');
  await b1.shows(['Is it you?']);

  const shown = await digits(b1);
  assert.match(shown, /^\d{60}$/);
  assert.equal(await digits(a1), shown);
  await camera.film(b1.page);
  await a1.page.click(id('safety-scan'));
  await a1.see('safety-match');
  await a1.page.waitForSelector(`${id('safety-state')}[data-verified=true]`);
}));
