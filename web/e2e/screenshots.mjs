// The visual record: twelve main screens of the real app, light and dark, wide and on a phone, as WebP in
// docs/images/screens. Run with `make screenshots`, and look at each.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from './harness/app.mjs';
import { looks, settled } from './harness/looks.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const folder = join(import.meta.dirname, '../../docs/images/screens');

/** Runs in a page: a PNG as WebP, both in base64. */
async function webp(png) {
  const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  const made = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 })).arrayBuffer());
  return btoa(Array.from(made, (byte) => String.fromCharCode(byte)).join(''));
}

test('the main screens', inWorld(async (world) => {
  mkdirSync(folder, { recursive: true });
  const browser = await world.browser();
  const app = await App.open(browser, world.relay.url);
  const converter = await browser.context.newPage();
  const { page } = app;
  let total = 0;
  const keep = async (screen) => {
    for (const { name, colorScheme, ...size } of looks) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await page.evaluate(settled);
      const png = (await page.screenshot()).toString('base64');
      const picture = Buffer.from(await converter.evaluate(webp, png), 'base64');
      total += picture.length;
      writeFileSync(join(folder, `${screen}-${name}.webp`), picture);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  };
  const go = async (hash, shown) => {
    await page.evaluate((to) => (location.hash = to), hash);
    await app.see(shown);
  };

  await keep('welcome');
  const uri = await app.showLink('Chromium on Linux');
  await keep('link');
  const phone = await world.cliPrimary(alice);
  await phone.accept(uri);
  await app.linked();
  const b = await world.cliPrimary(bob);
  const c = await world.cliPrimary({ phone: '+32470000003', name: 'Carol Peeters' });
  await c.send(alice.phone, 'The minutes of Tuesday are ready. Shall I send them round?');
  await b.send(alice.phone, 'Good morning! Are we still on for the market on Saturday?');
  await app.openChat('Bob');
  await app.send('Of course. I have the list: bread, cheese, apples, and something for the soup.');
  await app.send('See https://example.org/market for the opening hours.');
  await b.send(alice.phone, 'Perfect, see you there');
  await app.sees('Perfect, see you there');
  await keep('conversation');
  await app.click('open-safety');
  await app.see('safety-qr');
  await keep('safety-number');
  await page.keyboard.press('Escape');
  await app.home();
  await keep('chats');
  await app.fill('search', 'market');
  await page.waitForTimeout(500);
  await keep('search');
  await app.fill('search', '');
  await go('#/settings', 'settings-devices');
  await keep('settings');
  await go('#/settings/devices', 'device');
  await keep('devices');
  await go('#/settings/privacy', 'privacy-receipts');
  await keep('privacy');
  await go('#/settings/storage', 'storage-files');
  await keep('storage');
  await go('#/settings/contacts', 'contacts-list');
  await keep('contacts');
  await go('#/settings/check', 'check-summary');
  await keep('check');
  world.t.diagnostic(`${total} bytes`);
}));
